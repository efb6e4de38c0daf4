//! The people of the demo that a user can play, and what happens to each of them.

use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::identity::person::{Person, PersonName, Vital};
use crate::random::Random;
use crate::secret::Secret;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What happens to a person of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PersonKind {
    /// Has an account and a password.
    Account,
    /// May make an account.
    New,
    /// Is under age.
    Minor,
    /// Is recorded as deceased.
    Deceased,
    /// Lives abroad, with a foreign number; may make an account.
    Abroad,
    /// The registry does not answer for them. They are in the printed table, but not in `/demo/people.json`.
    Unanswered,
}

/// How many people of each kind there are.
const CAST: [(PersonKind, usize); 6] = [
    (PersonKind::Account, 8),
    (PersonKind::New, 24),
    (PersonKind::Minor, 3),
    (PersonKind::Deceased, 3),
    (PersonKind::Abroad, 4),
    (PersonKind::Unanswered, 1),
];
/// How many records are searched at most. If some people are not found by then, the demo runs without them.
const SEARCHED: usize = 20_000;

/// A person that a user of the demo can play.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DemoPerson {
    /// What happens to them.
    pub(crate) kind: PersonKind,
    /// Their record.
    pub(crate) person: Person,
    /// Their password, if they have an account.
    pub(crate) password: Option<Secret<String>>,
}

/// All people that a user can play. Store it with the data (it serializes): a registry that is kept keeps its people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct DemoPeople(Vec<DemoPerson>);

/// One entry of `/demo/people.json`; external tests read it, so its form is fixed.
#[derive(Serialize)]
struct PersonEntry<'a> {
    national_id: &'a str,
    birth_date: BirthDate,
    mobile: &'a str,
    password: Option<&'a str>,
    kind: PersonKind,
}

impl DemoPeople {
    /// Takes them from a stream of records (the caller can use the rest of it), and gives those with an account a password.
    ///
    /// `adult_from` says when a person comes of age; `today` is the civil date.
    pub(crate) fn choose(
        persons: &mut impl Iterator<Item = Person>,
        adult_from: impl Fn(BirthDate) -> Date,
        today: Date,
        random: &Random,
    ) -> Self {
        let mut missing = CAST;
        let mut chosen = Vec::new();
        for mut person in persons.take(SEARCHED) {
            let nature = nature(&person, adult_from(person.birth_date), today);
            // All of them need a number, because the pages ask for it before they refuse; deceased people have none of their own.
            if nature == Nature::Deceased {
                person.mobile = number_of_nobody(chosen.len());
            }
            // And a Latin name: terminals do not align Persian text with Latin columns.
            if person.mobile.is_none() || person.latin_name.is_none() {
                continue;
            }
            let Some((kind, count)) = missing.iter_mut().find(|(kind, count)| *count > 0 && kind.is_played_by(nature)) else {
                continue;
            };
            *count -= 1;
            let password = (*kind == PersonKind::Account).then(|| password(random));
            chosen.push(DemoPerson { kind: *kind, person, password });
            if missing.iter().all(|(_, count)| *count == 0) {
                break;
            }
        }
        chosen.sort_by_key(|one| CAST.iter().position(|(kind, _)| *kind == one.kind));
        Self(chosen)
    }

    /// All people, by kind.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &DemoPerson> {
        self.0.iter()
    }

    /// Those of one kind.
    pub(crate) fn of(&self, kind: PersonKind) -> impl Iterator<Item = &DemoPerson> {
        self.0.iter().filter(move |one| one.kind == kind)
    }

    /// The body of `/demo/people.json`.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let entries = self.0.iter().filter(|one| one.kind != PersonKind::Unanswered).map(|one| PersonEntry {
            national_id: one.person.national_id.as_str(),
            birth_date: one.person.birth_date,
            mobile: one.person.mobile.as_ref().map_or("", |mobile| mobile.e164()),
            password: one.password.as_ref().map(|password| password.expose().as_str()),
            kind: one.kind,
        });
        entries.map(|entry| serde_json::to_value(entry).unwrap_or_default()).collect()
    }

    /// The people by kind, in the order in which they are shown.
    pub(crate) fn by_kind(&self) -> impl Iterator<Item = (PersonKind, Vec<&DemoPerson>)> {
        CAST.iter().map(|(kind, _)| (*kind, self.of(*kind).collect()))
    }

    /// The first person of each kind, for the table that the demo prints.
    fn first_of_each_kind(&self) -> impl Iterator<Item = &DemoPerson> {
        CAST.iter().filter_map(|(kind, _)| self.of(*kind).next())
    }

    /// The table that the demo prints: one person of each kind.
    pub(crate) fn table(&self, adult_from: impl Fn(BirthDate) -> Date) -> String {
        let head = ["name", "national ID", "born (Persian)", "born (Gregorian)", "mobile", "what happens"].map(str::to_owned);
        let mut rows = vec![head];
        rows.extend(self.first_of_each_kind().map(|one| one.row(adult_from(one.person.birth_date))));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 5] = std::array::from_fn(width);
        rows.iter().fold(String::new(), |mut table, row| {
            for (cell, width) in row.iter().zip(widths) {
                // Writing to a String cannot fail.
                let _ = write!(table, "{cell:width$}  ");
            }
            table + &row[5] + "\n"
        })
    }
}

/// A number that no operator has issued, so that it belongs to no real person.
fn number_of_nobody(n: usize) -> Option<MobileNumber> {
    MobileNumber::parse(&format!("+98998{:07}", n + 1)).ok()
}

/// What a record says about a person, whatever kind they are chosen for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    Adult,
    Minor,
    Deceased,
    Abroad,
}

fn nature(person: &Person, adult_from: Date, today: Date) -> Nature {
    if matches!(person.vital, Vital::Deceased(_)) {
        Nature::Deceased
    } else if today < adult_from {
        Nature::Minor
    } else if person.address.country == "IR" {
        Nature::Adult
    } else {
        Nature::Abroad
    }
}

impl PersonKind {
    const fn is_played_by(self, nature: Nature) -> bool {
        match self {
            Self::Account | Self::New | Self::Unanswered => matches!(nature, Nature::Adult),
            Self::Minor => matches!(nature, Nature::Minor),
            Self::Deceased => matches!(nature, Nature::Deceased),
            Self::Abroad => matches!(nature, Nature::Abroad),
        }
    }
}

impl DemoPerson {
    fn row(&self, adult_from: Date) -> [String; 6] {
        let name = self.person.latin_name.as_ref().unwrap_or(&self.person.name);
        [
            full_name(name),
            self.person.national_id.as_str().to_owned(),
            jalali(self.person.birth_date),
            self.person.birth_date.to_string(),
            self.person.mobile.as_ref().map_or_else(String::new, |mobile| mobile.e164().to_owned()),
            self.fate(adult_from),
        ]
    }

    fn fate(&self, adult_from: Date) -> String {
        match (self.kind, &self.password) {
            (PersonKind::Account, Some(password)) => format!("has an account, password {}", password.expose()),
            (PersonKind::Account | PersonKind::New, _) => "may make an account".to_owned(),
            (PersonKind::Minor, _) => {
                format!("refused: under age until {} ({adult_from})", jalali(BirthDate::from_civil(adult_from)))
            }
            (PersonKind::Deceased, _) => "refused: recorded as deceased".to_owned(),
            (PersonKind::Abroad, _) => "may make an account, with a foreign number".to_owned(),
            (PersonKind::Unanswered, _) => "the registry does not answer for them".to_owned(),
        }
    }
}

pub(crate) fn full_name(name: &PersonName) -> String {
    name.full()
}

/// `1365-07-12`; as it is known where the day is not.
pub(crate) fn jalali(date: BirthDate) -> String {
    date.jalali().map_or_else(|| date.to_string(), |(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
}

const WORDS: [&str; 16] = [
    "anar", "baran", "chenar", "darya", "ferdows", "gandom", "hamun", "jangal", "kabutar", "laleh", "mahtab", "narenj",
    "parvaneh", "setareh", "toranj", "zaferan",
];

/// Easily typed, and long enough for the rules of `crypto::password`.
fn password(random: &Random) -> Secret<String> {
    let word = || WORDS[usize::try_from(random.below(16)).unwrap_or(0)];
    Secret::new(format!("{}-{}-{:04}", word(), word(), random.below(10_000)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::age::CountryProfile;
    use crate::identity::national_id::{NationalId, check_digit};
    use crate::identity::person::{Address, Gender};
    use jiff::civil::date;

    /// A different person for every number. Of each five, one is a minor, one lives abroad, one is deceased, and two are adults.
    fn person(number: u32) -> Person {
        let mut digits = format!("{:09}", 10_000_000 + number).into_bytes();
        digits.push(check_digit(&digits));
        let text = String::from_utf8(digits).expect("digits");
        let name = PersonName { given: "سارا".to_owned(), family: "نمونه".to_owned() };
        let birth = BirthDate::from_civil(if number % 5 == 1 { date(2015, 3, 4) } else { date(1986, 10, 4) });
        Person {
            national_id: NationalId::parse(&text).expect("valid"),
            name: name.clone(),
            latin_name: Some(PersonName { given: "Sara".to_owned(), family: "Nemuneh".to_owned() }),
            father_name: "علی".to_owned(),
            gender: Gender::Female,
            birth_date: birth,
            birth_place: "یزد".to_owned(),
            address: Address {
                country: if number % 5 == 2 { "DE" } else { "IR" }.to_owned(),
                region: "یزد".to_owned(),
                locality: "یزد".to_owned(),
                street: "خیابان باغ ۱".to_owned(),
                postal_code: "8916712345".to_owned(),
            },
            mobile: MobileNumber::parse(&format!("+989{:09}", 120_000_000 + number)).ok(),
            card_serial: None,
            vital: if number % 5 == 3 { Vital::Deceased(BirthDate::from_civil(date(2020, 1, 1))) } else { Vital::Alive },
        }
    }

    fn adult_from(birth: BirthDate) -> Date {
        birth.latest().saturating_add(jiff::Span::new().years(18))
    }

    fn people() -> DemoPeople {
        DemoPeople::choose(&mut (1..500).map(person), adult_from, date(2026, 1, 1), &Random::seeded(1))
    }

    #[test]
    fn every_person_of_the_cast_is_found_once() {
        let people = people();
        for (kind, count) in CAST {
            assert_eq!(people.of(kind).count(), count, "{kind:?}");
        }
        let mut ids: Vec<_> = people.iter().map(|one| one.person.national_id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), people.iter().count());
    }

    #[test]
    fn the_synthetic_registry_has_the_whole_cast_early_on() {
        let today = date(2026, 11, 24);
        let mut persons = crate::registry::generate::Generator::new(1, today).take(2000);
        let people = DemoPeople::choose(&mut persons, |birth| CountryProfile::IRAN.adult_from(birth), today, &Random::seeded(1));
        for (kind, count) in CAST {
            assert_eq!(people.of(kind).count(), count, "{kind:?}");
        }
        let numbers: std::collections::HashSet<_> = people.iter().map(|one| one.person.mobile.clone()).collect();
        assert_eq!(numbers.len(), people.iter().count(), "every person has a number of their own");
        println!("{}", people.table(|birth| CountryProfile::IRAN.adult_from(birth)));
    }

    #[test]
    fn people_json_has_the_promised_form_and_lacks_people_the_registry_does_not_answer_for() {
        let json = people().to_json();
        let entries = json.as_array().expect("a list");
        assert_eq!(entries.len(), 42);
        for entry in entries {
            let kind = entry["kind"].as_str().expect("a kind");
            assert!(["account", "new", "minor", "deceased", "abroad"].contains(&kind), "{kind}");
            assert_eq!(entry["password"].is_string(), kind == "account");
            assert_eq!(entry["birth_date"].as_str().map(str::len), Some(10));
            assert!(entry["mobile"].as_str().is_some_and(|mobile| mobile.starts_with('+')));
        }
    }

    #[test]
    fn the_table_has_one_person_of_each_kind_in_both_calendars_and_says_when_a_minor_comes_of_age() {
        let table = people().table(adult_from);
        assert_eq!(table.lines().count(), 1 + CAST.len());
        assert!(table.contains("1365-07-12") && table.contains("1986-10-04"), "{table}");
        assert!(table.contains("under age until 1411-12-14 (2033-03-04)"), "{table}");
    }

    #[test]
    fn the_people_are_the_same_after_they_were_stored_and_read() {
        let people = people();
        let kept = serde_json::to_string(&people).expect("text");
        let back: DemoPeople = serde_json::from_str(&kept).expect("people");
        assert_eq!(back.to_json(), people.to_json());
    }
}
