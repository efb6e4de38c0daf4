//! The types of authorization details: what a resource declares that it understands, and how a request is held to it (RFC 9396 §2.1, §5).
//!
//! A resource declares a type with the fields that there are, each with a title in both languages for the consent page. Whatever a request
//! holds beyond that is refused: nobody allows what they were not shown.

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
    /// RFC 9396 §5: no unknown field, none missing, each of its kind and within its limits.
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
                // §2.2: where it is to be used, and that is where it was declared.
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

/// The texts of a text or of a list of them.
pub fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let entries = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    entries.iter().filter_map(Value::as_str)
}

/// A type with whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The type.
    pub details: DetailType,
    /// The resource that declared it.
    pub resource: ResourceUri,
    /// What the resource is called.
    pub owner: LocalName,
}

/// Every type that some resource declares.
#[derive(Debug, Clone, Default)]
pub struct DetailTypes(HashMap<TypeName, Arc<Declared>>);

impl DetailTypes {
    /// The types of all registered clients. One that several declare is none: nobody could tell which of them was meant.
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
    pub fn get(&self, name: &TypeName) -> Option<&Declared> {
        self.0.get(name).map(Arc::as_ref)
    }

    /// `authorization_details_types_supported` (RFC 9396 §10).
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.0.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// Holds what a client asks for to what it is registered for and to what the types allow (RFC 9396 §5, §8).
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
    pub fn resource_of(&self, detail: &Detail) -> Option<&ResourceUri> {
        self.get(detail.kind()).map(|declared| &declared.resource)
    }
}
