//! The logout request (OpenID Connect RP-Initiated Logout 1.0 §2, §3).

use crate::client::metadata::Client;
use crate::client::words::ClientId;
use crate::oidc::authorization::redirect;
use crate::oidc::authorization::response::to_query_redirect;
use crate::oidc::claims::locale::language_tags;
use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;

/// Longest `id_token_hint`, in bytes.
const LONGEST_TOKEN: usize = 8192;
/// Longest `state`, in bytes.
const LONGEST_STATE: usize = 2048;

/// A request to sign out. Everything in it is optional, and it takes effect only after the person agreed.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct LogoutRequest {
    /// An ID token of the session that is to end, not verified yet.
    pub(crate) id_token_hint: Option<String>,
    /// A hint about who signs out: used only on the page.
    pub(crate) logout_hint: Option<String>,
    /// The client that asks; must be the hint's audience if both are given.
    pub(crate) client_id: Option<ClientId>,
    /// Where to go afterwards, not checked against a client yet.
    pub(crate) post_logout_redirect_uri: Option<String>,
    /// `state`, returned unchanged.
    pub(crate) state: Option<String>,
    /// `ui_locales`, most wanted first.
    pub(crate) ui_locales: Vec<String>,
}

/// Why the browser cannot be sent where the request says; this is shown as a page (§3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LogoutProblem {
    /// The client of the URI is unknown: neither `client_id` nor `id_token_hint` names it.
    #[error("post_logout_redirect_uri needs client_id or id_token_hint beside it")]
    NoClient,
    /// It is not one of the client's.
    #[error("post_logout_redirect_uri is not registered for this client")]
    NotRegistered,
    /// `client_id` is not the audience of `id_token_hint`.
    #[error("client_id and id_token_hint name different clients")]
    OtherClient,
}

impl LogoutRequest {
    /// Reads a query or a form; both methods are to be supported (§2). Every error is `invalid_request` and is shown as a page.
    pub(crate) fn parse(params: &Params) -> Result<Self, OAuthError> {
        params.sound()?;
        let owned = |name, most| params.at_most(name, most).map(|value| value.map(str::to_owned));
        let client_id = match params.at_most("client_id", 128)? {
            Some(text) => {
                Some(ClientId::parse(text).ok_or_else(|| OAuthError::invalid_request("client_id is not a client's name"))?)
            }
            None => None,
        };
        Ok(Self {
            id_token_hint: owned("id_token_hint", LONGEST_TOKEN)?,
            logout_hint: owned("logout_hint", 512)?,
            client_id,
            post_logout_redirect_uri: owned("post_logout_redirect_uri", redirect::MOST_BYTES)?,
            state: owned("state", LONGEST_STATE)?,
            ui_locales: language_tags(params.get("ui_locales")),
        })
    }

    /// The client that asks: `client_id`, or the audience of the hint once that is verified (§2).
    pub(crate) fn asking_client<'a>(
        &'a self,
        hint_audience: Option<&'a ClientId>,
    ) -> Result<Option<&'a ClientId>, LogoutProblem> {
        match (&self.client_id, hint_audience) {
            (Some(named), Some(audience)) if named != audience => Err(LogoutProblem::OtherClient),
            (Some(client), _) | (None, Some(client)) => Ok(Some(client)),
            (None, None) => Ok(None),
        }
    }

    /// Where the browser goes afterwards, with `state` (§3): nowhere without `post_logout_redirect_uri`, and only to a URI that
    /// the client has registered for this.
    pub(crate) fn destination(&self, client: Option<&Client>) -> Result<Option<String>, LogoutProblem> {
        let Some(uri) = &self.post_logout_redirect_uri else { return Ok(None) };
        let client = client.ok_or(LogoutProblem::NoClient)?;
        if !redirect::is_registered_for_logout(client, uri) {
            return Err(LogoutProblem::NotRegistered);
        }
        Ok(Some(match &self.state {
            Some(state) => to_query_redirect(uri, &[("state", state.clone())]),
            None => uri.clone(),
        }))
    }
}

/// Hints are personal data: `Debug` shows only whether they are present.
impl std::fmt::Debug for LogoutRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogoutRequest")
            .field("client_id", &self.client_id)
            .field("post_logout_redirect_uri", &self.post_logout_redirect_uri)
            .field("has_id_token_hint", &self.id_token_hint.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::metadata::tests::a_client;
    use proptest::prelude::*;

    fn request(query: &str) -> LogoutRequest {
        LogoutRequest::parse(&Params::parse(query)).unwrap()
    }

    #[test]
    fn rp_initiated_logout_2_every_parameter_is_optional() {
        assert_eq!(request(""), LogoutRequest::default());
        assert_eq!(request("").destination(None), Ok(None));
    }

    #[test]
    fn rp_initiated_logout_3_the_browser_goes_to_a_registered_uri_with_the_state() {
        let client = a_client(|_| ());
        let asked =
            request("client_id=tax-office&post_logout_redirect_uri=https%3A%2F%2Ftax.example%2Fbye&state=a%26b&ui_locales=fa+en");
        assert_eq!(asked.destination(Some(&client)).unwrap().as_deref(), Some("https://tax.example/bye?state=a%26b"));
        assert_eq!(asked.ui_locales, ["fa", "en"]);
        let asked = request("post_logout_redirect_uri=https%3A%2F%2Ftax.example%2Fbye");
        assert_eq!(asked.destination(Some(&client)).unwrap().as_deref(), Some("https://tax.example/bye"));
    }

    #[test]
    fn rp_initiated_logout_3_the_browser_goes_nowhere_else() {
        let client = a_client(|_| ());
        for uri in ["https://tax.example/bye?x=1", "https://tax.example/callback", "https://evil.example/bye", "/bye"] {
            let asked = LogoutRequest { post_logout_redirect_uri: Some(uri.to_owned()), ..LogoutRequest::default() };
            assert_eq!(asked.destination(Some(&client)), Err(LogoutProblem::NotRegistered), "{uri}");
        }
        let asked = request("post_logout_redirect_uri=https%3A%2F%2Ftax.example%2Fbye");
        assert_eq!(asked.destination(None), Err(LogoutProblem::NoClient));
    }

    #[test]
    fn rp_initiated_logout_2_client_id_has_to_be_the_audience_of_the_hint() {
        let (tax, health) = (ClientId::parse("tax").unwrap(), ClientId::parse("health").unwrap());
        let asked = request("client_id=tax");
        assert_eq!(asked.asking_client(Some(&health)), Err(LogoutProblem::OtherClient));
        assert_eq!(asked.asking_client(Some(&tax)), Ok(Some(&tax)));
        assert_eq!(asked.asking_client(None), Ok(Some(&tax)));
        assert_eq!(request("").asking_client(Some(&health)), Ok(Some(&health)));
    }

    #[test]
    fn rfc6749_3_1_a_repeated_parameter_is_refused_here_too() {
        let params =
            Params::parse("client_id=tax&post_logout_redirect_uri=https%3A%2F%2Fa&post_logout_redirect_uri=https%3A%2F%2Fb");
        assert!(LogoutRequest::parse(&params).is_err());
        assert!(LogoutRequest::parse(&Params::parse("client_id=%D9%BE")).is_err());
    }

    #[test]
    fn a_hint_is_not_shown_by_debug() {
        assert!(!format!("{:?}", request("logout_hint=0012345679&id_token_hint=ey")).contains("0012345679"));
    }

    proptest! {
        #[test]
        fn any_query_is_parsed_without_a_panic(query in ".{0,200}") {
            let _ = LogoutRequest::parse(&Params::parse(&query)).map(|asked| asked.destination(Some(&a_client(|_| ()))));
        }
    }
}
