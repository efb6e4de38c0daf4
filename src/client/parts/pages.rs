//! A client's own pages, as it registered them (OpenID Connect Registration §2): what ours show of it and lead to.

use crate::text::LocalName;
use serde::{Deserialize, Serialize};
use url::Url;

/// Addresses of a client's pages; those that people read may differ by language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClientPages {
    /// `initiate_login_uri`: where a sign-in can be begun from outside.
    pub initiate_login: Option<String>,
    /// `logo_uri`: an image on a host of the client's.
    pub logo: Option<LocalName>,
    /// `policy_uri`: what becomes of what it learns.
    pub policy: Option<LocalName>,
    /// `tos_uri`: its terms.
    pub terms: Option<LocalName>,
}

impl ClientPages {
    /// A link that begins a sign-in at the client (OpenID Connect Core §4) and leads to `target`, its own page, afterwards. It says nothing
    /// of who follows it, and neither whether they are signed in: it is the same for everybody, without `login_hint`.
    pub fn begin_sign_in(&self, issuer: &str, target: Option<&str>) -> Option<String> {
        let mut url = Url::parse(self.initiate_login.as_deref()?).ok()?;
        url.query_pairs_mut().append_pair("iss", issuer).extend_pairs(target.map(|target| ("target_link_uri", target)));
        Some(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_core_4_a_sign_in_is_begun_with_the_issuer_and_a_page_of_the_client() {
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
