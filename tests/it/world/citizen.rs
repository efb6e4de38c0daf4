//! Citizens: synthetic people in the registry, and what they know.

use super::World;
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::mobile::MobileNumber;
use panjereh::identity::national_id::{NationalId, check_digit};
use panjereh::identity::person::{Address, Gender, Person, PersonName, Vital};
use panjereh::registry::local::add_all;

/// A person, with what they type.
#[derive(Debug, Clone)]
pub struct Citizen {
    pub person: Person,
    /// The birth date as they write it.
    pub birth_date: String,
    pub password: String,
    pub recovery_codes: Vec<String>,
}

impl Citizen {
    pub fn national_id(&self) -> &str {
        self.person.national_id.as_str()
    }

    pub fn mobile(&self) -> &str {
        self.person.mobile.as_ref().expect("has a number").e164()
    }
}

/// A valid national ID for a number.
pub fn national_id(number: u32) -> NationalId {
    let nine = format!("{:09}", 200_000_000 + number);
    let check = char::from(check_digit(nine.as_bytes()));
    NationalId::parse(&format!("{nine}{check}")).unwrap()
}

/// The registry does not answer for this one.
pub fn unreachable() -> NationalId {
    national_id(999_999)
}

impl World {
    /// An adult whom the registry knows.
    pub async fn citizen(&self) -> Citizen {
        self.citizen_with(|_| ()).await
    }

    /// A person whom the registry knows, with some fields changed.
    pub async fn citizen_with(&self, change: impl FnOnce(&mut Person)) -> Citizen {
        let mut person = person(self.next_number());
        change(&mut person);
        add_all(&self.app.store, [person.clone()]).await.unwrap();
        let written = |(year, month, day)| format!("{year}/{month:02}/{day:02}");
        Citizen {
            birth_date: person.birth_date.jalali().map_or_else(|| person.birth_date.to_string(), written),
            password: format!("chenar-baran-{}", self.next_number()),
            recovery_codes: Vec::new(),
            person,
        }
    }
}

/// A person, alive and adult, with names that no page or log line holds by accident.
pub fn person(number: u32) -> Person {
    Person {
        national_id: national_id(number),
        name: PersonName { given: "گلاویژ".to_owned(), family: format!("نمونه‌زاده {number}") },
        latin_name: Some(PersonName { given: "Golavizh".to_owned(), family: format!("Nemunehzadeh {number}") }),
        father_name: "هژیر".to_owned(),
        gender: Gender::Female,
        birth_date: BirthDate::parse("1365/07/12").unwrap(),
        birth_place: "سنندج".to_owned(),
        address: Address {
            country: "IR".to_owned(),
            region: "کردستان".to_owned(),
            locality: "سنندج".to_owned(),
            street: format!("خیابان نمونه، پلاک {number}"),
            postal_code: "6613712345".to_owned(),
        },
        mobile: Some(MobileNumber::parse(&format!("+98912{:07}", 5_550_000 + number)).unwrap()),
        card_serial: None,
        vital: Vital::Alive,
    }
}
