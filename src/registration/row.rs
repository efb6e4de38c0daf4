//! A row of the table of client metadata.

use crate::client::metadata::Client;
use crate::registration::access::Access;
use serde_json::{Map, Value};

/// One name.
pub(crate) struct Row {
    /// In metadata and in agency files.
    pub name: &'static str,
    /// Who may set it.
    pub set_by: SetBy,
    /// How it is read and written.
    pub access: &'static dyn Access,
    /// Where the example file shows it.
    pub example: Example,
}

/// Who may set a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetBy {
    /// An operator, in an agency file.
    Operator,
    /// An operator, and a client that registers itself.
    OperatorOrClient,
    /// A client that registers itself. An agency file says it otherwise, or has no need to.
    Client,
    /// Neither: the answer to a client tells it.
    Server,
}

/// Where the example file shows a name.
pub(crate) enum Example {
    /// In a line of its own. The note may go on in further lines.
    Line { value: &'static str, note: &'static str, necessity: Necessity },
    /// At another client of the example.
    Below,
    /// Nowhere: no agency file has it.
    Absent,
}

/// Whether a client needs a name, so that its line is no comment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Necessity {
    /// Each client.
    Needed,
    /// None: what the line shows is the default, or `…` where there is none.
    Optional,
}

impl Row {
    /// Adds the name to what a client is told of itself, with language tags where its value has languages (RFC 7591 §2.2).
    pub fn tell(&self, client: &Client, told: &mut Map<String, Value>) {
        let written = self.access.write(client);
        match written.as_object().filter(|_| self.access.has_languages()) {
            Some(languages) => {
                told.extend(languages.iter().map(|(language, text)| (format!("{}#{language}", self.name), text.clone())));
                told.extend(languages.get("en").map(|english| (self.name.to_owned(), english.clone())));
            }
            None if written.is_null() => {}
            None => drop(told.insert(self.name.to_owned(), written)),
        }
    }
}

/// A name that an operator alone sets.
pub(crate) const fn by_operator(name: &'static str, access: &'static dyn Access, example: Example) -> Row {
    Row { name, set_by: SetBy::Operator, access, example }
}

/// A name that an operator sets, and so does a client that registers itself.
pub(crate) const fn by_both(name: &'static str, access: &'static dyn Access, example: Example) -> Row {
    Row { name, set_by: SetBy::OperatorOrClient, access, example }
}

/// A name that only a client sets.
pub(crate) const fn by_client(name: &'static str, access: &'static dyn Access) -> Row {
    Row { name, set_by: SetBy::Client, access, example: Example::Absent }
}

/// A name that a client is told and sets as little as an operator.
pub(crate) const fn by_server(name: &'static str, access: &'static dyn Access) -> Row {
    Row { name, set_by: SetBy::Server, access, example: Example::Absent }
}

/// The line of a name that each client of an agency file needs.
pub(crate) const fn needed(value: &'static str, note: &'static str) -> Example {
    Example::Line { value, note, necessity: Necessity::Needed }
}

/// The line of a name with its default, or with `…` where it has none.
pub(crate) const fn line(value: &'static str, note: &'static str) -> Example {
    Example::Line { value, note, necessity: Necessity::Optional }
}
