//! Authorization details (RFC 9396) in an agency file: `authorization_details_types`, which a client may ask for, and `details_type`, the
//! types that a client's own API understands.

use super::named;
use super::reader::Reader;
use crate::oidc::client::LocalName;
use crate::oidc::details::types::{Asker, DetailType, Field, FieldKind, FieldValue, Presence};
use crate::oidc::details::{COMMON_LISTS, IDENTIFIER, TypeName, is_field_name};

/// What a client may ask for.
pub(super) const MAY_ASK: &str = "authorization_details_types";
/// What its API understands.
pub(super) const DECLARES: &str = "details_type";

const TYPE_NAME: &str = "use 1 to 128 characters out of A-Z a-z 0-9 - . _ ~ : /";

/// The types that a client may ask for.
pub(super) fn may_ask(file: &mut Reader<'_, '_>) -> Vec<TypeName> {
    let mut types = Vec::new();
    for (at, text) in file.texts(MAY_ASK).into_iter().enumerate() {
        match TypeName::parse(text) {
            Some(name) if types.contains(&name) => {
                file.refuse_entry(MAY_ASK, at, text, "it is in the list already: leave it out");
            }
            Some(name) => types.push(name),
            None => file.refuse_entry(MAY_ASK, at, text, TYPE_NAME),
        }
    }
    types
}

/// The types that a client's API understands.
pub(super) fn declared(file: &mut Reader<'_, '_>) -> Vec<DetailType> {
    let mut types: Vec<DetailType> = Vec::new();
    for (at, table) in file.tables(DECLARES).into_iter().enumerate() {
        let name = named(table, "type", at);
        if let Some(declared) = detail_type(file.inner(table, DECLARES, &name)) {
            if types.iter().any(|known| known.name == declared.name) {
                file.refuse(&format!("{DECLARES}[{name}]"), "this type is declared twice");
            }
            types.push(declared);
        }
    }
    if !types.is_empty() && !file.has("resource_identifier") {
        file.refuse(DECLARES, "needs resource_identifier: the API that understands these types");
    }
    types
}

fn detail_type(mut file: Reader<'_, '_>) -> Option<DetailType> {
    file.known(&["type", "title", "client_credentials", "field"]);
    let name = file.required_text("type", "a name such as tax_payment").map(TypeName::parse);
    if name == Some(None) {
        file.refuse("type", TYPE_NAME);
    }
    let title = title(&mut file);
    let asker = if file.flag("client_credentials").unwrap_or_default() { Asker::Client } else { Asker::Person };
    let mut fields: Vec<Field> = Vec::new();
    for (at, table) in file.tables("field").into_iter().enumerate() {
        let name = named(table, "name", at);
        if let Some(field) = field(file.inner(table, "field", &name)) {
            if fields.iter().any(|known| known.name == field.name) {
                file.refuse(&format!("field[{name}]"), "this field is declared twice");
            }
            fields.push(field);
        }
    }
    Some(DetailType { name: name??, title: title?, asker, fields })
}

fn field(mut file: Reader<'_, '_>) -> Option<Field> {
    file.known(&["name", "title", "kind", "required", "most", "values"]);
    let name = file.required_text("name", "the member of the JSON object, such as amount")?;
    if !is_field_name(name) {
        file.refuse("name", "use 1 to 64 characters out of A-Z a-z 0-9 - . _, and not type");
    }
    let kind = file.choice("kind", &FieldKind::ALL, FieldKind::name);
    if !file.has("kind") {
        file.refuse("kind", "is missing: write text, texts, number or flag");
    }
    let common = if COMMON_LISTS.contains(&name) { Some(FieldKind::Texts) } else { None };
    let common = if name == IDENTIFIER { Some(FieldKind::Text) } else { common };
    if common.is_some_and(|common| kind.is_some_and(|kind| kind != common)) {
        file.refuse("kind", "locations, actions, datatypes and privileges are texts, identifier is text (RFC 9396 2.2)");
    }
    let values = values(&mut file);
    if !values.is_empty() && !matches!(kind, Some(FieldKind::Text | FieldKind::Texts)) {
        file.refuse("values", "leave them out: only text and texts are chosen from values");
    }
    let presence = if file.flag("required").unwrap_or_default() { Presence::Required } else { Presence::Optional };
    let title = title(&mut file);
    let limit = kind?.limit();
    let most = file.number("most", 1..=limit).unwrap_or(limit);
    Some(Field { name: name.to_owned(), title: title?, kind: kind?, presence, most, values })
}

fn values(file: &mut Reader<'_, '_>) -> Vec<FieldValue> {
    let mut values: Vec<FieldValue> = Vec::new();
    for (at, table) in file.tables("values").into_iter().enumerate() {
        let name = named(table, "value", at);
        let mut inner = file.inner(table, "values", &name);
        inner.known(&["value", "title"]);
        let value = inner.required_text("value", "the text in the JSON object").map(str::to_owned);
        if let (Some(value), Some(title)) = (value, title(&mut inner)) {
            values.push(FieldValue { value, title });
        }
    }
    values
}

/// What a person reads who is to allow it.
fn title(file: &mut Reader<'_, '_>) -> Option<LocalName> {
    if !file.has("title") {
        file.refuse("title", r#"is missing: write { fa = "…", en = "…" }, for the page on which people allow it"#);
    }
    file.name("title")
}

/// A type with its fields, for showing what a file changes.
pub(super) fn described(declared: &DetailType) -> String {
    let fields: Vec<_> = declared.fields.iter().map(|field| format!("{} {}", field.name, field.kind.name())).collect();
    format!("{}({})", declared.name, fields.join(", "))
}

#[cfg(test)]
mod tests;
