//! Synthetic people: a believable civil registry of any size without real people. The same seed and day give the same people;
//! memory does not grow with their number.

use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::person::{Address, Gender, Person, PersonName, Vital};
use crate::random::Random;
use crate::registry::people::{CityAbroad, Pair, Words};
use crate::registry::permutation::Permutation;
use crate::text::persian_digits;
use jiff::SignedDuration;
use jiff::civil::Date;

/// The prefixes of mobile numbers that are assigned to operators, without the leading zero.
const OPERATORS: [&str; 30] = [
    "910", "911", "912", "913", "914", "915", "916", "917", "918", "919", "901", "902", "903", "904", "905", "930", "933", "935",
    "936", "937", "938", "939", "920", "921", "922", "990", "991", "992", "993", "994",
];
/// Subscriber numbers per prefix in [`OPERATORS`].
const SUBSCRIBERS: u64 = 10_000_000;
/// Days after which every person is an adult, in either calendar.
const DAYS_TO_ADULT: u64 = 6576;
/// Days up to which every person is a minor, in either calendar.
const DAYS_OF_A_MINOR: u64 = 6573;
/// Days until a person gets the first national ID card and the first own number, about 15 and 12 years.
const DAYS_TO_CARD: u64 = 5480;
const DAYS_TO_MOBILE: u64 = 4383;

/// Generates people one after the other, until all 1,000,000,000 national IDs are used.
#[derive(Debug, Clone)]
pub(crate) struct Generator {
    random: Random,
    today: Date,
    words: Words,
    national_ids: Permutation,
    next_national_id: u64,
    mobiles: Permutation,
    next_mobile: u64,
    /// For each city abroad: the order in which its numbers are assigned.
    mobiles_abroad: Vec<Permutation>,
    next_mobile_abroad: u64,
}

/// The properties of a person that are decided first, because others depend on them.
struct Life {
    /// Days since birth.
    days: u64,
    vital: Vital,
    abroad: Option<usize>,
}

impl Generator {
    /// People of this seed, as of this day.
    pub(crate) fn new(seed: u64, today: Date) -> Self {
        let random = Random::seeded(seed);
        let words = Words::read();
        let abroad = words.abroad.iter().map(|city| Permutation::new(city.mobile_until - city.mobile_from, &random)).collect();
        Self {
            national_ids: Permutation::new(1_000_000_000, &random),
            next_national_id: 0,
            mobiles: Permutation::new(OPERATORS.len() as u64 * SUBSCRIBERS, &random),
            next_mobile: 0,
            mobiles_abroad: abroad,
            next_mobile_abroad: 0,
            random,
            today,
            words,
        }
    }

    /// About 5 % deceased, 22 % minors, 4 % abroad.
    fn life(&self) -> Life {
        let roll = self.random.below(1000);
        if roll < 50 {
            return self.ended_life();
        }
        let days = if roll < 270 {
            1 + self.random.below(DAYS_OF_A_MINOR)
        } else {
            // The smaller of two draws: many young adults, few people of ninety.
            DAYS_TO_ADULT + self.random.below(27_000).min(self.random.below(27_000))
        };
        let abroad = (self.random.below(1000) < 43).then(|| self.index(self.words.abroad.len()));
        Life { days, vital: Vital::Alive, abroad }
    }

    fn ended_life(&self) -> Life {
        let days = 7000 + self.random.below(31_000);
        // The larger of two draws: most people died old.
        let lived = self.random.below(days).max(self.random.below(days));
        Life { days, vital: Vital::Deceased(self.days_ago(days - lived)), abroad: None }
    }

    fn days_ago(&self, days: u64) -> BirthDate {
        let hours = i64::try_from(days).unwrap_or(0) * 24;
        BirthDate::from_civil(self.today.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(self.today))
    }

    fn index(&self, len: usize) -> usize {
        usize::try_from(self.random.below(len as u64)).unwrap_or(0)
    }

    fn pick<T: Copy>(&self, list: &[T]) -> T {
        list[self.index(list.len())]
    }

    fn chance(&self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    /// A city; big ones are drawn more often.
    fn city(&self) -> super::people::City {
        let weights = &self.words.city_weights;
        let drawn = self.random.below(weights.last().copied().unwrap_or(1));
        self.words.cities[weights.partition_point(|weight| *weight <= drawn)]
    }

    fn next_national_id(&mut self) -> Option<NationalId> {
        loop {
            let nine_digits = self.national_ids.at(self.next_national_id)?;
            self.next_national_id += 1;
            // IDs of ten equal digits are not valid and are skipped.
            if let Some(id) = NationalId::from_nine_digits(u32::try_from(nine_digits).ok()?) {
                return Some(id);
            }
        }
    }

    fn name(&self, gender: Gender) -> (PersonName, PersonName) {
        let (given, given_latin) = self.pick(match gender {
            Gender::Female => &self.words.female,
            Gender::Male => &self.words.male,
        });
        let (family, family_latin) = if self.chance(70) {
            let (family, latin) = self.pick(&self.words.family);
            (family.to_owned(), latin.to_owned())
        } else {
            composed(self.pick(&self.words.stems), self.pick(&self.words.endings))
        };
        (PersonName { given: given.to_owned(), family }, PersonName { given: given_latin.to_owned(), family: family_latin })
    }

    fn address(&self, city: super::people::City) -> Address {
        let flat = if self.chance(40) { format!("، واحد {}", 1 + self.random.below(24)) } else { String::new() };
        let (street, alley) = (self.pick(&self.words.streets), self.pick(&self.words.alleys));
        let street = format!("{street}، {alley}، پلاک {}{flat}", 1 + self.random.below(240));
        // The first five digits of a postal code are neither 0 nor 2.
        let district: String = (0..3).map(|_| self.pick(&['1', '3', '4', '5', '6', '7', '8', '9'])).collect();
        Address {
            country: "IR".to_owned(),
            region: city.province.to_owned(),
            locality: city.name.to_owned(),
            street: persian_digits(&street),
            postal_code: format!("{}{district}{:05}", city.postal_prefix, 10_000 + self.random.below(90_000)),
        }
    }

    fn address_abroad(&self, city: &CityAbroad) -> Address {
        let street =
            self.pick(&["خیابان اصلی", "خیابان ایستگاه", "خیابان باغ", "خیابان مدرسه", "خیابان کلیسا", "خیابان دانشگاه"]);
        Address {
            country: city.country.to_owned(),
            region: city.region.to_owned(),
            locality: city.name.to_owned(),
            street: persian_digits(&format!("{street}، شماره {}", 1 + self.random.below(180))),
            postal_code: city.postal_code.to_owned(),
        }
    }

    fn mobile(&mut self, life: &Life) -> Option<MobileNumber> {
        let percent = match life.days {
            days if life.vital != Vital::Alive || days < DAYS_TO_MOBILE => 0,
            days if days < DAYS_TO_ADULT => 60,
            _ => 97,
        };
        if !self.chance(percent) {
            return None;
        }
        let number = if let Some(city) = life.abroad {
            let place = self.next_mobile_abroad;
            self.next_mobile_abroad += 1;
            let subscriber = self.mobiles_abroad[city].at(place)?;
            self.words.abroad[city].mobile(self.words.abroad[city].mobile_from + subscriber)
        } else {
            let shuffled = self.mobiles.at(self.next_mobile)?;
            self.next_mobile += 1;
            let operator = OPERATORS[usize::try_from(shuffled / SUBSCRIBERS).ok()?];
            format!("+98{operator}{:07}", shuffled % SUBSCRIBERS)
        };
        // Checks only the form: a test checks the list against the numbering plans, and doing so for ten million numbers takes
        // minutes.
        MobileNumber::from_e164(number).ok()
    }

    fn card_serial(&self, days: u64) -> Option<String> {
        let has_one = days >= DAYS_TO_CARD && self.chance(92);
        has_one.then(|| {
            let (kind, series) = (1 + self.random.below(9), self.pick(&['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']));
            format!("{kind}{series}{:08}", self.random.below(100_000_000))
        })
    }
}

impl Iterator for Generator {
    type Item = Person;

    fn next(&mut self) -> Option<Person> {
        let national_id = self.next_national_id()?;
        let life = self.life();
        let gender = if self.chance(50) { Gender::Female } else { Gender::Male };
        let (name, latin_name) = self.name(gender);
        let city = self.city();
        let birth_place = if self.chance(70) { city.name } else { self.city().name };
        let address = match life.abroad {
            Some(abroad) => self.address_abroad(&self.words.abroad[abroad]),
            None => self.address(city),
        };
        Some(Person {
            national_id,
            name,
            latin_name: self.chance(88).then_some(latin_name),
            father_name: self.pick(&self.words.male).0.to_owned(),
            gender,
            birth_date: self.days_ago(life.days),
            birth_place: birth_place.to_owned(),
            address,
            mobile: self.mobile(&life),
            card_serial: self.card_serial(life.days),
            vital: life.vital,
        })
    }
}

/// A family name of two parts, with a zero-width non-joiner if the letters would join.
fn composed(stem: Pair, ending: Pair) -> (String, String) {
    let ends_apart = stem.0.ends_with(['ا', 'د', 'ذ', 'ر', 'ز', 'ژ', 'و']);
    let gap = if ends_apart { "" } else { "\u{200c}" };
    (format!("{}{gap}{}", stem.0, ending.0), format!("{}{}", stem.1, ending.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::age::CountryProfile;
    use jiff::civil::date;
    use std::collections::HashSet;

    const TODAY: Date = date(2026, 11, 23);

    fn share(people: &[Person], of: impl Fn(&Person) -> bool) -> f64 {
        let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        100.0 * count(people.iter().filter(|person| of(person)).count()) / count(people.len())
    }

    #[test]
    fn the_same_seed_gives_the_same_people_and_another_seed_others() {
        let people = |seed| Generator::new(seed, TODAY).take(50).collect::<Vec<_>>();
        assert_eq!(people(1), people(1));
        assert_ne!(people(1), people(2));
    }

    #[test]
    fn no_two_people_share_a_national_id_or_a_number_and_all_numbers_are_valid() {
        let (mut ids, mut mobiles) = (HashSet::new(), HashSet::new());
        for person in Generator::new(3, TODAY).take(30_000) {
            assert_eq!(NationalId::parse(person.national_id.as_str()).as_ref(), Ok(&person.national_id));
            assert!(ids.insert(person.national_id.nine_digits()));
            if let Some(mobile) = person.mobile {
                assert_eq!(mobile.is_domestic(), person.address.country == "IR");
                assert_eq!(MobileNumber::parse(mobile.e164()).as_ref(), Ok(&mobile));
                assert!(mobiles.insert(mobile));
            }
        }
    }

    #[test]
    fn minors_deceased_and_people_abroad_have_the_right_shares_and_properties() {
        let people: Vec<Person> = Generator::new(4, TODAY).take(20_000).collect();
        let now = crate::time::Timestamp::from_millis(1_795_435_200_000);
        let minor = |person: &Person| !CountryProfile::IRAN.is_adult(person.birth_date, now);
        let alive = |person: &Person| person.vital == Vital::Alive;
        let share_of = |low: f64, high: f64, share: f64| assert!((low..high).contains(&share), "{share}");
        share_of(21.0, 24.0, share(&people, |person| alive(person) && minor(person)));
        share_of(4.0, 6.0, share(&people, |person| !alive(person)));
        share_of(3.5, 4.7, share(&people, |person| person.address.country != "IR"));
        share_of(
            95.0,
            99.0,
            100.0 * share(&people, |p| alive(p) && !minor(p) && p.mobile.is_some()) / share(&people, |p| alive(p) && !minor(p)),
        );
        for person in people {
            assert!(person.birth_date.latest() <= TODAY);
            if let Vital::Deceased(death) = person.vital {
                assert!(death.latest() >= person.birth_date.latest() && death.latest() <= TODAY && person.mobile.is_none());
            }
            if person.address.country == "IR" {
                assert_eq!(person.address.postal_code.len(), 10);
            }
        }
    }

    #[test]
    fn a_composed_family_name_joins_only_where_letters_do_not() {
        assert_eq!(composed(("علی", "Ali"), ("زاده", "zadeh")), ("علی\u{200c}زاده".to_owned(), "Alizadeh".to_owned()));
        assert_eq!(composed(("محمد", "Mohammad"), ("پور", "pour")).0, "محمدپور");
    }
}
