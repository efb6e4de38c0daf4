//! The sector of pairwise identifiers: all clients of a sector get the same `sub` for a person (OpenID Connect Core §8.1,
//! Registration §5).
//!
//! Loopback addresses and private-use schemes have no host that a client can own. A client that an operator declares with only
//! such redirect URIs is a sector of its own. A client that registers itself is not trusted: a host is its sector only if every
//! response goes to that host, or if the host confirms it at `sector_identifier_uri`. Otherwise a client could get the `sub`
//! values of another party by naming its host.

use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::words::{SubjectType, TokenEndpointAuthMethod};
use crate::oidc::authorization::redirect::owned_host;
use crate::oidc::error::OAuthError;
use crate::registration::access::Access;
use crate::registration::problem::bad;
use crate::registration::reader::{DescribedBy, Reader};
use crate::registration::row::{Row, by_operator, line};
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

pub(crate) const ROW: Row = by_operator(
    KEY,
    &Sector,
    line(r#""tax.example""#, "default: the host of redirect_uris; a loopback-only client has its own sector"),
);

/// A client that registers itself uses this name instead of [`KEY`].
pub(crate) const URI_KEY: &str = "sector_identifier_uri";
const KEY: &str = "sector_identifier";

/// `sector_identifier`.
struct Sector;

impl Access for Sector {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let Some(host) = file.text(name) else { return };
        if Url::parse(&format!("https://{host}/")).is_ok_and(|url| url.host_str() == Some(host)) {
            host.clone_into(&mut client.sector);
        } else {
            file.refuse(name, "write a host name in lower case, such as agency.example");
        }
    }

    fn write(&self, client: &Client) -> Value {
        client.sector.as_str().into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        "revenue.example".into()
    }
}

/// Sets the sector of a client whose metadata has none, from its redirect URIs and grant types.
pub(crate) fn complete(client: &mut Client, file: &mut Reader<'_, '_>, described_by: DescribedBy) {
    if file.has(KEY) {
        return;
    }
    let hosts: BTreeSet<String> = client.redirect_uris.iter().filter_map(|uri| owned_host(uri)).collect();
    let several = match described_by {
        DescribedBy::Operator => hosts.len() > 1,
        DescribedBy::Itself => {
            let of_no_host = client.redirect_uris.iter().any(|uri| owned_host(uri).is_none());
            hosts.len() > 1 || (of_no_host && !hosts.is_empty())
        }
    };
    // OpenID Connect Core §8.1: the sector is for pairwise identifiers. A public identifier is the same for all clients. A client that
    // registers itself and does not ask for either kind gets pairwise identifiers that no other client has.
    let asked = described_by == DescribedBy::Operator || file.has("subject_type");
    if several && asked && client.subject_type == SubjectType::Pairwise {
        refuse_missing(file, described_by, &hosts);
    }
    let only_host = hosts.into_iter().next().filter(|_| !several);
    let only_host = match described_by {
        DescribedBy::Operator => only_host,
        DescribedBy::Itself => only_host.filter(|_| !some_need_no_redirect(&client.grant_types)),
    };
    client.sector = only_host.unwrap_or_else(|| format!("client:{}", client.id));
}

fn refuse_missing(file: &mut Reader<'_, '_>, described_by: DescribedBy, hosts: &BTreeSet<String>) {
    match described_by {
        DescribedBy::Operator => {
            let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
            let remedy = format!(
                "is missing: the redirect URIs have several hosts; write the one for pairwise identifiers, out of {}, or choose \
                 subject_type public",
                hosts.join(", ")
            );
            file.refuse(KEY, remedy);
        }
        DescribedBy::Itself => {
            let remedy = "is missing: pairwise identifiers need it if redirect URIs have several hosts, or if some have a host and \
                          others none (a loopback address, a private-use scheme) (OpenID Connect Registration 5)";
            file.refuse(URI_KEY, remedy);
        }
    }
}

/// Whether the client can get tokens without a response to a redirect URI. Then the hosts of its redirect URIs do not show which
/// party gets the tokens.
fn some_need_no_redirect(grant_types: &[GrantType]) -> bool {
    grant_types.iter().any(|grant_type| grant_type.is_decided_elsewhere())
}

/// Checks the document at `sector_identifier_uri`: a JSON array with all redirect URIs (OpenID Connect Registration §5). For a
/// client that can get tokens without a redirect it must also have the client's `jwks_uri`, and the client must authenticate with
/// those keys (CIBA Core §4).
pub(crate) fn check_sector(listed: &Value, client: &Client) -> Result<(), OAuthError> {
    let listed: Option<Vec<&str>> = listed.as_array().and_then(|uris| uris.iter().map(Value::as_str).collect());
    let listed = listed.ok_or_else(|| bad("sector_identifier_uri must hold a JSON array of URIs"))?;
    if client.redirect_uris.iter().any(|uri| !listed.contains(&uri.as_str())) {
        return Err(bad("sector_identifier_uri does not hold every one of redirect_uris"));
    }
    let by_keys = [TokenEndpointAuthMethod::PrivateKeyJwt, TokenEndpointAuthMethod::SelfSignedTlsClientAuth];
    let keys = client.jwks_uri.as_deref().filter(|_| by_keys.contains(&client.auth_method));
    if some_need_no_redirect(&client.grant_types) && !keys.is_some_and(|uri| listed.contains(&uri)) {
        return Err(bad(
            "sector_identifier_uri: with the grant types device_code and ciba it has to hold jwks_uri too, and the client has \
                        to authenticate with the keys there (private_key_jwt, self_signed_tls_client_auth); or leave it out",
        ));
    }
    Ok(())
}

/// Whether this host belongs to the client, for instance as the host of its logo. For a client that registers itself this is so
/// only if every response goes to that host, or if the host confirmed it. Its `client_uri` may belong to another party.
pub(crate) fn belongs_to(client: &Client, host: &str, described_by: DescribedBy) -> bool {
    let host_of = |uri: &String| Url::parse(uri).ok().and_then(|url| url.host_str().map(str::to_owned));
    let is_it = |uri: &String| host_of(uri).as_deref() == Some(host);
    match described_by {
        DescribedBy::Operator => client.redirect_uris.iter().chain(&client.client_uri).any(is_it),
        DescribedBy::Itself => {
            let answered_there = !client.redirect_uris.is_empty() && client.redirect_uris.iter().all(is_it);
            client.sector == host || (answered_there && !some_need_no_redirect(&client.grant_types))
        }
    }
}
