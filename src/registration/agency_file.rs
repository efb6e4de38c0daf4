//! The agency file: agencies, each with its clients.

use crate::client::agency::Agency;
use crate::registration::declaration::ClientDeclaration;
use crate::registration::metadata;
use crate::registration::problem::{Problem, Problems};
use crate::registration::reader::{DescribedBy, Reader, named};
use crate::text::LocalName;

pub(crate) mod line;

/// The content of an agency file: the agencies in the order of the file, each with its clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyFile {
    /// Agencies with their clients.
    pub agencies: Vec<(Agency, Vec<ClientDeclaration>)>,
}

impl AgencyFile {
    /// Reads a whole file, or returns everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let table: toml::Table = text.parse().map_err(|error| Problems(vec![not_toml(text, &error)]))?;
        let Ok(serde_json::Value::Object(table)) = serde_json::to_value(table) else { return Err(Problems(Vec::new())) };
        let mut problems = Vec::new();
        let mut file = Reader::new(&table, &mut problems, DescribedBy::Operator);
        file.known(&["agency"]);
        let mut agencies: Vec<(Agency, Vec<ClientDeclaration>)> = Vec::new();
        for (at, table) in file.tables("agency").into_iter().enumerate() {
            agencies.extend(agency(file.inner(table, "agency", &named(table, "slug", at))));
        }
        if table.is_empty() {
            file.refuse("agency", "the file declares nothing; start with [[agency]]");
        }
        refuse_twins(&agencies, &mut file);
        if problems.is_empty() { Ok(Self { agencies }) } else { Err(Problems(problems)) }
    }
}

fn agency(mut reader: Reader<'_, '_>) -> Option<(Agency, Vec<ClientDeclaration>)> {
    reader.known(&["slug", "name", "client"]);
    let is_slug = |text: &str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let slug = reader.required_text("slug", "a short name of the agency, such as tax");
    if slug.is_some_and(|slug| !is_slug(slug)) {
        reader.refuse("slug", "use 1 to 64 characters out of a-z 0-9 -");
    }
    let name = reader.name("name");
    if name.is_none() && !reader.has("name") {
        reader.refuse("name", r#"is missing: write { fa = "…", en = "…" }"#);
    }
    let agency = Agency { slug: slug.unwrap_or_default().to_owned(), name: name.unwrap_or_else(no_name) };
    let mut clients = Vec::new();
    for (at, table) in reader.tables("client").into_iter().enumerate() {
        let client = metadata::client(reader.inner(table, "client", &named(table, "client_id", at)), &agency);
        clients.extend(client.map(|client| ClientDeclaration { client }));
    }
    slug.map(|_| (agency, clients))
}

/// A placeholder for a rejected name. It is never shown, because the file has a problem then.
const fn no_name() -> LocalName {
    LocalName { fa: String::new(), en: String::new() }
}

fn refuse_twins(agencies: &[(Agency, Vec<ClientDeclaration>)], file: &mut Reader<'_, '_>) {
    let slugs: Vec<&str> = agencies.iter().map(|(agency, _)| agency.slug.as_str()).collect();
    for twin in twins(&slugs) {
        file.refuse(&format!("agency[{twin}]"), "this agency is declared twice: put its clients under one [[agency]]");
    }
    let ids: Vec<&str> = agencies.iter().flat_map(|(_, clients)| clients).map(|client| client.client.id.as_str()).collect();
    for twin in twins(&ids) {
        file.refuse(&format!("client[{twin}]"), "this client_id is used twice: a client_id is unique over all agencies");
    }
    let clients = agencies.iter().flat_map(|(_, clients)| clients);
    let types = clients.flat_map(|client| &client.client.token_policy.details_types);
    for twin in twins(&types.map(|declared| declared.name.as_str()).collect::<Vec<_>>()) {
        file.refuse(
            &format!("details_type[{twin}]"),
            "two APIs declare this type, so no client could request it: give one of them another name",
        );
    }
}

fn twins<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let is_twin = |(at, name): &(usize, &&str)| names[..*at].contains(name);
    names.iter().enumerate().filter(is_twin).map(|(_, name)| *name).collect()
}

/// The parser's message and the line's number. Not the line's text, which may contain a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> Problem {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Problem { key: format!("line {line}"), value: None, remedy: error.message().to_owned() }
}
