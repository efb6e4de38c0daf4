//! The token request of each grant, and how a client authenticates.

use super::Told::{Error, Good};
use super::{INVALID, Parameter, Row, Told, is_json_error, is_not_kept, pairs, rows_of_any, world};
use crate::world::agency::{Agency, basic, code_form};
use crate::world::html::encode;
use crate::world::{Answer, World};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::{GrantType, TOKEN_EXCHANGE};
use panjereh::client::metadata::Client;
use panjereh::client::resource::ResourceUri;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::oidc::token::credentials::JWT_BEARER;
use panjereh::oidc::token::exchange::ACCESS_TOKEN;
use panjereh::oidc::token::request::LONGEST_CODE;

const API: &str = "https://api.health.example";
const NO_GRANT: Told = Error("invalid_grant");
const NO_SCOPE: Told = Error("invalid_scope");
const NO_DETAILS: Told = Error("invalid_authorization_details");
const NO_TARGET: Told = Error("invalid_target");
const NO_CLIENT: Told = Error("invalid_client");

const fn needed(name: &'static str, section: &'static str, most: usize) -> Parameter {
    Parameter { name, section, good: "", missing: INVALID, empty: INVALID, twice: INVALID, long: (most, INVALID), wrong: &[] }
}

const fn optional(name: &'static str, section: &'static str, good: &'static str) -> Parameter {
    Parameter { name, section, good, missing: Good, empty: Good, twice: INVALID, long: (2048, INVALID), wrong: &[] }
}

const GRANT: Parameter = Parameter {
    long: (128, Error("unsupported_grant_type")),
    wrong: &[("password", Error("unsupported_grant_type")), ("Authorization_Code", Error("unsupported_grant_type"))],
    ..needed("grant_type", "RFC 6749 4.1.3", 128)
};
/// The header names the client; a `client_id` here must name the same one.
const CLIENT_ID: Parameter = Parameter {
    long: (128, INVALID),
    wrong: &[("nobody", INVALID), ("ta x", NO_CLIENT)],
    ..optional("client_id", "RFC 6749 3.2.1", "tax")
};
const RESOURCE: Parameter = Parameter {
    twice: Good,
    long: (512, NO_TARGET),
    wrong: &[("x", NO_TARGET), ("https://api.health.example#f", NO_TARGET), ("https://other.example", NO_TARGET)],
    ..optional("resource", "RFC 8707 2.2", API)
};
const DETAILS: Parameter = Parameter {
    long: (4096, NO_DETAILS),
    wrong: &[("x", NO_DETAILS), ("[]", NO_DETAILS), (r#"[{"type":"unknown"}]"#, NO_DETAILS)],
    ..optional("authorization_details", "RFC 9396 6", "[]")
};
const SCOPE: Parameter = Parameter {
    wrong: &[("nonsense", NO_SCOPE), ("openid national_id", NO_SCOPE), ("OPENID", NO_SCOPE)],
    ..optional("scope", "RFC 6749 6", "openid")
};

async fn agency(world: &World, change: impl FnOnce(&mut Client)) -> Agency<'_> {
    world.agency_with("health", |client| client.token_policy.resource_identifier = ResourceUri::parse(API)).await;
    let registered = |client: &mut Client| {
        client.grant_types = GrantType::ALL.to_vec();
        client.token_policy.resources.extend(ResourceUri::parse(API));
        change(client);
    };
    world.agency_with("tax", registered).await
}

async fn send(agency: &Agency<'_>, row: &Row) -> Answer {
    let form: Vec<_> = row.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    agency.token(&form).await
}

#[track_caller]
fn check(answer: &Answer, row: &Row) {
    match row.told {
        Good => {
            assert_eq!(answer.status, 200, "{}: {}", row.label, answer.text());
            assert_eq!(answer.header("content-type"), "application/json", "{}", row.label);
            is_not_kept(answer, &row.label);
            assert!(answer.json()["token_type"] == "Bearer" && answer.json()["expires_in"].is_u64(), "{}", row.label);
        }
        Error(error) => is_json_error(answer, error, &row.label),
        Told::Page(_) => unreachable!("no page at the token endpoint"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parameter_that_redeems_a_code() {
    let world = world().await;
    let tax = agency(&world, |_| ()).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let table = [
        GRANT,
        CLIENT_ID,
        DETAILS,
        RESOURCE,
        Parameter { wrong: &[("x", NO_GRANT)], ..needed("code", "RFC 6749 4.1.3", LONGEST_CODE) },
        Parameter {
            wrong: &[("https://tax.example/other", NO_GRANT), ("x", NO_GRANT)],
            ..needed("redirect_uri", "RFC 6749 4.1.3", 2048)
        },
        Parameter {
            missing: NO_GRANT,
            empty: NO_GRANT,
            wrong: &[("short", NO_GRANT), ("wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong", NO_GRANT)],
            long: (128, NO_GRANT),
            ..needed("code_verifier", "RFC 7636 4.6", 128)
        },
        // RFC 6749 §4.1.3 defines no meaning for it here.
        Parameter { long: (2048, Good), wrong: &[("nonsense", Good)], ..optional("scope", "RFC 6749 4.1.3", "openid") },
    ];
    // A code works once, so every row with an accepted request has a code of its own.
    let mut code = tax.silently(&mut browser, "openid").await;
    for number in 0..rows(&table, &pairs(&code_form(&code.0, &code.1))).len() {
        let row = rows(&table, &pairs(&code_form(&code.0, &code.1))).swap_remove(number);
        check(&send(&tax, &row).await, &row);
        if row.told == Good {
            code = tax.silently(&mut browser, "openid").await;
        }
    }
}

fn rows(table: &[Parameter], good: &[(String, String)]) -> Vec<Row> {
    table.iter().flat_map(|parameter| parameter.rows(good)).chain(rows_of_any(good)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parameter_of_a_refresh() {
    let world = world().await;
    let tax = agency(&world, |_| ()).await;
    let (_, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let table = [
        GRANT,
        CLIENT_ID,
        DETAILS,
        RESOURCE,
        SCOPE,
        Parameter { wrong: &[("x", NO_GRANT), ("a.b.c", NO_GRANT)], ..needed("refresh_token", "RFC 6749 6", 512) },
    ];
    let mut token = tokens.refresh().to_owned();
    let good = |token: &str| pairs(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    for number in 0..rows(&table, &good(&token)).len() {
        let row = rows(&table, &good(&token)).swap_remove(number);
        let answer = send(&tax, &row).await;
        check(&answer, &row);
        if row.told == Good {
            answer.json()["refresh_token"].as_str().unwrap().clone_into(&mut token);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parameter_of_a_client_that_acts_for_itself() {
    let world = world().await;
    let tax = agency(&world, |_| ()).await;
    let scope = Parameter { twice: INVALID, wrong: &[("openid", NO_SCOPE), ("nonsense", NO_SCOPE)], ..SCOPE };
    let good = pairs(&[("grant_type", "client_credentials")]);
    for row in rows(&[GRANT, CLIENT_ID, DETAILS, RESOURCE, scope], &good) {
        check(&send(&tax, &row).await, &row);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parameter_of_an_exchange() {
    let world = world().await;
    let tax = agency(&world, |_| ()).await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone").await;
    let never = |name| Parameter { twice: INVALID, wrong: &[("x", INVALID)], ..optional(name, "RFC 8693 2.1", "x") };
    let id_token = "urn:ietf:params:oauth:token-type:id_token";
    let table = [
        GRANT,
        CLIENT_ID,
        DETAILS,
        Parameter { wrong: &[("x", INVALID), ("a.b.c", INVALID)], ..needed("subject_token", "RFC 8693 2.1", 16 * 1024) },
        Parameter {
            wrong: &[("urn:ietf:params:oauth:token-type:id_token", INVALID), ("x", INVALID)],
            ..needed("subject_token_type", "RFC 8693 2.1", 128)
        },
        Parameter {
            wrong: &[("urn:ietf:params:oauth:token-type:id_token", INVALID), ("x", INVALID)],
            long: (128, INVALID),
            ..optional("requested_token_type", "RFC 8693 2.1", ACCESS_TOKEN)
        },
        never("actor_token"),
        never("actor_token_type"),
        Parameter { missing: INVALID, empty: INVALID, ..RESOURCE },
        Parameter { long: (128, INVALID), wrong: &[("health", NO_TARGET)], ..optional("audience", "RFC 8693 2.1", "health") },
        Parameter { wrong: &[("nonsense", NO_SCOPE), ("phone address", NO_SCOPE)], ..optional("scope", "RFC 8693 2.1", "phone") },
    ];
    let good = pairs(&[
        ("grant_type", TOKEN_EXCHANGE),
        ("subject_token", &tokens.access_token),
        ("subject_token_type", ACCESS_TOKEN),
        ("resource", API),
    ]);
    for row in rows(&table, &good) {
        check(&send(&tax, &row).await, &row);
    }
    let of_another_type = [("grant_type", TOKEN_EXCHANGE), ("subject_token", &tokens.id_token), ("subject_token_type", id_token)];
    is_json_error(&tax.token(&of_another_type).await, "invalid_request", "an ID token");
}

fn by_hand(authorization: &[&[u8]], form: &[(String, String)]) -> Request<Body> {
    let mut request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    for value in authorization {
        request = request.header("authorization", axum::http::HeaderValue::from_bytes(value).unwrap());
    }
    request.body(Body::from(encode(form))).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_authorization_header_of_a_client() {
    let world = world().await;
    let tax = agency(&world, |_| ()).await;
    let good = basic("tax", &tax.secret);
    let form = pairs(&[("grant_type", "client_credentials")]);
    let named = pairs(&[("grant_type", "client_credentials"), ("client_id", "tax")]);
    let long = format!("Basic {}", "YWFh".repeat(1100));
    let lower = good.replace("Basic", "basic");
    for (label, headers, form, told) in [
        ("as it should be", vec![good.as_bytes()], &form, Good),
        ("RFC 9110 11.1: the scheme in any case", vec![lower.as_bytes()], &form, Good),
        ("missing", vec![], &form, NO_CLIENT),
        ("missing, client_id in the form", vec![], &named, NO_CLIENT),
        ("empty", vec![b""], &form, NO_CLIENT),
        ("without credentials", vec![b"Basic"], &form, NO_CLIENT),
        ("with empty credentials", vec![b"Basic "], &form, NO_CLIENT),
        ("no base64", vec![b"Basic !!!"], &form, NO_CLIENT),
        ("no colon", vec![b"Basic dGF4"], &form, NO_CLIENT),
        ("no secret", vec![b"Basic dGF4Og=="], &form, NO_CLIENT),
        ("bytes that are no text", vec![b"Basic \xff\xfe"], &form, NO_CLIENT),
        ("another scheme", vec![b"Bearer dGF4Og=="], &form, NO_CLIENT),
        ("too long", vec![long.as_bytes()], &form, NO_CLIENT),
        ("twice (RFC 9110 5.3)", vec![good.as_bytes(), good.as_bytes()], &form, INVALID),
        ("twice, the second another's", vec![good.as_bytes(), b"Basic aGVhbHRoOng="], &form, INVALID),
    ] {
        let answer = world.send(by_hand(&headers, form)).await;
        check(&answer, &Row { label: label.to_owned(), pairs: Vec::new(), told });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parameter_that_authenticates_a_client() {
    let world = world().await;
    let post = agency(&world, |client| client.auth_method = TokenEndpointAuthMethod::ClientSecretPost).await;
    let good = pairs(&[("grant_type", "client_credentials"), ("client_id", "tax"), ("client_secret", &post.secret)]);
    let table = [
        Parameter {
            missing: NO_CLIENT,
            empty: NO_CLIENT,
            wrong: &[("nobody", NO_CLIENT), ("ta x", NO_CLIENT)],
            ..needed("client_id", "RFC 6749 2.3.1", 128)
        },
        Parameter {
            missing: NO_CLIENT,
            empty: NO_CLIENT,
            long: (512, NO_CLIENT),
            wrong: &[("guess", NO_CLIENT)],
            ..needed("client_secret", "RFC 6749 2.3.1", 512)
        },
    ];
    for row in rows(&table, &good) {
        check(&world.send(by_hand(&[], &row.pairs)).await, &row);
    }

    let key = agency(&world, |client| client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt).await;
    let table = [
        Parameter { missing: Good, empty: Good, wrong: &[("health", NO_CLIENT)], ..needed("client_id", "RFC 7521 4.2", 128) },
        Parameter {
            long: (8192, NO_CLIENT),
            wrong: &[("x", NO_CLIENT), ("a.b.c", NO_CLIENT), ("e30.e30.", NO_CLIENT)],
            ..needed("client_assertion", "RFC 7523 2.2", 8192)
        },
        Parameter {
            long: (512, NO_CLIENT),
            wrong: &[("x", NO_CLIENT), ("urn:ietf:params:oauth:client-assertion-type:saml2-bearer", NO_CLIENT)],
            ..needed("client_assertion_type", "RFC 7523 2.2", 512)
        },
    ];
    // An assertion works once.
    let good = || {
        let assertion = key.signer.assertion("tax", &world);
        let form = [("client_id", "tax"), ("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
        pairs(&[&[("grant_type", "client_credentials")][..], &form].concat())
    };
    for number in 0..rows(&table, &good()).len() {
        let row = rows(&table, &good()).swap_remove(number);
        check(&world.send(by_hand(&[], &row.pairs)).await, &row);
    }
}
