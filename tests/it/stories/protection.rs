//! Answers that are signed and encrypted for a client (OpenID Connect Core §5.3.2, §10.2).

use crate::world::agency::{Agency, Asking};
use crate::world::browser::Browser;
use crate::world::envelope::Envelopes;
use crate::world::office::Office;
use crate::world::tokens::Tokens;
use crate::world::{Answer, ISSUER, World, on_both_backends};
use panjereh::client::parts::protection::{ContentEncryption, Encryption, KeyManagement};
use panjereh::client::words::SigningAlg;
use panjereh::flows::delivery::run::{Delivered, deliver_all_due};
use panjereh::records::delivery::DeliveryKind;
use serde_json::{Value, json};
use std::time::Duration;

on_both_backends! {
    oidc_core_5_3_2_userinfo_is_a_signed_jwt_for_a_client_that_registered_so,
    oidc_core_10_2_id_tokens_and_userinfo_are_encrypted_for_the_client_alone,
    a_client_without_a_usable_key_gets_nothing_and_may_try_the_same_code_again,
    backchannel_logout_2_4_logout_tokens_are_encrypted_as_id_tokens_are,
}

const KEYS: &str = "/keys";

/// An agency whose keys are at this office, and whose ID tokens are encrypted.
async fn encrypted<'w>(world: &'w World, office: &Office, alg: KeyManagement, enc: ContentEncryption) -> Agency<'w> {
    let (keys, logout) = (office.url(KEYS), office.url("/logout"));
    let change = |client: &mut panjereh::client::metadata::Client| {
        client.jwks_uri = Some(keys);
        client.protection.id_token_encryption = Some(Encryption { alg, enc });
        client.logout.backchannel = Some(logout);
    };
    world.agency_with("tax", change).await
}

/// A person's first visit, up to the code.
async fn visit<'w>(world: &'w World, agency: &Agency<'_>, scope: &str) -> (Browser<'w>, Asking, String) {
    let (mut citizen, mut browser) = (world.citizen().await, world.browser());
    let asking = agency.ask(scope);
    browser.open(&asking.url()).await;
    browser.register(&mut citizen).await;
    browser.allow().await;
    let code = asking.code(&browser.page);
    (browser, asking, code)
}

#[track_caller]
fn jwt(answer: &Answer) -> &str {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/jwt"), "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.text()
}

async fn oidc_core_5_3_2_userinfo_is_a_signed_jwt_for_a_client_that_registered_so(world: &World) {
    let tax = world.agency_with("tax", |client| client.protection.userinfo_signing_alg = Some(SigningAlg::PS256)).await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone").await;
    let id_claims = tax.verified(&tokens).await;
    let answer = tax.userinfo(&tokens.access_token).await;
    let (header, claims) = world.signed_claims(jwt(&answer)).await;
    assert_eq!(format!("{:?}", header.alg), "PS256");
    assert_eq!((&claims["iss"], &claims["aud"], &claims["sub"]), (&json!(ISSUER), &json!("tax"), &id_claims["sub"]));
    assert!(claims["phone_number"].is_string(), "{claims}");
    // It is no access token, and errors stay as they are.
    let refused = tax.userinfo(answer.text()).await;
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (401, "invalid_token"));
}

async fn oidc_core_10_2_id_tokens_and_userinfo_are_encrypted_for_the_client_alone(world: &World) {
    use ContentEncryption::{A128CbcHs256, A128Gcm, A256CbcHs512, A256Gcm};
    let Some(envelopes) = Envelopes::new() else { return };
    for (name, kty, alg, enc) in [
        ("a", "EC", KeyManagement::EcdhEs, A256CbcHs512),
        ("b", "EC", KeyManagement::EcdhEsA128Kw, A128Gcm),
        ("c", "EC", KeyManagement::EcdhEsA256Kw, A256Gcm),
        ("d", "RSA", KeyManagement::RsaOaep256, A128CbcHs256),
        ("e", "P-384", KeyManagement::EcdhEsA256Kw, A128CbcHs256),
        ("f", "P-521", KeyManagement::EcdhEs, A128Gcm),
        ("g", "X25519", KeyManagement::EcdhEsA128Kw, A256CbcHs512),
    ] {
        for signed in [None, Some(SigningAlg::ES256)] {
            let name = format!("{name}-{}", signed.map_or("plain", SigningAlg::name));
            let office = Office::open().await;
            office.answers(
                KEYS,
                200,
                &json!({ "keys": [envelopes.public(if kty == "RSA" { "EC" } else { "RSA" }), envelopes.public(kty)] }),
            );
            let uri = office.url(KEYS);
            let change = |client: &mut panjereh::client::metadata::Client| {
                client.jwks_uri = Some(uri);
                client.protection.id_token_encryption = Some(Encryption { alg, enc });
                client.protection.userinfo_encryption = Some(Encryption { alg, enc });
                client.protection.userinfo_signing_alg = signed;
            };
            let agency = world.agency_with(&name, change).await;
            let (_, asking, code) = visit(world, &agency, "openid phone offline_access").await;
            let tokens = Tokens::of(&agency.redeem(&asking, &code).await);
            let refreshed = Tokens::of(&agency.refresh(tokens.refresh()).await);
            for tokens in [tokens, refreshed] {
                let (header, inner) = envelopes.open(kty, &tokens.id_token);
                assert_eq!(
                    (&header["alg"], &header["enc"], &header["cty"]),
                    (&json!(alg.name()), &json!(enc.name()), &json!("JWT"))
                );
                let claims = agency.verified(&Tokens { id_token: inner, ..tokens.clone() }).await;

                let answer = agency.userinfo(&tokens.access_token).await;
                let (header, inner) = envelopes.open(kty, jwt(&answer));
                let told: Value = match signed {
                    Some(_) => world.signed_claims(&inner).await.1,
                    None => serde_json::from_str(&inner).unwrap(),
                };
                assert_eq!((header.get("cty").is_some(), &told["sub"]), (signed.is_some(), &claims["sub"]));
                assert!(told["phone_number"].is_string(), "{told}");
            }
            assert_eq!(office.visits(KEYS).len(), 1);
        }
    }
}

async fn a_client_without_a_usable_key_gets_nothing_and_may_try_the_same_code_again(world: &World) {
    let Some(envelopes) = Envelopes::new() else { return };
    let office = Office::open().await;
    let tax = encrypted(world, &office, KeyManagement::EcdhEs, ContentEncryption::A128Gcm).await;
    let (_, asking, code) = visit(world, &tax, "openid").await;
    let answer = tax.redeem(&asking, &code).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (503, "temporarily_unavailable"), "{}", answer.text());
    assert_eq!(answer.header("retry-after"), "20");
    // Keys, but none that fits.
    office.answers(KEYS, 200, &json!({ "keys": [envelopes.public("RSA")] }));
    world.pass(Duration::from_secs(21));
    let answer = tax.redeem(&asking, &code).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"), "{}", answer.text());
    office.answers(KEYS, 200, &json!({ "keys": [envelopes.public("EC")] }));
    world.pass(Duration::from_secs(21));
    let tokens = Tokens::of(&tax.redeem(&asking, &code).await);
    assert_eq!(tokens.id_token.split('.').count(), 5);
}

async fn backchannel_logout_2_4_logout_tokens_are_encrypted_as_id_tokens_are(world: &World) {
    let Some(envelopes) = Envelopes::new() else { return };
    let office = Office::open().await;
    office.answers(KEYS, 200, &json!({ "keys": [envelopes.public("EC")] }));
    office.answers("/logout", 200, &json!({}));
    let tax = encrypted(world, &office, KeyManagement::EcdhEsA128Kw, ContentEncryption::A128CbcHs256).await;
    let (mut browser, asking, code) = visit(world, &tax, "openid").await;
    Tokens::of(&tax.redeem(&asking, &code).await);
    browser.sign_out("logout-everywhere").await;
    assert_eq!(deliver_all_due(&world.app, DeliveryKind::LogoutToken).await.unwrap(), Delivered::Tried(1));
    let (header, inner) = envelopes.open("EC", &office.visits("/logout")[0].field("logout_token"));
    assert_eq!(header["cty"], "JWT");
    let (header, claims) = world.signed_claims(&inner).await;
    assert_eq!((header.typ.as_deref(), &claims["aud"]), (Some("logout+jwt"), &json!("tax")));
}
