//! The agency file: agencies and their clients as an operator writes them down, in TOML, with the metadata names of RFC 7591 §2 and OpenID
//! Connect Registration §2. [`EXAMPLE`] shows all of them. [`dynamic`] reads the same metadata from a client itself, in JSON.
//!
//! Reading never stops at the first problem: an operator learns everything that is wrong at once, each with key, value and remedy.
//! Other profiles' metadata join the list in `registration/metadata.rs`.

mod backchannel;
mod changes;
mod details;
pub mod dynamic;
mod logout;
mod metadata;
mod mutual_tls;
mod pages;
mod profile;
mod protection;
mod reader;
mod requests;
mod sector;
mod token_policy;

pub use changes::{Change, changes, describe};

use super::client::{Client, ClientSecret};
use crate::identity::account::TokenHash;
use crate::identity::agency::Agency;
use reader::{Reader, Table};
use std::fmt;

/// An agency file with every key in it.
pub const EXAMPLE: &str = include_str!("registration/example.toml");

/// What a file declares: agencies in its order, each with its clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyFile {
    /// Agencies with their clients.
    pub agencies: Vec<(Agency, Vec<ClientDeclaration>)>,
}

/// A client as a file declares it. Its secret may be missing: then the registered one is kept, or one is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDeclaration {
    client: Client,
}

/// What becomes of a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// It can be registered as it is.
    Complete(Client),
    /// It authenticates with a secret, and neither the file nor the registration has one: make one, register it, tell it once.
    SecretNeeded(ClientWithoutSecret),
}

/// A client that cannot be registered before it has a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientWithoutSecret(Client);

impl ClientWithoutSecret {
    /// The client as it will be, for showing what changes.
    pub const fn client(&self) -> &Client {
        &self.0
    }

    /// The client with its secret.
    #[must_use]
    pub fn with_secret(self, secret: &ClientSecret) -> Client {
        Client { secret_hash: Some(TokenHash::of(secret.expose())), ..self.0 }
    }
}

impl ClientDeclaration {
    /// The client that the file describes; without a secret if the file has none.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Joins the declaration with what is registered under the same `client_id`: a secret that was made earlier stays, so that
    /// applying a file twice changes nothing.
    #[must_use]
    pub fn resolve(self, registered: Option<&Client>) -> Resolution {
        let mut client = self.client;
        if !client.auth_method.needs_secret() || client.secret_hash.is_some() {
            return Resolution::Complete(client);
        }
        client.secret_hash = registered.and_then(|registered| registered.secret_hash);
        if client.secret_hash.is_some() {
            Resolution::Complete(client)
        } else {
            Resolution::SecretNeeded(ClientWithoutSecret(client))
        }
    }
}

/// Whose word a description is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DescribedBy {
    /// An operator's, who knows the agency.
    Operator,
    /// The client's own.
    Itself,
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `agency[tax].client[tax-web].redirect_uris[0]`, or a line.
    pub key: String,
    /// The value as it is written; a secret's is not shown, and neither is one that is missing.
    pub value: Option<String>,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} = {value}: {}", self.key, self.remedy),
            None => write!(f, "{}: {}", self.key, self.remedy),
        }
    }
}

/// Everything that is wrong with a file; a line each when shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl AgencyFile {
    /// Reads a whole file, or tells everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let table: toml::Table = text.parse().map_err(|error| Problems(vec![not_toml(text, &error)]))?;
        let Ok(serde_json::Value::Object(table)) = serde_json::to_value(table) else { return Err(Problems(Vec::new())) };
        let mut problems = Vec::new();
        let mut file = Reader::new(&table, String::new(), &mut problems);
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
    let agency = Agency { slug: slug.unwrap_or_default().to_owned(), name: name.unwrap_or_else(metadata::no_name) };
    let mut clients = Vec::new();
    for (at, table) in reader.tables("client").into_iter().enumerate() {
        let client =
            metadata::client(reader.inner(table, "client", &named(table, "client_id", at)), &agency, DescribedBy::Operator);
        clients.extend(client.map(|client| ClientDeclaration { client }));
    }
    slug.map(|_| (agency, clients))
}

/// How a table of a list is called in problems: by its name, or by its place where it has none.
fn named(table: &Table, key: &str, at: usize) -> String {
    table.get(key).and_then(serde_json::Value::as_str).map_or_else(|| at.to_string(), str::to_owned)
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
            "two APIs declare this type: then nobody can ask for it; give one another name",
        );
    }
}

fn twins<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let is_twin = |(at, name): &(usize, &&str)| names[..*at].contains(name);
    names.iter().enumerate().filter(is_twin).map(|(_, name)| *name).collect()
}

/// The parser's message with the line; not the line itself, which may hold a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> Problem {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Problem { key: format!("line {line}"), value: None, remedy: error.message().to_owned() }
}

#[cfg(test)]
mod tests;
