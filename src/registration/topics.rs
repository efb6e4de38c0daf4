//! The topics of client metadata. Each file has the rows of its names, and the rules for combinations of its names with others.

pub(crate) mod answer;
pub(crate) mod application;
pub(crate) mod authentication;
pub(crate) mod ciba;
pub(crate) mod details;
pub(crate) mod grants;
pub(crate) mod logout;
pub(crate) mod mutual_tls;
pub(crate) mod pages;
pub(crate) mod profile;
pub(crate) mod protection;
pub(crate) mod requests;
pub(crate) mod sector;
pub(crate) mod token_policy;

use crate::client::metadata::Client;
use crate::registration::reader::{DescribedBy, Reader};
use crate::registration::row::Row;

/// The topics, in the order in which names are read and in which the example file shows them.
pub(crate) const TOPICS: [&[Row]; 12] = [
    application::ROWS,
    pages::ROWS,
    logout::ROWS,
    authentication::ROWS,
    grants::ROWS,
    profile::ROWS,
    mutual_tls::ROWS,
    token_policy::ROWS,
    requests::ROWS,
    ciba::ROWS,
    protection::ROWS,
    answer::ROWS,
];

/// The defaults that depend on more than one name.
pub(crate) fn complete(client: &mut Client, file: &mut Reader<'_, '_>, described_by: DescribedBy) {
    grants::complete(client, file);
    sector::complete(client, file, described_by);
}

/// The rules for combinations of names, for a client whose values are right one by one.
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>, described_by: DescribedBy) {
    authentication::check(client, file);
    requests::check(client, file);
    protection::check(client, file);
    grants::check_public(client, file);
    grants::check(client, file);
    logout::check(client, file);
    details::check(client, file);
    mutual_tls::check(client, file);
    profile::check(client, file);
    ciba::check(client, file);
    pages::check(client, file, described_by);
}
