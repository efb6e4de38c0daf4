//! Requests that the client signs (RFC 9101, OpenID Connect Core §6.1), in the browser and pushed.

use crate::world::agency::{Agency, Asking};
use crate::world::assertion::{Signer, compact};
use crate::world::html::encode;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::client::words::SigningAlg;
use serde_json::{Value, json};

on_both_backends! {
    rfc9101_5_a_signed_request_is_answered_by_browser_and_pushed,
    rfc9101_6_3_what_stands_beside_the_object_is_ignored,
    oidc_core_6_1_what_stands_beside_the_object_may_not_contradict_it,
    rfc9101_6_an_object_that_cannot_be_verified_is_refused,
    rfc9101_7_without_a_trusted_redirect_uri_an_error_is_a_page,
    rfc9101_6_3_the_request_in_the_object_is_validated_as_any_other,
    rfc9101_5_request_and_request_uri_do_not_go_together,
    rfc9101_10_5_a_client_that_must_sign_is_refused_otherwise,
    rfc9126_3_an_object_of_another_client_is_not_pushed,
    a_registered_algorithm_is_the_only_one,
    a_request_object_is_no_client_assertion,
}

/// The claims of the object of a request.
fn claims(agency: &Agency<'_>, asking: &Asking) -> Value {
    let now = agency.world.now().seconds();
    let mut claims = json!({ "iss": agency.id(), "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 120 });
    for (name, value) in &asking.params {
        claims[name] = json!(value);
    }
    claims
}

fn signed(agency: &Agency<'_>, asking: &Asking) -> String {
    agency.signer.sign(&claims(agency, asking))
}

/// The same request with only its object.
fn only(agency: &Agency<'_>, asking: &Asking, object: &str) -> Asking {
    let params = vec![("client_id".to_owned(), agency.id().to_owned()), ("request".to_owned(), object.to_owned())];
    Asking { params, ..asking.clone() }
}

/// The code at the end of a request of a person who is signed in and has consented.
async fn code_of(world: &World, agency: &Agency<'_>, scope: &str) -> (Asking, String) {
    let (_, mut browser, _) = world.signed_in(agency, scope).await;
    let asking = agency.ask(scope);
    let sent = only(agency, &asking, &signed(agency, &asking));
    let code = asking.code(browser.open(&sent.url()).await);
    (asking, code)
}

async fn rfc9101_5_a_signed_request_is_answered_by_browser_and_pushed(world: &World) {
    let tax = world.agency("tax").await;
    let (asking, code) = code_of(world, &tax, "openid phone").await;
    let (tokens, _) = tax.sign_in(&asking, &code).await;
    assert_eq!(tokens.scope, "openid phone");

    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    for without in ["", "client_id"] {
        let asking = tax.ask("openid");
        let pushed = only(&tax, &asking, &signed(&tax, &asking)).without(without);
        let code = asking.code(browser.open(&tax.pushed(&pushed).await).await);
        tax.sign_in(&asking, &code).await;
    }
}

async fn rfc9101_6_3_what_stands_beside_the_object_is_ignored(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid");
    let beside = only(&tax, &asking, &signed(&tax, &asking))
        .with("response_type", "code")
        .with("redirect_uri", "https://evil.example/callback")
        .with("state", "another")
        .with("nonce", "another")
        .with("scope", "openid national_id")
        .with("prompt", "login")
        .with("code_challenge", "another");
    let code = asking.code(browser.open(&beside.url()).await);
    let (tokens, claims) = tax.sign_in(&asking, &code).await;
    assert_eq!((tokens.scope.as_str(), &claims["nonce"]), ("openid", &json!(asking.nonce)));

    // A `state` outside of the object only is ignored.
    let stateless = asking.clone().without("state");
    let beside = only(&tax, &asking, &signed(&tax, &stateless)).with("state", "outside");
    assert!(!browser.open(&beside.url()).await.left_for().contains("&state="));
}

async fn oidc_core_6_1_what_stands_beside_the_object_may_not_contradict_it(world: &World) {
    let (tax, health) = (world.agency("tax").await, world.agency("health").await);
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    let object = signed(&tax, &asking);
    let other = only(&tax, &asking, &object).with("response_type", "token");
    assert_eq!(asking.error(browser.open(&other.url()).await), "invalid_request");
    // Under another client's name the key is another, and so is everything else.
    let foreign = only(&health, &asking, &object);
    browser.open(&foreign.url()).await.must(400, "refusal-bad-request-title");
    let nameless = format!("/authorize?{}", encode(&[("request", object.as_str())]));
    browser.open(&nameless).await.must(400, "refusal-unknown-client-title");
}

async fn rfc9101_6_an_object_that_cannot_be_verified_is_refused(world: &World) {
    let tax = world.agency("tax").await;
    let stranger = Signer::new();
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    let good = claims(&tax, &asking);
    let now = world.now().seconds();
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        tax.signer.sign(&claims)
    };
    for (object, why) in [
        ("x".to_owned(), "no JWT"),
        (compact(&json!({ "alg": "none" }), &good, b""), "unsigned"),
        (compact(&json!({ "alg": "HS256", "kid": "client-key" }), &good, b"mac"), "symmetric"),
        (stranger.sign(&good), "another key under the same kid"),
        (stranger.sign_bringing_its_key(&good), "a key in the header"),
        (with("iss", json!("health")), "iss"),
        (with("aud", json!("https://other.example")), "aud"),
        (with("client_id", json!("health")), "client_id"),
        (with("exp", json!(now - 61)), "expired"),
        (with("exp", json!(now + 7200)), "endless"),
        (with("nbf", json!(now + 61)), "not yet"),
        (with("sub", json!("tax")), "an assertion"),
        (with("request", json!("x")), "nested"),
        (with("request_uri", json!("https://tax.example/r")), "nested reference"),
    ] {
        let sent = asking.clone().with("request", &object);
        assert_eq!(asking.error(browser.open(&sent.url()).await), "invalid_request_object", "{why}");
        let pushed = tax.push(&only(&tax, &asking, &object)).await;
        assert_eq!((pushed.status.as_u16(), pushed.error().as_str()), (400, "invalid_request_object"), "{why}");
    }
}

async fn rfc9101_7_without_a_trusted_redirect_uri_an_error_is_a_page(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&only(&tax, &asking, "x").url()).await.must(400, "refusal-bad-request-title");
    let evil = only(&tax, &asking, "x").with("redirect_uri", "https://evil.example/");
    browser.open(&evil.url()).await.must(400, "refusal-bad-request-title");
    let unregistered = signed(&tax, &asking.clone().with("redirect_uri", "https://evil.example/"));
    let sent = asking.clone().with("request", &unregistered);
    browser.open(&sent.url()).await.must(400, "refusal-bad-redirect-title");
    let missing = signed(&tax, &asking.clone().without("redirect_uri"));
    browser.open(&asking.clone().with("request", &missing).url()).await.must(400, "refusal-bad-redirect-title");
}

async fn rfc9101_6_3_the_request_in_the_object_is_validated_as_any_other(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "profile", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("state", "a\nb", "invalid_request"),
    ] {
        let mut asking = tax.ask("openid");
        let object = signed(&tax, &asking.clone().with(name, value));
        if name == "state" {
            asking.state.clear();
        }
        let sent = only(&tax, &asking, &object);
        let asking = asking.with("redirect_uri", "https://tax.example/callback");
        assert_eq!(asking.error(browser.open(&sent.url()).await), error, "{name}={value:?}");
    }
    // A number is a number in JSON (OpenID Connect Core §6.1).
    let asking = tax.ask("openid").with("prompt", "none");
    let mut claims = claims(&tax, &asking);
    claims["max_age"] = json!(30);
    let sent = only(&tax, &asking, &tax.signer.sign(&claims));
    assert_eq!(asking.error(browser.open(&sent.url()).await), "login_required");
}

async fn rfc9101_5_request_and_request_uri_do_not_go_together(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    let both = only(&tax, &asking, &signed(&tax, &asking)).with("request_uri", "https://tax.example/r");
    assert_eq!(asking.error(browser.open(&both.url()).await), "invalid_request");
    let twice = format!("{}&request=x&request=y", asking.url());
    assert_eq!(asking.error(browser.open(&twice).await), "invalid_request");
}

async fn rfc9101_10_5_a_client_that_must_sign_is_refused_otherwise(world: &World) {
    let bank = world.agency_with("bank", |client| client.requests.must_be_signed = true).await;
    let mut browser = world.browser();
    let asking = bank.ask("openid");
    assert_eq!(asking.error(browser.open(&asking.url()).await), "invalid_request");
    assert_eq!(bank.push(&asking).await.error(), "invalid_request");
    for missing in ["exp", "nbf"] {
        let mut claims = claims(&bank, &asking);
        claims.as_object_mut().unwrap().remove(missing);
        let answer = bank.push(&only(&bank, &asking, &bank.signer.sign(&claims))).await;
        assert_eq!(answer.error(), "invalid_request_object", "FAPI 2.0 Message Signing §5.3.1: {missing}");
    }
    browser.open(&bank.pushed(&only(&bank, &asking, &signed(&bank, &asking))).await).await.must(200, "sign-in-title");
}

async fn rfc9126_3_an_object_of_another_client_is_not_pushed(world: &World) {
    let (tax, health) = (world.agency("tax").await, world.agency("health").await);
    let asking = health.ask("openid");
    let foreign = only(&health, &asking, &signed(&health, &asking));
    for pushed in [foreign.clone().without("client_id"), foreign.clone().with("client_id", "tax")] {
        assert_eq!(tax.push(&pushed).await.error(), "invalid_request_object");
    }
    assert_eq!(tax.push(&foreign).await.error(), "invalid_request");
}

async fn a_registered_algorithm_is_the_only_one(world: &World) {
    let tax = world.agency_with("tax", |client| client.requests.object_alg = Some(SigningAlg::PS256)).await;
    let asking = tax.ask("openid");
    assert_eq!(tax.push(&only(&tax, &asking, &signed(&tax, &asking))).await.error(), "invalid_request_object");
}

async fn a_request_object_is_no_client_assertion(world: &World) {
    use panjereh::client::grant_type::GrantType;
    use panjereh::client::words::TokenEndpointAuthMethod;
    let robot = world
        .agency_with("robot", |client| {
            client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            client.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
    let mut anonymous = robot.clone();
    anonymous.client.auth_method = TokenEndpointAuthMethod::None;
    let object = signed(&robot, &robot.ask("openid"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", panjereh::oidc::token::credentials::JWT_BEARER),
        ("client_assertion", &object),
    ];
    assert_eq!(anonymous.token(&form).await.error(), "invalid_client");
}
