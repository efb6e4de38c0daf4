//! One line of a registry file: a person in CSV (RFC 4180), parsed and written.

use crate::identity::birth_date::{BirthDate, BirthDateError};
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::{NationalId, NationalIdError};
use crate::identity::person::{Address, Gender, Person, PersonName, Vital};
use crate::text::{is_blank, is_invisible, plain_typed, turns_text};
use csv::StringRecord;
use jiff::civil::Date;
use std::fmt;
use std::io::Write;

/// The columns of a registry file in order; the first line of the file. These may be empty: one of `given_name` and `family_name` (a
/// person with a single name), the Latin names, `father_name`, `birth_place`, `region`, `street`, `postal_code`, `mobile`,
/// `card_serial` and `deceased_on`. Dates are `YYYY-MM-DD` or `YYYY/MM/DD` in either calendar: the year decides which; `YYYY-MM` or
/// `YYYY` where no more is known. `gender` is `female` or `male`, `country` an ISO 3166-1 alpha-2 code.
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
    /// A field begins with a quote and does not end on this line.
    #[error("a quote is not closed: a field with a quote or a comma stands between quotes, and a quote in it is doubled")]
    OpenQuote,
    /// Its fields are separated by semicolons.
    #[error("its fields are separated by semicolons: they must be separated by commas")]
    Semicolons,
    /// Too few or too many fields; often caused by a comma or a quote in a text that is not quoted.
    #[error("it has {found} fields where {} are expected", HEADER.len())]
    FieldCount {
        /// How many fields it has.
        found: usize,
    },
    /// A required field is empty, or has nothing but characters without a glyph.
    #[error("{0} is empty")]
    Missing(&'static str),
    /// Neither a given nor a family name.
    #[error("given_name and family_name are both empty: a person has at least one name")]
    NoName,
    /// A text is too long or has control characters.
    #[error("{0} is longer than 200 characters or has control characters")]
    Text(&'static str),
    /// A text has marks that turn the direction of the text after it (Unicode Standard Annex 9 §2): a page would show another name.
    #[error("{0} has marks that turn the direction of text: remove them")]
    Turned(&'static str),
    /// Not a national ID.
    #[error("national_id: {0}")]
    NationalId(NationalIdError),
    /// The national ID is on an earlier line, too.
    #[error("national_id: it is on an earlier line, too")]
    Repeated,
    /// Not a date.
    #[error("{0}: {1}")]
    Date(&'static str, BirthDateError),
    /// The date is in the future.
    #[error("{0} is in the future")]
    Ahead(&'static str),
    /// The date of death is before the date of birth.
    #[error("deceased_on is before birth_date")]
    DiedBeforeBirth,
    /// Neither `female` nor `male`.
    #[error("gender is neither female nor male")]
    Gender,
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

/// Parses the person on a line. `today` is the civil date in the country.
pub(crate) fn person_of(record: &StringRecord, today: Date) -> Result<Person, LineProblem> {
    if record.len() != HEADER.len() {
        let semicolons = record.len() == 1 && record.get(0).is_some_and(|only| only.split(';').count() == HEADER.len());
        return Err(if semicolons { LineProblem::Semicolons } else { LineProblem::FieldCount { found: record.len() } });
    }
    let national_id = NationalId::parse(&required(record, 0)?).map_err(LineProblem::NationalId)?;
    let birth_date = date_of(record, 1, today)?.ok_or(LineProblem::Missing(HEADER[1]))?;
    let vital = match date_of(record, 16, today)? {
        None => Vital::Alive,
        Some(death) if death.latest() < birth_date.earliest() => return Err(LineProblem::DiedBeforeBirth),
        Some(death) => Vital::Deceased(death),
    };
    Ok(Person {
        national_id,
        name: name_of(record, [3, 4])?.ok_or(LineProblem::NoName)?,
        latin_name: name_of(record, [5, 6])?,
        father_name: text(record, 7)?,
        gender: gender_of(&code(record, 2)?)?,
        birth_date,
        birth_place: text(record, 8)?,
        address: address_of(record)?,
        mobile: mobile_of(&code(record, 14)?)?,
        card_serial: card_serial_of(&code(record, 15)?)?,
        vital,
    })
}

fn field(record: &StringRecord, column: usize) -> Result<&str, LineProblem> {
    let field = record.get(column).unwrap_or_default().trim();
    // A long text of marks that are removed below is no name either.
    let fits = field.chars().take(LONGEST_FIELD + 1).count() <= LONGEST_FIELD && !field.chars().any(char::is_control);
    fits.then_some(field).ok_or(LineProblem::Text(HEADER[column]))
}

/// A text that people read. Marks without a glyph are removed, as where a person types them, except those that join and part letters,
/// which belong to the spelling of a Persian name.
fn text(record: &StringRecord, column: usize) -> Result<String, LineProblem> {
    let field = field(record, column)?;
    if field.chars().any(turns_text) {
        return Err(LineProblem::Turned(HEADER[column]));
    }
    if is_blank(field) {
        return Ok(String::new());
    }
    let visible: String = field.chars().filter(|c| !is_invisible(*c) || matches!(c, '\u{200c}' | '\u{200d}')).collect();
    Ok(visible.trim().to_owned())
}

/// A number, a date or a word of a list: read as what a person typed.
fn code(record: &StringRecord, column: usize) -> Result<String, LineProblem> {
    Ok(plain_typed(field(record, column)?).trim().to_owned())
}

fn required(record: &StringRecord, column: usize) -> Result<String, LineProblem> {
    let code = code(record, column)?;
    if code.is_empty() { Err(LineProblem::Missing(HEADER[column])) } else { Ok(code) }
}

fn date_of(record: &StringRecord, column: usize, today: Date) -> Result<Option<BirthDate>, LineProblem> {
    let code = code(record, column)?;
    if code.is_empty() {
        return Ok(None);
    }
    let date = BirthDate::parse_file(&code).map_err(|error| LineProblem::Date(HEADER[column], error))?;
    if date.earliest() > today { Err(LineProblem::Ahead(HEADER[column])) } else { Ok(Some(date)) }
}

fn gender_of(code: &str) -> Result<Gender, LineProblem> {
    match code {
        "female" => Ok(Gender::Female),
        "male" => Ok(Gender::Male),
        "" => Err(LineProblem::Missing(HEADER[2])),
        _ => Err(LineProblem::Gender),
    }
}

/// Given and family name; `None` if both are empty.
fn name_of(record: &StringRecord, [given, family]: [usize; 2]) -> Result<Option<PersonName>, LineProblem> {
    let name = PersonName { given: text(record, given)?, family: text(record, family)? };
    Ok(Some(name).filter(|name| !name.full().is_empty()))
}

fn address_of(record: &StringRecord) -> Result<Address, LineProblem> {
    let country = required(record, 9)?;
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(LineProblem::Country);
    }
    let locality = text(record, 11)?;
    if locality.is_empty() {
        return Err(LineProblem::Missing(HEADER[11]));
    }
    let postal_code = code(record, 13)?;
    let ten_digits = postal_code.len() == 10 && postal_code.bytes().all(|b| b.is_ascii_digit());
    if country == "IR" && !postal_code.is_empty() && !ten_digits {
        return Err(LineProblem::PostalCode);
    }
    Ok(Address { country, region: text(record, 10)?, locality, street: text(record, 12)?, postal_code })
}

fn mobile_of(code: &str) -> Result<Option<MobileNumber>, LineProblem> {
    if code.is_empty() {
        return Ok(None);
    }
    MobileNumber::parse(code).map(Some).map_err(|_| LineProblem::Mobile)
}

fn card_serial_of(code: &str) -> Result<Option<String>, LineProblem> {
    if code.is_empty() {
        return Ok(None);
    }
    let well_formed = (4..=20).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    well_formed.then(|| Some(code.to_ascii_uppercase())).ok_or(LineProblem::CardSerial)
}

/// Writes the first line of a registry file.
pub(crate) fn write_header<W: Write>(writer: &mut csv::Writer<W>) -> Result<(), csv::Error> {
    writer.write_record(HEADER)
}

/// The fields of a person in the order of [`HEADER`], so that [`person_of`] returns the same person.
pub(crate) fn fields_of(person: &Person) -> [String; 17] {
    let latin = person.latin_name.as_ref();
    let (name, address) = (&person.name, &person.address);
    let gender = match person.gender {
        Gender::Female => "female",
        Gender::Male => "male",
    };
    let deceased_on = match person.vital {
        Vital::Alive => String::new(),
        Vital::Deceased(death) => death.to_string(),
    };
    [
        person.national_id.as_str().to_owned(),
        person.birth_date.to_string(),
        gender.to_owned(),
        name.given.clone(),
        name.family.clone(),
        latin.map_or_else(String::new, |name| name.given.clone()),
        latin.map_or_else(String::new, |name| name.family.clone()),
        person.father_name.clone(),
        person.birth_place.clone(),
        address.country.clone(),
        address.region.clone(),
        address.locality.clone(),
        address.street.clone(),
        address.postal_code.clone(),
        person.mobile.as_ref().map_or_else(String::new, |mobile| mobile.e164().to_owned()),
        person.card_serial.clone().unwrap_or_default(),
        deceased_on,
    ]
}

/// Writes the line of a person.
pub(crate) fn write_row<W: Write>(writer: &mut csv::Writer<W>, person: &Person) -> Result<(), csv::Error> {
    writer.write_record(fields_of(person))
}

#[cfg(test)]
mod tests;
