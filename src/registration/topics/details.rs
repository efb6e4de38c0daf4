//! Authorization details (RFC 9396) in an agency file: `authorization_details_types`, the types that a client may request, and
//! `details_type`, the types that a client's own API declares.

use crate::client::detail_types::{
    Asker, COMMON_LISTS, DetailType, Field, FieldKind, FieldValue, IDENTIFIER, Presence, TypeName, is_field_name,
};
use crate::client::metadata::Client;
use crate::registration::access::Access;
use crate::registration::reader::{Reader, named};
use crate::registration::row::{Example, Row, by_both, by_operator, line};
use crate::text::LocalName;
use serde_json::{Value, json};

/// The types that a client may request.
pub(crate) const MAY_ASK_ROW: Row =
    by_both(MAY_ASK, &MayAsk, line("[]", "types of authorization_details that it may request (RFC 9396)"));
/// The types that its API declares.
pub(crate) const DECLARES_ROW: Row = by_operator(DECLARES, &Declares, Example::Below);

pub(crate) const MAY_ASK: &str = "authorization_details_types";
pub(crate) const DECLARES: &str = "details_type";

const TYPE_NAME: &str = "use 1 to 128 characters out of A-Z a-z 0-9 - . _ ~ : /";

struct MayAsk;

impl Access for MayAsk {
    fn read(&self, key: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let types = &mut client.token_policy.authorization_details_types;
        for (at, text) in file.texts(key).into_iter().enumerate() {
            match TypeName::parse(text) {
                Some(name) if types.contains(&name) => {
                    file.refuse_entry(key, at, text, "it is in the list already: leave it out");
                }
                Some(name) => types.push(name),
                None => file.refuse_entry(key, at, text, TYPE_NAME),
            }
        }
    }

    fn write(&self, client: &Client) -> Value {
        let types = &client.token_policy.authorization_details_types;
        if types.is_empty() { Value::Null } else { json!(types) }
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        json!(["tax_payment", "health_record"])
    }
}

struct Declares;

impl Access for Declares {
    fn read(&self, key: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let types = &mut client.token_policy.details_types;
        for (at, table) in file.tables(key).into_iter().enumerate() {
            let name = named(table, "type", at);
            if let Some(declared) = detail_type(file.inner(table, key, &name)) {
                if types.iter().any(|known| known.name == declared.name) {
                    file.refuse(&format!("{key}[{name}]"), "this type is declared twice");
                }
                types.push(declared);
            }
        }
    }

    fn write(&self, client: &Client) -> Value {
        let types = &client.token_policy.details_types;
        if types.is_empty() { Value::Null } else { types.iter().map(type_written).collect() }
    }

    /// Each type with its fields. Titles and limits are too long for one line.
    fn show(&self, client: &Client) -> String {
        let shown = |declared: &DetailType| {
            let fields: Vec<_> = declared.fields.iter().map(|field| format!("{} {}", field.name, field.kind.name())).collect();
            format!("{}({})", declared.name, fields.join(", "))
        };
        client.token_policy.details_types.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        let title = json!({ "fa": "پرداخت", "en": "Payment" });
        let amount = json!({ "name": "amount", "title": title, "kind": "number", "required": true, "most": 7, "values": [] });
        let values = json!([{ "value": "initiate", "title": title }]);
        let actions =
            json!({ "name": "actions", "title": title, "kind": "texts", "required": false, "most": 1, "values": values });
        json!([{ "type": "tax_payment", "title": title, "client_credentials": true, "field": [amount, actions] }])
    }
}

/// Only an API can declare types.
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    if !client.token_policy.details_types.is_empty() && client.token_policy.resource_identifier.is_none() {
        file.refuse(DECLARES, "needs resource_identifier: only an API can declare types");
    }
}

fn type_written(declared: &DetailType) -> Value {
    let DetailType { name, title, asker, fields } = declared;
    let fields: Vec<_> = fields.iter().map(field_written).collect();
    json!({ "type": name, "title": title, "client_credentials": *asker == Asker::Client, "field": fields })
}

fn field_written(field: &Field) -> Value {
    let Field { name, title, kind, presence, most, values } = field;
    let required = *presence == Presence::Required;
    json!({ "name": name, "title": title, "kind": kind.name(), "required": required, "most": most, "values": values })
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
        file.refuse("values", "leave them out: only the kinds text and texts have values");
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

/// The title that the consent page shows.
fn title(file: &mut Reader<'_, '_>) -> Option<LocalName> {
    if !file.has("title") {
        file.refuse("title", r#"is missing: write { fa = "…", en = "…" }, for the consent page"#);
    }
    file.name("title")
}

#[cfg(test)]
mod tests;
