use super::*;
use crate::client::metadata::tests::a_client;
use crate::client::words::{Pkce, TokenEndpointAuthMethod};
use proptest::prelude::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A complete request, with some parameters changed, added or (`None`) removed.
fn query(changes: &[(&str, Option<&str>)]) -> String {
    let mut pairs = vec![
        ("client_id", "tax-office"),
        ("redirect_uri", "https://tax.example/callback"),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.extend(value.map(|value| (*name, value)));
    }
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn parse_for(client: &Client, changes: &[(&str, Option<&str>)]) -> Result<AuthorizationRequest, AuthorizeError> {
    AuthorizationRequest::parse(&Params::parse(&query(changes)), client)
}

fn parse(changes: &[(&str, Option<&str>)]) -> Result<AuthorizationRequest, AuthorizeError> {
    parse_for(&a_client(|_| ()), changes)
}

/// The code of the error that goes back to the client.
#[track_caller]
fn refusal(result: Result<AuthorizationRequest, AuthorizeError>) -> &'static str {
    match result {
        Err(AuthorizeError::Redirect { redirect_uri, error, .. }) => {
            assert_eq!(redirect_uri, "https://tax.example/callback");
            error.code.name()
        }
        other => panic!("an answer to the client was expected: {other:?}"),
    }
}

#[test]
fn rfc6749_4_1_1_a_complete_request_is_parsed() {
    let request = parse(&[("nonce", Some("n")), ("login_hint", Some("0012345679")), ("id_token_hint", Some("a.b.c"))]).unwrap();
    assert_eq!((request.state.as_deref(), request.nonce.as_deref()), (Some("s"), Some("n")));
    assert_eq!(request.scopes, [Scope::Openid, Scope::Profile]);
    assert_eq!(request.code_challenge, CodeChallenge::parse(CHALLENGE));
    assert_eq!((request.response_mode, request.display), (ResponseMode::Query, Display::Page));
    assert!(!format!("{request:?}").contains("0012345679"));
}

#[test]
fn a_request_is_the_same_after_it_was_stored() {
    let details = ("authorization_details", Some(r#"[{"type":"t","amount":5,"actions":["a"]}]"#));
    let request = parse(&[("prompt", Some("consent login")), ("max_age", Some("5")), details]).unwrap();
    assert!(request.details.is_some());
    let kept = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizationRequest>(&kept).unwrap(), request);
}

#[test]
fn rfc6749_3_1_2_4_a_request_without_a_trusted_redirect_uri_is_sent_nowhere() {
    for uri in ["https://evil.example/", "https://tax.example/callback/", "https://tax.example/callback#", "javascript:alert(1)"]
    {
        assert_eq!(parse(&[("redirect_uri", Some(uri))]), Err(AuthorizeError::Page(PageProblem::BadRedirectUri)), "{uri}");
    }
    assert_eq!(parse(&[("redirect_uri", None)]), Err(AuthorizeError::Page(PageProblem::MissingRedirectUri)));
    assert_eq!(parse(&[("redirect_uri", Some(""))]), Err(AuthorizeError::Page(PageProblem::MissingRedirectUri)));
}

#[test]
fn rfc6749_4_1_2_1_a_request_of_an_unknown_client_is_sent_nowhere() {
    let find = |query: &str| find_client_id(&Params::parse(query));
    assert_eq!(find("client_id=tax-office"), Ok(ClientId::parse("tax-office").unwrap()));
    assert_eq!(find("scope=openid"), Err(PageProblem::MissingClientId));
    assert_eq!(find("client_id=a&client_id=b"), Err(PageProblem::MissingClientId));
    assert_eq!(find("client_id=%3Cscript%3E"), Err(PageProblem::UnknownClient));
    assert_eq!(find(&format!("client_id={}", "a".repeat(129))), Err(PageProblem::UnknownClient));
}

#[test]
fn rfc6749_3_1_a_repeated_redirect_uri_is_sent_nowhere_and_another_repeated_parameter_is_an_error_for_the_client() {
    let client = a_client(|_| ());
    let twice = |pair: &str| AuthorizationRequest::parse(&Params::parse(&format!("{}&{pair}", query(&[]))), &client);
    let page = Err(AuthorizeError::Page(PageProblem::MissingRedirectUri));
    assert_eq!(twice("redirect_uri=https%3A%2F%2Fevil.example"), page);
    assert_eq!(twice("redirect_uri=https%3A%2F%2Ftax.example%2Fcallback"), page);
    for pair in ["nonce=a&nonce=b", "scope=openid", "response_type=token", "code_challenge=x", "unheard_of=1&unheard_of=2"] {
        assert_eq!(refusal(twice(pair)), "invalid_request", "{pair}");
    }
    // With two values it is unknown which one to return.
    let Err(AuthorizeError::Redirect { state, .. }) = twice("state=t") else { panic!("an answer to the client was expected") };
    assert_eq!(state, None);
}

#[test]
fn rfc6749_4_1_2_1_an_error_carries_the_state_and_the_response_mode_of_the_request() {
    let error = parse(&[("scope", Some("profile")), ("response_mode", Some("form_post"))]).unwrap_err();
    let AuthorizeError::Redirect { state, response_mode, error, .. } = error else {
        panic!("an answer to the client was expected")
    };
    assert_eq!((state.as_deref(), response_mode, error.code), (Some("s"), ResponseMode::FormPost, OAuthErrorCode::InvalidScope));
}

#[test]
fn rfc6749_3_1_1_the_code_flow_is_the_only_one() {
    for other in ["token", "id_token", "code id_token", "code token", "none", "CODE", "code code"] {
        assert_eq!(refusal(parse(&[("response_type", Some(other))])), "unsupported_response_type", "{other}");
    }
    assert_eq!(refusal(parse(&[("response_type", None)])), "invalid_request");
}

#[test]
fn oidc_core_3_1_2_6_what_is_not_offered_is_said_to_be_so() {
    for (name, code) in [("request_uri", "request_uri_not_supported"), ("registration", "registration_not_supported")] {
        assert_eq!(refusal(parse(&[(name, Some("https://tax.example/x"))])), code);
    }
}

#[test]
fn oidc_core_3_1_2_1_scope_must_contain_openid() {
    for scope in [None, Some("profile"), Some("OpenID"), Some("openid,profile"), Some("openidprofile")] {
        assert_eq!(refusal(parse(&[("scope", scope)])), "invalid_scope", "{scope:?}");
    }
    let unregistered = a_client(|client| client.scopes = vec![Scope::Profile]);
    assert_eq!(refusal(parse_for(&unregistered, &[])), "invalid_scope");
}

#[test]
fn rfc6749_3_3_scopes_are_those_that_are_known_and_registered() {
    let request = parse(&[("scope", Some("email openid  address offline_access phone openid"))]).unwrap();
    assert_eq!(request.scopes, [Scope::Openid, Scope::Phone, Scope::OfflineAccess]);
}

#[test]
fn oidc_core_3_1_2_1_unknown_parameters_and_the_claims_parameter_are_ignored() {
    assert!(parse(&[("claims", Some("{}")), ("vtr", Some("x")), ("claims_locales", Some("fa"))]).is_ok());
}

#[test]
fn rfc6749_4_1_2_1_a_client_without_the_code_grant_is_unauthorized() {
    let machine = a_client(|client| client.grant_types = vec![GrantType::ClientCredentials]);
    assert_eq!(refusal(parse_for(&machine, &[])), "unauthorized_client");
}

#[test]
fn rfc7636_4_4_1_a_missing_challenge_is_refused_unless_the_client_may_leave_it_out() {
    let without = [("code_challenge", None), ("code_challenge_method", None)];
    assert_eq!(refusal(parse(&without)), "invalid_request");
    let optional = a_client(|client| client.pkce = Pkce::Optional);
    assert_eq!(parse_for(&optional, &without).unwrap().code_challenge, None);
    let public = a_client(|client| (client.pkce, client.auth_method) = (Pkce::Optional, TokenEndpointAuthMethod::None));
    assert_eq!(refusal(parse_for(&public, &without)), "invalid_request");
}

#[test]
fn rfc7636_4_3_plain_is_refused_whether_it_is_named_or_implied() {
    let optional = a_client(|client| client.pkce = Pkce::Optional);
    for method in [Some("plain"), None, Some("s256"), Some("S512")] {
        assert_eq!(refusal(parse_for(&optional, &[("code_challenge_method", method)])), "invalid_request", "{method:?}");
    }
    assert_eq!(refusal(parse_for(&optional, &[("code_challenge", None)])), "invalid_request");
    assert_eq!(refusal(parse(&[("code_challenge", Some("short"))])), "invalid_request");
}

#[test]
fn oauth_multiple_response_types_2_1_the_response_mode_is_one_that_is_offered() {
    assert_eq!(parse(&[("response_mode", Some("form_post"))]).unwrap().response_mode, ResponseMode::FormPost);
    assert_eq!(parse(&[("response_mode", Some("query.jwt"))]).unwrap().response_mode, ResponseMode::QueryJwt);
    for other in ["fragment", "fragment.jwt", "web_message", "QUERY"] {
        assert_eq!(refusal(parse(&[("response_mode", Some(other))])), "invalid_request", "{other}");
    }
}

#[test]
fn oidc_core_3_1_2_1_prompt_none_stands_alone() {
    assert!(parse(&[("prompt", Some("none"))]).unwrap().prompt.has(Prompt::None));
    for wrong in ["none login", "consent none", "none create"] {
        assert_eq!(refusal(parse(&[("prompt", Some(wrong))])), "invalid_request", "{wrong}");
    }
}

#[test]
fn oidc_core_3_1_2_1_prompt_is_a_set_and_unknown_values_are_ignored() {
    let prompt = parse(&[("prompt", Some("consent create login consent"))]).unwrap().prompt;
    assert!(prompt.has(Prompt::Login) && prompt.has(Prompt::Consent));
    assert!(!prompt.has(Prompt::SelectAccount) && !prompt.has(Prompt::None));
}

#[test]
fn oidc_core_3_1_2_1_max_age_is_a_number_of_seconds() {
    assert_eq!(parse(&[("max_age", Some("10000"))]).unwrap().max_age, Some(10_000));
    for wrong in ["-1", "+1", "1.5", "x", "۱۰", " 1"] {
        assert_eq!(refusal(parse(&[("max_age", Some(wrong))])), "invalid_request", "{wrong}");
    }
}

#[test]
fn oidc_core_3_1_2_1_an_authentication_older_than_max_age_does_not_do() {
    let asked_at = Timestamp::from_seconds(1000);
    let needs = |changes: &[(&str, Option<&str>)], auth_time| parse(changes).unwrap().needs_authentication(auth_time, asked_at);
    let second = Timestamp::from_seconds;
    assert!(!needs(&[], second(0)));
    assert!(!needs(&[("max_age", Some("60"))], second(940)));
    assert!(needs(&[("max_age", Some("60"))], second(939)));
    assert!(!needs(&[("max_age", Some("60"))], second(1100)), "they signed in for this request");
}

#[test]
fn oidc_core_3_1_2_1_max_age_zero_and_prompt_login_want_a_new_authentication() {
    let asked_at = Timestamp::from_seconds(1000);
    for changes in [[("max_age", Some("0"))], [("prompt", Some("login"))]] {
        let request = parse(&changes).unwrap();
        assert!(request.needs_authentication(Timestamp::from_millis(999_999), asked_at), "{changes:?}");
        assert!(!request.needs_authentication(asked_at, asked_at), "{changes:?}");
    }
}

#[test]
fn rfc9470_5_acr_values_are_demanded_where_a_resource_may_have_demanded_them() {
    let resource = "https://api.tax.example";
    let client = a_client(|client| client.token_policy.resources = vec![ResourceUri::parse(resource).unwrap()]);
    let strict = a_client(|client| client.token_policy.userinfo.max_age = Some(60));
    let levels = ("acr_values", Some("urn:panjereh:acr:high urn:other urn:panjereh:acr:substantial"));
    let details = ("authorization_details", Some(r#"[{"type":"t"}]"#));
    let demanded = |client: &Client, more: &[(&str, Option<&str>)]| parse_for(client, more).map(|request| request.claims.acr);
    let both = Ok(vec![Acr::High, Acr::Substantial]);
    assert_eq!(demanded(&client, &[levels]), Ok(vec![]), "a wish");
    assert_eq!(demanded(&client, &[levels, ("resource", Some(resource))]), both);
    assert_eq!(demanded(&client, &[levels, details]), both);
    assert_eq!(demanded(&strict, &[levels]), both);
    assert_eq!(demanded(&strict, &[]), Ok(vec![]));
    let essential = ("claims", Some(r#"{"id_token":{"acr":{"essential":true,"value":"urn:panjereh:acr:low"}}}"#));
    assert_eq!(demanded(&strict, &[levels, essential]), Ok(vec![Acr::Low]), "what is essential says it better");
    let unknown = ("acr_values", Some("urn:other"));
    assert_eq!(refusal(parse_for(&strict, &[unknown])), "unmet_authentication_requirements");
    assert_eq!(demanded(&client, &[unknown]), Ok(vec![]));
}

#[test]
fn oidc_core_3_1_2_1_acr_values_keep_their_order_and_unknown_ones_are_ignored() {
    let values = "urn:panjereh:acr:high urn:other urn:panjereh:acr:low urn:panjereh:acr:high";
    assert_eq!(parse(&[("acr_values", Some(values))]).unwrap().acr_values, [Acr::High, Acr::Low]);
}

#[test]
fn oidc_core_3_1_2_1_ui_locales_are_wishes_and_never_errors() {
    let request = parse(&[("ui_locales", Some("fa-IR en <script> x  de"))]).unwrap();
    assert_eq!(request.ui_locales, ["fa-IR", "en", "de"]);
    assert_eq!(parse(&[("display", Some("popup"))]).unwrap().display, Display::Popup);
    assert_eq!(parse(&[("display", Some("wap"))]).unwrap().display, Display::Page);
    assert_eq!(parse(&[("display", Some("hologram"))]).unwrap().display, Display::Page);
}

#[test]
fn rfc6749_4_1_2_1_a_state_of_any_length_is_given_back_with_every_error() {
    let long = "a".repeat(LONG + 1);
    for name in ["nonce", "scope", "prompt", "acr_values"] {
        assert_eq!(refusal(parse(&[(name, Some(&long))])), "invalid_request", "{name}");
    }
    assert!(parse(&[("nonce", Some(&long[1..]))]).is_ok());
    let state = "s".repeat(60_000);
    assert_eq!(parse(&[("state", Some(&state))]).unwrap().state.as_deref(), Some(state.as_str()));
    for wrong in [("nonce", Some(long.as_str())), ("response_type", Some("token")), ("code_challenge", None)] {
        let Err(AuthorizeError::Redirect { state: given_back, .. }) = parse(&[("state", Some(&state)), wrong]) else {
            panic!("an answer was expected")
        };
        assert_eq!(given_back.as_deref(), Some(state.as_str()), "{wrong:?}");
    }
}

#[test]
fn oidc_core_3_1_2_1_a_hint_that_is_too_long_is_ignored_and_a_max_age_that_is_too_large_means_any_age() {
    let long = "a".repeat(LONGEST_TOKEN + 1);
    let request = parse(&[("login_hint", Some(&long[..=SHORT])), ("id_token_hint", Some(&long))]).unwrap();
    assert_eq!((request.login_hint, request.id_token_hint), (None, None));
    for large in ["4294967296", "18446744073709551616", &"9".repeat(400)] {
        let request = parse(&[("max_age", Some(large))]).unwrap();
        let century = Timestamp::from_seconds(100 * 366 * 86_400);
        assert!(!request.needs_authentication(Timestamp::from_seconds(0), century), "{large}");
    }
    for wrong in ["-1", "+1", "1.5", "1e9", "x", "99999999999999999999x"] {
        assert_eq!(refusal(parse(&[("max_age", Some(wrong))])), "invalid_request", "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_query_is_parsed_without_a_panic(query in ".{0,300}") {
        let params = Params::parse(&query);
        let _ = (find_client_id(&params), AuthorizationRequest::parse(&params, &a_client(|_| ())));
    }

    #[test]
    fn any_value_of_any_parameter_leads_to_a_request_or_an_answer_at_the_registered_uri(
        name in prop::sample::select(vec!["response_type", "scope", "state", "nonce", "prompt", "max_age", "acr_values", "ui_locales",
            "response_mode", "display", "code_challenge", "code_challenge_method", "id_token_hint", "login_hint", "request"]),
        value in ".{0,60}",
    ) {
        match parse(&[(name, Some(&value))]) {
            Ok(request) => prop_assert!(request.scopes.contains(&Scope::Openid)),
            Err(AuthorizeError::Redirect { redirect_uri, .. }) => prop_assert_eq!(redirect_uri, "https://tax.example/callback"),
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }
}
