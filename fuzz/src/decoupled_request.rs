//! Cross-device sign-ins: the code of a device as people type it (RFC 8628 §3.3), device authorization requests (§3.1), and CIBA
//! requests, plain (OpenID Connect CIBA Core §7.1) and signed (§7.1.1). The first byte says what the rest is: `U` a code, `F` a
//! form, `R` a whole request object, `S` a header line and a payload that the client's key signs, anything else damage to a valid
//! object.

use super::{ISSUER, Key, NOW, RESOURCES, assert_printable, client, damaged, header_and_payload, payload_of};
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::parts::ciba::DeliveryMode;
use panjereh::client::profile::Profile;
use panjereh::client::scope::Scope;
use panjereh::client::words::SigningAlg;
use panjereh::crypto::jose::assertion::{AssertionExpectation, Strictness, verify_client_assertion};
use panjereh::crypto::jose::ciba_request::{CibaExpectation, VerifiedRequest, verify_ciba_request};
use panjereh::crypto::jose::request_object::{RequestObjectExpectation, Validity, verify_request_object};
use panjereh::identity::id::{AccountId, ApprovalId};
use panjereh::oidc::authorization::request::AuthorizationRequest;
use panjereh::oidc::authorization::request_object::params_of;
use panjereh::oidc::cross_device::ciba::{CibaRequest, Hint};
use panjereh::oidc::cross_device::device::{DeviceResponse, Polling, UserCode};
use panjereh::oidc::cross_device::request::Wanted;
use panjereh::oidc::error::{OAuthError, OAuthErrorCode};
use panjereh::oidc::params::Params;
use panjereh::records::cross_device::{CibaAsk, CrossDeviceRequest, CrossDeviceWay};
use panjereh::secret::{Secret, TokenHash};
use panjereh::text::{latin_digits, persian_digits};
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;

/// The hints of §7.1: a request has one of them.
const HINTS: [&str; 3] = ["login_hint", "id_token_hint", "login_hint_token"];
const HEADER: &[u8] = br#"{"alg":"EdDSA","kid":"one","typ":"oauth-authz-req+jwt"}"#;

/// A client that polls, and one that is pinged.
static CLIENTS: LazyLock<[Client; 2]> = LazyLock::new(|| {
    DeliveryMode::ALL.map(|delivery| {
        let mut client = client();
        client.grant_types.extend([GrantType::RefreshToken, GrantType::DeviceCode, GrantType::Ciba]);
        client.ciba.delivery = delivery;
        client
    })
});
static KEY: LazyLock<Key> = LazyLock::new(Key::of_the_client);
static JWKS: LazyLock<Value> = LazyLock::new(|| {
    let mut key = KEY.jwk();
    key["kid"] = json!("one");
    json!({ "keys": [key] })
});
static GOOD: LazyLock<String> = LazyLock::new(|| {
    let now = NOW.seconds();
    let claims = json!({
        "iss": CLIENTS[0].id.as_str(), "aud": ISSUER, "exp": now + 300, "nbf": now, "iat": now, "jti": "once",
        "scope": "openid profile", "login_hint": "0012345679", "binding_message": "W4SCT", "requested_expiry": 120,
    });
    KEY.signed(HEADER, claims.to_string().as_bytes())
});

/// Reads one of them.
pub fn check(data: &[u8]) {
    let text = |raw| std::str::from_utf8(raw).unwrap_or_default();
    match data {
        [b'U', typed @ ..] => check_typed(text(typed)),
        [b'F', form @ ..] => check_form(form),
        [b'R', raw @ ..] => check_object(text(raw)),
        [b'S', rest @ ..] => {
            if let Some((header, payload)) = header_and_payload(rest) {
                check_object(&KEY.signed(header, payload));
            }
        }
        [_, rest @ ..] => {
            if let Some(jwt) = damaged(&GOOD, rest) {
                check_object(&jwt);
            }
        }
        [] => {}
    }
}

/// RFC 8628 §6.1: only the letters of a code count, however they are typed.
fn check_typed(typed: &str) {
    let as_typed = UserCode::parse(typed);
    for again in [typed.to_ascii_lowercase(), typed.to_ascii_uppercase(), latin_digits(typed), format!(" {typed}-")] {
        let same = UserCode::parse(&again) == as_typed;
        assert!(same || typed.len() > 126 || persian_digits(typed) != typed, "{again:?} is {typed:?} typed differently");
    }
    let Some(code) = as_typed else { return };
    let letters = code.letters();
    assert!(letters.len() == 8 && letters.bytes().all(|letter| b"BCDFGHJKLMNPQRSTVWXZ".contains(&letter)));
    let typed: String = typed.chars().filter(|sign| sign.is_alphanumeric()).collect();
    assert!(typed.eq_ignore_ascii_case(letters), "every letter that was typed counts, and no other");
    let spaced: String = letters.chars().flat_map(|letter| [letter, '\u{200f}', '–', ' ']).collect();
    for again in [letters.to_lowercase(), code.to_string(), format!("{}_{}", &letters[..3], &letters[3..]), spaced] {
        let again = UserCode::parse(&again);
        assert_eq!(again.as_ref(), Some(&code));
        // It is found under its hash.
        assert_eq!(
            again.map(|again| CrossDeviceWay::Device(again).handle()),
            Some(CrossDeviceWay::Device(code.clone()).handle())
        );
    }
    for other in [&letters[1..], &format!("{letters}B"), &format!("{}۱", &letters[1..]), &format!("{}В", &letters[1..])] {
        assert_eq!(UserCode::parse(other), None, "{other}");
    }
    let polling = Polling { lifetime: Duration::from_mins(10), interval: Duration::from_secs(5) };
    let answer = DeviceResponse::new(ISSUER, Secret::new("x".to_owned()), &code, polling);
    let query = answer.verification_uri_complete.split_once('?').expect("a query").1;
    assert_eq!(Params::parse(query).get("user_code").and_then(UserCode::parse), Some(code.clone()), "§3.3.1");
    assert_eq!(UserCode::parse(&answer.user_code), Some(code.clone()));
    assert_kept(
        &CLIENTS[0],
        Wanted { scopes: vec![Scope::Openid], resources: vec![], acr_values: vec![] },
        CrossDeviceWay::Device(code),
    );
}

/// A form: as it is, in another order, with unknown parameters, and as the members of an object that the client signed.
fn check_form(form: &[u8]) {
    let params = Params::from_form(form);
    for client in &*CLIENTS {
        check_params(&params, client);
    }
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(form).into_owned().collect();
    if params.defect().is_some() || pairs.len() > 99 {
        return;
    }
    let members: serde_json::Map<_, _> = claims_of(&pairs).into_iter().chain(times_and_names()).collect();
    pairs.reverse();
    let mut unknown = "unknown".to_owned();
    while pairs.iter().any(|(name, _)| *name == unknown) {
        unknown.push('n');
    }
    let turned = Params::from_pairs(pairs.iter().cloned().chain([(unknown, "openid".to_owned())]));
    for client in &*CLIENTS {
        let plain = verdict(&params, client);
        assert!(verdict(&turned, client) == plain, "the order of parameters means nothing");
        // Members that such an object must have, or must not have.
        let its_own = ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "request", "response_type"];
        if pairs.iter().any(|(name, _)| its_own.contains(&name.as_str())) {
            continue;
        }
        let jwt = KEY.signed(HEADER, Value::Object(members.clone()).to_string().as_bytes());
        if jwt.len() <= 16 * 1024 {
            let verified = verified(&jwt, client, None, Profile::Fapi2).expect("the client signed it");
            assert!(verdict(&params_of(&verified.members), client) == plain, "signed, it is the same request");
        }
    }
}

/// Parameters as members: the one that may be repeated is a list (RFC 8707 §2.1).
fn claims_of(pairs: &[(String, String)]) -> Vec<(String, Value)> {
    let resources: Vec<_> = pairs.iter().filter(|(name, _)| name == "resource").map(|(_, value)| value.as_str()).collect();
    let others = pairs.iter().filter(|(name, _)| name != "resource").map(|(name, value)| (name.clone(), json!(value)));
    others.chain([("resource".to_owned(), json!(resources))]).collect()
}

/// What every signed request needs (§7.1.1).
fn times_and_names() -> [(String, Value); 6] {
    let now = NOW.seconds();
    let [iss, aud, jti] = [CLIENTS[0].id.as_str(), ISSUER, "once"].map(|text| json!(text));
    let [exp, nbf, iat] = [now + 300, now, now].map(|seconds| json!(seconds));
    [("iss", iss), ("aud", aud), ("jti", jti), ("exp", exp), ("nbf", nbf), ("iat", iat)]
        .map(|(name, value)| (name.to_owned(), value))
}

/// The result of a request, without the order of its resources, which means nothing.
fn verdict(params: &Params, client: &Client) -> Result<CibaRequest, OAuthErrorCode> {
    let mut request = CibaRequest::parse(params, client).map_err(|error| error.code)?;
    request.wanted.resources.sort_by_key(ToString::to_string);
    Ok(request)
}

fn check_params(params: &Params, client: &Client) {
    match CibaRequest::parse(params, client) {
        Ok(request) => check_request(request, params, client),
        Err(error) => check_refusal(&error),
    }
    match Wanted::parse(params, client) {
        Ok(wanted) => {
            assert!(wanted.acr_values.is_empty());
            check_wanted(&wanted, params, client);
        }
        Err(error) => check_refusal(&error),
    }
}

fn check_refusal(error: &OAuthError) {
    use OAuthErrorCode as Code;
    assert_printable(error);
    let named = [
        Code::InvalidRequest,
        Code::InvalidScope,
        Code::InvalidTarget,
        Code::InvalidAuthorizationDetails,
        Code::UnknownUserId,
        Code::InvalidBindingMessage,
    ];
    assert!(named.contains(&error.code) && error.code.status() == 400, "{error}");
}

/// What both kinds of request have in common.
fn check_wanted(wanted: &Wanted, params: &Params, client: &Client) {
    assert_eq!(params.defect(), None);
    let list = params.get("scope").unwrap_or_default();
    assert!(list.len() <= 2048);
    for scope in Scope::ALL {
        let asked = list.split(' ').any(|name| name == scope.name()) && client.scopes.contains(&scope);
        assert_eq!(wanted.scopes.iter().filter(|one| **one == scope).count(), usize::from(asked), "{}", scope.name());
    }
    assert!(wanted.resources.len() <= 8);
    assert!(wanted.resources.iter().all(|one| RESOURCES.contains(&one.as_str())));
    assert!(params.all("resource").all(|named| wanted.resources.iter().any(|one| one.as_str() == named)));
    assert!(params.get("authorization_details").is_none());
}

fn check_request(request: CibaRequest, params: &Params, client: &Client) {
    check_wanted(&request.wanted, params, client);
    assert!(request.wanted.scopes.contains(&Scope::Openid));
    check_hint(&request.hint, params);
    check_message(request.message.as_deref(), params, client);
    let levels = &request.wanted.acr_values;
    let asked = params.get("acr_values").unwrap_or_default();
    assert!(asked.len() <= 512 && levels.len() <= 3);
    let places: Vec<_> =
        levels.iter().map(|level| asked.split(' ').position(|uri| uri == level.uri()).expect("asked for")).collect();
    assert!(places.is_sorted() && places.windows(2).all(|pair| pair[0] != pair[1]), "most wanted first, each once");
    let expiry = request.expiry.map(|expiry| expiry.as_secs());
    assert_eq!(params.get("requested_expiry").map(|text| text.parse().expect("a number")), expiry);
    assert!(expiry != Some(0));
    let token = request.notification_token.as_ref().map(|token| token.expose().as_str());
    match client.ciba.delivery {
        DeliveryMode::Poll => assert_eq!(token, None),
        DeliveryMode::Ping => {
            let token = token.expect("§7.1: required");
            assert!(params.get("client_notification_token") == Some(token) && token.len() <= 1024);
            // RFC 6750 §2.1: `=` is allowed at the end only, and means nothing.
            let said = token.trim_end_matches('=');
            assert!(said.len() >= 22 && said.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b)), "128 bits");
        }
    }
    let (approval, account) = (ApprovalId::from_bytes([1; 16]), AccountId::from_bytes([2; 16]));
    let asked = CibaAsk { approval, account, slot: Some(1), message: request.message, notice: None };
    assert_kept(client, request.wanted, CrossDeviceWay::Ciba(Box::new(asked)));
}

/// §7.1: one of the three hints names the person.
fn check_hint(hint: &Hint, params: &Params) {
    let given: Vec<_> = HINTS.into_iter().filter(|name| params.get(name).is_some()).collect();
    let text = params.get(given[0]).expect("given");
    assert!(given.len() == 1 && text.len() <= 8192);
    match hint {
        Hint::NationalId(id) => {
            let typed: String = latin_digits(text).chars().filter(char::is_ascii_digit).collect();
            assert_eq!((given[0], typed.as_str()), ("login_hint", id.as_str()));
        }
        Hint::Subject(sub) => {
            assert!(given[0] == "login_hint" && text == sub && sub.len() == 43);
            assert!(sub.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        }
        Hint::IdToken(token) => assert!(given[0] == "id_token_hint" && text == token),
    }
}

/// It is shown on a page beside other words, and compared with another screen: it must be visible, and must not hide a character
/// or change the direction.
fn check_message(message: Option<&str>, params: &Params, client: &Client) {
    assert_eq!(params.get("binding_message").map(str::trim), message);
    let Some(message) = message else { return };
    assert!(message.chars().count() <= 100 && message.chars().any(char::is_alphanumeric));
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hides = |c: char| {
        matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'
        ) || matches!(c, '\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}')
            || matches!(c, '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    assert!(!message.chars().any(|c| c.is_control() || turns(c) || hides(c) || "<>\\`{}|".contains(c)), "{message:?}");
    let again = [("scope", "openid"), ("login_hint", "0012345679"), ("binding_message", message)];
    let again = again.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter();
    let token = ("client_notification_token".to_owned(), "a".repeat(22));
    let again = CibaRequest::parse(&Params::from_pairs(again.chain([token])), client);
    assert_eq!(again.expect("its own message").message.as_deref(), Some(message));
}

/// It is kept while a person decides, and is read back the same.
fn assert_kept(client: &Client, wanted: Wanted, way: CrossDeviceWay) {
    let request = wanted.into_request(client);
    assert!(request.redirect_uri.is_empty() && request.state.is_none(), "it is answered nowhere but at the token endpoint");
    let kept = postcard::to_allocvec(&request).expect("bytes");
    assert!(postcard::from_bytes::<AuthorizationRequest>(&kept).expect("what was kept") == request);
    let cross_device = CrossDeviceRequest { name: TokenHash::of("x"), way, request, expires_at: NOW };
    let kept = serde_json::to_vec(&cross_device).expect("JSON");
    assert!(serde_json::from_slice::<CrossDeviceRequest>(&kept).expect("what was kept") == cross_device);
}

fn verified(jwt: &str, client: &Client, alg: Option<SigningAlg>, profile: Profile) -> Option<VerifiedRequest> {
    let expect = CibaExpectation { client_id: &client.id, issuer: ISSUER, alg, profile, now: NOW };
    verify_ciba_request(jwt, &JWKS, &expect).ok()
}

fn check_object(jwt: &str) {
    let client = &CLIENTS[0];
    let Some(object) = verified(jwt, client, None, Profile::Standard) else {
        for (alg, profile) in [(Some(SigningAlg::EdDSA), Profile::Standard), (None, Profile::Fapi2)] {
            assert!(verified(jwt, client, alg, profile).is_none(), "who is held to more is not refused less");
        }
        return;
    };
    assert!(KEY.wrote(jwt), "a signature that the client's key did not make was believed");
    assert!(verified(jwt, client, Some(SigningAlg::EdDSA), Profile::Fapi2).is_some_and(|again| again.members == object.members));
    assert!(
        verified(jwt, client, Some(SigningAlg::ES256), Profile::Standard).is_none(),
        "another algorithm than the registered one"
    );
    let claims = payload_of(jwt);
    assert_eq!(claims.as_object(), Some(&object.members));
    assert!(claims["iss"] == client.id.as_str() && !claims.as_object().is_some_and(|claims| claims.contains_key("request")));
    assert!(claims["aud"] == ISSUER || claims["aud"].as_array().is_some_and(|names| names.iter().any(|name| name == ISSUER)));
    assert!(claims["jti"] == object.jti.as_str() && (1..=256).contains(&object.jti.len()));
    let seconds = |name: &str| claims[name].as_f64().expect("a number") - 1_800_000_000.0;
    assert!((-61.0..=3721.0).contains(&seconds("exp")) && (-3661.0..=61.0).contains(&seconds("nbf")) && seconds("iat") <= 61.0);
    assert!(object.usable_until > NOW && object.usable_until.seconds() <= NOW.seconds() + 3600 + 120);
    assert_nothing_else(jwt, client);
    let params = params_of(&object.members);
    for client in &*CLIENTS {
        check_params(&params, client);
    }
}

/// RFC 8725 §3.12: a JWT is of one kind; one that is valid here is valid nowhere else.
fn assert_nothing_else(jwt: &str, client: &Client) {
    for strictness in [Strictness::Rfc7523, Strictness::Fapi2] {
        let expect = AssertionExpectation { client_id: &client.id, audiences: &[ISSUER], strictness, alg: None, now: NOW };
        assert!(verify_client_assertion(jwt, &JWKS, &expect).is_err(), "it says who the client is as well");
    }
    let expect =
        RequestObjectExpectation { client_id: &client.id, issuer: ISSUER, alg: None, validity: Validity::Optional, now: NOW };
    if let Ok(members) = verify_request_object(jwt, &JWKS, &expect) {
        assert!(AuthorizationRequest::parse(&params_of(&members), client).is_err(), "it is good for a browser as well");
    }
}
