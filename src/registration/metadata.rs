//! One client's metadata: every name of the table is read, then the rules between the names are applied.

use crate::client::agency::Agency;
use crate::client::metadata::Client;
use crate::client::words::ClientId;
use crate::registration::reader::{DescribedBy, Reader};
use crate::registration::{table, topics};
use serde_json::Value;

/// The client that a table describes; `None` where it has no usable `client_id`. Whether it may be used, the problems tell.
pub(crate) fn client(mut reader: Reader<'_, '_>, agency: &Agency, described_by: DescribedBy) -> Option<Client> {
    let file = &mut reader;
    let before = file.problems();
    file.known(&table::rows_of_files().map(|row| row.name).collect::<Vec<_>>());
    let named = file.value("client_id").and_then(Value::as_str).and_then(ClientId::parse);
    // A client without a usable name is read to its end too, under a stand-in, so that all its problems are told.
    let id = named.clone().or_else(|| ClientId::parse("unnamed"))?;
    let mut client = Client::new(id, &agency.slug, agency.name.clone());
    for row in table::rows_of_files() {
        row.access.read(row.name, file, &mut client);
    }
    topics::complete(&mut client, file, described_by);
    // How names fit together can be said only of values that are right.
    if file.problems() == before {
        topics::check(&client, file, described_by);
    }
    named.map(|_| client)
}
