//! The authorization response: success or error, sent by redirect or by a form, plain or signed (RFC 6749 §4.1.2, RFC 9207,
//! Form Post Response Mode 1.0, JARM).

use crate::client::words::ClientId;
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::authorization::response_mode::{Carrier, ResponseMode};
use crate::oidc::error::OAuthError;
use crate::time::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;
use url::form_urlencoded;

/// Parameters of a response, in order: the fields of a form, or the query of a redirect.
pub(crate) type ResponseParams = Vec<(&'static str, String)>;

/// The parameters of a successful response (RFC 6749 §4.1.2) with the issuer beside them (RFC 9207 §2).
pub(crate) fn success_params(code: &str, state: Option<&str>, issuer: &str) -> ResponseParams {
    with_state_and_issuer(vec![("code", code.to_owned())], state, issuer)
}

/// The parameters of an error response (RFC 6749 §4.1.2.1), also with the issuer (RFC 9207 §2).
pub fn error_params(error: &OAuthError, state: Option<&str>, issuer: &str) -> ResponseParams {
    let params = vec![("error", error.code.name().to_owned()), ("error_description", error.description.clone().into_owned())];
    with_state_and_issuer(params, state, issuer)
}

fn with_state_and_issuer(mut params: ResponseParams, state: Option<&str>, issuer: &str) -> ResponseParams {
    params.extend(state.map(|state| ("state", state.to_owned())));
    params.push(("iss", issuer.to_owned()));
    params
}

/// The redirect URI with the parameters added to its query; a query that it has stays (RFC 6749 §3.1.2).
pub fn to_query_redirect(redirect_uri: &str, params: &[(&'static str, String)]) -> String {
    let mut target = String::with_capacity(redirect_uri.len() + 512);
    target.push_str(redirect_uri);
    match redirect_uri.split_once('?') {
        None => target.push('?'),
        Some((_, query)) if query.is_empty() || query.ends_with('&') => {}
        Some(_) => target.push('&'),
    }
    let start = target.len();
    let mut query = form_urlencoded::Serializer::for_suffix(target, start);
    query.extend_pairs(params);
    query.finish()
}

/// How long a signed response may be used; JARM §2.1 recommends ten minutes at most.
const SIGNED_LIFETIME: Duration = Duration::from_mins(5);

/// The claims of a signed response (JARM §2.1): its parameters, its audience and its expiry. `iss`, which RFC 9207 adds to the
/// parameters, is already one of the claims.
pub(crate) fn signed_claims(params: &ResponseParams, client: &ClientId, now: Timestamp) -> Map<String, Value> {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())));
    let about = [("aud", Value::from(client.as_str())), ("exp", Value::from(now.plus(SIGNED_LIFETIME).seconds()))];
    params.chain(about.map(|(name, value)| (name.to_owned(), value))).collect()
}

/// A response as it goes to the client's redirect URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorizationResponse {
    /// Where it goes; a registered URI.
    pub(crate) redirect_uri: String,
    /// How it is carried.
    pub(crate) carrier: Carrier,
    /// What it says.
    pub(crate) params: ResponseParams,
}

impl AuthorizationResponse {
    /// What it says, as the fields of a form.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        self.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }
}

/// A response before it is signed, if the client wants it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Where it goes; a registered URI.
    pub(crate) redirect_uri: String,
    /// How the client wants it.
    pub(crate) mode: ResponseMode,
    /// What it says.
    pub(crate) params: ResponseParams,
}

impl Reply {
    /// A code (RFC 6749 §4.1.2).
    pub(crate) fn success(request: &AuthorizationRequest, code: &str, issuer: &str) -> Self {
        let params = success_params(code, request.state.as_deref(), issuer);
        Self { redirect_uri: request.redirect_uri.clone(), mode: request.response_mode, params }
    }

    /// The same with `session_state`, if there is one (OpenID Connect Session Management 1.0 §2).
    #[must_use]
    pub(crate) fn with_session_state(mut self, session_state: Option<String>) -> Self {
        self.params.extend(session_state.map(|state| ("session_state", state)));
        self
    }

    /// An error (RFC 6749 §4.1.2.1).
    pub(crate) fn error(request: &AuthorizationRequest, error: &OAuthError, issuer: &str) -> Self {
        let params = error_params(error, request.state.as_deref(), issuer);
        Self { redirect_uri: request.redirect_uri.clone(), mode: request.response_mode, params }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::error::OAuthErrorCode;
    use proptest::prelude::*;

    const ISSUER: &str = "https://id.example";

    #[test]
    fn rfc6749_4_1_2_a_code_is_sent_with_the_request_s_state() {
        let params = success_params("c+d", Some("a b&c"), ISSUER);
        let target = to_query_redirect("https://tax.example/cb", &params);
        assert_eq!(target, "https://tax.example/cb?code=c%2Bd&state=a+b%26c&iss=https%3A%2F%2Fid.example");
    }

    #[test]
    fn rfc6749_4_1_2_1_an_error_carries_its_code_and_the_state_and_rfc9207_2_the_issuer() {
        let error = OAuthError::new(OAuthErrorCode::LoginRequired, "the person is not signed in");
        let params = error_params(&error, Some("s"), ISSUER);
        let names: Vec<_> = params.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["error", "error_description", "state", "iss"]);
        assert_eq!((params[0].1.as_str(), params[3].1.as_str()), ("login_required", ISSUER));
    }

    #[test]
    fn rfc6749_4_1_2_a_request_without_state_is_answered_without() {
        assert_eq!(success_params("c", None, ISSUER), [("code", "c".to_owned()), ("iss", ISSUER.to_owned())]);
    }

    #[test]
    fn rfc6749_3_1_2_the_query_of_the_redirect_uri_stays() {
        let params = [("code", "c".to_owned())];
        for (uri, target) in [
            ("https://a.example/cb?x=1", "https://a.example/cb?x=1&code=c"),
            ("https://a.example/cb?", "https://a.example/cb?code=c"),
            ("https://a.example/cb?x=1&", "https://a.example/cb?x=1&code=c"),
            ("ir.example.app:/cb", "ir.example.app:/cb?code=c"),
        ] {
            assert_eq!(to_query_redirect(uri, &params), target);
        }
    }

    proptest! {
        #[test]
        fn whatever_the_state_holds_it_comes_back_as_one_parameter(state in ".{0,60}") {
            let target = to_query_redirect("https://a.example/cb", &success_params("c", Some(&state), ISSUER));
            let url = url::Url::parse(&target).unwrap();
            let values: Vec<_> = url.query_pairs().filter(|(name, _)| name == "state").map(|(_, value)| value.into_owned()).collect();
            prop_assert_eq!(values, vec![state]);
            prop_assert!(target.is_ascii());
        }
    }
}
