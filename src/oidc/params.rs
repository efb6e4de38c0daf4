//! Parameters of a request, out of a query string or a form body (RFC 6749 §3.1, §3.2, appendix B): one parser for both.

use crate::oidc::error::{OAuthError, OAuthErrorCode};

/// More parameters than this in one request are rejected; the longest request of any supported profile has about thirty.
const MOST_PARAMS: usize = 100;

/// Parameters that a standard lets a client repeat (RFC 8707 §2).
const MAY_REPEAT: [&str; 1] = ["resource"];

/// Parameters whose value is JSON. Tab, line feed and carriage return are insignificant white space there (RFC 8259 §2).
const JSON: [&str; 3] = ["authorization_details", "claims", "response"];

/// Every parameter that an endpoint of the protocol reads. One of them that is badly encoded makes the request invalid. Any other is
/// ignored, whatever it holds (RFC 6749 §3.1, §3.2).
const KNOWN: &str = "access_token acr_values actor_token actor_token_type audience auth_req_id authorization_details binding_message claims \
    claims_locales client_assertion client_assertion_type client_id client_notification_token client_secret code \
    code_challenge code_challenge_method code_verifier device_code display dpop_jkt grant_type id_token_hint login_hint \
    login_hint_token logout_hint max_age nonce post_logout_redirect_uri prompt redirect_uri refresh_token registration \
    request request_uri requested_expiry requested_token_type resource response_mode response_type scope state \
    subject_token subject_token_type token token_type_hint ui_locales user_code";

/// What is wrong with a request's parameters, whatever they mean.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamsDefect {
    /// A parameter occurs more than once (RFC 6749 §3.1).
    #[error("a parameter is given more than once: {0}")]
    Repeated(String),
    /// Invalid percent-encoding, bytes that are not UTF-8, or control characters, in a parameter that some endpoint reads.
    #[error("{0} is not well encoded, or holds a control character")]
    Malformed(&'static str),
    /// More than a hundred parameters.
    #[error("too many parameters")]
    TooMany,
}

impl From<ParamsDefect> for OAuthError {
    fn from(defect: ParamsDefect) -> Self {
        Self::new(OAuthErrorCode::InvalidRequest, defect.to_string())
    }
}

/// A request's parameters, decoded. Values may be personal or secret, so `Debug` shows the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<(String, String)>,
    defect: Option<ParamsDefect>,
}

impl Params {
    /// Parses a query string without its `?`. It never fails: a defect is kept as [`Params::defect`], because an authorization
    /// request with a defect is still answered at its redirect URI if that can be trusted.
    pub fn parse(query: &str) -> Self {
        Self::from_form(query.as_bytes())
    }

    /// Reads the body of a form (`application/x-www-form-urlencoded`); see [`Params::parse`].
    pub fn from_form(body: &[u8]) -> Self {
        let mut params = Self::default();
        for (at, pair) in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).enumerate() {
            if at == MOST_PARAMS {
                params.note(ParamsDefect::TooMany);
                break;
            }
            let (name, value) = split_once(pair);
            // A name that cannot be read is not one that an endpoint knows.
            if let Some(name) = decode(name) {
                params.take(name, percent_decoded(value));
            }
        }
        params
    }

    /// Takes pairs that are already decoded.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut params = Self::default();
        for (name, value) in pairs.into_iter().filter(|(name, _)| is_plain(name)) {
            params.take(name, Some(value));
        }
        params
    }

    /// Takes a pair if its value can be read. If not, that is a defect in a known parameter, and any other is ignored.
    fn take(&mut self, name: String, value: Option<String>) {
        let is_json = JSON.contains(&name.as_str());
        let is_blank = |c: char| is_json && matches!(c, '\t' | '\n' | '\r');
        if let Some(value) = value.filter(|value| value.chars().all(|c| !c.is_control() || is_blank(c))) {
            self.push(name, value);
        } else if let Some(known) = KNOWN.split(' ').find(|known| *known == name) {
            self.note(ParamsDefect::Malformed(known));
        }
    }

    /// The value of a parameter. One without a value counts as missing (RFC 6749 §3.1), and so does a repeated one: it would be
    /// unclear which value is meant.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.pairs.iter().filter(|(known, _)| known == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) if !value.is_empty() => Some(value),
            _ => None,
        }
    }

    /// The values of a parameter that may be repeated; one without a value counts as missing.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter occurs more than once.
    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.pairs.iter().filter(|(known, _)| known == name).count() > 1
    }

    /// The first defect, if there is one.
    pub const fn defect(&self) -> Option<&ParamsDefect> {
        self.defect.as_ref()
    }

    /// Rejects parameters with a defect: `invalid_request`.
    pub(crate) fn sound(&self) -> Result<&Self, OAuthError> {
        self.defect.clone().map_or(Ok(self), |defect| Err(defect.into()))
    }

    /// The value of a parameter of at most `most` bytes; a longer one is `invalid_request`.
    pub(crate) fn at_most(&self, name: &'static str, most: usize) -> Result<Option<&str>, OAuthError> {
        match self.get(name) {
            Some(value) if value.len() > most => Err(OAuthError::invalid_request(format!("{name} is longer than {most} bytes"))),
            value => Ok(value),
        }
    }

    /// The same, for a parameter that is required.
    pub(crate) fn required(&self, name: &'static str, most: usize) -> Result<&str, OAuthError> {
        self.at_most(name, most)?.ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
    }

    fn push(&mut self, name: String, value: String) {
        if !MAY_REPEAT.contains(&name.as_str()) && self.pairs.iter().any(|(known, _)| *known == name) {
            self.note(ParamsDefect::Repeated(name.chars().take(64).collect()));
        }
        self.pairs.push((name, value));
    }

    fn note(&mut self, defect: ParamsDefect) {
        self.defect.get_or_insert(defect);
    }
}

impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

fn split_once(pair: &[u8]) -> (&[u8], &[u8]) {
    match pair.iter().position(|byte| *byte == b'=') {
        Some(at) => (&pair[..at], &pair[at + 1..]),
        None => (pair, &[]),
    }
}

/// Decodes one `application/x-www-form-urlencoded` name or value strictly: `None` for a stray `%`, for bytes that are not UTF-8,
/// and for control characters, which no parameter needs but JSON, and some databases cannot store.
pub(crate) fn decode(encoded: &[u8]) -> Option<String> {
    percent_decoded(encoded).filter(|text| is_plain(text))
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

fn percent_decoded(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(*rest.next()?)? << 4 | hex(*rest.next()?)?,
            other => *other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc6749_3_1_a_parameter_given_twice_is_refused_even_with_the_same_or_an_empty_value() {
        for query in ["state=a&state=b", "state=a&state=a", "state=&state=a", "st%61te=a&state=b"] {
            let params = Params::parse(query);
            assert_eq!(params.defect(), Some(&ParamsDefect::Repeated("state".to_owned())), "{query}");
            assert_eq!(params.get("state"), None, "{query}");
            assert_eq!(params.sound().unwrap_err().code, OAuthErrorCode::InvalidRequest);
        }
    }

    #[test]
    fn rfc6749_3_1_a_parameter_without_a_value_counts_as_left_out() {
        let params = Params::parse("nonce=&state&scope=openid");
        assert_eq!((params.get("nonce"), params.get("state"), params.get("scope")), (None, None, Some("openid")));
        assert!(params.sound().is_ok());
    }

    #[test]
    fn rfc8707_2_resource_may_be_repeated() {
        let params = Params::parse("resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb&resource=");
        assert!(params.sound().is_ok());
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["https://a", "https://b"]);
    }

    #[test]
    fn rfc6749_appendix_b_names_and_values_are_form_encoded_utf8() {
        let params = Params::parse("a=%2B+%D9%BE&b%20c=1=2");
        assert_eq!((params.get("a"), params.get("b c")), (Some("+ پ"), Some("1=2")));
    }

    #[test]
    fn bad_encoding_and_control_characters_are_defects() {
        for value in ["%", "%4", "%zz", "%ff", "%00", "x%0d%0aSet-Cookie:b", "%+1", "%c2%85"] {
            let params = Params::parse(&format!("state={value}"));
            assert_eq!(params.defect(), Some(&ParamsDefect::Malformed("state")), "{value}");
            assert_eq!(params.get("state"), None, "{value}");
        }
    }

    #[test]
    fn rfc6749_3_1_an_unknown_parameter_is_ignored_whatever_it_holds() {
        for pair in ["x=%", "x=%zz", "x=%ff", "x=%00", "x=a%0d%0ab", "%00=1", "%ff=1", "%=1", "x%0a=1", "=1", "x=%c2%85"] {
            let params = Params::parse(&format!("{pair}&state=s"));
            assert_eq!((params.defect(), params.get("state")), (None, Some("s")), "{pair}");
        }
        let pairs = [("x", "a\nb"), ("a\0b", "1"), ("state", "s")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!((Params::from_pairs(pairs.clone()).defect(), Params::from_pairs(pairs).get("state")), (None, Some("s")));
    }

    #[test]
    fn rfc8259_2_white_space_of_json_is_no_defect_where_a_parameter_is_json() {
        for name in JSON {
            let json = "\r\n\t[ {\n} ]\n";
            let body = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, json).finish();
            assert_eq!((Params::parse(&body).defect(), Params::parse(&body).get(name)), (None, Some(json)), "{name}");
            let given = Params::from_pairs([(name.to_owned(), json.to_owned())]);
            assert_eq!((given.defect(), given.get(name)), (None, Some(json)), "{name}");
            for bad in ["%00", "%0b", "%0c", "%1b", "%7f", "%ff"] {
                assert_eq!(Params::parse(&format!("{name}=[]{bad}")).get(name), None, "{name} {bad}");
            }
        }
    }

    /// Whatever an endpoint reads by name is in [`KNOWN`]: otherwise it would be taken as missing where it is badly encoded.
    #[test]
    fn every_parameter_that_an_endpoint_reads_is_known() {
        let source = concat!(
            include_str!("authorization/request.rs"),
            include_str!("authorization/pushed.rs"),
            include_str!("cross_device/ciba.rs"),
            include_str!("cross_device/device.rs"),
            include_str!("cross_device/request.rs"),
            include_str!("details.rs"),
            include_str!("logout/request.rs"),
            include_str!("token/credentials.rs"),
            include_str!("token/exchange.rs"),
            include_str!("token/presented.rs"),
            include_str!("token/request.rs"),
            include_str!("token/resource.rs"),
            include_str!("../flows/authorization/resolve_request.rs"),
            include_str!("../flows/authorization/par.rs"),
        );
        let calls = [
            "params.get(\"",
            "params.at_most(\"",
            "params.required(\"",
            "params.all(\"",
            "form.get(\"",
            "form.at_most(\"",
            "form.required(\"",
            "form.all(\"",
            "owned(\"",
        ];
        let read = calls.iter().flat_map(|call| source.split(call).skip(1)).filter_map(|rest| rest.split('"').next());
        let unknown: Vec<&str> = read.filter(|name| !KNOWN.split(' ').any(|known| known == *name)).collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }

    #[test]
    fn ten_thousand_parameters_are_refused_early() {
        let query = (0..10_000).map(|i| format!("p{i}=1")).collect::<Vec<_>>().join("&");
        let params = Params::parse(&query);
        assert_eq!(params.defect(), Some(&ParamsDefect::TooMany));
        assert_eq!(params.pairs.len(), MOST_PARAMS);
        let unreadable = (0..10_000).map(|_| "x=%ff").collect::<Vec<_>>().join("&");
        assert_eq!(Params::parse(&unreadable).defect(), Some(&ParamsDefect::TooMany));
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        assert_eq!(format!("{:?}", Params::parse("login_hint=0012345679")), r#"{"login_hint"}"#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let params = Params::from_form(&body);
            let _ = (params.get("a"), params.sound());
        }

        #[test]
        fn what_a_form_encoder_wrote_is_read_back(name in "[^\\p{Cc}]{1,20}", value in "[^\\p{Cc}]{1,40}") {
            let body = url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            let params = Params::parse(&body);
            prop_assert_eq!(params.get(&name), Some(value.as_str()));
        }
    }
}
