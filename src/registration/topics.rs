//! The topics of client metadata: each file has the rows of its names, and the rules between them and the names of other topics.

pub mod answer;
pub mod application;
pub mod authentication;
pub mod backchannel;
pub mod details;
pub mod grants;
pub mod logout;
pub mod mutual_tls;
pub mod pages;
pub mod profile;
pub mod protection;
pub mod requests;
pub mod sector;
pub mod token_policy;

use crate::client::metadata::Client;
use crate::registration::reader::{DescribedBy, Reader};
use crate::registration::row::Row;

/// The topics, in the order in which names are read and the example shows them.
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
    backchannel::ROWS,
    protection::ROWS,
    answer::ROWS,
];

/// The defaults that depend on more than one name.
pub(crate) fn complete(client: &mut Client, file: &mut Reader<'_, '_>, described_by: DescribedBy) {
    grants::complete(client, file);
    sector::complete(client, file, described_by);
}

/// The rules between names, for a client whose values are right by themselves.
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
    backchannel::check(client, file);
    pages::check(client, file, described_by);
}
