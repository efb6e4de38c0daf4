//! Converts columns to domain types; a value that cannot be read is reported with its place.

use crate::client::scope::Scope;
use crate::client::words::ClientId;
use crate::db::error::StoreError;
use crate::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as NameError, StrDeserializer};
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// The place of a value, for errors.
pub(crate) struct RowPlace<'a, Row: Display> {
    pub(crate) table: &'static str,
    pub(crate) row: &'a Row,
}

impl<Row: Display> RowPlace<'_, Row> {
    fn corrupt(&self, column: &str) -> StoreError {
        StoreError::corrupt(self.table, column, self.row)
    }

    /// A value of a closed set, by its serde name.
    pub(crate) fn named<'de, T: Deserialize<'de>>(&self, column: &str, name: &'de str) -> Result<T, StoreError> {
        T::deserialize(StrDeserializer::<NameError>::new(name)).map_err(|_| self.corrupt(column))
    }

    /// Values of a closed set, separated by spaces.
    pub(crate) fn names<'de, T: Deserialize<'de>>(&self, column: &str, names: &'de str) -> Result<Vec<T>, StoreError> {
        names.split(' ').filter(|name| !name.is_empty()).map(|name| self.named(column, name)).collect()
    }

    pub(crate) fn scopes(&self, column: &str, list: &str) -> Result<Vec<Scope>, StoreError> {
        let scope = |name| Scope::from_name(name).ok_or_else(|| self.corrupt(column));
        list.split(' ').filter(|name| !name.is_empty()).map(scope).collect()
    }

    pub(crate) fn client(&self, column: &str, id: &str) -> Result<ClientId, StoreError> {
        ClientId::parse(id).ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn parsed<T, E>(&self, column: &str, value: Result<T, E>) -> Result<T, StoreError> {
        value.map_err(|_| self.corrupt(column))
    }
}

/// The bytes of an id.
pub(crate) fn id_bytes(table: &'static str, column: &str, bytes: &[u8]) -> Result<[u8; 16], StoreError> {
    bytes.try_into().map_err(|_| StoreError::corrupt(table, column, Hex(bytes)))
}

/// Bytes in hexadecimal, for finding a row.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The serde name of a value of a closed set.
pub(crate) fn name_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        // Not reached: only enums without data are passed. An empty name is reported as corrupt when it is read.
        _ => String::new(),
    }
}

/// The serde names of values of a closed set, separated by spaces.
pub(crate) fn names_of<T: Serialize>(values: &[T]) -> String {
    values.iter().map(name_of).collect::<Vec<_>>().join(" ")
}

/// A value as JSON text, which our own types can always be converted to.
pub(crate) fn json_of<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unavailable(std::sync::Arc::new(error)))
}

pub(crate) fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
