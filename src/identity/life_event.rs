//! Life events: what a civil registry tells about a person after the person was verified.

use crate::identity::mobile::MobileNumber;
use crate::identity::person::{Person, Vital};
use serde::{Deserialize, Serialize};

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LifeEvent {
    /// The person died.
    Death,
    /// The person was recorded as deceased by mistake.
    Returned,
    /// The name changed, in either script.
    Name,
    /// The birth date was corrected.
    BirthDate,
    /// The national card was revoked or replaced.
    CardRevoked {
        /// Its serial.
        serial: String,
    },
    /// A mobile number is no longer registered to the person.
    NumberGivenUp {
        /// The number.
        mobile: MobileNumber,
    },
}

/// A life event of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the feed. Numbers are dense.
    pub number: u64,
    /// What changed.
    pub event: LifeEvent,
    /// The record after the change.
    pub person: Person,
}

/// What changed from one record of a person to the next. Other differences, such as a new address, are no life events.
pub(crate) fn events_between(old: &Person, new: &Person) -> Vec<LifeEvent> {
    let vital = match (old.vital, new.vital) {
        (Vital::Alive, Vital::Deceased(_)) => Some(LifeEvent::Death),
        (Vital::Deceased(_), Vital::Alive) => Some(LifeEvent::Returned),
        _ => None,
    };
    let name = (old.name != new.name || old.latin_name != new.latin_name).then_some(LifeEvent::Name);
    let birth_date = (old.birth_date != new.birth_date).then_some(LifeEvent::BirthDate);
    let card = old.card_serial.clone().filter(|_| old.card_serial != new.card_serial);
    let number = old.mobile.clone().filter(|_| old.mobile != new.mobile);
    let card = card.map(|serial| LifeEvent::CardRevoked { serial });
    let number = number.map(|mobile| LifeEvent::NumberGivenUp { mobile });
    [vital, name, birth_date, card, number].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::birth_date::BirthDate;
    use crate::identity::national_id::NationalId;
    use crate::identity::person::{Address, Gender, PersonName};

    fn person() -> Person {
        Person {
            national_id: NationalId::parse("0012345679").expect("a national ID"),
            name: PersonName { given: "سارا".to_owned(), family: "نمونه".to_owned() },
            latin_name: None,
            father_name: "علی".to_owned(),
            gender: Gender::Female,
            birth_date: BirthDate::parse("1365/07/12").expect("a date"),
            birth_place: "یزد".to_owned(),
            address: Address {
                country: "IR".to_owned(),
                region: "یزد".to_owned(),
                locality: "یزد".to_owned(),
                street: "خیابان باغ ۱".to_owned(),
                postal_code: "8916712345".to_owned(),
            },
            mobile: MobileNumber::parse("09120000001").ok(),
            card_serial: Some("3G12345678".to_owned()),
            vital: Vital::Alive,
        }
    }

    #[test]
    fn each_life_event_is_found_and_a_new_address_or_a_first_number_is_none() {
        let (died, old) = (BirthDate::parse("1405/01/01").expect("a date"), person());
        let found = |change: &dyn Fn(&mut Person)| {
            let mut new = old.clone();
            change(&mut new);
            (events_between(&old, &new), events_between(&new, &old))
        };
        let mobile = old.mobile.clone().expect("a number");
        let given_up = LifeEvent::NumberGivenUp { mobile };
        let revoked = LifeEvent::CardRevoked { serial: "3G12345678".to_owned() };
        assert_eq!(found(&|new| new.vital = Vital::Deceased(died)), (vec![LifeEvent::Death], vec![LifeEvent::Returned]));
        assert_eq!(found(&|new| new.name.family = "دیگر".to_owned()), (vec![LifeEvent::Name], vec![LifeEvent::Name]));
        assert_eq!(found(&|new| new.latin_name = Some(old.name.clone())), (vec![LifeEvent::Name], vec![LifeEvent::Name]));
        assert_eq!(found(&|new| new.birth_date = died), (vec![LifeEvent::BirthDate], vec![LifeEvent::BirthDate]));
        assert_eq!(found(&|new| new.mobile = None), (vec![given_up.clone()], vec![]));
        assert_eq!(found(&|new| new.card_serial = None), (vec![revoked.clone()], vec![]));
        assert_eq!(found(&|new| new.address.street = String::new()), (vec![], vec![]));
        let all = found(&|new| (new.vital, new.mobile, new.card_serial) = (Vital::Deceased(died), None, None));
        assert_eq!(all.0, [LifeEvent::Death, revoked, given_up]);
    }
}
