//! One line of a registry file: a person in CSV (RFC 4180), parsed and written.

use crate::identity::birth_date::{BirthDate, BirthDateError};
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::{NationalId, NationalIdError};
use crate::identity::person::{Address, Gender, Person, PersonName, Vital};
use csv::StringRecord;
use std::fmt;
use std::io::Write;

/// The columns of a registry file in order; the first line of the file. These may be empty: both Latin names together,
/// `father_name`, `birth_place`, `region`, `street`, `postal_code`, `mobile`, `card_serial` and `deceased_on`. Dates are
/// `YYYY-MM-DD` in either calendar: the year decides which. `gender` is `female` or `male`, `country` an ISO 3166-1 alpha-2 code.
pub(crate) const HEADER: [&str; 17] = [
    "national_id",
    "birth_date",
    "gender",
    "given_name",
    "family_name",
    "given_name_latin",
    "family_name_latin",
    "father_name",
    "birth_place",
    "country",
    "region",
    "locality",
    "street",
    "postal_code",
    "mobile",
    "card_serial",
    "deceased_on",
];

/// Maximum length of a field, in characters.
const LONGEST_FIELD: usize = 200;

/// A line that is not a person, and why. It repeats nothing of the line, which may contain personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadLine {
    /// Its number; the header is line 1.
    pub(crate) line: u64,
    /// What is wrong with it.
    pub(crate) reason: LineProblem,
}

/// `line 17: …`, as the command line prints it.
impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineProblem {
    /// Not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// Longer than [`LONGEST_LINE`](super::import::LONGEST_LINE).
    #[error("it is longer than {} bytes", super::import::LONGEST_LINE)]
    TooLong,
    /// Too few or too many fields; often caused by a comma or a quote in a text that is not quoted.
    #[error("it has {found} fields where {} are expected", HEADER.len())]
    FieldCount {
        /// How many fields it has.
        found: usize,
    },
    /// A required field is empty.
    #[error("{0} is empty")]
    Missing(&'static str),
    /// A text is too long or has control characters.
    #[error("{0} is longer than 200 characters or has control characters")]
    Text(&'static str),
    /// Not a national ID.
    #[error("national_id: {0}")]
    NationalId(NationalIdError),
    /// The national ID is on an earlier line, too.
    #[error("national_id: it is on an earlier line, too")]
    Repeated,
    /// Not a date.
    #[error("{0}: {1}")]
    Date(&'static str, BirthDateError),
    /// The date of death is before the date of birth.
    #[error("deceased_on is before birth_date")]
    DiedBeforeBirth,
    /// Neither `female` nor `male`.
    #[error("gender is neither female nor male")]
    Gender,
    /// Only one of the two Latin names is given.
    #[error("given_name_latin and family_name_latin must both be given or both be empty")]
    HalfLatinName,
    /// Not two capital letters.
    #[error("country is not two capital letters")]
    Country,
    /// Not ten digits, for an address in the country.
    #[error("postal_code does not have ten digits")]
    PostalCode,
    /// Not a mobile number.
    #[error("mobile is not a mobile number")]
    Mobile,
    /// Not 4 to 20 letters and digits.
    #[error("card_serial is not 4 to 20 Latin letters and digits")]
    CardSerial,
}

/// Parses the person on a line.
pub(crate) fn parse_row(line: u64, record: &StringRecord) -> Result<Person, BadLine> {
    person_of(record).map_err(|reason| BadLine { line, reason })
}

fn person_of(record: &StringRecord) -> Result<Person, LineProblem> {
    if record.len() != HEADER.len() {
        return Err(LineProblem::FieldCount { found: record.len() });
    }
    let national_id = NationalId::parse(required(record, 0)?).map_err(LineProblem::NationalId)?;
    let birth_date = date_of(record, 1)?.ok_or(LineProblem::Missing(HEADER[1]))?;
    let vital = match date_of(record, 16)? {
        None => Vital::Alive,
        Some(death) if death < birth_date => return Err(LineProblem::DiedBeforeBirth),
        Some(death) => Vital::Deceased(death),
    };
    Ok(Person {
        national_id,
        name: PersonName { given: required(record, 3)?.to_owned(), family: required(record, 4)?.to_owned() },
        latin_name: latin_name_of(record)?,
        father_name: text(record, 7)?.to_owned(),
        gender: gender_of(required(record, 2)?)?,
        birth_date,
        birth_place: text(record, 8)?.to_owned(),
        address: address_of(record)?,
        mobile: mobile_of(text(record, 14)?)?,
        card_serial: card_serial_of(text(record, 15)?)?,
        vital,
    })
}

fn text(record: &StringRecord, column: usize) -> Result<&str, LineProblem> {
    let text = record.get(column).unwrap_or_default().trim();
    let fits = text.chars().take(LONGEST_FIELD + 1).count() <= LONGEST_FIELD && !text.chars().any(char::is_control);
    fits.then_some(text).ok_or(LineProblem::Text(HEADER[column]))
}

fn required(record: &StringRecord, column: usize) -> Result<&str, LineProblem> {
    let text = text(record, column)?;
    if text.is_empty() { Err(LineProblem::Missing(HEADER[column])) } else { Ok(text) }
}

fn date_of(record: &StringRecord, column: usize) -> Result<Option<BirthDate>, LineProblem> {
    let text = text(record, column)?;
    if text.is_empty() {
        return Ok(None);
    }
    BirthDate::parse(text).map(Some).map_err(|error| LineProblem::Date(HEADER[column], error))
}

fn gender_of(text: &str) -> Result<Gender, LineProblem> {
    match text {
        "female" => Ok(Gender::Female),
        "male" => Ok(Gender::Male),
        _ => Err(LineProblem::Gender),
    }
}

fn latin_name_of(record: &StringRecord) -> Result<Option<PersonName>, LineProblem> {
    let (given, family) = (text(record, 5)?, text(record, 6)?);
    match (given.is_empty(), family.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some(PersonName { given: given.to_owned(), family: family.to_owned() })),
        _ => Err(LineProblem::HalfLatinName),
    }
}

fn address_of(record: &StringRecord) -> Result<Address, LineProblem> {
    let country = required(record, 9)?;
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(LineProblem::Country);
    }
    let postal_code = text(record, 13)?;
    let ten_digits = postal_code.len() == 10 && postal_code.bytes().all(|b| b.is_ascii_digit());
    if country == "IR" && !postal_code.is_empty() && !ten_digits {
        return Err(LineProblem::PostalCode);
    }
    Ok(Address {
        country: country.to_owned(),
        region: text(record, 10)?.to_owned(),
        locality: required(record, 11)?.to_owned(),
        street: text(record, 12)?.to_owned(),
        postal_code: postal_code.to_owned(),
    })
}

fn mobile_of(text: &str) -> Result<Option<MobileNumber>, LineProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    MobileNumber::parse(text).map(Some).map_err(|_| LineProblem::Mobile)
}

fn card_serial_of(text: &str) -> Result<Option<String>, LineProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    let well_formed = (4..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    well_formed.then(|| Some(text.to_ascii_uppercase())).ok_or(LineProblem::CardSerial)
}

/// Writes the first line of a registry file.
pub(crate) fn write_header<W: Write>(writer: &mut csv::Writer<W>) -> Result<(), csv::Error> {
    writer.write_record(HEADER)
}

/// Writes the line of a person, so that [`parse_row`] returns the same person.
pub(crate) fn write_row<W: Write>(writer: &mut csv::Writer<W>, person: &Person) -> Result<(), csv::Error> {
    let latin = person.latin_name.as_ref();
    let (address, birth_date) = (&person.address, person.birth_date.to_string());
    let deceased_on = match person.vital {
        Vital::Alive => String::new(),
        Vital::Deceased(death) => death.to_string(),
    };
    writer.write_record([
        person.national_id.as_str(),
        &birth_date,
        match person.gender {
            Gender::Female => "female",
            Gender::Male => "male",
        },
        &person.name.given,
        &person.name.family,
        latin.map_or("", |name| &name.given),
        latin.map_or("", |name| &name.family),
        &person.father_name,
        &person.birth_place,
        &address.country,
        &address.region,
        &address.locality,
        &address.street,
        &address.postal_code,
        person.mobile.as_ref().map_or("", MobileNumber::e164),
        person.card_serial.as_deref().unwrap_or_default(),
        &deceased_on,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: [&str; 17] = [
        "0012345679",
        "1365-07-12",
        "female",
        "مریم",
        "احمدی",
        "Maryam",
        "Ahmadi",
        "حسین",
        "تهران",
        "IR",
        "تهران",
        "تهران",
        "خیابان آزادی، پلاک ۱۲",
        "1134567890",
        "09121234567",
        "3g12345678",
        "",
    ];

    fn with(column: &str, value: &str) -> Result<Person, LineProblem> {
        let place = HEADER.iter().position(|name| *name == column).expect("a column");
        let mut fields = GOOD;
        fields[place] = value;
        parse_row(7, &StringRecord::from(fields.to_vec())).map_err(|bad| {
            assert_eq!(bad.line, 7);
            bad.reason
        })
    }

    #[test]
    fn a_good_line_is_a_person() {
        let person = with("deceased_on", "").expect("a person");
        assert_eq!(person.birth_date.to_string(), "1986-10-04");
        assert_eq!(person.mobile.as_ref().map(MobileNumber::e164), Some("+989121234567"));
        assert_eq!(person.card_serial.as_deref(), Some("3G12345678"));
        assert_eq!(person.vital, Vital::Alive);
        assert_eq!(person.address.street, "خیابان آزادی، پلاک ۱۲");
    }

    #[test]
    fn each_bad_field_has_its_own_reason() {
        use LineProblem as P;
        for (column, value, reason) in [
            ("national_id", "", P::Missing("national_id")),
            ("national_id", "0012345678", P::NationalId(NationalIdError::WrongCheckDigit)),
            ("national_id", "12", P::NationalId(NationalIdError::NotTenDigits)),
            ("birth_date", "", P::Missing("birth_date")),
            ("birth_date", "1404-12-30", P::Date("birth_date", BirthDateError::NoSuchDay)),
            ("deceased_on", "yesterday", P::Date("deceased_on", BirthDateError::NotADate)),
            ("deceased_on", "1986-10-03", P::DiedBeforeBirth),
            ("gender", "F", P::Gender),
            ("given_name", " ", P::Missing("given_name")),
            ("family_name", "a\u{0}b", P::Text("family_name")),
            ("family_name_latin", "", P::HalfLatinName),
            ("country", "ir", P::Country),
            ("country", "", P::Missing("country")),
            ("locality", "", P::Missing("locality")),
            ("postal_code", "12345", P::PostalCode),
            ("mobile", "02112345678", P::Mobile),
            ("card_serial", "3g-1", P::CardSerial),
        ] {
            assert_eq!(with(column, value).err(), Some(reason), "{column} = {value}");
        }
        assert_eq!(with("street", &"ک".repeat(201)).err(), Some(P::Text("street")));
        let short = parse_row(3, &StringRecord::from(vec!["0012345679"])).expect_err("too few fields");
        assert_eq!(short.to_string(), "line 3: it has 1 fields where 17 are expected");
    }

    #[test]
    fn optional_fields_may_be_empty() {
        for column in ["father_name", "birth_place", "region", "street", "postal_code", "mobile", "card_serial", "deceased_on"] {
            assert!(with(column, "").is_ok(), "{column}");
        }
    }

    proptest! {
        #[test]
        fn no_fields_make_the_parser_panic(fields in prop::collection::vec(any::<String>(), 0..20)) {
            let _ = parse_row(1, &StringRecord::from(fields));
        }

        #[test]
        fn a_spoiled_field_never_makes_the_parser_panic(column in 0_usize..17, value in any::<String>()) {
            let _ = with(HEADER[column], &value);
        }
    }
}
