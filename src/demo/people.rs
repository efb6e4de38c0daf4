//! The people of the demo: who one can be, and what happens with them.

use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::identity::person::{Person, PersonName, Vital};
use crate::random::Random;
use crate::secret::Secret;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What happens with somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
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
    /// The registry does not answer for them. Printed, and not in `/demo/people.json`.
    Unanswered,
}

/// How many of each kind one can be.
const CAST: [(Kind, usize); 6] =
    [(Kind::Account, 8), (Kind::New, 24), (Kind::Minor, 3), (Kind::Deceased, 3), (Kind::Abroad, 4), (Kind::Unanswered, 1)];
/// After so many records without everybody found, what is found has to do.
const SEARCHED: usize = 20_000;

/// Somebody one can be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoPerson {
    /// What happens with them.
    pub kind: Kind,
    /// Their record.
    pub person: Person,
    /// Their password, if they have an account.
    pub password: Option<Secret<String>>,
}

/// Everybody one can be. Keep it with the data (it serializes): a registry that lives on keeps its people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DemoPeople(Vec<DemoPerson>);

/// One entry of `/demo/people.json`; outside tests read it, so its form is fixed.
#[derive(Serialize)]
struct Entry<'a> {
    national_id: &'a str,
    birth_date: BirthDate,
    mobile: &'a str,
    password: Option<&'a str>,
    kind: Kind,
}

impl DemoPeople {
    /// Takes them out of a stream of records (which goes on behind them), and gives those with an account a password.
    ///
    /// `adult_from` says when somebody comes of age; `today` is the civil date.
    pub fn choose(
        persons: &mut impl Iterator<Item = Person>,
        adult_from: impl Fn(BirthDate) -> Date,
        today: Date,
        random: &Random,
    ) -> Self {
        let mut missing = CAST;
        let mut chosen = Vec::new();
        for mut person in persons.take(SEARCHED) {
            let nature = nature(&person, adult_from(person.birth_date), today);
            // Everybody here needs a number, for the pages ask for it before they refuse; the dead have none of their own.
            if nature == Nature::Deceased {
                person.mobile = number_of_nobody(chosen.len());
            }
            // A Latin name, too: terminals set Persian beside Latin columns badly.
            if person.mobile.is_none() || person.latin_name.is_none() {
                continue;
            }
            let Some((kind, count)) = missing.iter_mut().find(|(kind, count)| *count > 0 && kind.is_played_by(nature)) else {
                continue;
            };
            *count -= 1;
            let password = (*kind == Kind::Account).then(|| password(random));
            chosen.push(DemoPerson { kind: *kind, person, password });
            if missing.iter().all(|(_, count)| *count == 0) {
                break;
            }
        }
        chosen.sort_by_key(|one| CAST.iter().position(|(kind, _)| *kind == one.kind));
        Self(chosen)
    }

    /// Everybody, by kind.
    pub fn iter(&self) -> impl Iterator<Item = &DemoPerson> {
        self.0.iter()
    }

    /// Those of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &DemoPerson> {
        self.0.iter().filter(move |one| one.kind == kind)
    }

    /// The body of `/demo/people.json`.
    pub fn to_json(&self) -> serde_json::Value {
        let entries = self.0.iter().filter(|one| one.kind != Kind::Unanswered).map(|one| Entry {
            national_id: one.person.national_id.as_str(),
            birth_date: one.person.birth_date,
            mobile: one.person.mobile.as_ref().map_or("", |mobile| mobile.e164()),
            password: one.password.as_ref().map(|password| password.expose().as_str()),
            kind: one.kind,
        });
        entries.map(|entry| serde_json::to_value(entry).unwrap_or_default()).collect()
    }

    /// The table that the demo prints.
    pub fn table(&self, adult_from: impl Fn(BirthDate) -> Date) -> String {
        let head = ["name", "national ID", "born (Persian)", "born (Gregorian)", "mobile", "what happens"].map(str::to_owned);
        let mut rows = vec![head];
        rows.extend(self.0.iter().map(|one| one.row(adult_from(one.person.birth_date))));
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

/// A number that no operator has given out, so that it is nobody else's.
fn number_of_nobody(n: usize) -> Option<MobileNumber> {
    MobileNumber::parse(&format!("+98998{:07}", n + 1)).ok()
}

/// What a record says of somebody, whatever part they play.
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

impl Kind {
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
            (Kind::Account, Some(password)) => format!("has an account, password {}", password.expose()),
            (Kind::Account | Kind::New, _) => "may make an account".to_owned(),
            (Kind::Minor, _) => format!("refused: under age until {} ({adult_from})", jalali(BirthDate::from_civil(adult_from))),
            (Kind::Deceased, _) => "refused: recorded as deceased".to_owned(),
            (Kind::Abroad, _) => "may make an account, with a foreign number".to_owned(),
            (Kind::Unanswered, _) => "the registry does not answer for them".to_owned(),
        }
    }
}

fn full_name(name: &PersonName) -> String {
    format!("{} {}", name.given, name.family)
}

/// `1365-07-12`.
fn jalali(date: BirthDate) -> String {
    let (year, month, day) = date.jalali();
    format!("{year:04}-{month:02}-{day:02}")
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

    /// Somebody different for every number: each fifth one each of the kinds.
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
        birth.civil().saturating_add(jiff::Span::new().years(18))
    }

    fn people() -> DemoPeople {
        DemoPeople::choose(&mut (1..500).map(person), adult_from, date(2026, 1, 1), &Random::seeded(1))
    }

    #[test]
    fn everybody_of_the_cast_is_found_once() {
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
        assert_eq!(numbers.len(), people.iter().count(), "everybody has a number of their own");
        println!("{}", people.table(|birth| CountryProfile::IRAN.adult_from(birth)));
    }

    #[test]
    fn people_json_has_the_promised_form_and_hides_whom_the_registry_does_not_answer_for() {
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
    fn the_table_tells_of_everybody_in_both_calendars_and_when_a_minor_may_come_back() {
        let table = people().table(adult_from);
        assert_eq!(table.lines().count(), 44);
        assert!(table.contains("1365-07-12") && table.contains("1986-10-04"), "{table}");
        assert!(table.contains("under age until 1411-12-14 (2033-03-04)"), "{table}");
    }

    #[test]
    fn the_people_survive_being_kept() {
        let people = people();
        let kept = serde_json::to_string(&people).expect("text");
        let back: DemoPeople = serde_json::from_str(&kept).expect("people");
        assert_eq!(back.to_json(), people.to_json());
    }
}
