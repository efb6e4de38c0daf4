//! Reads one client's metadata: first every name of the table, then the rules for combinations of names.

use crate::client::agency::Agency;
use crate::client::metadata::Client;
use crate::client::words::ClientId;
use crate::registration::reader::Reader;
use crate::registration::{table, topics};
use serde_json::Value;

/// The client that a table describes; `None` without a usable `client_id`. The client is valid only if no problem was noted.
pub(crate) fn client(mut reader: Reader<'_, '_>, agency: &Agency) -> Option<Client> {
    let described_by = reader.described_by();
    let file = &mut reader;
    let before = file.problems();
    file.known(&table::rows_of_files().map(|row| row.name).collect::<Vec<_>>());
    let named = file.value("client_id").and_then(Value::as_str).and_then(ClientId::parse);
    // A client without a usable id is read to the end too, under a placeholder, so that all its problems are reported.
    let id = named.clone().or_else(|| ClientId::parse("unnamed"))?;
    let mut client = Client::new(id, &agency.slug, agency.name.clone());
    for row in table::rows_of_files() {
        row.access.read(row.name, file, &mut client);
    }
    topics::complete(&mut client, file, described_by);
    // Combinations are checked only if each value is right by itself.
    if file.problems() == before {
        topics::check(&client, file, described_by);
    }
    named.map(|_| client)
}
