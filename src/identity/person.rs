//! A person of the civil registry, and what the registry answers about one.

use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use serde::{Deserialize, Serialize};

/// A given and a family name in one script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonName {
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
}

/// The registry's record of gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// Whether the registry knows the person as alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vital {
    /// Alive as of the record.
    Alive,
    /// Deceased on that civil date.
    Deceased(BirthDate),
}

/// Where the person lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// ISO 3166-1 alpha-2, e.g. `IR`; another country means a person abroad.
    pub country: String,
    /// Province, Persian.
    pub region: String,
    /// City, Persian.
    pub locality: String,
    /// Street and number, Persian.
    pub street: String,
    /// Postal code, ten digits inside the country.
    pub postal_code: String,
}

/// One record of the civil registry. It is personal data: it has no place in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// National ID.
    pub national_id: NationalId,
    /// Name in Persian script.
    pub name: PersonName,
    /// Name in Latin script, where the registry knows it.
    pub latin_name: Option<PersonName>,
    /// Father's given name, Persian script.
    pub father_name: String,
    /// Gender.
    pub gender: Gender,
    /// Date of birth.
    pub birth_date: BirthDate,
    /// City of birth, Persian.
    pub birth_place: String,
    /// Address.
    pub address: Address,
    /// The number registered to this national ID, if any.
    pub mobile: Option<MobileNumber>,
    /// The smart card's serial.
    pub card_serial: Option<String>,
    /// Alive, or the date of death.
    pub vital: Vital,
}

/// What the civil registry answers to a national ID and a birth date. It never lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryAnswer {
    /// Both belong to this person.
    Match(Box<Person>),
    /// The national ID is known with another birth date.
    Mismatch,
    /// The national ID is not known.
    NotFound,
}
