//! Dynamic registration: a client sends its own metadata as JSON (OpenID Connect Dynamic Client Registration 1.0 §3, RFC 7591
//! §3).
//!
//! The rules for combinations of metadata are those of the agency file. This file has the differences: unknown metadata is
//! ignored (RFC 7591 §2), metadata that only an operator may set is ignored, scopes are reduced to the allowed ones, and ID
//! tokens are signed with RS256 unless the client requests another algorithm, because RS256 is the default of OpenID Connect
//! Registration §2.

use crate::client::agency::Agency;
use crate::client::detail_types::TypeName;
use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::profile::Profile;
use crate::client::scope::{Scope, scope_list};
use crate::client::words::{ClientId, Pkce, SigningAlg, TokenEndpointAuthMethod};
use crate::identity::assurance::Acr;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::json::parse_strictly;
use crate::registration::declaration::ClientDeclaration;
use crate::registration::metadata;
use crate::registration::problem::Problems;
pub(crate) use crate::registration::problem::bad;
use crate::registration::reader::{DescribedBy, Reader, Table};
use crate::registration::row::{Row, SetBy};
use crate::registration::table::{is_read_from_clients, rows};
pub(crate) use crate::registration::topics::sector::check_sector;
use crate::registration::topics::{authentication, ciba, details, pages, profile, requests, sector};
use serde_json::{Map, Value, json};
use url::Url;

/// How deep the JSON may be: the object, its key set, the list of keys, a key, its certificate chain, and two levels for
/// extensions.
const DEPTH: usize = 7;

/// The operator's settings for clients that register themselves.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// The agency that owns them.
    pub agency: &'a Agency,
    /// The scopes that they may request.
    pub scopes: &'a [Scope],
    /// The types of authorization details that they may request.
    pub details_types: &'a [TypeName],
    /// Whether they need PKCE.
    pub pkce: Pkce,
}

/// A registration request that was read. If it has a `sector_identifier_uri`, the caller must still fetch and check the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    /// The client.
    pub declaration: ClientDeclaration,
    /// `sector_identifier_uri`.
    pub sector_identifier_uri: Option<String>,
    /// `client_id` and `client_secret` of the body. An update has to repeat them (RFC 7592 §2.2).
    pub(crate) repeated: (Option<String>, Option<String>),
}

/// Reads the body of a registration or of an update, for the client with this id.
pub fn read(body: &[u8], id: &ClientId, policy: &Policy<'_>) -> Result<Requested, OAuthError> {
    let Some(Value::Object(mut given)) = parse_strictly(body, DEPTH) else {
        return Err(bad("the body must be a JSON object of client metadata, not deep, no name repeated"));
    };
    // RFC 7592 §2.2: a null value means the same as an omitted one.
    given.retain(|_, value| !value.is_null());
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let repeated = (text("client_id"), text("client_secret"));
    check_response_types(&given)?;
    pages::check_initiate_login(&given).map_err(bad)?;
    let sector_identifier_uri = sector_uri(&given)?;
    let table = completed(given, id, policy, sector_identifier_uri.as_deref());
    let mut problems = Vec::new();
    let client = metadata::client(Reader::new(&table, &mut problems, DescribedBy::Itself), policy.agency);
    match client {
        Some(client) if problems.is_empty() => {
            Ok(Requested { declaration: ClientDeclaration { client }, sector_identifier_uri, repeated })
        }
        _ => Err(invalid_metadata(&Problems(problems))),
    }
}

/// Only `code` is supported (RFC 9700 §2.1.2). A client without the grant type `authorization_code` may have an empty list.
fn check_response_types(given: &Table) -> Result<(), OAuthError> {
    let none_needed = !has_grant(given, GrantType::AuthorizationCode);
    match given.get("response_types") {
        None => Ok(()),
        Some(Value::Array(types)) if types.iter().all(|one| one == "code") && (none_needed || !types.is_empty()) => Ok(()),
        Some(_) => Err(bad("response_types: write [code], or leave it out; no other response type is offered")),
    }
}

fn sector_uri(given: &Table) -> Result<Option<String>, OAuthError> {
    match given.get(sector::URI_KEY) {
        None => Ok(None),
        Some(Value::String(uri)) if Url::parse(uri).is_ok_and(|url| url.host_str().is_some() && url.fragment().is_none()) => {
            Ok(Some(uri.clone()))
        }
        Some(_) => Err(bad("sector_identifier_uri: write an https URL")),
    }
}

/// The metadata in the form that an agency file has, with what this server decides.
fn completed(mut given: Table, id: &ClientId, policy: &Policy<'_>, sector_uri: Option<&str>) -> Table {
    let with_languages = rows().filter(|row| row.set_by == SetBy::OperatorOrClient && row.access.has_languages());
    let localized: Vec<_> = with_languages.filter_map(|row| Some((row.name, localized(&given, row.name)?))).collect();
    let scope = scopes(&given, policy);
    given.retain(|name, _| is_read_from_clients(name));
    given.extend(localized.into_iter().map(|(name, value)| (name.to_owned(), value)));
    given.entry("id_token_signed_response_alg").or_insert_with(|| json!("RS256"));
    let ours = [("client_id", json!(id.as_str())), ("scope", json!(scope)), ("pkce", json!(pkce(&given, policy.pkce).name()))];
    given.extend(ours.map(|(key, value)| (key.to_owned(), value)));
    if scope.is_empty() {
        given.remove("scope");
    }
    // RFC 7591 §2: the client may get fewer types than it requests.
    if let Some(Value::Array(types)) = given.get_mut(details::MAY_ASK) {
        types.retain(|one| one.as_str().is_none_or(|one| policy.details_types.iter().any(|known| known.as_str() == one)));
    }
    leave_out_what_is_of_no_use(&mut given);
    let host = sector_uri.and_then(|uri| Url::parse(uri).ok()?.host_str().map(str::to_owned));
    given.extend(host.map(|host| ("sector_identifier".to_owned(), json!(host))));
    given
}

/// RFC 7591 §2: a server may register less than the client requests. An algorithm for assertions has no use for a client that
/// sends none, and neither has an `acr` value that this server does not know.
fn leave_out_what_is_of_no_use(given: &mut Table) {
    let signs =
        given.get("token_endpoint_auth_method").is_some_and(|method| method == TokenEndpointAuthMethod::PrivateKeyJwt.name());
    let is_known = |alg: &Value| SigningAlg::ALL.iter().any(|known| alg == known.name());
    if !signs && given.get(authentication::ASSERTION_ALG).is_some_and(is_known) {
        given.remove(authentication::ASSERTION_ALG);
    }
    if let Some(Value::Array(levels)) = given.get_mut(requests::DEFAULT_ACR_VALUES) {
        levels.retain(|level| level.as_str().is_none_or(|level| Acr::from_uri(level).is_some()));
    }
}

/// A public client needs PKCE whatever the settings say (RFC 9700 §2.1.1). So does a client that requests a FAPI 2.0 profile.
fn pkce(given: &Table, policy: Pkce) -> Pkce {
    let says = |key: &str, value: &str| given.get(key).is_some_and(|given| given == value);
    let strict = given.contains_key(profile::KEY) && !says(profile::KEY, Profile::Standard.name());
    if strict || says("token_endpoint_auth_method", "none") { Pkce::Required } else { policy }
}

/// A value for each of the pages' two languages (RFC 7591 §2.2): the one with that language tag, else the one without a tag, else
/// any other. A value that is not a text stays unchanged, and is rejected later.
fn localized(given: &Table, key: &str) -> Option<Value> {
    let tagged = |tag: &str| {
        let is_it = |found: &str| {
            found.strip_prefix(key).and_then(|rest| rest.strip_prefix('#')).is_some_and(|found| found.starts_with(tag))
        };
        given.iter().find(|(found, _)| is_it(found)).map(|(_, value)| value)
    };
    let any = given.get(key).or_else(|| tagged(""))?;
    Some(json!({ "fa": tagged("fa").unwrap_or(any), "en": tagged("en").unwrap_or(any) }))
}

/// Whether the client requests this grant type. Without `grant_types` it is `authorization_code` (RFC 7591 §2).
fn has_grant(given: &Table, grant: GrantType) -> bool {
    let listed = given.get("grant_types").and_then(Value::as_array);
    listed.map_or(grant == GrantType::AuthorizationCode, |listed| listed.iter().any(|one| one == grant.name()))
}

/// RFC 7591 §2: the client may get fewer scopes than it requests: none if its tokens never act for a person, and `offline_access`
/// only with refresh tokens.
fn scopes(given: &Table, policy: &Policy<'_>) -> String {
    let has_grant = |grant: GrantType| has_grant(given, grant);
    if !GrantType::ALL.into_iter().any(|grant| grant.is_of_a_person() && has_grant(grant)) {
        return String::new();
    }
    let asked = given.get("scope").and_then(Value::as_str);
    let wanted = |scope: &Scope| {
        let asked = asked.is_none_or(|asked| asked.split(' ').any(|name| name == scope.name()));
        *scope == Scope::Openid || (asked && (*scope != Scope::OfflineAccess || has_grant(GrantType::RefreshToken)))
    };
    let allowed = |scope: &Scope| *scope == Scope::Openid || policy.scopes.contains(scope);
    scope_list(&Scope::ALL.into_iter().filter(allowed).filter(wanted).collect::<Vec<_>>())
}

/// RFC 7591 §3.2.2: redirect URIs have an error code of their own.
fn invalid_metadata(problems: &Problems) -> OAuthError {
    let redirects = problems.0.first().is_some_and(|problem| problem.key.starts_with("redirect_uris"));
    let code = if redirects { OAuthErrorCode::InvalidRedirectUri } else { OAuthErrorCode::InvalidClientMetadata };
    let lines: Vec<String> = problems.0.iter().take(10).map(|problem| format!("{}: {}", problem.key, problem.remedy)).collect();
    OAuthError::new(code, lines.join("; ").replace('"', "'"))
}

/// The registered metadata for the response (RFC 7591 §3.2.1), without secrets and without what only an operator may set.
pub fn metadata_of(client: &Client) -> Map<String, Value> {
    let mut told = Map::from_iter([("client_id".to_owned(), json!(client.id))]);
    let is_of_no_use = |row: &Row| !client.may_use(GrantType::Ciba) && ciba::ROWS.iter().any(|own| own.name == row.name);
    for row in rows().filter(|row| row.set_by != SetBy::Operator && !is_of_no_use(row)) {
        row.tell(client, &mut told);
    }
    told
}

#[cfg(test)]
mod tests;
