//! One kind of JWT shown where another is expected, keys that a token points to, and JSON with a repeated member (RFC 8725 §2,
//! §3).

use crate::world::agency::Agency;
use crate::world::assertion::{Signer, compact};
use crate::world::dpop::Prover;
use crate::world::office::Office;
use crate::world::{ISSUER, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use panjereh::client::grant_type::{GrantType, TOKEN_EXCHANGE};
use panjereh::client::metadata::Client;
use panjereh::client::words::{SigningAlg, TokenEndpointAuthMethod};
use panjereh::oidc::token::credentials::JWT_BEARER;
use panjereh::oidc::token::exchange::ACCESS_TOKEN;
use serde_json::{Value, json};

on_both_backends! {
    rfc8725_3_11_no_jwt_is_accepted_as_another_kind,
    rfc8725_3_10_no_url_in_a_header_is_fetched_and_no_key_in_it_is_trusted,
    rfc8725_2_6_a_repeated_member_of_json_is_rejected_wherever_a_client_sends_it,
    an_encrypted_request_object_is_always_rejected,
    a_refresh_token_changed_in_any_place_is_rejected,
}

fn signing(client: &mut Client) {
    client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
    client.grant_types = GrantType::ALL.to_vec();
    client.protection.userinfo_signing_alg = Some(SigningAlg::ES256);
}

/// One JWT of every kind that goes over the wire, ours and the client's.
async fn one_of_each<'w>(
    world: &'w World,
    tax: &Agency<'w>,
) -> (crate::world::browser::Browser<'w>, Vec<(&'static str, String)>) {
    let (_, mut browser, tokens) = world.signed_in(tax, "openid").await;
    let userinfo = tax.userinfo(&tokens.access_token).await;
    assert_eq!(userinfo.header("content-type"), "application/jwt");
    let mut asking = tax.request_to("/introspect", &[("token", &tokens.access_token)]);
    asking.headers_mut().insert("accept", "application/token-introspection+jwt".parse().unwrap());
    let introspected = world.send(asking).await;
    let signed = tax.ask("openid").with("response_mode", "query.jwt");
    let left_for = browser.open(&signed.url()).await.left_for().to_owned();
    let response = url::Url::parse(&left_for).unwrap().query_pairs().find(|(name, _)| name == "response").unwrap().1.into_owned();
    let now = world.now().seconds();
    let asking = tax.ask("openid");
    let mut object = json!({ "iss": "tax", "aud": ISSUER, "exp": now + 60, "nbf": now });
    for (name, value) in &asking.params {
        object[name] = json!(value);
    }
    let kinds = vec![
        ("access token", tokens.access_token),
        ("ID token", tokens.id_token),
        ("UserInfo", userinfo.text().to_owned()),
        ("introspection", introspected.text().to_owned()),
        ("authorization response", response),
        ("request object", tax.signer.sign(&object)),
        ("client assertion", tax.signer.assertion("tax", world)),
        ("DPoP proof", Prover::new().for_token(world)),
    ];
    assert!(kinds.iter().all(|(_, jwt)| jwt.split('.').count() == 3));
    (browser, kinds)
}

async fn rfc8725_3_11_no_jwt_is_accepted_as_another_kind(world: &World) {
    let tax = world.agency_with("tax", signing).await;
    let (mut browser, kinds) = one_of_each(world, &tax).await;
    let (_, mut other, _) = world.signed_in(&tax, "openid").await;
    for (kind, jwt) in &kinds {
        // Each place, the kind that belongs there, and whether this one was accepted.
        let userinfo = tax.userinfo(jwt).await;
        let introspected = tax.post("/introspect", &[("token", jwt)]).await;
        let exchange =
            [("grant_type", TOKEN_EXCHANGE), ("subject_token", jwt), ("subject_token_type", ACCESS_TOKEN), ("audience", "x")];
        let exchanged = tax.token(&exchange).await;
        let hinted = tax.ask("openid").with("prompt", "none").with("id_token_hint", jwt);
        // The session of another person does not answer a hint that counts.
        let back = other.open(&hinted.url()).await.left_for().to_owned();
        browser.open(&format!("/logout?post_logout_redirect_uri=https://tax.example/bye&id_token_hint={jwt}")).await;
        let shown = [("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", jwt)];
        let form = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        let asserted = world.send(form.body(Body::from(crate::world::html::encode(&shown))).unwrap()).await;
        let pushed = tax.push(&tax.ask("openid").with("request", jwt)).await;
        let proved = tax.token_with(&[("grant_type", "client_credentials")], jwt).await;
        let logged_out_by = browser.page.reads("Agency tax");
        for (place, belongs, taken) in [
            ("UserInfo", "access token", userinfo.status == 200),
            ("introspection", "access token", introspected.json()["active"] == true),
            ("exchange", "access token", exchanged.error() == "invalid_target"),
            ("id_token_hint", "ID token", back.contains("login_required")),
            ("sign-out", "ID token", logged_out_by),
            ("client authentication", "client assertion", asserted.status == 200),
            ("authorization request", "request object", pushed.status == 201),
            ("proof of possession", "DPoP proof", proved.status == 200),
        ] {
            assert_eq!(taken, *kind == belongs, "a JWT of the kind {kind} at the place {place}");
        }
    }
}

async fn rfc8725_3_10_no_url_in_a_header_is_fetched_and_no_key_in_it_is_trusted(world: &World) {
    let tax = world.agency_with("tax", signing).await;
    let (office, stranger) = (Office::open().await, Signer::new());
    office.answers("/keys", 200, &stranger.jwks());
    let pointing = |header: &mut jsonwebtoken::Header| {
        (header.jku, header.x5u) = (Some(office.url("/keys")), Some(office.url("/keys")));
        header.x5c = Some(vec!["AA==".to_owned()]);
    };
    let claims = Signer::claims("tax", world);
    let forged = stranger.sign_under(pointing, &claims);
    let shown = [("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", &forged)];
    let form = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    let answer = world.send(form.body(Body::from(crate::world::html::encode(&shown))).unwrap()).await;
    assert_eq!(answer.error(), "invalid_client");
    let asking = tax.ask("openid");
    let mut object = json!({ "iss": "tax", "aud": ISSUER, "exp": world.now().seconds() + 60 });
    for (name, value) in &asking.params {
        object[name] = json!(value);
    }
    for object in [stranger.sign_under(pointing, &object), stranger.sign_bringing_its_key(&object)] {
        assert_eq!(tax.push(&asking.clone().with("request", &object)).await.error(), "invalid_request_object");
    }
    assert!(office.visits("/keys").is_empty());
}

/// The text of an object that repeats one of its members with another value.
fn saying_twice(claims: &Value, name: &str, value: &Value) -> String {
    claims.to_string().replacen('{', &format!("{{{}:{value},", json!(name)), 1)
}

async fn rfc8725_2_6_a_repeated_member_of_json_is_rejected_wherever_a_client_sends_it(world: &World) {
    let tax = world.agency_with("tax", signing).await;
    let header = json!({ "alg": "ES256", "kid": "client-key" });
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        for other in [json!("other"), json!(["https://other.example"]), json!(1)] {
            let payload = saying_twice(&Signer::claims("tax", world), name, &other);
            let assertion = tax.signer.sign_text(&header, &payload);
            let shown =
                [("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
            let form = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
            let answer = world.send(form.body(Body::from(crate::world::html::encode(&shown))).unwrap()).await;
            assert_eq!(answer.error(), "invalid_client", "{payload}");
        }
    }
    let asking = tax.ask("openid");
    let mut object = json!({ "iss": "tax", "aud": ISSUER, "exp": world.now().seconds() + 60 });
    for (name, value) in &asking.params {
        object[name] = json!(value);
    }
    for (name, value) in [("redirect_uri", "https://evil.example/"), ("scope", "openid national_id"), ("unknown", "x")] {
        let payload = saying_twice(&object, name, &json!(value)).replacen('{', r#"{"unknown":1,"#, 1);
        let sent = asking.clone().with("request", &tax.signer.sign_text(&header, &payload));
        assert_eq!(tax.push(&sent).await.error(), "invalid_request_object", "{payload}");
    }
    let claims = tax.ask("openid").with("claims", r#"{"userinfo":{"name":null,"name":{"essential":true}}}"#);
    assert_eq!(tax.push(&claims).await.error(), "invalid_request");
}

async fn an_encrypted_request_object_is_always_rejected(world: &World) {
    let tax = world.agency("tax").await;
    let asking = tax.ask("openid");
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let plain = json!({ "iss": "tax", "client_id": "tax", "aud": ISSUER, "scope": "openid national_id" }).to_string();
    let nested = compact(&json!({ "alg": "none" }), &json!({ "iss": "tax" }), b"");
    for (alg, enc) in [("dir", "A256GCM"), ("RSA-OAEP-256", "A128GCM"), ("PBES2-HS256+A128KW", "A128CBC-HS256")] {
        let header = encode(&json!({ "alg": alg, "enc": enc, "p2c": 1_000_000_000_u64, "p2s": "AA", "zip": "DEF" }).to_string());
        for inside in [plain.as_str(), nested.as_str()] {
            let jwe = format!("{header}.{}.{}.{}.{}", encode("key"), encode("vector"), encode(inside), encode("tag"));
            let sent = asking.clone().with("request", &jwe);
            assert_eq!(tax.push(&sent).await.error(), "invalid_request_object", "{alg}");
        }
    }
}

async fn a_refresh_token_changed_in_any_place_is_rejected(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let token = tokens.refresh();
    for (place, old) in token.char_indices() {
        let changed = format!("{}{}{}", &token[..place], if old == 'Q' { 'R' } else { 'Q' }, &token[place + 1..]);
        assert_eq!(tax.refresh(&changed).await.error(), "invalid_grant", "{place}");
    }
    let other_alphabet = token.replace('-', "+").replace('_', "/");
    for changed in [&token[..42], &format!("{token}A"), &format!("{token}="), &format!(" {token}"), &format!("{other_alphabet}=")]
    {
        assert_eq!(tax.refresh(changed).await.error(), "invalid_grant", "{changed}");
    }
    assert_eq!(tax.refresh(token).await.status, 200);
}
