//! A person's consent for a client.

use crate::client::metadata::Client;
use crate::client::scope::Scope;
use crate::client::words::ClientId;
use crate::identity::id::AccountId;
use crate::oidc::claims::request::UserClaim;
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// What a person allowed a client. It is valid until the person withdraws it, or until the client is not the one any more that the
/// consent page showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The account of the person.
    pub account: AccountId,
    /// The client that got the consent.
    pub client: ClientId,
    /// The allowed scopes.
    pub scopes: Vec<Scope>,
    /// Claims that were allowed one by one, in addition to the scopes.
    pub claims: Vec<UserClaim>,
    /// When it was last changed.
    pub given_at: Timestamp,
    /// What the page showed of the client ([`shown_of`]); `None` for a consent of before this was stored.
    pub shown: Option<TokenHash>,
}

impl Consent {
    /// Whether it is for this client as it is now. A client can change its name, its owner and its hosts (RFC 7592, an agency file). The
    /// person allowed what they saw: a new host that gets codes without a page would be another client under an old consent.
    pub(crate) fn is_for(&self, client: &Client) -> bool {
        match &self.shown {
            Some(shown) => *shown == shown_of(client),
            None => client.self_registered.is_none(),
        }
    }
}

/// What a consent page shows of a client: its name in both languages, its owner, and the hosts that get its codes.
pub fn shown_of(client: &Client) -> TokenHash {
    let mut hosts: Vec<&str> = client.redirect_uris.iter().map(|uri| origin(uri)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let mut text = format!("{}\0{}\0{}", client.name.fa, client.name.en, client.agency);
    for host in hosts {
        text.push('\0');
        text.push_str(host);
    }
    TokenHash::of(&text)
}

/// Scheme, host and port of an address, or the scheme of an application's. Single sign-on comes here, so no URL is parsed.
fn origin(uri: &str) -> &str {
    let Some(start) = uri.find("://").map(|at| at + 3) else { return uri.split(':').next().unwrap_or(uri) };
    let end = uri[start..].find(['/', '?', '#']).map_or(uri.len(), |at| start + at);
    &uri[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::metadata::tests::a_client;

    #[test]
    fn a_consent_is_for_the_name_the_owner_and_the_hosts_that_were_shown_and_for_nothing_else() {
        let shown = |change: fn(&mut Client)| shown_of(&a_client(change));
        let before = shown(|_| ());
        let same: [fn(&mut Client); 5] = [
            |client| client.redirect_uris.push("https://tax.example/other?x=https://evil.example".to_owned()),
            |client| client.redirect_uris = vec!["https://tax.example".to_owned()],
            |client| client.post_logout_redirect_uris = vec!["https://other.example/".to_owned()],
            |client| client.scopes.clear(),
            |client| client.client_uri = Some("https://tax.example/".to_owned()),
        ];
        for change in same {
            assert_eq!(shown(change), before);
        }
        let other: [fn(&mut Client); 8] = [
            |client| client.name.en = "Tax".to_owned(),
            |client| client.name.fa = "مالیات".to_owned(),
            |client| client.agency = "health".to_owned(),
            |client| client.redirect_uris.push("https://evil.example/callback".to_owned()),
            |client| client.redirect_uris = vec!["http://tax.example/callback".to_owned()],
            |client| client.redirect_uris = vec!["https://tax.example:8443/callback".to_owned()],
            |client| client.redirect_uris = vec!["https://tax.example.evil.example/callback".to_owned()],
            |client| client.redirect_uris = vec!["ir.example.app:/callback".to_owned()],
        ];
        for (at, change) in other.into_iter().enumerate() {
            assert_ne!(shown(change), before, "{at}");
        }
    }
}
