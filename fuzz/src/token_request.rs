//! Token requests and how a client authenticates: a line with the `Authorization` header, then the form (RFC 6749 §2.3, §4.1.3,
//! §6).

use super::{assert_printable, header_and_payload};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use panjereh::client::grant_type::GrantType;
use panjereh::oidc::authorization::pkce::CodeVerifier;
use panjereh::oidc::params::Params;
use panjereh::oidc::token::credentials::PresentedCredentials;
use panjereh::oidc::token::request::{ClientCredentials, TokenRequest};
use url::form_urlencoded::byte_serialize;

/// Reads one request.
pub fn check(data: &[u8]) {
    let (header, form) = header_and_payload(data).unwrap_or((b"", data));
    let header = std::str::from_utf8(header).ok().filter(|header| !header.is_empty());
    let params = Params::from_form(form);
    match TokenRequest::parse(&params) {
        Ok(request) => check_request(&request, &params),
        Err(error) => assert_printable(&error),
    }
    match PresentedCredentials::parse(header, &params) {
        Ok(presented) => check_presented(&presented, header, &params),
        Err(error) => assert_printable(&error),
    }
}

fn check_request(request: &TokenRequest, params: &Params) {
    assert_eq!(params.defect(), None);
    match request {
        TokenRequest::AuthorizationCode(code) => {
            assert_eq!(params.get("code"), Some(code.code.expose().as_str()));
            assert_eq!(params.get("redirect_uri"), Some(code.redirect_uri.as_str()));
            let verifier = code.verifier.as_ref().map(CodeVerifier::expose);
            assert_eq!(params.get("code_verifier"), verifier);
            assert!(verifier.is_none_or(|verifier| (43..=128).contains(&verifier.len())));
        }
        TokenRequest::RefreshToken(refresh) => {
            assert_eq!(params.get("refresh_token"), Some(refresh.refresh_token.expose().as_str()));
        }
        TokenRequest::ClientCredentials(ClientCredentials { scopes, narrower }) => {
            assert!(scopes.as_ref().is_none_or(|scopes| !scopes.is_empty()) && narrower.resources.len() <= 8);
            assert_eq!(narrower.details.is_some(), params.get("authorization_details").is_some());
        }
        TokenRequest::CrossDevice(poll) => {
            assert_eq!(params.get("grant_type"), Some(poll.grant_type.name()));
            // RFC 8628 §3.4, OpenID Connect CIBA Core §10.1: a request has one id, in the parameter of its grant type.
            let parameter = if poll.grant_type == GrantType::Ciba { "auth_req_id" } else { "device_code" };
            assert_eq!(params.get(parameter), Some(poll.name.expose().as_str()));
            assert!(poll.name.expose().len() <= 512 && poll.narrower.resources.len() <= 8 && poll.narrower.details.is_none());
        }
        TokenRequest::Exchange(_) => assert!(params.get("subject_token").is_some()),
    }
    assert!(params.get("grant_type").is_some());
}

fn check_presented(presented: &PresentedCredentials, header: Option<&str>, params: &Params) {
    let id = presented.client_id().as_str();
    assert!((1..=128).contains(&id.len()) && id.is_ascii());
    assert!(params.get("client_id").is_none_or(|named| named == id), "one client, however often it is named");
    match presented {
        PresentedCredentials::Basic { secret, .. } => {
            // What was read is what a client that follows RFC 6749 §2.3.1 would have sent for it, or is read as the same again.
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let again = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret.expose()))));
            assert!(header.is_some() && params.get("client_secret").is_none() && params.get("client_assertion").is_none());
            if again.len() <= 4096 {
                assert!(PresentedCredentials::parse(Some(&again), params).as_ref() == Ok(presented));
            }
        }
        PresentedCredentials::Post { secret, .. } => {
            assert!(header.is_none() && params.get("client_secret") == Some(secret.expose()));
        }
        PresentedCredentials::Assertion { jwt, .. } => {
            assert!(header.is_none() && params.get("client_assertion") == Some(jwt.expose()) && jwt.expose().len() <= 8192);
        }
        // RFC 6749 §2.3.1: an empty secret is none.
        PresentedCredentials::None { .. } => {
            let has_secret = |header: &str| {
                let decoded = header.get(6..).and_then(|text| STANDARD.decode(text.trim_start()).ok()).unwrap_or_default();
                !decoded.ends_with(b":")
            };
            assert!(!header.is_some_and(has_secret) && params.get("client_secret").is_none_or(str::is_empty));
        }
    }
}
