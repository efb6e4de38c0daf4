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
/// Longest `logout_hint`, in bytes.
const LONGEST_HINT: usize = 512;

/// A request to sign out. Everything in it is optional, and it takes effect only after the person agreed.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct LogoutRequest {
    /// An ID token of the session that is to end, not verified yet.
    pub(crate) id_token_hint: Option<String>,
    /// A hint about who signs out: used only on the page.
    pub(crate) logout_hint: Option<String>,
    /// The client that asks; must be the hint's audience if both are given. Not looked up yet.
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
    /// It is not one of the client's.
    #[error("post_logout_redirect_uri is not registered for this client")]
    NotRegistered,
    /// `client_id` is not the audience of `id_token_hint`.
    #[error("client_id and id_token_hint name different clients")]
    OtherClient,
}

impl LogoutRequest {
    /// Reads a query or a form; both methods are to be supported (§2). Every error is `invalid_request` and is shown as a page.
    ///
    /// A hint that is too long, and a `client_id` that no client can have, are as good as none: the person can still sign out (§4:
    /// what fails to validate is not used).
    pub(crate) fn parse(params: &Params) -> Result<Self, OAuthError> {
        params.sound()?;
        let hint = |name, most| params.get(name).filter(|hint| hint.len() <= most).map(str::to_owned);
        let uri = params.at_most("post_logout_redirect_uri", redirect::MOST_BYTES)?;
        Ok(Self {
            id_token_hint: hint("id_token_hint", LONGEST_TOKEN),
            logout_hint: hint("logout_hint", LONGEST_HINT),
            client_id: params.get("client_id").and_then(ClientId::parse),
            post_logout_redirect_uri: uri.map(str::to_owned),
            // Returned as it was sent; its bound is that of the whole request.
            state: params.get("state").map(str::to_owned),
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

    /// `uri` with `state` (§3), if the client has registered it for this.
    pub(crate) fn destination(&self, uri: &str, client: &Client) -> Result<String, LogoutProblem> {
        if !redirect::is_registered_for_logout(client, uri) {
            return Err(LogoutProblem::NotRegistered);
        }
        Ok(match &self.state {
            Some(state) => to_query_redirect(uri, &[("state", state.clone())]),
            None => uri.to_owned(),
        })
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
    }

    #[test]
    fn rp_initiated_logout_3_the_browser_goes_to_a_registered_uri_with_the_state() {
        let client = a_client(|_| ());
        let asked =
            request("client_id=tax-office&post_logout_redirect_uri=https%3A%2F%2Ftax.example%2Fbye&state=a%26b&ui_locales=fa+en");
        let uri = |asked: &LogoutRequest| asked.post_logout_redirect_uri.clone().unwrap();
        assert_eq!(asked.destination(&uri(&asked), &client).unwrap(), "https://tax.example/bye?state=a%26b");
        assert_eq!(asked.ui_locales, ["fa", "en"]);
        let asked = request("post_logout_redirect_uri=https%3A%2F%2Ftax.example%2Fbye");
        assert_eq!(asked.destination(&uri(&asked), &client).unwrap(), "https://tax.example/bye");
        let long = "s".repeat(20_000);
        assert!(request(&format!("state={long}")).destination(&uri(&asked), &client).unwrap().ends_with(&long));
    }

    #[test]
    fn rp_initiated_logout_3_the_browser_goes_nowhere_else() {
        let client = a_client(|_| ());
        for uri in ["https://tax.example/bye?x=1", "https://tax.example/callback", "https://evil.example/bye", "/bye"] {
            assert_eq!(request("").destination(uri, &client), Err(LogoutProblem::NotRegistered), "{uri}");
        }
    }

    #[test]
    fn rp_initiated_logout_4_a_hint_and_a_client_that_cannot_be_are_as_good_as_none() {
        for query in ["client_id=%D9%BE", "client_id=ta%20x", &format!("client_id={}", "a".repeat(129))] {
            assert_eq!(request(query), LogoutRequest::default(), "{query}");
        }
        let long = "a".repeat(LONGEST_TOKEN + 1);
        assert_eq!(request(&format!("id_token_hint={long}&logout_hint={long}")), LogoutRequest::default());
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
    }

    #[test]
    fn a_hint_is_not_shown_by_debug() {
        assert!(!format!("{:?}", request("logout_hint=0012345679&id_token_hint=ey")).contains("0012345679"));
    }

    proptest! {
        #[test]
        fn any_query_is_parsed_without_a_panic(query in ".{0,200}") {
            let _ = LogoutRequest::parse(&Params::parse(&query)).map(|asked| asked.destination(&query, &a_client(|_| ())));
        }
    }
}
