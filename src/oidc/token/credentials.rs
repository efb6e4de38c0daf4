//! How a client authenticates, on the wire (RFC 6749 §2.3, RFC 7521 §4.2). The flow verifies it.

use crate::client::metadata::ClientSecret;
use crate::client::words::{ClientId, TokenEndpointAuthMethod};
use crate::oidc::error::OAuthError;
use crate::oidc::params;
use crate::oidc::params::Params;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// `client_assertion_type` of a JWT (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Longest client assertion, in bytes.
const LONGEST_ASSERTION: usize = 8192;
/// Longest secret, in bytes.
const LONGEST_SECRET: usize = 512;
/// Longest `Authorization` header, in bytes: both halves percent-encoded, then base64.
const LONGEST_HEADER: usize = 4096;

/// What a request brings to authenticate its client: exactly one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresentedCredentials {
    /// `client_secret_basic` (RFC 6749 §2.3.1).
    Basic {
        /// The client that the request names.
        client_id: ClientId,
        /// Its secret.
        secret: ClientSecret,
    },
    /// `client_secret_post` (RFC 6749 §2.3.1).
    Post {
        /// The client that the request names.
        client_id: ClientId,
        /// Its secret.
        secret: ClientSecret,
    },
    /// `private_key_jwt` (RFC 7523 §2.2).
    Assertion {
        /// The client that the request names: `client_id`, or the assertion's `sub`, which is not verified yet.
        client_id: ClientId,
        /// The signed assertion.
        jwt: ClientSecret,
    },
    /// A public client (RFC 6749 §3.2.1).
    None {
        /// The client that the request names.
        client_id: ClientId,
    },
}

impl PresentedCredentials {
    /// Reads the `Authorization` header, if there is one, and the form. More than one method is `invalid_request`
    /// (RFC 6749 §2.3); a method that cannot be read is `invalid_client`.
    pub fn parse(authorization: Option<&str>, form: &Params) -> Result<Self, OAuthError> {
        let named = match form.at_most("client_id", 128)? {
            Some(text) => Some(ClientId::parse(text).ok_or_else(unknown_client)?),
            None => None,
        };
        let (secret, assertion) = (form.get("client_secret"), form.get("client_assertion"));
        if [authorization.is_some(), secret.is_some(), assertion.is_some()].into_iter().filter(|used| *used).count() > 1 {
            return Err(OAuthError::invalid_request("the client must authenticate in one way, not in several"));
        }
        if assertion.is_some() != form.get("client_assertion_type").is_some() {
            return Err(OAuthError::invalid_request("client_assertion and client_assertion_type belong together"));
        }
        if let Some(header) = authorization {
            return basic(header, named.as_ref());
        }
        if let Some(jwt) = assertion {
            return Self::from_assertion(jwt, named, form);
        }
        let client_id = named.ok_or_else(|| OAuthError::invalid_client("the request does not say which client makes it"))?;
        match secret {
            Some(secret) if secret.len() > LONGEST_SECRET => Err(OAuthError::invalid_client("client_secret is too long")),
            Some(secret) => Ok(Self::Post { client_id, secret: ClientSecret::new(secret.to_owned()) }),
            None => Ok(Self::None { client_id }),
        }
    }

    /// The client that the request names.
    pub const fn client_id(&self) -> &ClientId {
        match self {
            Self::Basic { client_id, .. }
            | Self::Post { client_id, .. }
            | Self::Assertion { client_id, .. }
            | Self::None { client_id } => client_id,
        }
    }

    /// The method that was used. A certificate stands in no form: a client that shows one names itself, as a public one does.
    pub(crate) const fn method(&self) -> TokenEndpointAuthMethod {
        match self {
            Self::Basic { .. } => TokenEndpointAuthMethod::ClientSecretBasic,
            Self::Post { .. } => TokenEndpointAuthMethod::ClientSecretPost,
            Self::Assertion { .. } => TokenEndpointAuthMethod::PrivateKeyJwt,
            Self::None { .. } => TokenEndpointAuthMethod::None,
        }
    }

    /// RFC 7521 §4.2: `client_id` is optional, and must name the assertion's subject if it is present.
    fn from_assertion(jwt: &str, named: Option<ClientId>, form: &Params) -> Result<Self, OAuthError> {
        if form.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(OAuthError::invalid_client("client_assertion_type must be that of a JWT, as RFC 7523 names it"));
        }
        if jwt.len() > LONGEST_ASSERTION {
            return Err(OAuthError::invalid_client("client_assertion is too long"));
        }
        let subject =
            unverified_subject(jwt).ok_or_else(|| OAuthError::invalid_client("client_assertion names no client as sub"))?;
        if named.is_some_and(|named| named != subject) {
            return Err(OAuthError::invalid_client("client_id and the sub of client_assertion differ"));
        }
        Ok(Self::Assertion { client_id: subject, jwt: ClientSecret::new(jwt.to_owned()) })
    }
}

fn unknown_client() -> OAuthError {
    OAuthError::invalid_client("the client is not known")
}

/// RFC 6749 §2.3.1: both halves are form-encoded before they become a user name and a password (RFC 7617).
fn basic(header: &str, named: Option<&ClientId>) -> Result<PresentedCredentials, OAuthError> {
    let unreadable = || OAuthError::invalid_client("the Authorization header holds no Basic credentials");
    let (scheme, credentials) = header.split_once(' ').filter(|_| header.len() <= LONGEST_HEADER).ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(unreadable());
    }
    let decoded = STANDARD.decode(credentials.trim()).map_err(|_| unreadable())?;
    let colon = decoded.iter().position(|byte| *byte == b':').ok_or_else(unreadable)?;
    let id = params::decode(&decoded[..colon]).ok_or_else(unreadable)?;
    let secret = params::decode(&decoded[colon + 1..]).map(ClientSecret::new).ok_or_else(unreadable)?;
    let client_id = ClientId::parse(&id).ok_or_else(unknown_client)?;
    if named.is_some_and(|named| *named != client_id) {
        return Err(OAuthError::invalid_request("client_id and the Authorization header name different clients"));
    }
    if secret.expose().len() > LONGEST_SECRET {
        return Err(OAuthError::invalid_client("the client secret is too long"));
    }
    // RFC 6749 §2.3.1: an empty secret is none. Some libraries send it for a public client.
    if secret.expose().is_empty() {
        return Ok(PresentedCredentials::None { client_id });
    }
    Ok(PresentedCredentials::Basic { client_id, secret })
}

/// The `sub` of a JWT whose signature is not verified. Use it only to find the keys that verify it.
fn unverified_subject(jwt: &str) -> Option<ClientId> {
    let mut parts = jwt.split('.');
    let payload = parts.nth(1).filter(|_| parts.next().is_some() && parts.next().is_none())?;
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    ClientId::parse(claims.get("sub")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(header: Option<&str>, form: &str) -> Result<PresentedCredentials, OAuthError> {
        PresentedCredentials::parse(header, &Params::parse(form))
    }

    fn basic_header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    fn refusal(result: Result<PresentedCredentials, OAuthError>) -> &'static str {
        result.unwrap_err().code.name()
    }

    /// An assertion with this payload and an invalid signature.
    fn assertion(payload: &str) -> String {
        let jwt = format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#), URL_SAFE_NO_PAD.encode(payload));
        format!("client_assertion_type={}&client_assertion={jwt}", JWT_BEARER.replace(':', "%3A"))
    }

    #[test]
    fn rfc6749_2_3_1_basic_credentials_are_form_encoded_before_they_become_a_header() {
        let presented = parse(Some(&basic_header("a%3Ab:p%25+%D9%BE%3A")), "").unwrap();
        let expected = PresentedCredentials::Basic {
            client_id: ClientId::parse("a:b").unwrap(),
            secret: ClientSecret::new("p% پ:".to_owned()),
        };
        assert_eq!(presented, expected);
        assert_eq!(presented.method(), TokenEndpointAuthMethod::ClientSecretBasic);
    }

    #[test]
    fn rfc6749_2_3_1_the_example_of_the_standard_is_read() {
        let presented = parse(Some("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"), "").unwrap();
        assert_eq!(presented.client_id().as_str(), "s6BhdRkqt3");
        let PresentedCredentials::Basic { secret, .. } = presented else { panic!("these are Basic credentials") };
        assert_eq!(secret.expose(), "7Fjfp0ZBr1KtDRbnfVdmIw");
    }

    #[test]
    fn rfc7617_2_the_scheme_is_compared_without_case() {
        assert!(parse(Some(&basic_header("a:b").replace("Basic", "bASIC")), "").is_ok());
    }

    #[test]
    fn rfc6749_5_2_credentials_that_cannot_be_read_are_invalid_client() {
        for header in [
            "",
            "Basic",
            "Basic !!!",
            "Bearer abc",
            "DPoP abc",
            &basic_header("no colon"),
            &basic_header("a:%zz"),
            &basic_header("پ:b"),
        ] {
            assert_eq!(refusal(parse(Some(header), "")), "invalid_client", "{header}");
        }
        assert_eq!(refusal(parse(Some(&basic_header(&format!("a:{}", "b".repeat(513)))), "")), "invalid_client");
        assert_eq!(refusal(parse(None, "")), "invalid_client");
        assert_eq!(refusal(parse(None, "client_id=%3C")), "invalid_client");
        assert_eq!(refusal(parse(None, &format!("client_id=a&client_secret={}", "b".repeat(513)))), "invalid_client");
    }

    #[test]
    fn rfc6749_2_3_1_a_secret_may_come_in_the_form() {
        let presented = parse(None, "client_id=a&client_secret=b").unwrap();
        assert_eq!((presented.client_id().as_str(), presented.method()), ("a", TokenEndpointAuthMethod::ClientSecretPost));
        assert!(!format!("{presented:?}").contains("\"b\""));
    }

    #[test]
    fn rfc6749_3_2_1_a_public_client_says_who_it_is() {
        assert_eq!(parse(None, "client_id=a").unwrap().method(), TokenEndpointAuthMethod::None);
    }

    #[test]
    fn rfc6749_2_3_a_client_authenticates_in_one_way() {
        let assertion = assertion(r#"{"sub":"a"}"#);
        for (header, form) in [
            (Some(basic_header("a:b")), "client_id=a&client_secret=b".to_owned()),
            (Some(basic_header("a:b")), assertion.clone()),
            (None, format!("client_id=a&client_secret=b&{assertion}")),
        ] {
            assert_eq!(refusal(parse(header.as_deref(), &form)), "invalid_request", "{form}");
        }
    }

    #[test]
    fn rfc6749_2_3_client_id_beside_the_header_is_no_second_way_but_has_to_be_the_same() {
        assert!(parse(Some(&basic_header("a:b")), "client_id=a").is_ok());
        assert_eq!(refusal(parse(Some(&basic_header("a:b")), "client_id=c")), "invalid_request");
    }

    #[test]
    fn rfc7521_4_2_the_client_of_an_assertion_is_its_subject() {
        let form = assertion(r#"{"sub":"a","iss":"a"}"#);
        for form in [form.clone(), format!("client_id=a&{form}")] {
            let presented = parse(None, &form).unwrap();
            assert_eq!((presented.client_id().as_str(), presented.method()), ("a", TokenEndpointAuthMethod::PrivateKeyJwt));
        }
        assert_eq!(refusal(parse(None, &format!("client_id=b&{form}"))), "invalid_client");
    }

    #[test]
    fn rfc7523_2_2_an_assertion_is_a_jwt_with_a_subject_and_says_so() {
        for payload in ["{}", r#"{"sub":1}"#, r#"{"sub":"<"}"#, "[]", "x"] {
            assert_eq!(refusal(parse(None, &assertion(payload))), "invalid_client", "{payload}");
        }
        assert_eq!(refusal(parse(None, "client_assertion=a.b.c")), "invalid_request");
        assert_eq!(refusal(parse(None, "client_id=a&client_assertion_type=x")), "invalid_request");
        assert_eq!(refusal(parse(None, "client_assertion=a.b.c&client_assertion_type=saml")), "invalid_client");
        assert_eq!(refusal(parse(None, &assertion(&format!(r#"{{"sub":"a","x":"{}"}}"#, "x".repeat(9000))))), "invalid_client");
    }

    proptest! {
        #[test]
        fn anything_is_parsed_without_a_panic(header in proptest::option::of(".{0,80}"), form in ".{0,200}") {
            let _ = parse(header.as_deref(), &form);
        }

        #[test]
        fn whatever_a_client_encodes_is_decoded(id in "[A-Za-z0-9.:~-]{1,20}", secret in "[^\\p{Cc}]{1,40}") {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let header = basic_header(&format!("{}:{}", encode(&id), encode(&secret)));
            let expected = PresentedCredentials::Basic { client_id: ClientId::parse(&id).unwrap(), secret: ClientSecret::new(secret) };
            prop_assert_eq!(parse(Some(&header), "").unwrap(), expected);
        }
    }
}
