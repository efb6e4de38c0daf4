//! The names that agency files do not have: those that only a client that registers itself may set, and those that only the
//! response has (RFC 7591 §3.2.1).

use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::registration::access::Told;
use crate::registration::row::{Row, by_client, by_server};
use crate::registration::topics::sector;
use serde_json::json;

/// `dynamic.rs` reads the first two. Instead of the second, an agency file has `sector_identifier`.
pub(crate) const ROWS: &[Row] = &[
    by_client("response_types", &Told(|client| json!(response_types(client)))),
    by_client(
        sector::URI_KEY,
        &Told(|client| json!(client.self_registered.as_ref().and_then(|own| own.sector_identifier_uri.as_ref()))),
    ),
    by_server("client_id_issued_at", &Told(|client| json!(client.self_registered.as_ref().map(|own| own.at.seconds())))),
];

/// The response types that belong to the grant types (RFC 7591 §2.1).
fn response_types(client: &Client) -> &'static [&'static str] {
    if client.may_use(GrantType::AuthorizationCode) { &["code"] } else { &[] }
}
