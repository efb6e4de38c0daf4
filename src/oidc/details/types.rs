//! The types of authorization details: what a resource declares, and how a request is checked against it (RFC 9396 §2.1, §5).
//!
//! A resource declares a type with its fields, each with a title in both languages for the consent page. A request with any other
//! field is rejected: a person cannot allow what the page does not show.

use crate::client::detail_types::{Asker, COMMON_LISTS, DetailType, Field, FieldKind, Presence, TypeName};
use crate::client::metadata::Client;
use crate::client::resource::ResourceUri;
use crate::oidc::details::{AuthorizationDetails, Detail, invalid};
use crate::oidc::error::OAuthError;
use crate::text::LocalName;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

impl DetailType {
    /// RFC 9396 §5: no unknown field, no missing field, and each of its kind and within its limits.
    fn check(&self, detail: &Detail, resource: &ResourceUri) -> Result<(), OAuthError> {
        let kind = &self.name;
        for name in detail.fields.keys() {
            if !self.fields.iter().any(|field| field.name == *name) {
                return Err(invalid(format!("authorization_details of type {kind}: there is no field {name}")));
            }
        }
        for field in &self.fields {
            let name = &field.name;
            match detail.field(name) {
                None if field.presence == Presence::Optional => {}
                None => return Err(invalid(format!("authorization_details of type {kind}: the field {name} is missing"))),
                Some(value) if !field.allows(value) => {
                    let description =
                        format!("authorization_details of type {kind}: the field {name} has a value that it cannot have");
                    return Err(invalid(description));
                }
                // §2.2: `locations` name where the object is used, which is the resource that declared its type.
                Some(value) if name == COMMON_LISTS[0] && texts(value).any(|place| place != resource.as_str()) => {
                    return Err(invalid(format!("authorization_details of type {kind}: locations can be {resource} only")));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

impl Field {
    fn allows(&self, value: &Value) -> bool {
        let listed = |text: &str| self.values.is_empty() || self.values.iter().any(|known| known.value == text);
        let within = |size: usize| u64::try_from(size).is_ok_and(|size| size <= self.most);
        match (self.kind, value) {
            (FieldKind::Text, Value::String(text)) => within(text.chars().count()) && listed(text),
            (FieldKind::Texts, Value::Array(entries)) => within(entries.len()) && texts(value).all(listed),
            (FieldKind::Number, Value::Number(number)) => number.as_u64().is_some_and(|number| number <= self.most),
            (FieldKind::Flag, Value::Bool(_)) => true,
            _ => false,
        }
    }
}

/// The strings in a string or in a list of strings.
pub(crate) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let entries = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    entries.iter().filter_map(Value::as_str)
}

/// A details type and the client that declared it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The type.
    pub(crate) details: DetailType,
    /// The resource that declared it.
    pub(crate) resource: ResourceUri,
    /// The name of the resource.
    pub(crate) owner: LocalName,
}

/// Every type that a resource declares.
#[derive(Debug, Clone, Default)]
pub struct DetailTypes(HashMap<TypeName, Arc<Declared>>);

impl DetailTypes {
    /// The types of all registered clients. A type that several declare is left out: it would be unclear which one a request
    /// means.
    pub fn of<'c>(clients: impl Iterator<Item = &'c Client>) -> Self {
        let mut types: HashMap<TypeName, Option<Arc<Declared>>> = HashMap::new();
        for client in clients {
            let Some(resource) = &client.token_policy.resource_identifier else { continue };
            for details in &client.token_policy.details_types {
                let declared = Declared { details: details.clone(), resource: resource.clone(), owner: client.name.clone() };
                let declared = Some(Arc::new(declared));
                types.entry(details.name.clone()).and_modify(|twin| *twin = None).or_insert(declared);
            }
        }
        Self(types.into_iter().filter_map(|(name, declared)| declared.map(|declared| (name, declared))).collect())
    }

    /// The type of that name.
    pub(crate) fn get(&self, name: &TypeName) -> Option<&Declared> {
        self.0.get(name).map(Arc::as_ref)
    }

    /// `authorization_details_types_supported` (RFC 9396 §10).
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.0.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// Checks what a client asks for against its registration and against the types (RFC 9396 §5, §8).
    pub fn check(&self, details: &AuthorizationDetails, client: &Client, asker: Asker) -> Result<(), OAuthError> {
        for detail in details.iter() {
            let kind = detail.kind();
            let Some(declared) = self.get(kind) else {
                return Err(invalid(format!("authorization_details: no resource here knows the type {kind}")));
            };
            if !client.token_policy.authorization_details_types.contains(kind) {
                return Err(invalid(format!("authorization_details: the client is not registered for the type {kind}")));
            }
            if asker == Asker::Client && declared.details.asker == Asker::Person {
                return Err(invalid(format!("authorization_details: the type {kind} needs a person who allows it")));
            }
            declared.details.check(detail, &declared.resource)?;
        }
        Ok(())
    }

    /// The resource that an object is for, as long as it declares its type.
    pub(crate) fn resource_of(&self, detail: &Detail) -> Option<&ResourceUri> {
        self.get(detail.kind()).map(|declared| &declared.resource)
    }
}
