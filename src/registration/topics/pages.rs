//! A client's own pages: the names of [`ClientPages`](crate::client::parts::pages::ClientPages).

use crate::client::metadata::Client;
use crate::registration::access::{Address, Addresses, field};
use crate::registration::reader::{DescribedBy, Reader, Table};
use crate::registration::row::{Row, by_both, line};
use crate::registration::topics::sector::belongs_to;
use serde_json::Value;
use url::Url;

pub(crate) const ROWS: &[Row] = &[
    by_both(
        INITIATE_LOGIN,
        &Address(field!(pages.initiate_login)),
        line(r#""…""#, "the list of services leads here: starts a sign-in (see docs/connect)"),
    ),
    by_both(
        LOGO,
        &Addresses(field!(pages.logo)),
        line(r#""…""#, "an image on a host of redirect_uris or client_uri, shown beside the name"),
    ),
    by_both(
        "policy_uri",
        &Addresses(field!(pages.policy)),
        line(r#""…""#, r#"linked on the consent page; like the others, also { fa = "…", en = "…" }"#),
    ),
    by_both("tos_uri", &Addresses(field!(pages.terms)), line(r#""…""#, "")),
];

/// The page at which another site can start a sign-in.
const INITIATE_LOGIN: &str = "initiate_login_uri";
const LOGO: &str = "logo_uri";

/// A sign-in that another site starts ends with a code, so it is useless for a client that gets no codes. A logo must come from
/// one of the client's own hosts: the host that serves it learns about each browser that shows it, and a client must not look
/// like another one (RFC 7591 §5).
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>, described_by: DescribedBy) {
    if client.pages.initiate_login.is_some() && client.redirect_uris.is_empty() {
        file.refuse(INITIATE_LOGIN, "leave it out: no person signs in to a client without redirect_uris");
    }
    let host = |uri: &String| Url::parse(uri).ok().and_then(|url| url.host_str().map(str::to_owned));
    let is_own = |uri: &String| host(uri).is_some_and(|host| belongs_to(client, &host, described_by));
    if client.pages.logo.as_ref().is_some_and(|logo| !is_own(&logo.fa) || !is_own(&logo.en)) {
        let remedy = match described_by {
            DescribedBy::Operator => "put the image on a host of redirect_uris or client_uri: no other may learn who sees it",
            DescribedBy::Itself => {
                "put the image on the one host of redirect_uris, or on that of sector_identifier_uri (RFC 7591 5)"
            }
        };
        file.refuse(LOGO, remedy);
    }
}

/// For a client that registers itself, OpenID Connect Registration §2 requires https here, even on a loopback address.
pub(crate) fn check_initiate_login(given: &Table) -> Result<(), &'static str> {
    let uri = given.get(INITIATE_LOGIN).and_then(Value::as_str);
    if uri.is_some_and(|uri| !uri.starts_with("https://")) {
        return Err("initiate_login_uri: use https (OpenID Connect Registration 2)");
    }
    Ok(())
}
