//! What clients are sent when a session ends: the logout token (OpenID Connect Back-Channel Logout 1.0 §2.4) and the address of a
//! frame (Front-Channel Logout 1.0 §3).

use crate::client::words::ClientId;
use crate::oidc::authorization::response::to_query_redirect;
use crate::oidc::claims::token::TokenFrame;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The member of `events` that makes a token a logout token.
pub(crate) const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The claims of a logout token. There is no `nonce`, so that it cannot be used as an ID token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LogoutTokenClaims<'a> {
    /// Issuer.
    pub(crate) iss: &'a str,
    /// The person whose session ended, as the client knows them.
    pub(crate) sub: &'a str,
    /// The client.
    pub(crate) aud: &'a ClientId,
    /// Issued at, seconds since the epoch.
    pub(crate) iat: i64,
    /// Expiry, seconds since the epoch.
    pub(crate) exp: i64,
    /// Unique.
    pub(crate) jti: String,
    /// [`LOGOUT_EVENT`] with an empty object.
    pub(crate) events: Map<String, Value>,
    /// The session, as the client's ID tokens name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<&'a str>,
}

impl<'a> LogoutTokenClaims<'a> {
    /// Claims that tell `client` that the session of the frame ended.
    pub(crate) fn of(client: &'a ClientId, frame: &TokenFrame<'a>, jti: String) -> Self {
        Self {
            iss: frame.issuer,
            sub: frame.subject,
            aud: client,
            iat: frame.now.seconds(),
            exp: frame.now.plus(frame.lifetime).seconds(),
            jti,
            events: Map::from_iter([(LOGOUT_EVENT.to_owned(), json!({}))]),
            sid: frame.session,
        }
    }
}

/// The address that a frame of the signed-out page loads: the client's, with `iss` and `sid` by which the client checks that it
/// is meant.
pub(crate) fn frame_address(frontchannel_logout_uri: &str, issuer: &str, sid: &str) -> String {
    to_query_redirect(frontchannel_logout_uri, &[("iss", issuer.to_owned()), ("sid", sid.to_owned())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use std::time::Duration;

    #[test]
    fn backchannel_logout_2_4_the_token_has_exactly_these_claims() {
        let client = ClientId::parse("tax").unwrap();
        let frame = TokenFrame {
            issuer: "https://id.example",
            subject: "pairwise-1",
            session: Some("sid-1"),
            now: Timestamp::from_seconds(1_700_000_000),
            lifetime: Duration::from_mins(2),
        };
        let json = serde_json::to_value(LogoutTokenClaims::of(&client, &frame, "j".to_owned())).unwrap();
        let expected = json!({
            "iss": "https://id.example", "sub": "pairwise-1", "aud": "tax", "iat": 1_700_000_000, "exp": 1_700_000_120, "jti": "j",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} }, "sid": "sid-1",
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn frontchannel_logout_3_issuer_and_session_join_the_query_that_is_there() {
        let address = frame_address("https://tax.example/out?x=1", "https://id.example", "s-1");
        assert_eq!(address, "https://tax.example/out?x=1&iss=https%3A%2F%2Fid.example&sid=s-1");
    }
}
