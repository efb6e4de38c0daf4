//! The CIBA part of a client's registration: the names of [`CibaRegistration`] (OpenID Connect CIBA Core §4).

use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::parts::ciba::{CibaRegistration, DeliveryMode};
use crate::registration::access::{Access, Address, Choice, OptionalChoice, field, words};
use crate::registration::reader::Reader;
use crate::registration::row::{Row, by_both, line};
use serde_json::Value;

pub(crate) const ROWS: &[Row] = &[
    by_both(
        DELIVERY,
        &Choice(field!(ciba.delivery)),
        line(r#""poll""#, "ping: notified when the citizen has decided; both need the grant type ciba"),
    ),
    by_both(ENDPOINT, &Address(field!(ciba.notification_endpoint)), line(r#""…""#, r#"where a client with "ping" is told"#)),
    by_both(ALG, &OptionalChoice(field!(ciba.request_alg)), line(r#""…""#, "it signs what it asks with ciba; needs jwks")),
    by_both("backchannel_user_code_parameter", &UserCode, line("false", "")),
];

const DELIVERY: &str = "backchannel_token_delivery_mode";
const ENDPOINT: &str = "backchannel_client_notification_endpoint";
const ALG: &str = "backchannel_authentication_request_signing_alg";

words!(DeliveryMode, name);

/// `backchannel_user_code_parameter`: accepted only as `false`, which is the value of every client here.
struct UserCode;

impl Access for UserCode {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, _: &mut Client) {
        if file.flag(name) == Some(true) {
            file.refuse(
                name,
                "write false, or leave it out: user codes are not offered, because a secret that is told to a clerk is no secret",
            );
        }
    }

    fn write(&self, _: &Client) -> Value {
        Value::Null
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        false.into()
    }
}

/// A CIBA client must authenticate. A client with `ping` needs a notification endpoint (§4).
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let CibaRegistration { delivery, notification_endpoint, request_alg } = &client.ciba;
    let asks = client.may_use(GrantType::Ciba);
    if asks && client.is_public() {
        file.refuse("grant_types", "ciba needs a client that authenticates (CIBA Core 7.1): leave it out");
    }
    if *delivery == DeliveryMode::Ping && notification_endpoint.is_none() {
        file.refuse(ENDPOINT, "is missing: the backchannel_token_delivery_mode ping needs an https address to notify");
    }
    if *delivery == DeliveryMode::Poll && notification_endpoint.is_some() {
        file.refuse(ENDPOINT, "leave it out, or choose the backchannel_token_delivery_mode ping");
    }
    if request_alg.is_some() && client.jwks.is_none() && client.jwks_uri.is_none() {
        file.refuse("jwks", "is missing: backchannel_authentication_request_signing_alg needs the public keys, or jwks_uri");
    }
    if request_alg.is_some_and(|alg| !client.requests.profile.allows_alg(alg)) {
        file.refuse(ALG, "write ES256, PS256 or EdDSA: FAPI 2.0 allows no other");
    }
    if !asks && client.ciba != CibaRegistration::default() {
        let key = ROWS.iter().map(|row| row.name).find(|name| file.has(name)).unwrap_or(DELIVERY);
        file.refuse(key, "leave it out, or add urn:openid:params:grant-type:ciba to grant_types");
    }
}
