//! Client-initiated backchannel authentication (OpenID Connect CIBA Core 1.0): a client asks, the citizen decides on their own
//! telephone.

use crate::client::metadata::Client;
use crate::client::parts::ciba::DeliveryMode;
use crate::client::scope::Scope;
use crate::identity::assurance::Acr;
use crate::identity::national_id::NationalId;
use crate::oidc::cross_device::request::Wanted;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::secret::Secret;
use crate::text::is_invisible;
use serde::Serialize;
use std::time::Duration;

/// Longest `binding_message`, in characters: it has to be read at a glance, on both sides (§7.1).
const LONGEST_MESSAGE: usize = 100;
/// Longest hint, in bytes.
const LONGEST_HINT: usize = 8192;
/// Longest `acr_values` and `requested_expiry`, in bytes.
const SHORT: usize = 512;
/// `client_notification_token` (§7.1): at most 1024 characters; 22 of its alphabet hold 128 bits.
const NOTIFICATION_TOKEN: std::ops::RangeInclusive<usize> = 22..=1024;

/// The person that a client asks for.
#[derive(Clone, PartialEq, Eq)]
pub enum Hint {
    /// `login_hint`: a national ID, as a citizen says it at a counter.
    NationalId(NationalId),
    /// `login_hint`: the `sub` of an earlier sign-in at this client.
    Subject(String),
    /// `id_token_hint`, not verified yet.
    IdToken(String),
}

/// An authentication request (§7.1), with every rule applied that needs no stored state.
#[derive(Clone, PartialEq, Eq)]
pub struct CibaRequest {
    /// What is asked for; `openid` is among it.
    pub wanted: Wanted,
    /// The person who is asked.
    pub hint: Hint,
    /// `binding_message`: the text that both sides see.
    pub message: Option<String>,
    /// `requested_expiry`.
    pub expiry: Option<Duration>,
    /// `client_notification_token`, if the client is pinged.
    pub notification_token: Option<Secret<String>>,
}

impl CibaRequest {
    /// Reads the parameters of a client's request.
    pub fn parse(params: &Params, client: &Client) -> Result<Self, OAuthError> {
        let mut wanted = Wanted::parse(params, client)?;
        if !wanted.scopes.contains(&Scope::Openid) {
            let description = "scope must contain openid, and the client must be registered for it";
            return Err(OAuthError::new(OAuthErrorCode::InvalidScope, description));
        }
        wanted.acr_values = acr_values(params.at_most("acr_values", SHORT)?.unwrap_or_default());
        Ok(Self {
            wanted,
            hint: hint(params)?,
            message: params.get("binding_message").map(message).transpose()?,
            expiry: params.at_most("requested_expiry", SHORT)?.map(expiry).transpose()?,
            notification_token: notification_token(params, client)?,
        })
    }
}

/// §7.1: exactly one of the three hints. Two of the three are offered.
fn hint(params: &Params) -> Result<Hint, OAuthError> {
    let given = ["login_hint", "id_token_hint", "login_hint_token"].map(|name| (name, params.at_most(name, LONGEST_HINT)));
    let mut found = None;
    for (name, value) in given {
        let Some(value) = value? else { continue };
        if found.replace((name, value)).is_some() {
            return Err(OAuthError::invalid_request("give one of login_hint and id_token_hint, not several"));
        }
    }
    match found {
        Some(("id_token_hint", token)) => Ok(Hint::IdToken(token.to_owned())),
        Some(("login_hint", text)) => login_hint(text),
        Some(_) => Err(OAuthError::invalid_request("login_hint_token is not offered: use login_hint or id_token_hint")),
        None => Err(OAuthError::invalid_request("login_hint or id_token_hint is missing: the request does not say who is asked")),
    }
}

/// A national ID in any digits, or a `sub` of ours, which has 43 characters of base64url. Any other text identifies no person.
fn login_hint(text: &str) -> Result<Hint, OAuthError> {
    let is_subject = text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    match NationalId::parse(text) {
        Ok(national_id) => Ok(Hint::NationalId(national_id)),
        Err(_) if is_subject => Ok(Hint::Subject(text.to_owned())),
        Err(_) => Err(unknown_user("login_hint is neither a national ID nor a sub of ours")),
    }
}

/// `unknown_user_id` (§13).
pub(crate) fn unknown_user(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::UnknownUserId, description)
}

/// Letters, digits, spaces and plain punctuation of the languages of the pages: at least one visible letter or digit, and
/// no character that reverses a line, hides in it, or makes it look like another page (§7.1 lets the server set its limits).
fn message(text: &str) -> Result<String, OAuthError> {
    const SIGNS: &str = " .,:;!?'\"()[]/#+-_–—*%&@=«»،؛؟٪٫٬\u{200c}";
    let shown = |c: char| c.is_alphanumeric() && !is_invisible(c);
    let plain = |c: char| shown(c) || SIGNS.contains(c) || ('\u{64b}'..='\u{655}').contains(&c);
    if text.chars().count() <= LONGEST_MESSAGE && text.chars().all(plain) && text.chars().any(shown) {
        return Ok(text.trim().to_owned());
    }
    let description = "binding_message must have 1 to 100 characters: letters or digits, with spaces and plain punctuation";
    Err(OAuthError::new(OAuthErrorCode::InvalidBindingMessage, description))
}

/// A positive number of seconds; in a request object it may be a string (§7.1.1).
fn expiry(text: &str) -> Result<Duration, OAuthError> {
    let seconds = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let seconds = seconds.filter(|seconds| *seconds > 0);
    let wrong = || OAuthError::invalid_request("requested_expiry must be a whole number of seconds above zero");
    seconds.map(|seconds| Duration::from_secs(seconds.into())).ok_or_else(wrong)
}

/// §7.1: required of a client that is pinged. We send it back as a bearer token (RFC 6750 §2.1); a `=` at its end carries no
/// randomness.
fn notification_token(params: &Params, client: &Client) -> Result<Option<Secret<String>>, OAuthError> {
    if client.ciba.delivery == DeliveryMode::Poll {
        return Ok(None);
    }
    let token = params.required("client_notification_token", *NOTIFICATION_TOKEN.end())?;
    let known = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
    let said = token.trim_end_matches('=');
    if said.len() >= *NOTIFICATION_TOKEN.start() && said.bytes().all(known) {
        return Ok(Some(Secret::new(token.to_owned())));
    }
    let description = "client_notification_token must have 22 to 1024 characters out of A-Z a-z 0-9 - . _ ~ + /, at random";
    Err(OAuthError::invalid_request(description))
}

/// Known levels in the order of the list, each once.
fn acr_values(list: &str) -> Vec<Acr> {
    let mut levels = Vec::new();
    for level in list.split(' ').filter_map(Acr::from_uri) {
        if !levels.contains(&level) {
            levels.push(level);
        }
    }
    levels
}

/// The response (§7.3).
///
/// Each field is the member of that name in CIBA Core §7.3.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CibaResponse {
    pub(crate) auth_req_id: Secret<String>,
    pub(crate) expires_in: u64,
    pub(crate) interval: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::metadata::tests::a_client;
    use proptest::prelude::*;

    fn parse(query: &str) -> Result<CibaRequest, OAuthError> {
        CibaRequest::parse(&Params::parse(query), &a_client(|_| ()))
    }

    fn refusal(query: &str) -> &'static str {
        parse(query).err().map_or("", |error| error.code.name())
    }

    #[test]
    fn ciba_7_1_one_hint_names_one_person() {
        for (hint, kind) in
            [("login_hint=0012345679", 1), ("login_hint=%DB%B0%DB%B0%DB%B1%DB%B2%DB%B3%DB%B4%DB%B5%DB%B6%DB%B7%DB%B9", 1)]
        {
            let request = parse(&format!("scope=openid&{hint}")).ok().unwrap();
            assert_eq!(u8::from(matches!(request.hint, Hint::NationalId(id) if id.as_str() == "0012345679")), kind, "{hint}");
        }
        let subject = "A".repeat(43);
        assert!(matches!(parse(&format!("scope=openid&login_hint={subject}")).ok().unwrap().hint, Hint::Subject(_)));
        assert!(matches!(parse("scope=openid&id_token_hint=a.b.c").ok().unwrap().hint, Hint::IdToken(_)));
        for wrong in ["0012345678", "09121234567", "narges", "a%40b.example", "%2B989121234567"] {
            assert_eq!(refusal(&format!("scope=openid&login_hint={wrong}")), "unknown_user_id", "{wrong}");
        }
        for wrong in
            ["", "&login_hint=0012345679&id_token_hint=a.b.c", "&login_hint_token=x", "&login_hint_token=x&login_hint=0012345679"]
        {
            assert_eq!(refusal(&format!("scope=openid{wrong}")), "invalid_request", "{wrong}");
        }
    }

    #[test]
    fn ciba_7_1_a_binding_message_is_short_and_cannot_turn_the_page_around() {
        let with = |message: &str| {
            let encoded: String = url::form_urlencoded::byte_serialize(message.as_bytes()).collect();
            parse(&format!("scope=openid&login_hint=0012345679&binding_message={encoded}"))
        };
        for good in ["W4SCT", "باجهٔ ۳، کد پیگیری: ۴۵-۲", "Counter 3 (tax): 12.5%", "می‌خواهم؟", "1234"]
        {
            assert_eq!(with(good).ok().unwrap().message.as_deref(), Some(good));
        }
        for bad in ["x\u{202e}y", "x\u{2066}y", "a\u{200f}b", "<b>", "a\u{feff}b", "😀", " ", "x\\y", &"x".repeat(101)] {
            assert_eq!(with(bad).err().unwrap().code.name(), "invalid_binding_message", "{bad:?}");
        }
    }

    #[test]
    fn ciba_7_1_a_binding_message_shows_something_and_hides_nothing() {
        let with = |message: &str| crate::oidc::cross_device::ciba::message(message).map_err(|error| error.code.name());
        for good in ["کتاب\u{200c}ها", "7", "مُحَمَّد"] {
            assert_eq!(with(good).as_deref(), Ok(good));
        }
        // Fillers of Hangul are letters by their category, but are invisible.
        for bad in ["\u{3164}", "12\u{3164}3", "\u{115f}\u{1160}", "1\u{ffa0}", "\u{200c}", ". . ."] {
            assert_eq!(with(bad), Err("invalid_binding_message"), "{bad:?}");
        }
    }

    #[test]
    fn rfc6750_2_1_a_notification_token_is_more_than_padding() {
        let client = a_client(|client| client.ciba.delivery = DeliveryMode::Ping);
        let token = |token: &str| {
            let pairs = [("client_notification_token".to_owned(), token.to_owned())];
            notification_token(&Params::from_pairs(pairs), &client).map(|token| token.map(|token| token.expose().clone()))
        };
        let good = format!("{}==", "a".repeat(22));
        assert_eq!(token(&good).ok().flatten(), Some(good));
        for bad in ["=".repeat(22), format!("a{}", "=".repeat(30)), format!("={}", "a".repeat(22))] {
            assert_eq!(token(&bad).err().unwrap().code.name(), "invalid_request", "{bad}");
        }
    }

    #[test]
    fn ciba_7_1_requested_expiry_is_a_positive_number() {
        let with = |expiry: &str| parse(&format!("scope=openid&login_hint=0012345679&requested_expiry={expiry}"));
        assert_eq!(with("120").ok().unwrap().expiry, Some(Duration::from_mins(2)));
        for wrong in ["0", "-1", "%2B5", "1.5", "x", "99999999999"] {
            assert_eq!(with(wrong).err().unwrap().code.name(), "invalid_request", "{wrong}");
        }
    }

    #[test]
    fn ciba_7_1_a_client_that_is_pinged_sends_a_token_of_128_bits() {
        let client = a_client(|client| client.ciba.delivery = DeliveryMode::Ping);
        let with = |token: &str| {
            CibaRequest::parse(
                &Params::parse(&format!("scope=openid&login_hint=0012345679&client_notification_token={token}")),
                &client,
            )
        };
        let good = "8d67dc78-7faa-4d41-aabd-67707b374255";
        assert_eq!(with(good).ok().unwrap().notification_token.unwrap().expose(), good);
        for wrong in [
            "",
            "short",
            &"a".repeat(21),
            &"a".repeat(1025),
            "aaaaaaaaaaaaaaaaaaaaaaaaaaa%20a",
            "%22aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(with(wrong).err().unwrap().code.name(), "invalid_request", "{wrong}");
        }
        assert!(
            parse("scope=openid&login_hint=0012345679&client_notification_token=x").ok().unwrap().notification_token.is_none()
        );
    }

    #[test]
    fn ciba_7_1_scope_must_contain_openid() {
        for query in ["login_hint=0012345679", "scope=profile&login_hint=0012345679"] {
            assert_eq!(refusal(query), "invalid_scope", "{query}");
        }
    }

    proptest! {
        #[test]
        fn any_request_is_read_without_a_panic(query in "[a-z_=&%0-9]{0,120}", message in ".{0,120}") {
            let _ = (parse(&query), crate::oidc::cross_device::ciba::message(&message));
        }
    }
}
