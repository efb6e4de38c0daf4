use super::*;
use crate::client::metadata::Client;
use crate::client::parts::token_policy::TokenPolicy;
use crate::registration::{AgencyFile, Problems, changes};

const TITLE: &str = r#"title = { fa = "پ", en = "P" }"#;

/// A client that is an API, with these additional keys.
fn api(keys: &str) -> Result<Client, Problems> {
    let text = format!(
        "[[agency]]\nslug = \"tax\"\nname = {{ fa = \"مالیات\", en = \"Tax\" }}\n[[agency.client]]\nclient_id = \"api\"\n\
         grant_types = [\"client_credentials\"]\n{keys}"
    );
    AgencyFile::parse(&text).map(|file| file.agencies[0].1[0].client().clone())
}

/// The same with a type that has this field.
fn with_field(field: &str) -> Result<Client, Problems> {
    api(&format!(
        "resource_identifier = \"https://api.tax.example\"\n[[agency.client.details_type]]\ntype = \"t\"\n{TITLE}\nfield = [{{ {field} }}]"
    ))
}

#[track_caller]
fn refused(file: Result<Client, Problems>, key: &str, remedy: &str) {
    let Problems(problems) = file.unwrap_err();
    let found = problems.iter().any(|problem| problem.key.ends_with(key) && problem.remedy.contains(remedy));
    assert!(found, "{key} ({remedy}) is not among {problems:#?}");
}

#[test]
fn a_field_has_secure_defaults() {
    let client = with_field(&format!(r#"name = "amount", {TITLE}, kind = "number""#)).unwrap();
    let declared = &client.token_policy.details_types[0];
    assert_eq!(declared.asker, Asker::Person);
    let field = &declared.fields[0];
    assert_eq!((field.presence, field.most, field.values.len()), (Presence::Optional, FieldKind::Number.limit(), 0));
}

#[test]
fn every_mistake_in_a_type_is_reported() {
    let field = |keys: &str| with_field(&format!("{TITLE}, {keys}"));
    refused(field(r#"kind = "text""#), "name", "is missing");
    refused(field(r#"name = "a b", kind = "text""#), "name", "1 to 64 characters");
    refused(field(r#"name = "type", kind = "text""#), "name", "not type");
    refused(field(r#"name = "a""#), "kind", "is missing");
    refused(field(r#"name = "a", kind = "money""#), "kind", "text, texts, number, flag");
    refused(field(r#"name = "actions", kind = "text""#), "kind", "RFC 9396 2.2");
    refused(field(r#"name = "identifier", kind = "number""#), "kind", "RFC 9396 2.2");
    refused(field(r#"name = "a", kind = "text", most = 501"#), "most", "from 1 to 500");
    refused(field(r#"name = "a", kind = "text", most = "many""#), "most", "whole number");
    refused(field(r#"name = "a", kind = "flag", values = [{ value = "x", title = { fa = "پ", en = "P" } }]"#), "values", "leave");
    refused(field(r#"name = "a", kind = "text", values = [{ value = "x" }]"#), "title", "is missing");
    refused(field(r#"name = "a", kind = "text", pattern = "x""#), "pattern", "not known");
    refused(with_field(r#"name = "a", kind = "text""#), "title", "is missing");
    let twice = format!(r#"name = "a", kind = "text", {TITLE} }}, {{ name = "a", kind = "text", {TITLE}"#);
    refused(with_field(&twice), "field[a]", "declared twice");
    refused(api(&format!("[[agency.client.details_type]]\ntype = \"t\"\n{TITLE}")), "details_type", "needs resource_identifier");
    let types = format!("[[agency.client.details_type]]\ntype = \"t\"\n{TITLE}\n").repeat(2);
    refused(api(&format!("resource_identifier = \"urn:x:y\"\n{types}")), "details_type[t]", "declared twice");
    let other =
        "[[agency.client]]\nclient_id = \"other\"\ngrant_types = [\"client_credentials\"]\nresource_identifier = \"urn:x:z\"";
    let one = format!("[[agency.client.details_type]]\ntype = \"t\"\n{TITLE}\n");
    refused(api(&format!("resource_identifier = \"urn:x:y\"\n{one}{other}\n{one}")), "details_type[t]", "two APIs");
    refused(api("authorization_details_types = [\"a b\"]"), "authorization_details_types[0]", "1 to 128 characters");
    refused(api("authorization_details_types = [\"a\", \"a\"]"), "authorization_details_types[1]", "already");
    refused(api("userinfo_max_age = 0"), "userinfo_max_age", "from 60 to 2592000");
    refused(api("userinfo_acr = \"gold\""), "userinfo_acr", "urn:panjereh:acr:low");
}

#[test]
fn a_changed_title_or_limit_is_listed_as_a_change() {
    let old = with_field(&format!(r#"name = "a", kind = "text", {TITLE}"#)).unwrap();
    let mut new = old.clone();
    assert_eq!(changes(&old, &new), []);
    new.token_policy.details_types[0].fields[0].most = 7;
    assert_eq!(changes(&old, &new).iter().map(|change| change.field).collect::<Vec<_>>(), [DECLARES]);
    let none = Client { token_policy: TokenPolicy::default(), ..old.clone() };
    assert!(changes(&none, &old).iter().any(|change| change.field == DECLARES && change.new == "t(a text)"));
}
