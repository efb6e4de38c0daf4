//! A row of the table of client metadata.

use crate::client::metadata::Client;
use crate::registration::access::Access;
use serde_json::{Map, Value};

/// One name of client metadata.
pub(crate) struct Row {
    /// The name in metadata and in agency files.
    pub(crate) name: &'static str,
    /// The roles that may set it.
    pub(crate) set_by: SetBy,
    /// Reads and writes its value.
    pub(crate) access: &'static dyn Access,
    /// Where the example file shows it.
    pub(crate) example: Example,
}

/// The roles that may set a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetBy {
    /// An operator, in an agency file.
    Operator,
    /// An operator. The registration response tells a client that registers itself what holds for it.
    OperatorTold,
    /// An operator, and a client that registers itself.
    OperatorOrClient,
    /// A client that registers itself. An agency file has another name for it, or does not need it.
    Client,
    /// Neither: this server sets it, and only the registration response has it.
    Server,
}

/// Where the example file shows a name.
pub(crate) enum Example {
    /// On a line of its own. The note can continue on further lines.
    Line { value: &'static str, note: &'static str, necessity: Necessity },
    /// At another client of the example file.
    Below,
    /// Not at all: agency files do not have it.
    Absent,
}

/// Whether a client needs a name. The line of a needed name is not commented out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Necessity {
    /// Every client needs it.
    Needed,
    /// No client needs it. The line shows the default, or `…` if there is none.
    Optional,
}

impl Row {
    /// Adds the name to the metadata of a response, with language tags if its value has languages (RFC 7591 §2.2).
    pub(crate) fn tell(&self, client: &Client, told: &mut Map<String, Value>) {
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

/// A name that only an operator may set.
pub(crate) const fn by_operator(name: &'static str, access: &'static dyn Access, example: Example) -> Row {
    Row { name, set_by: SetBy::Operator, access, example }
}

/// A name that only an operator may set, and that a client which registers itself has to know: without it the client would fail at its
/// first request.
pub(crate) const fn by_operator_told(name: &'static str, access: &'static dyn Access, example: Example) -> Row {
    Row { name, set_by: SetBy::OperatorTold, access, example }
}

/// A name that an operator may set, and also a client that registers itself.
pub(crate) const fn by_both(name: &'static str, access: &'static dyn Access, example: Example) -> Row {
    Row { name, set_by: SetBy::OperatorOrClient, access, example }
}

/// A name that only a client that registers itself may set.
pub(crate) const fn by_client(name: &'static str, access: &'static dyn Access) -> Row {
    Row { name, set_by: SetBy::Client, access, example: Example::Absent }
}

/// A name that only the registration response has.
pub(crate) const fn by_server(name: &'static str, access: &'static dyn Access) -> Row {
    Row { name, set_by: SetBy::Server, access, example: Example::Absent }
}

/// The line of a name that every client of an agency file needs.
pub(crate) const fn needed(value: &'static str, note: &'static str) -> Example {
    Example::Line { value, note, necessity: Necessity::Needed }
}

/// The line of a name with its default, or with `…` if it has none.
pub(crate) const fn line(value: &'static str, note: &'static str) -> Example {
    Example::Line { value, note, necessity: Necessity::Optional }
}
