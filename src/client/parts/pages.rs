//! A client's own pages, as it registered them (OpenID Connect Registration §2). Our pages show its logo and link to the others.

use crate::text::LocalName;
use serde::{Deserialize, Serialize};
use url::Url;

/// Addresses of a client's pages. Those that people read can have an address for each language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClientPages {
    /// `initiate_login_uri`: where another site can start a sign-in at the client.
    pub initiate_login: Option<String>,
    /// `logo_uri`: an image on one of the client's hosts.
    pub logo: Option<LocalName>,
    /// `policy_uri`: how the client uses personal data.
    pub policy: Option<LocalName>,
    /// `tos_uri`: the client's terms of service.
    pub terms: Option<LocalName>,
}

impl ClientPages {
    /// A link that starts a sign-in at the client (OpenID Connect Core §4) and then leads to `target`, a page of the client. The
    /// link is the same for all people: it has no `login_hint`, so it discloses neither who follows it nor whether they are
    /// signed in.
    pub(crate) fn begin_sign_in(&self, issuer: &str, target: Option<&str>) -> Option<String> {
        let mut url = Url::parse(self.initiate_login.as_deref()?).ok()?;
        url.query_pairs_mut().append_pair("iss", issuer).extend_pairs(target.map(|target| ("target_link_uri", target)));
        Some(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_core_4_the_link_that_starts_a_sign_in_has_the_issuer_and_a_page_of_the_client() {
        let pages = |uri: &str| ClientPages { initiate_login: Some(uri.to_owned()), ..ClientPages::default() };
        let issuer = "https://id.example";
        assert_eq!(
            pages("https://tax.example/login").begin_sign_in(issuer, Some("https://tax.example/?a=1&b=2")).unwrap(),
            "https://tax.example/login?iss=https%3A%2F%2Fid.example&target_link_uri=https%3A%2F%2Ftax.example%2F%3Fa%3D1%26b%3D2"
        );
        assert_eq!(
            pages("https://tax.example/login?tenant=3").begin_sign_in(issuer, None).unwrap(),
            "https://tax.example/login?tenant=3&iss=https%3A%2F%2Fid.example"
        );
        assert_eq!(ClientPages::default().begin_sign_in(issuer, None), None);
    }
}
