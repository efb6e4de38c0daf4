//! How a client proves who it is: which ways are taken, which failure counts as a guess, and what its developer is told.

use crate::world::agency::{Agency, basic};
use crate::world::assertion::Signer;
use crate::world::html::encode;
use crate::world::tokens::Tokens;
use crate::world::{Answer, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::profile::Profile;
use panjereh::client::words::TokenEndpointAuthMethod::{ClientSecretBasic, ClientSecretPost, None as NoMethod, PrivateKeyJwt};
use panjereh::client::words::{SecretMethods, TokenEndpointAuthMethod};
use serde_json::json;

on_both_backends! {
    rfc6749_2_3_1_a_secret_may_come_in_the_header_or_in_the_form_unless_the_entry_names_one,
    a_right_secret_is_no_guess_at_any_endpoint_and_the_text_says_just_what_to_change,
    a_wrong_secret_is_a_guess_in_either_way_and_learns_nothing_by_the_other,
    a_library_that_tries_the_header_first_costs_its_client_no_failure,
    a_failed_token_request_that_a_library_repeats_in_the_other_way_fails_with_the_same_error,
    an_assertion_of_the_client_s_own_key_is_no_guess_whatever_it_says,
    a_request_without_any_credential_is_no_guess,
    rfc6749_2_3_1_an_empty_secret_is_none,
    a_client_that_a_profile_closes_out_learns_why_and_only_with_its_secret,
    rfc6749_5_2_what_nobody_is_offered_is_said_before_it_is_asked_who_wants_it,
}

/// The only grant that needs nothing else.
const FOR_ITSELF: [(&str, &str); 1] = [("grant_type", "client_credentials")];
/// More than the failures after which a client has to wait.
const MANY: usize = 101;

async fn machine<'w>(world: &'w World, name: &str, change: impl FnOnce(&mut Client)) -> Agency<'w> {
    let all = |client: &mut Client| {
        client.grant_types = GrantType::ALL.to_vec();
        change(client);
    };
    world.agency_with(name, all).await
}

/// A client whose entry names its method.
async fn named<'w>(world: &'w World, name: &str, method: TokenEndpointAuthMethod) -> Agency<'w> {
    machine(world, name, |client| (client.auth_method, client.secret_methods) = (method, SecretMethods::Named)).await
}

/// Sends a form with this secret in this way.
async fn sent(agency: &Agency<'_>, path: &str, way: TokenEndpointAuthMethod, secret: &str, form: &[(&str, &str)]) -> Answer {
    let mut form = form.to_vec();
    let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    match way {
        ClientSecretBasic => request = request.header("authorization", basic(agency.id(), secret)),
        ClientSecretPost => form.extend([("client_id", agency.id()), ("client_secret", secret)]),
        _ => form.push(("client_id", agency.id())),
    }
    agency.world.send(request.body(Body::from(encode(&form))).unwrap()).await
}

fn described(answer: &Answer) -> String {
    answer.json()["error_description"].as_str().unwrap_or_default().to_owned()
}

fn is(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{}", answer.text());
}

async fn rfc6749_2_3_1_a_secret_may_come_in_the_header_or_in_the_form_unless_the_entry_names_one(world: &World) {
    let either = machine(world, "either", |_| ()).await;
    for way in [ClientSecretBasic, ClientSecretPost] {
        assert_eq!(sent(&either, "/token", way, &either.secret, &FOR_ITSELF).await.status, 200, "{}", way.name());
    }
    for (registered, other) in [(ClientSecretBasic, ClientSecretPost), (ClientSecretPost, ClientSecretBasic)] {
        let one = named(world, "one", registered).await;
        assert_eq!(sent(&one, "/token", registered, &one.secret, &FOR_ITSELF).await.status, 200);
        is(&sent(&one, "/token", other, &one.secret, &FOR_ITSELF).await, 401, "invalid_client");
    }
    // In both ways at once it is refused, as before (§2.3).
    let both = [("grant_type", "client_credentials"), ("client_secret", either.secret.as_str())];
    is(&sent(&either, "/token", ClientSecretBasic, &either.secret, &both).await, 400, "invalid_request");
    // A secret never replaces a key.
    let key = named(world, "key", PrivateKeyJwt).await;
    is(&sent(&key, "/token", ClientSecretPost, &key.secret, &FOR_ITSELF).await, 401, "invalid_client");
}

async fn a_right_secret_is_no_guess_at_any_endpoint_and_the_text_says_just_what_to_change(world: &World) {
    const ENDPOINTS: [&str; 6] = ["/token", "/par", "/device_authorization", "/ciba", "/introspect", "/revoke"];
    for (registered, other, advice) in [
        (ClientSecretBasic, ClientSecretPost, "send it in the Authorization header"),
        (ClientSecretPost, ClientSecretBasic, "send it in the form, as client_id and client_secret"),
    ] {
        let tax = named(world, registered.name(), registered).await;
        for number in 0..MANY {
            let path = ENDPOINTS[number % ENDPOINTS.len()];
            let answer = sent(&tax, path, other, &tax.secret, &FOR_ITSELF).await;
            is(&answer, 401, "invalid_client");
            let told = described(&answer);
            assert!(told.starts_with("the secret is right, but") && told.contains(registered.name()), "{path}: {told}");
            assert!(told.contains(advice), "{path}: {told}");
        }
        // Nothing was counted: a hundred guesses are still answered as guesses.
        for _ in 1..MANY {
            is(&sent(&tax, "/token", registered, "guess", &FOR_ITSELF).await, 401, "invalid_client");
        }
        is(&sent(&tax, "/token", registered, "guess", &FOR_ITSELF).await, 429, "temporarily_unavailable");
    }
}

async fn a_wrong_secret_is_a_guess_in_either_way_and_learns_nothing_by_the_other(world: &World) {
    let (basic, nobody) = (named(world, "basic", ClientSecretBasic).await, named(world, "nobody", NoMethod).await);
    let expected = sent(&basic, "/token", ClientSecretBasic, "guess", &FOR_ITSELF).await.json();
    for _ in 2..MANY {
        let answer = sent(&basic, "/token", ClientSecretPost, "guess", &FOR_ITSELF).await;
        is(&answer, 401, "invalid_client");
        assert_eq!(answer.json(), expected, "as by the right method");
    }
    is(&sent(&basic, "/token", ClientSecretPost, "guess", &FOR_ITSELF).await, 429, "temporarily_unavailable");
    is(&sent(&basic, "/token", ClientSecretPost, &basic.secret, &FOR_ITSELF).await, 429, "temporarily_unavailable");
    assert_eq!(sent(&nobody, "/token", ClientSecretPost, "guess", &FOR_ITSELF).await.json(), expected);
}

/// Go's `x/oauth2` and others do not know the client's method: they send the header, and after any error the form.
async fn a_library_that_tries_the_header_first_costs_its_client_no_failure(world: &World) {
    let tax = named(world, "tax", ClientSecretPost).await;
    for _ in 0..MANY {
        is(&sent(&tax, "/token", ClientSecretBasic, &tax.secret, &FOR_ITSELF).await, 401, "invalid_client");
        assert_eq!(sent(&tax, "/token", ClientSecretPost, &tax.secret, &FOR_ITSELF).await.status, 200);
    }
    // A whole sign-in: the first try does not use up the code.
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    let form = crate::world::agency::code_form(&asking, &code);
    is(&sent(&tax, "/token", ClientSecretBasic, &tax.secret, &form).await, 401, "invalid_client");
    Tokens::of(&sent(&tax, "/token", ClientSecretPost, &tax.secret, &form).await);
}

async fn a_failed_token_request_that_a_library_repeats_in_the_other_way_fails_with_the_same_error(world: &World) {
    let tax = machine(world, "tax", |_| ()).await;
    let gone = |grant, name| [("grant_type", grant), (name, "gone"), ("redirect_uri", "https://tax.example/callback")];
    for (form, error) in [
        (gone("authorization_code", "code"), "invalid_grant"),
        (gone("refresh_token", "refresh_token"), "invalid_grant"),
        (gone("client_credentials", "scope"), "invalid_scope"),
        (gone("authorization_code", "nothing"), "invalid_request"),
        (gone("password", "username"), "unsupported_grant_type"),
    ] {
        let first = sent(&tax, "/token", ClientSecretBasic, &tax.secret, &form).await;
        let second = sent(&tax, "/token", ClientSecretPost, &tax.secret, &form).await;
        is(&first, 400, error);
        assert_eq!((first.status, first.json()), (second.status, second.json()), "what the developer reads is the true reason");
    }
}

async fn an_assertion_of_the_client_s_own_key_is_no_guess_whatever_it_says(world: &World) {
    let robot = named(world, "robot", PrivateKeyJwt).await;
    let send = async |assertion: &str| {
        let kind = ("client_assertion_type", panjereh::oidc::token::credentials::JWT_BEARER);
        let form = [FOR_ITSELF[0], kind, ("client_assertion", assertion)];
        world.post("/token", &encode(&form)).await
    };
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = Signer::claims("robot", world);
        claims[name] = value;
        robot.signer.sign(&claims)
    };
    let (now, once) = (world.now().seconds(), robot.signer.assertion("robot", world));
    assert_eq!(send(&once).await.status, 200);
    for _ in 0..=MANY / 5 {
        for (assertion, told) in [
            (with("exp", json!(now - 3600)), "expired"),
            (with("exp", json!(now + 7200)), "one hour"),
            (with("iat", json!(now + 3600)), "not valid yet"),
            (with("aud", json!("https://other.example")), "aud"),
            (once.clone(), "jti"),
        ] {
            let answer = send(&assertion).await;
            is(&answer, 401, "invalid_client");
            assert!(described(&answer).contains(told), "{told}: {}", answer.text());
        }
    }
    assert_eq!(send(&robot.signer.assertion("robot", world)).await.status, 200, "the clock is right again");
    // Another key's signature is a guess.
    let stranger = Signer::named("client-key");
    for _ in 1..MANY {
        is(&send(&stranger.assertion("robot", world)).await, 401, "invalid_client");
    }
    is(&send(&robot.signer.assertion("robot", world)).await, 429, "temporarily_unavailable");
}

async fn a_request_without_any_credential_is_no_guess(world: &World) {
    for (name, method) in [("basic", ClientSecretBasic), ("key", PrivateKeyJwt), ("tls", TokenEndpointAuthMethod::TlsClientAuth)]
    {
        let tax = named(world, name, method).await;
        for _ in 0..MANY {
            is(&sent(&tax, "/token", NoMethod, "", &FOR_ITSELF).await, 401, "invalid_client");
        }
    }
    let basic = named(world, "basic", ClientSecretBasic).await;
    assert_eq!(basic.token(&FOR_ITSELF).await.status, 200);
}

async fn rfc6749_2_3_1_an_empty_secret_is_none(world: &World) {
    // Go's `x/oauth2` sends `client_id:` in the header for a client without a secret.
    let app = world.agency_with("app", |client| client.auth_method = NoMethod).await;
    let (_, _, tokens) = world.signed_in(&app, "openid offline_access").await;
    let refresh = |token: String| [("grant_type", "refresh_token".to_owned()), ("refresh_token", token)];
    let mut token = tokens.refresh().to_owned();
    for way in [ClientSecretBasic, ClientSecretPost] {
        let form = refresh(token.clone());
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = sent(&app, "/token", way, "", &form).await;
        Tokens::of(&answer).refresh().clone_into(&mut token);
    }
    let tax = named(world, "tax", ClientSecretBasic).await;
    for way in [ClientSecretBasic, ClientSecretPost] {
        is(&sent(&tax, "/token", way, "", &FOR_ITSELF).await, 401, "invalid_client");
    }
}

async fn a_client_that_a_profile_closes_out_learns_why_and_only_with_its_secret(world: &World) {
    let bank = machine(world, "bank", |client| client.requests.profile = Profile::Fapi2).await;
    let told = described(&sent(&bank, "/token", ClientSecretBasic, &bank.secret, &FOR_ITSELF).await);
    assert!(told.contains("FAPI 2.0") && told.contains("private_key_jwt"), "{told}");
    let told = described(&sent(&bank, "/token", ClientSecretBasic, "guess", &FOR_ITSELF).await);
    assert!(told.contains("check client_id") && !told.contains("FAPI"), "{told}");
}

async fn rfc6749_5_2_what_nobody_is_offered_is_said_before_it_is_asked_who_wants_it(world: &World) {
    let tax = machine(world, "tax", |_| ()).await;
    let long = "urn:example:".to_owned() + &"x".repeat(300);
    for (grant_type, error) in [
        (Some("password"), "unsupported_grant_type"),
        (Some("implicit"), "unsupported_grant_type"),
        (Some("urn:ietf:params:oauth:grant-type:jwt-bearer"), "unsupported_grant_type"),
        (Some("urn:ietf:params:oauth:grant-type:saml2-bearer"), "unsupported_grant_type"),
        (Some("AUTHORIZATION_CODE"), "unsupported_grant_type"),
        (Some(" refresh_token"), "unsupported_grant_type"),
        (Some(long.as_str()), "unsupported_grant_type"),
        (Some(""), "invalid_request"),
        (None, "invalid_request"),
    ] {
        let form: Vec<_> = [grant_type.map(|name| ("grant_type", name)), Some(("username", "x"))].into_iter().flatten().collect();
        let anonymous = world.post("/token", &encode(&form)).await;
        is(&anonymous, 400, error);
        // The same for a client that says who it is, rightly or wrongly.
        for (way, secret) in [(ClientSecretBasic, tax.secret.as_str()), (ClientSecretPost, "guess"), (NoMethod, "")] {
            let answer = sent(&tax, "/token", way, secret, &form).await;
            assert_eq!((answer.status, answer.json()), (anonymous.status, anonymous.json()), "{form:?}");
        }
    }
    // What is offered is asked for by a client alone.
    for offered in GrantType::ALL {
        is(&world.post("/token", &encode(&[("grant_type", offered.name())])).await, 401, "invalid_client");
    }
    let twice = world.post("/token", "grant_type=password&grant_type=authorization_code").await;
    is(&twice, 400, "invalid_request");
}
