//! How a client asks for people at the back: the keys of [`Backchannel`] (OpenID Connect CIBA Core §4).

use super::metadata::web_address;
use super::reader::Reader;
use crate::oidc::ciba::{Backchannel, DeliveryMode};
use crate::oidc::client::{Client, GrantType, SigningAlg};

/// The keys.
pub(super) const KEYS: [&str; 4] = [DELIVERY, ENDPOINT, ALG, USER_CODE];

const DELIVERY: &str = "backchannel_token_delivery_mode";
const ENDPOINT: &str = "backchannel_client_notification_endpoint";
const ALG: &str = "backchannel_authentication_request_signing_alg";
const USER_CODE: &str = "backchannel_user_code_parameter";

/// What a client's table says about it.
pub(super) fn backchannel(file: &mut Reader<'_, '_>) -> Backchannel {
    if file.flag(USER_CODE) == Some(true) {
        file.refuse(
            USER_CODE,
            "write false, or leave it out: a secret that is told to a clerk is none, so user codes are not offered",
        );
    }
    Backchannel {
        delivery: file.choice(DELIVERY, &DeliveryMode::ALL, DeliveryMode::name).unwrap_or_default(),
        notification_endpoint: web_address(file, ENDPOINT),
        request_alg: file.choice(ALG, &SigningAlg::ALL, SigningAlg::name),
    }
}

/// Who asks at the back authenticates, and who is to be told says where (§4).
pub(super) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let Backchannel { delivery, notification_endpoint, request_alg } = &client.backchannel;
    let asks = client.may_use(GrantType::Ciba);
    if asks && client.is_public() {
        file.refuse("grant_types", "ciba needs a client that authenticates (CIBA Core 7.1): leave it out");
    }
    if *delivery == DeliveryMode::Ping && notification_endpoint.is_none() {
        file.refuse(ENDPOINT, "is missing: backchannel_token_delivery_mode = \"ping\" needs an https address to tell");
    }
    if *delivery == DeliveryMode::Poll && notification_endpoint.is_some() {
        file.refuse(ENDPOINT, "leave it out, or write backchannel_token_delivery_mode = \"ping\"");
    }
    if request_alg.is_some() && client.jwks.is_none() && client.jwks_uri.is_none() {
        file.refuse("jwks", "is missing: backchannel_authentication_request_signing_alg needs the public keys, or jwks_uri");
    }
    if request_alg.is_some_and(|alg| !client.requests.profile.allows_alg(alg)) {
        file.refuse(ALG, "write ES256, PS256 or EdDSA: FAPI takes no other");
    }
    if !asks && client.backchannel != Backchannel::default() {
        let key = KEYS.into_iter().find(|key| file.has(key)).unwrap_or(DELIVERY);
        file.refuse(key, "leave it out, or add urn:openid:params:grant-type:ciba to grant_types");
    }
}
