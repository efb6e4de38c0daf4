//! The endpoints for cross-device sign-ins, parameter by parameter.

use crate::world::cross_device::by_polling;
use crate::world::html::encode;
use crate::world::{Answer, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::DEVICE_CODE;
use panjereh::client::words::TokenEndpointAuthMethod;

on_both_backends! {
    rfc8628_3_1_every_parameter_of_the_device_authorization_request,
    rfc8628_3_1_the_client_authenticates_as_at_the_token_endpoint,
    rfc8628_3_4_every_parameter_of_the_device_access_token_request,
    ciba_7_1_every_parameter_of_the_authentication_request,
    ciba_7_1_only_a_client_that_authenticates_may_ask,
    ciba_10_1_every_parameter_of_the_token_request,
}

#[track_caller]
fn is(answer: &Answer, status: u16, error: &str, case: &str) {
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{case}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.json()["error_description"].as_str().is_some_and(|text| !text.is_empty()));
}

async fn rfc8628_3_1_every_parameter_of_the_device_authorization_request(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let long = "openid ".repeat(300);
    let resource = "https://api.example/#fragment";
    for (form, error) in [
        (vec![("scope", "openid"), ("scope", "openid")], "invalid_request"),
        (vec![("scope", ""), ("scope", "openid")], "invalid_request"),
        (vec![("scope", long.as_str())], "invalid_request"),
        (vec![("resource", resource)], "invalid_target"),
        (vec![("resource", "api")], "invalid_target"),
        (vec![("resource", "https://api.example")], "invalid_target"),
        (vec![("x", "1"), ("x", "2")], "invalid_request"),
    ] {
        is(&tax.post("/device_authorization", &form).await, 400, error, &format!("{form:?}"));
    }
    for form in [vec![], vec![("scope", "")], vec![("scope", "openid unknown")], vec![("unknown", "x")], vec![("resource", "")]] {
        let answer = tax.post("/device_authorization", &form).await;
        assert_eq!(answer.status, 200, "{form:?}: {}", answer.text());
    }
    let plain = world.agency("plain").await;
    is(&plain.post("/device_authorization", &[("scope", "openid")]).await, 400, "unauthorized_client", "not registered for it");
    assert_eq!(world.get("/device_authorization").await.status, 405);
}

async fn rfc8628_3_1_the_client_authenticates_as_at_the_token_endpoint(world: &World) {
    let methods = TokenEndpointAuthMethod::ALL.into_iter().filter(|method| !method.needs_certificate());
    for (number, method) in methods.enumerate() {
        let name = format!("agency-{number}");
        let agency = world.agency_with(&name, |client| {
            crate::world::cross_device::with_devices(client);
            client.auth_method = method;
        });
        let agency = agency.await;
        let codes = agency.device("openid").await;
        assert_eq!(agency.poll_device(&codes).await.error(), "authorization_pending", "{}", method.name());
        let mut pretender = agency.clone();
        if method.needs_secret() {
            "guess".clone_into(&mut pretender.secret);
            is(&pretender.post("/device_authorization", &[]).await, 401, "invalid_client", method.name());
        }
    }
    let post = |body: &str, media: &str| {
        Request::post("/device_authorization").header("content-type", media).body(Body::from(body.to_owned())).unwrap()
    };
    let form = "application/x-www-form-urlencoded";
    for body in ["", "scope=openid", "client_id=nobody", "client_id=", "client_id=agency-0"] {
        is(&world.send(post(body, form)).await, 401, "invalid_client", body);
    }
    is(&world.send(post("client_id=agency-3&client_id=agency-3", form)).await, 400, "invalid_request", "repeated");
    is(&world.send(post("{}", "application/json")).await, 400, "invalid_request", "JSON");
}

async fn rfc8628_3_4_every_parameter_of_the_device_access_token_request(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let long = "x".repeat(600);
    let grant = ("grant_type", DEVICE_CODE);
    for (form, error) in [
        (vec![grant], "invalid_request"),
        (vec![grant, ("device_code", "")], "invalid_request"),
        (vec![grant, ("device_code", "a"), ("device_code", "a")], "invalid_request"),
        (vec![grant, ("device_code", &long)], "invalid_request"),
        (vec![grant, grant, ("device_code", "a")], "invalid_request"),
        (vec![grant, ("device_code", "a")], "invalid_grant"),
        (vec![grant, ("device_code", "پنجره")], "invalid_grant"),
        (vec![grant, ("device_code", "a"), ("resource", "x")], "invalid_target"),
        (vec![("grant_type", "device_code"), ("device_code", "a")], "unsupported_grant_type"),
    ] {
        is(&tax.token(&form).await, 400, error, &encode(&form));
    }
}

async fn ciba_7_1_every_parameter_of_the_authentication_request(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let citizen = world.registered(&tax).await;
    let id = citizen.national_id();
    let (openid, hint) = (("scope", "openid"), ("login_hint", id));
    let (long, too_long, longest) = ("openid ".repeat(300), "x".repeat(101), "x".repeat(9000));
    for (form, error) in [
        (vec![hint], "invalid_scope"),
        (vec![("scope", ""), hint], "invalid_scope"),
        (vec![("scope", "profile"), hint], "invalid_scope"),
        (vec![("scope", long.as_str()), hint], "invalid_request"),
        (vec![openid, openid, hint], "invalid_request"),
        (vec![openid], "invalid_request"),
        (vec![openid, ("login_hint", "")], "invalid_request"),
        (vec![openid, hint, hint], "invalid_request"),
        (vec![openid, ("login_hint", longest.as_str())], "invalid_request"),
        (vec![openid, ("login_hint", "1234567890")], "unknown_user_id"),
        (vec![openid, ("login_hint", "somebody@example.com")], "unknown_user_id"),
        (vec![openid, ("login_hint_token", "x")], "invalid_request"),
        (vec![openid, hint, ("id_token_hint", "x")], "invalid_request"),
        (vec![openid, hint, ("login_hint_token", "x")], "invalid_request"),
        (vec![openid, ("id_token_hint", "x")], "invalid_request"),
        (vec![openid, hint, ("binding_message", too_long.as_str())], "invalid_binding_message"),
        (vec![openid, hint, ("binding_message", "a\u{202e}b")], "invalid_binding_message"),
        (vec![openid, hint, ("binding_message", "1"), ("binding_message", "1")], "invalid_request"),
        (vec![openid, hint, ("requested_expiry", "0")], "invalid_request"),
        (vec![openid, hint, ("requested_expiry", "soon")], "invalid_request"),
        (vec![openid, hint, ("requested_expiry", "-5")], "invalid_request"),
        (vec![openid, hint, ("acr_values", too_long.repeat(9).as_str())], "invalid_request"),
        (vec![openid, hint, ("resource", "api")], "invalid_target"),
        (vec![openid, hint, ("request", "x")], "invalid_request"),
        (vec![("request", "x")], "invalid_request"),
    ] {
        is(&tax.post("/ciba", &form).await, 400, error, &encode(&form));
    }
    assert!(world.messages().len() == 1, "no message was sent for any of these");
    for more in [
        vec![("unknown", "x")],
        vec![("acr_values", "phr urn:panjereh:acr:low"), ("user_code", "1234")],
        vec![("binding_message", ""), ("requested_expiry", ""), ("client_notification_token", "x")],
    ] {
        let answer = tax.ask_by_back(&citizen, &more).await;
        assert_eq!(answer.status, 200, "{more:?}: {}", answer.text());
    }
    world.messages();
    assert_eq!(world.get("/ciba").await.status, 405);
}

async fn ciba_7_1_only_a_client_that_authenticates_may_ask(world: &World) {
    let plain = world.agency("plain").await;
    let citizen = world.registered(&plain).await;
    is(&plain.ask_by_back(&citizen, &[]).await, 400, "unauthorized_client", "not registered for it");
    let public = world.agency_with("public", |client| {
        by_polling(client);
        client.auth_method = TokenEndpointAuthMethod::None;
    });
    let public = public.await;
    is(&public.ask_by_back(&citizen, &[]).await, 400, "unauthorized_client", "public");
    let tax = world.agency_with("tax", by_polling).await;
    let mut pretender = tax.clone();
    pretender.client.auth_method = TokenEndpointAuthMethod::None;
    is(&pretender.ask_by_back(&citizen, &[]).await, 401, "invalid_client", "without its secret");
    let request = Request::post("/ciba").header("content-type", "application/json").body(Body::from("{}")).unwrap();
    is(&world.send(request).await, 400, "invalid_request", "JSON");
    let signing = world.agency_with("signing", |client| {
        by_polling(client);
        client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
    });
    assert_eq!(signing.await.ask_by_back(&citizen, &[]).await.status, 200);
    world.messages();
}

async fn ciba_10_1_every_parameter_of_the_token_request(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let long = "x".repeat(600);
    let grant = ("grant_type", panjereh::client::grant_type::CIBA);
    for (form, error) in [
        (vec![grant], "invalid_request"),
        (vec![grant, ("auth_req_id", "")], "invalid_request"),
        (vec![grant, ("auth_req_id", "a"), ("auth_req_id", "a")], "invalid_request"),
        (vec![grant, ("auth_req_id", &long)], "invalid_request"),
        (vec![grant, ("device_code", "a")], "invalid_request"),
        (vec![grant, ("auth_req_id", "a")], "invalid_grant"),
        (vec![("grant_type", "ciba"), ("auth_req_id", "a")], "unsupported_grant_type"),
    ] {
        is(&tax.token(&form).await, 400, error, &encode(&form));
    }
}
