//! A client's own pages: the keys of [`ClientPages`].

use super::DescribedBy;
use super::metadata::web_address;
use super::reader::{Reader, Table};
use super::sector::belongs_to;
use crate::oidc::client::{ApplicationType, Client, LocalName};
use crate::oidc::client_pages::ClientPages;
use crate::oidc::redirect::check_registrable;
use serde_json::{Value, json};
use url::Url;

/// The keys.
pub(super) const KEYS: [&str; 4] = [INITIATE_LOGIN, "logo_uri", "policy_uri", "tos_uri"];

/// The one that a browser is sent to on its own account.
const INITIATE_LOGIN: &str = "initiate_login_uri";

/// Those that may differ by language.
pub(super) const LOCALIZED: [&str; 3] = ["logo_uri", "policy_uri", "tos_uri"];

/// What a client's table says about it.
pub(super) fn pages(file: &mut Reader<'_, '_>) -> ClientPages {
    let [logo, policy, terms] = LOCALIZED;
    ClientPages {
        initiate_login: web_address(file, INITIATE_LOGIN),
        logo: web_addresses(file, logo),
        policy: web_addresses(file, policy),
        terms: web_addresses(file, terms),
    }
}

/// One address, or one for each language.
fn web_addresses(file: &mut Reader<'_, '_>, key: &str) -> Option<LocalName> {
    let parts = match file.value(key)? {
        Value::String(one) => [Some(one.as_str()); 2],
        Value::Object(table) if table.len() == 2 => ["fa", "en"].map(|language| table.get(language).and_then(Value::as_str)),
        _ => [None; 2],
    };
    let [Some(fa), Some(en)] = parts else {
        file.refuse(key, r#"write an address, or { fa = "…", en = "…" } with one for each language"#);
        return None;
    };
    let one_for_both = fa == en;
    for address in [fa, en].into_iter().skip(usize::from(one_for_both)) {
        if let Err(problem) = check_registrable(address, ApplicationType::Web) {
            file.refuse(key, problem.to_string());
        }
    }
    Some(LocalName { fa: fa.to_owned(), en: en.to_owned() })
}

/// A sign-in that is begun from outside ends in a code: it is of no use to a client that gets none. And a logo comes from a host of the
/// client's own, because whoever serves it hears of everybody to whom it is shown, and because nobody may look like another (RFC 7591 §5).
pub(super) fn check(client: &Client, file: &mut Reader<'_, '_>, described_by: DescribedBy) {
    if client.pages.initiate_login.is_some() && client.redirect_uris.is_empty() {
        file.refuse(INITIATE_LOGIN, "leave it out: nobody signs in to a client without redirect_uris");
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
        file.refuse("logo_uri", remedy);
    }
}

/// What a client that registers itself may say: OpenID Connect Registration §2 wants https here, also on a loopback address.
pub(super) fn check_initiate_login(given: &Table) -> Result<(), &'static str> {
    let uri = given.get(INITIATE_LOGIN).and_then(Value::as_str);
    if uri.is_some_and(|uri| !uri.starts_with("https://")) {
        return Err("initiate_login_uri: use https (OpenID Connect Registration 2)");
    }
    Ok(())
}

/// As registration metadata, with language tags where they differ.
pub(super) fn metadata(pages: &ClientPages) -> Vec<(String, Value)> {
    let mut told = vec![(INITIATE_LOGIN.to_owned(), json!(pages.initiate_login))];
    for (key, uris) in LOCALIZED.into_iter().zip([&pages.logo, &pages.policy, &pages.terms]) {
        let Some(LocalName { fa, en }) = uris else { continue };
        told.push((key.to_owned(), json!(en)));
        if fa != en {
            told.extend([(format!("{key}#fa"), json!(fa)), (format!("{key}#en"), json!(en))]);
        }
    }
    told
}

/// Every field by its key, for showing what a file changes.
pub(super) fn describe(pages: &ClientPages) -> Vec<(&'static str, String)> {
    let both = |uris: &Option<LocalName>| match uris {
        Some(LocalName { fa, en }) if fa == en => en.clone(),
        Some(LocalName { fa, en }) => format!("{fa} / {en}"),
        None => String::new(),
    };
    let [logo, policy, terms] = LOCALIZED;
    vec![
        (INITIATE_LOGIN, pages.initiate_login.clone().unwrap_or_default()),
        (logo, both(&pages.logo)),
        (policy, both(&pages.policy)),
        (terms, both(&pages.terms)),
    ]
}
