//! What applying a file would change, told field by field and without a secret.

use super::details;
use crate::oidc::client::Client;
use crate::oidc::scope::scope_list;
use serde_json::Value;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name in an agency file.
    pub field: &'static str,
    /// As it is registered.
    pub old: String,
    /// As it will be.
    pub new: String,
}

/// The fields in which two versions of a client differ, in the order of [`describe`]; none if they are the same.
pub fn changes(old: &Client, new: &Client) -> Vec<Change> {
    let fields = describe(old).into_iter().zip(describe(new));
    fields
        .filter_map(|((field, before), (_, after))| {
            // Two secrets look the same when described, and so may two key sets.
            let hidden = match field {
                "client_secret" => old.secret_hash != new.secret_hash,
                "jwks" => old.jwks != new.jwks,
                // Titles and limits are not described.
                details::DECLARES => old.token_policy.details_types != new.token_policy.details_types,
                _ => false,
            };
            match (before == after, hidden) {
                (true, false) => None,
                (true, true) => Some(Change { field, old: before, new: "replaced".to_owned() }),
                (false, _) => Some(Change { field, old: before, new: after }),
            }
        })
        .collect()
}

/// Every field of a client by its name in an agency file, without secrets.
pub fn describe(client: &Client) -> Vec<(&'static str, String)> {
    let grant_types: Vec<_> = client.grant_types.iter().map(|grant_type| grant_type.name()).collect();
    let secret = if client.secret_hash.is_some() { "set" } else { "none" };
    let mut fields = vec![
        ("agency", client.agency.clone()),
        ("client_id", client.id.to_string()),
        ("client_name", format!("{} / {}", client.name.fa, client.name.en)),
        ("client_uri", client.client_uri.clone().unwrap_or_default()),
        ("token_endpoint_auth_method", client.auth_method.name().to_owned()),
        ("client_secret", secret.to_owned()),
        ("jwks", keys(client)),
        ("jwks_uri", client.jwks_uri.clone().unwrap_or_default()),
        ("application_type", client.application_type.name().to_owned()),
        ("redirect_uris", client.redirect_uris.join(" ")),
        ("post_logout_redirect_uris", client.post_logout_redirect_uris.join(" ")),
        ("backchannel_logout_uri", client.logout.backchannel.clone().unwrap_or_default()),
        ("backchannel_logout_session_required", client.logout.backchannel_session_required.to_string()),
        ("frontchannel_logout_uri", client.logout.frontchannel.clone().unwrap_or_default()),
        ("frontchannel_logout_session_required", client.logout.frontchannel_session_required.to_string()),
        ("grant_types", grant_types.join(" ")),
        ("scope", scope_list(&client.scopes)),
        ("subject_type", client.subject_type.name().to_owned()),
        ("sector_identifier", client.sector.clone()),
        ("id_token_signed_response_alg", client.signing_alg.name().to_owned()),
        ("pkce", client.pkce.name().to_owned()),
        ("min_acr", client.min_acr.uri().to_owned()),
    ];
    fields.extend(super::token_policy::describe(&client.token_policy));
    fields.extend(super::pages::describe(&client.pages));
    fields.extend(client.requests.describe());
    fields.extend(client.backchannel.metadata());
    fields.extend(client.protection.metadata().map(|(name, value)| (name, value.unwrap_or_default().to_owned())));
    fields
}

/// A key set by the names of its keys.
fn keys(client: &Client) -> String {
    let keys = client.jwks.as_ref().and_then(|jwks| jwks.get("keys")).and_then(Value::as_array);
    let name = |key: &Value| key.get("kid").and_then(Value::as_str).unwrap_or("without kid").to_owned();
    match keys {
        Some(keys) => format!("{} key(s): {}", keys.len(), keys.iter().map(name).collect::<Vec<_>>().join(", ")),
        None => "none".to_owned(),
    }
}
