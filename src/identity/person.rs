//! A person in the civil registry, and the registry's answers.

use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use serde::{Deserialize, Serialize};

/// A given and a family name in one script. A person with a single name has only one of them; the other is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonName {
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
}

impl PersonName {
    /// Given and family name in this order, or the only one.
    pub fn full(&self) -> String {
        let parts = [self.given.as_str(), self.family.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
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

/// Whether the person is alive according to the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vital {
    /// Alive when the record was read.
    Alive,
    /// Deceased on that date.
    Deceased(BirthDate),
}

/// Where the person lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// ISO 3166-1 alpha-2, e.g. `IR`. Another country means that the person lives abroad.
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

/// One record of the civil registry. It is personal data and must not be logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// National ID.
    pub national_id: NationalId,
    /// Name in Persian script.
    pub name: PersonName,
    /// Name in Latin script, if the registry has one.
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

/// The civil registry's answer to a national ID and a birth date. The registry has no call that lists people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryAnswer {
    /// The national ID and the birth date belong to this person.
    Match(Box<Person>),
    /// The national ID is known with another birth date.
    Mismatch,
    /// The national ID is not known.
    NotFound,
}
