//! A client's id, name and addresses.

use crate::client::metadata::Client;
use crate::client::words::ClientId;
use crate::registration::access::{Access, Address, RedirectUris, field};
use crate::registration::reader::Reader;
use crate::registration::row::{Row, by_both, by_operator, line, needed};
use crate::text::LocalName;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] = &[
    by_operator("client_id", &Id, needed(r#""tax-web""#, "")),
    by_both(
        "redirect_uris",
        &RedirectUris(field!(redirect_uris)),
        needed(r#"["https://tax.example/callback"]"#, "compared exactly as written here"),
    ),
    by_both("client_name", &Name, line(r#"{ fa = "…", en = "…" }"#, "the agency's name")),
    by_both("client_uri", &Address(field!(client_uri)), line(r#""https://tax.example""#, "linked in the list of services")),
];

/// `client_id`. This only rejects a malformed id: the client got its id before the table is read.
struct Id;

impl Access for Id {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, _: &mut Client) {
        let id = file.required_text(name, "a name for the client, such as tax-web").map(ClientId::parse);
        if id == Some(None) {
            file.refuse(name, "use 1 to 128 characters out of A-Z a-z 0-9 - . _ ~ :");
        }
    }

    fn write(&self, client: &Client) -> Value {
        json!(client.id)
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        "tax-web".into()
    }
}

/// `client_name`, in both languages of the pages.
struct Name;

impl Access for Name {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        if let Some(given) = file.name(name) {
            client.name = given;
        }
    }

    fn write(&self, client: &Client) -> Value {
        let LocalName { fa, en } = &client.name;
        json!({ "fa": fa, "en": en })
    }

    fn has_languages(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        json!({ "fa": "اظهارنامه", "en": "Tax return" })
    }
}
