use super::*;
use crate::client::agency::Agency;
use crate::client::detail_types::TypeName;
use crate::client::metadata::Client;
use crate::client::parts::self_registered::{LetIn, SelfRegistered};
use crate::client::scope::Scope;
use crate::client::words::{ClientId, Pkce};
use crate::oidc::error::OAuthError;
use crate::registration::dynamic::{Policy, metadata_of, read};
use crate::registration::row::Example;
use crate::registration::{AgencyFile, Problems, changes, describe, example};
use crate::secret::TokenHash;
use crate::text::LocalName;
use crate::time::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A name whose sample cannot be combined with the samples of all other names, and the changes that it needs.
struct Apart {
    name: &'static str,
    without: &'static [&'static str],
    with: &'static [(&'static str, &'static str)],
}

const fn apart(name: &'static str, without: &'static [&'static str], with: &'static [(&'static str, &'static str)]) -> Apart {
    Apart { name, without, with }
}

const BY_CERTIFICATE: &[(&str, &str)] = &[("token_endpoint_auth_method", "tls_client_auth")];
const SIGNED: &[&str] = &["token_endpoint_auth_signing_alg"];

const ALL_APART: [Apart; 8] = [
    apart("jwks_uri", &["jwks"], &[]),
    apart("pkce", &["profile"], &[]),
    apart(
        "client_secret",
        &["profile", "application_type", "token_endpoint_auth_signing_alg"],
        &[("token_endpoint_auth_method", "client_secret_post")],
    ),
    apart("tls_client_auth_subject_dn", SIGNED, BY_CERTIFICATE),
    apart("tls_client_auth_san_dns", SIGNED, BY_CERTIFICATE),
    apart("tls_client_auth_san_uri", SIGNED, BY_CERTIFICATE),
    apart("tls_client_auth_san_ip", SIGNED, BY_CERTIFICATE),
    apart("tls_client_auth_san_email", SIGNED, BY_CERTIFICATE),
];

/// The sample of a name. This authentication method is the one that fits the other samples.
fn sample(row: &Row) -> Value {
    match row.name {
        "token_endpoint_auth_method" => "private_key_jwt".into(),
        _ => row.access.sample(),
    }
}

/// Metadata objects that together have a sample of each of these names.
fn descriptions(names: impl Iterator<Item = &'static Row>) -> Vec<Map<String, Value>> {
    let all: Map<String, Value> = names.map(|row| (row.name.to_owned(), sample(row))).collect();
    let mut common = all.clone();
    common.retain(|name, _| ALL_APART.iter().all(|apart| apart.name != name));
    let with = |apart: &Apart| {
        let mut description = common.clone();
        description.retain(|name, _| !apart.without.contains(&name.as_str()));
        description.extend(apart.with.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        description.insert(apart.name.to_owned(), all[apart.name].clone());
        description
    };
    let others = ALL_APART.iter().filter(|apart| all.contains_key(apart.name)).map(with);
    [common.clone()].into_iter().chain(others).collect()
}

/// The client of an agency file with this metadata.
fn from_file(description: &Map<String, Value>) -> Result<Client, Problems> {
    let file = json!({ "agency": [{ "slug": "tax", "name": { "fa": "مالیات", "en": "Tax" }, "client": [description] }] });
    let text = toml::to_string(&file).unwrap();
    AgencyFile::parse(&text).map(|file| file.agencies[0].1[0].client().clone())
}

/// The client that registers itself with this metadata.
fn from_client(description: &Map<String, Value>) -> Result<Client, OAuthError> {
    let agency = Agency { slug: "open".to_owned(), name: LocalName { fa: "باز".to_owned(), en: "Open".to_owned() } };
    let types = ["tax_payment", "health_record"].map(|name| TypeName::parse(name).unwrap());
    let policy = Policy { agency: &agency, scopes: &Scope::ALL, details_types: &types, pkce: Pkce::Required };
    let body = serde_json::to_vec(description).unwrap();
    let requested = read(&body, &ClientId::parse("given-by-us").unwrap(), &policy)?;
    let own = SelfRegistered {
        access_token: TokenHash::of("token"),
        at: Timestamp::from_seconds(7),
        sector_identifier_uri: requested.sector_identifier_uri,
        let_in: LetIn::ByNobody,
    };
    Ok(Client { self_registered: Some(own), ..requested.declaration.client().clone() })
}

fn set_by(set_by: SetBy) -> impl Iterator<Item = &'static Row> {
    rows().filter(move |row| row.set_by == set_by)
}

fn descriptions_by_clients() -> Vec<Map<String, Value>> {
    let mut all = descriptions(set_by(SetBy::OperatorOrClient));
    for description in &mut all {
        description.insert("response_types".to_owned(), json!(["code"]));
        description.insert("sector_identifier_uri".to_owned(), json!("https://tax.example/sector.json"));
        for row in rows().filter(|row| row.access.has_languages()) {
            let Some(Value::Object(languages)) = description.remove(row.name) else { continue };
            description.extend(languages.into_iter().map(|(language, text)| (format!("{}#{language}", row.name), text)));
        }
    }
    all
}

#[test]
fn the_table_has_every_name_once() {
    let names: BTreeSet<_> = rows().map(|row| row.name).collect();
    assert_eq!(names.len(), rows().count());
}

#[test]
fn every_name_of_an_agency_file_is_written_as_it_was_read() {
    let mut seen = BTreeSet::new();
    for description in descriptions(rows_of_files()) {
        let client = from_file(&description).unwrap_or_else(|problems| panic!("{problems}\n{description:#?}"));
        for row in rows_of_files().filter(|row| description.contains_key(row.name)) {
            let expected = match row.name {
                // Only the hash of a secret is stored; the other name has the same value for every client.
                "client_secret" | "backchannel_user_code_parameter" => &Value::Null,
                name => &description[name],
            };
            assert_eq!(&row.access.write(&client), expected, "{}", row.name);
            seen.insert(row.name);
        }
    }
    assert_eq!(seen, rows_of_files().map(|row| row.name).collect());
}

#[test]
fn every_changed_value_is_listed_under_its_name() {
    for description in descriptions(rows_of_files()) {
        let client = from_file(&description).unwrap();
        let unlike =
            Client::new(ClientId::parse("another").unwrap(), "tax", LocalName { fa: "ن".to_owned(), en: "N".to_owned() });
        let told: Vec<_> = changes(&unlike, &client).into_iter().map(|change| change.field).collect();
        let described = describe(&client);
        for row in rows_of_files().filter(|row| description.contains_key(row.name)) {
            let is_default = row.name == "backchannel_user_code_parameter";
            assert!(is_default || told.contains(&row.name), "{} is not among {told:?}", row.name);
            assert!(described.iter().any(|(name, value)| *name == row.name && (is_default || !value.is_empty())), "{}", row.name);
        }
        assert_eq!(changes(&client, &client), []);
    }
}

#[test]
fn rfc7591_3_2_1_the_response_has_every_name_that_the_client_set() {
    let mut seen = BTreeSet::new();
    for description in descriptions_by_clients() {
        let client = from_client(&description).unwrap_or_else(|error| panic!("{error}\n{description:#?}"));
        let told = metadata_of(&client);
        for (name, value) in description.iter().filter(|(name, _)| *name != "backchannel_user_code_parameter") {
            assert_eq!(told.get(name), Some(value), "{name}");
        }
        seen.extend(description.keys().map(|name| name.split('#').next().unwrap().to_owned()));
        // RFC 7592 §2.2: the client can send back the metadata of the response.
        assert_eq!(from_client(&told).unwrap(), client);
    }
    let settable = set_by(SetBy::OperatorOrClient).chain(set_by(SetBy::Client)).map(|row| row.name.to_owned());
    assert_eq!(seen, settable.collect());
}

#[test]
fn a_name_that_only_an_operator_may_set_is_neither_read_from_a_client_nor_returned_to_it() {
    for description in descriptions_by_clients() {
        let client = from_client(&description).unwrap();
        for row in set_by(SetBy::Operator).chain(set_by(SetBy::OperatorTold)).chain(set_by(SetBy::Server)) {
            let mut more = description.clone();
            // A complete type would be rejected because of its depth.
            let value = if row.name == "details_type" { json!([{ "type": "tax_payment" }]) } else { sample(row) };
            more.insert(row.name.to_owned(), value);
            assert_eq!(from_client(&more).unwrap(), client, "{}", row.name);
        }
        let told = metadata_of(&client);
        for row in set_by(SetBy::Operator).filter(|row| row.name != "client_id") {
            assert!(!told.contains_key(row.name), "{}", row.name);
        }
        for row in set_by(SetBy::Server).chain(set_by(SetBy::OperatorTold)) {
            assert!(told.contains_key(row.name), "{}", row.name);
        }
        assert_eq!(told["client_id"], "given-by-us", "RFC 7591 3.2.1");
    }
}

#[test]
fn an_agency_file_with_a_name_of_dynamic_registration_only_is_rejected() {
    for row in set_by(SetBy::Client).chain(set_by(SetBy::Server)) {
        let mut description = descriptions(rows_of_files()).remove(0);
        description.insert(row.name.to_owned(), json!("x"));
        let Problems(problems) = from_file(&description).unwrap_err();
        let keys: Vec<_> = problems.iter().map(|problem| problem.key.rsplit('.').next().unwrap()).collect();
        assert_eq!(keys, [row.name]);
        assert!(problems[0].remedy.starts_with("this key is not known"), "{}", problems[0]);
    }
}

#[test]
fn a_value_of_another_type_is_rejected_under_its_name() {
    for row in rows_of_files() {
        let mut description = descriptions(rows_of_files()).remove(0);
        description.insert(row.name.to_owned(), json!({ "a": 1 }));
        let Problems(problems) = from_file(&description).unwrap_err();
        assert!(problems.iter().any(|problem| problem.key.rsplit('.').next() == Some(row.name)), "{}: {problems:?}", row.name);
    }
    // RFC 7591 §2: a client gets the allowed scopes, whatever it requests.
    for row in set_by(SetBy::OperatorOrClient).chain(set_by(SetBy::Client)).filter(|row| row.name != "scope") {
        let mut description = descriptions_by_clients().remove(0);
        description.retain(|name, _| name.split('#').next() != Some(row.name));
        description.insert(row.name.to_owned(), json!({ "a": 1 }));
        let refused = from_client(&description).unwrap_err();
        assert!(refused.description.contains(row.name), "{}: {refused}", row.name);
    }
}

#[test]
fn the_example_shows_every_name_of_an_agency_file() {
    let example = example();
    let shown = example.split("[[agency.client]]").nth(1).unwrap();
    let names = shown.lines().filter_map(|line| line.trim_start_matches("# ").split_once(" = ")).map(|(name, _)| name);
    let lines = rows_of_files().filter(|row| matches!(row.example, Example::Line { .. })).map(|row| row.name);
    assert_eq!(names.collect::<Vec<_>>(), lines.collect::<Vec<_>>());
    for row in rows() {
        match row.example {
            Example::Line { .. } => {
                assert!(matches!(row.set_by, SetBy::Operator | SetBy::OperatorTold | SetBy::OperatorOrClient), "{}", row.name);
            }
            Example::Below => {
                let table = format!("\n[[agency.client.{}]]\n", row.name);
                assert!(example.contains(&format!("\n{} = ", row.name)) || example.contains(&table), "{}", row.name);
            }
            Example::Absent => assert!(matches!(row.set_by, SetBy::Client | SetBy::Server), "{}", row.name),
        }
    }
}
