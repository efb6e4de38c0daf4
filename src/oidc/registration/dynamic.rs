//! Dynamic registration: a client describes itself in JSON (OpenID Connect Dynamic Client Registration 1.0 §3, RFC 7591 §3).
//!
//! The rules between the keys are those of the agency file; here stands what is different. Metadata that we do not know are passed over
//! (RFC 7591 §2), what only an operator may decide cannot be asked for, scopes are cut to what is allowed, and ID tokens are signed with
//! RS256 unless the client asks for something else, because the standard's clients expect so.

use super::reader::{Reader, Table};
pub use super::sector::check_sector;
use super::{
    ClientDeclaration, DescribedBy, Problems, backchannel, details, logout, metadata, mutual_tls, pages, profile, protection,
    requests, token_policy,
};
use crate::identity::account::TokenHash;
use crate::identity::agency::Agency;
use crate::identity::assurance::Acr;
use crate::oidc::client::{Client, ClientId, GrantType, Pkce, SigningAlg, TokenEndpointAuthMethod};
use crate::oidc::details::TypeName;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::json::parse_strictly;
use crate::oidc::profile::Profile;
use crate::oidc::scope::{Scope, scope_list};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

/// The description, its key set, the list of keys, a key, its chain of certificates, and two levels for what others may add.
const DEPTH: usize = 7;

/// What is kept of a client that registered itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfRegistered {
    /// Hash of its registration access token.
    pub access_token: TokenHash,
    /// When it registered (`client_id_issued_at`).
    pub at: Timestamp,
    /// `sector_identifier_uri`, whose content was checked when it registered.
    pub sector_identifier_uri: Option<String>,
    /// Who let it in.
    #[serde(default)]
    pub let_in: LetIn,
}

/// Who lets a client register itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetIn {
    /// Nobody: registration was open.
    #[default]
    ByNobody,
    /// Whoever gave it an initial access token.
    ByToken,
}

/// What an operator decided about clients that register themselves.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// Who owns them.
    pub agency: &'a Agency,
    /// What they may ask for.
    pub scopes: &'a [Scope],
    /// Which types of authorization details they may ask for.
    pub details_types: &'a [TypeName],
    /// Whether they need PKCE.
    pub pkce: Pkce,
}

/// A description that was read. Its `sector_identifier_uri`, if it has one, is still to be fetched and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    /// The client.
    pub declaration: ClientDeclaration,
    /// `sector_identifier_uri`.
    pub sector_identifier_uri: Option<String>,
    /// `client_id` and `client_secret` of the body: an update repeats them (RFC 7592 §2.2).
    pub repeated: (Option<String>, Option<String>),
}

/// Reads the body of a registration or of an update for a client of this id.
pub fn read(body: &[u8], id: &ClientId, policy: &Policy<'_>) -> Result<Requested, OAuthError> {
    let Some(Value::Object(mut given)) = parse_strictly(body, DEPTH) else {
        return Err(bad("the body must be a JSON object of client metadata, not deep, no name repeated"));
    };
    // RFC 7592 §2.2: nothing is as good as null.
    given.retain(|_, value| !value.is_null());
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let repeated = (text("client_id"), text("client_secret"));
    check_response_types(&given)?;
    pages::check_initiate_login(&given).map_err(bad)?;
    let sector_identifier_uri = sector_uri(&given)?;
    let table = completed(given, id, policy, sector_identifier_uri.as_deref());
    let mut problems = Vec::new();
    let client = metadata::client(Reader::new(&table, String::new(), &mut problems), policy.agency, DescribedBy::Itself);
    match client {
        Some(client) if problems.is_empty() => {
            Ok(Requested { declaration: ClientDeclaration { client }, sector_identifier_uri, repeated })
        }
        _ => Err(told(&Problems(problems))),
    }
}

/// `invalid_client_metadata` (RFC 7591 §3.2.2).
pub fn bad(description: impl Into<String>) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description.into())
}

/// Only `code` is offered (RFC 9700 §2.1.2). Whoever signs nobody in has none, as it is told itself.
fn check_response_types(given: &Table) -> Result<(), OAuthError> {
    let none_needed = !has_grant(given, GrantType::AuthorizationCode);
    match given.get("response_types") {
        None => Ok(()),
        Some(Value::Array(types)) if types.iter().all(|one| one == "code") && (none_needed || !types.is_empty()) => Ok(()),
        Some(_) => Err(bad("response_types: write [code], or leave it out; no other response type is offered")),
    }
}

fn sector_uri(given: &Table) -> Result<Option<String>, OAuthError> {
    match given.get("sector_identifier_uri") {
        None => Ok(None),
        Some(Value::String(uri)) if Url::parse(uri).is_ok_and(|url| url.host_str().is_some() && url.fragment().is_none()) => {
            Ok(Some(uri.clone()))
        }
        Some(_) => Err(bad("sector_identifier_uri: write an https URL")),
    }
}

/// The description as the agency file would have it.
fn completed(mut given: Table, id: &ClientId, policy: &Policy<'_>, sector_uri: Option<&str>) -> Table {
    let name = name(&given, policy.agency);
    let localized: Vec<_> = pages::LOCALIZED.into_iter().filter_map(|key| Some((key, localized(&given, key)?))).collect();
    let scope = scopes(&given, policy);
    given.retain(|key, _| {
        metadata::may_be_asked_for(key)
            || logout::KEYS.contains(&key.as_str())
            || backchannel::KEYS.contains(&key.as_str())
            || token_policy::may_be_asked_for(key)
            || requests::KEYS.contains(&key.as_str())
            || protection::KEYS.contains(&key.as_str())
            || pages::KEYS.contains(&key.as_str())
    });
    given.extend(localized.into_iter().map(|(key, uris)| (key.to_owned(), uris)));
    given.entry("id_token_signed_response_alg").or_insert_with(|| json!("RS256"));
    let ours = [
        ("client_id", json!(id.as_str())),
        ("client_name", name),
        ("scope", json!(scope)),
        ("pkce", json!(pkce(&given, policy.pkce).name())),
    ];
    given.extend(ours.map(|(key, value)| (key.to_owned(), value)));
    if scope.is_empty() {
        given.remove("scope");
    }
    // RFC 7591 §2: fewer types than it asks for, too.
    if let Some(Value::Array(types)) = given.get_mut(details::MAY_ASK) {
        types.retain(|one| one.as_str().is_none_or(|one| policy.details_types.iter().any(|known| known.as_str() == one)));
    }
    leave_out_what_is_of_no_use(&mut given);
    let host = sector_uri.and_then(|uri| Url::parse(uri).ok()?.host_str().map(str::to_owned));
    given.extend(host.map(|host| ("sector_identifier".to_owned(), json!(host))));
    given
}

/// RFC 7591 §2: a server may register less than it is asked for. An algorithm of assertions is of no use to a client that makes none, and
/// neither are levels that nobody can reach here.
fn leave_out_what_is_of_no_use(given: &mut Table) {
    let signs =
        given.get("token_endpoint_auth_method").is_some_and(|method| method == TokenEndpointAuthMethod::PrivateKeyJwt.name());
    let is_known = |alg: &Value| SigningAlg::ALL.iter().any(|known| alg == known.name());
    if !signs && given.get(requests::ASSERTION_ALG).is_some_and(is_known) {
        given.remove(requests::ASSERTION_ALG);
    }
    if let Some(Value::Array(levels)) = given.get_mut(requests::DEFAULT_ACR_VALUES) {
        levels.retain(|level| level.as_str().is_none_or(|level| Acr::from_uri(level).is_some()));
    }
}

/// A public client needs PKCE whatever an operator says (RFC 9700 §2.1.1), and so does one that wants to be held to FAPI 2.0.
fn pkce(given: &Table, policy: Pkce) -> Pkce {
    let says = |key: &str, value: &str| given.get(key).is_some_and(|given| given == value);
    let strict = given.contains_key(profile::KEY) && !says(profile::KEY, Profile::Standard.name());
    if strict || says("token_endpoint_auth_method", "none") { Pkce::Required } else { policy }
}

/// `client_name`, with language tags (RFC 7591 §2.2): the pages need one in each of their two languages. A value that is no text is left
/// as it is, to be refused.
fn name(given: &Table, agency: &Agency) -> Value {
    localized(given, "client_name").unwrap_or_else(|| json!({ "fa": agency.name.fa, "en": agency.name.en }))
}

/// A value for each of the pages' two languages: the one that is tagged so, or else the one without a tag, or else any.
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

/// Whether the description asks for this grant type; without a word it asks for codes (RFC 7591 §2).
fn has_grant(given: &Table, grant: GrantType) -> bool {
    let listed = given.get("grant_types").and_then(Value::as_array);
    listed.map_or(grant == GrantType::AuthorizationCode, |listed| listed.iter().any(|one| one == grant.name()))
}

/// RFC 7591 §2: the server may give a client fewer scopes than it asks for: none where no person stands behind its tokens, and
/// `offline_access` only with refresh tokens.
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
fn told(problems: &Problems) -> OAuthError {
    let redirects = problems.0.first().is_some_and(|problem| problem.key.starts_with("redirect_uris"));
    let code = if redirects { OAuthErrorCode::InvalidRedirectUri } else { OAuthErrorCode::InvalidClientMetadata };
    let lines: Vec<String> = problems.0.iter().take(10).map(|problem| format!("{}: {}", problem.key, problem.remedy)).collect();
    OAuthError::new(code, lines.join("; ").replace('"', "'"))
}

/// The registered metadata (RFC 7591 §3.2.1), without secrets.
pub fn metadata_of(client: &Client) -> Map<String, Value> {
    let names = |grant_types: &[GrantType]| grant_types.iter().map(|one| one.name()).collect::<Vec<_>>();
    let by_code = client.may_use(GrantType::AuthorizationCode);
    let levels: Vec<_> = client.requests.default_acr_values.iter().map(|acr| acr.uri()).collect();
    let default_acr_values = Some(levels).filter(|levels| !levels.is_empty());
    let Value::Object(mut told) = json!({
        "client_id": client.id,
        "client_name": client.name.en,
        "client_name#fa": client.name.fa,
        "client_name#en": client.name.en,
        "client_uri": client.client_uri,
        "token_endpoint_auth_method": client.auth_method.name(),
        "jwks": client.jwks,
        "jwks_uri": client.jwks_uri,
        "application_type": client.application_type.name(),
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "response_types": if by_code { vec!["code"] } else { Vec::new() },
        "grant_types": names(&client.grant_types),
        "scope": scope_list(&client.scopes),
        "subject_type": client.subject_type.name(),
        "id_token_signed_response_alg": client.signing_alg.name(),
        "introspection_signed_response_alg": client.token_policy.introspection_signing_alg.map(SigningAlg::name),
        "authorization_details_types": Some(&client.token_policy.authorization_details_types).filter(|types| !types.is_empty()),
        "dpop_bound_access_tokens": client.token_policy.dpop_bound,
        "profile": client.requests.profile.name(),
        "backchannel_logout_uri": client.logout.backchannel,
        "backchannel_logout_session_required": client.logout.backchannel_session_required,
        "frontchannel_logout_uri": client.logout.frontchannel,
        "frontchannel_logout_session_required": client.logout.frontchannel_session_required,
        "require_pushed_authorization_requests": client.requests.must_be_pushed,
        "require_signed_request_object": client.requests.must_be_signed,
        "request_object_signing_alg": client.requests.object_alg.map(SigningAlg::name),
        "authorization_signed_response_alg": client.requests.response_alg.map(SigningAlg::name),
        "token_endpoint_auth_signing_alg": client.requests.assertion_alg.map(SigningAlg::name),
        "default_max_age": client.requests.default_max_age,
        "default_acr_values": default_acr_values,
        "require_auth_time": client.requests.require_auth_time,
        "sector_identifier_uri": client.self_registered.as_ref().and_then(|own| own.sector_identifier_uri.clone()),
        "client_id_issued_at": client.self_registered.as_ref().map(|own| own.at.seconds()),
    }) else {
        return Map::new();
    };
    if client.may_use(GrantType::Ciba) {
        let set = client.backchannel.metadata().into_iter().filter(|(_, value)| !value.is_empty());
        told.extend(set.map(|(name, value)| (name.to_owned(), value.into())));
    }
    told.extend(client.protection.metadata().map(|(name, value)| (name.to_owned(), value.into())));
    told.extend(mutual_tls::metadata(&client.token_policy.mutual_tls).map(|(name, value)| (name.to_owned(), value)));
    told.extend(pages::metadata(&client.pages));
    told.retain(|_, value| !value.is_null());
    told
}

#[cfg(test)]
mod tests;
