//! Session management: how a client's page learns, without a request, that the session at the provider changed (OpenID Connect
//! Session Management 1.0).
//!
//! Besides the session cookie the browser holds a *browser state*. Our scripts may read it, and it shows only that the session is
//! another than before. Each authorization response carries a salted hash of it; a frame of ours compares the two
//! (`check-session.js`).

use crate::client::words::ClientId;
use crate::secret::TokenHash;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::{Origin, Url};

/// The browser state of the session whose cookie has this hash. It is made by a second hash, so that neither the cookie nor the
/// key under which the session is stored can be derived from it.
pub(crate) fn browser_state(session: &TokenHash) -> String {
    hash(&format!("browser state {}", URL_SAFE_NO_PAD.encode(session.0)))
}

/// `session_state` of a response to this redirect URI (§2); `None` if that is not a web page, because then there is no frame.
pub(crate) fn session_state(client: &ClientId, redirect_uri: &str, session: &TokenHash, salt: [u8; 12]) -> Option<String> {
    let origin = Url::parse(redirect_uri).ok().map(|url| url.origin()).filter(|origin| matches!(origin, Origin::Tuple(..)))?;
    let salt = URL_SAFE_NO_PAD.encode(salt);
    let hash = hash(&format!("{client} {} {} {salt}", origin.ascii_serialization(), browser_state(session)));
    Some(format!("{hash}.{salt}"))
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(TokenHash::of(text).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(client: &str, uri: &str, session: &str, salt: u8) -> Option<String> {
        session_state(&ClientId::parse(client).unwrap(), uri, &TokenHash::of(session), [salt; 12])
    }

    #[test]
    fn session_management_2_the_state_changes_with_client_origin_session_and_salt_alone() {
        let known = state("tax", "https://tax.example/cb", "session", 1).unwrap();
        assert_eq!(state("tax", "https://tax.example/other?x=1", "session", 1).as_ref(), Some(&known));
        for other in [
            state("health", "https://tax.example/cb", "session", 1),
            state("tax", "https://tax.example:8443/cb", "session", 1),
            state("tax", "https://tax.example/cb", "another", 1),
            state("tax", "https://tax.example/cb", "session", 2),
        ] {
            assert_ne!(other.unwrap(), known);
        }
        assert!(!known.contains(' ') && known.split('.').count() == 2);
    }

    #[test]
    fn an_application_without_pages_gets_none() {
        assert_eq!(state("app", "example.tax.app:/cb", "session", 1), None);
    }

    #[test]
    fn the_browser_state_shows_neither_cookie_nor_its_hash() {
        let session = TokenHash::of("secret");
        let shown = browser_state(&session);
        assert!(shown.len() == 43 && shown != URL_SAFE_NO_PAD.encode(session.0));
    }
}
