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

const TODAY: Date = jiff::civil::date(2026, 12, 1);

fn with(column: &str, value: &str) -> Result<Person, LineProblem> {
    let place = HEADER.iter().position(|name| *name == column).expect("a column");
    let mut fields = GOOD;
    fields[place] = value;
    person_of(&StringRecord::from(fields.to_vec()), TODAY)
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
        ("national_id", "12", P::NationalId(NationalIdError::WrongLength)),
        ("birth_date", "", P::Missing("birth_date")),
        ("birth_date", "1404-12-30", P::Date("birth_date", BirthDateError::NoSuchDay)),
        ("birth_date", "10/04/1986", P::Date("birth_date", BirthDateError::NotIso)),
        ("birth_date", "1365/7/12", P::Date("birth_date", BirthDateError::NotIso)),
        ("birth_date", "2026-12-02", P::Ahead("birth_date")),
        ("birth_date", "1406", P::Ahead("birth_date")),
        ("deceased_on", "2026-12-02", P::Ahead("deceased_on")),
        ("deceased_on", "yesterday", P::Date("deceased_on", BirthDateError::NotIso)),
        ("deceased_on", "1985", P::DiedBeforeBirth),
        ("deceased_on", "1986-10-03", P::DiedBeforeBirth),
        ("gender", "F", P::Gender),
        ("gender", "", P::Missing("gender")),
        ("locality", "\u{200b}\u{200e}", P::Missing("locality")),
        ("given_name", "مریم\u{202e}", P::Turned("given_name")),
        ("family_name", "\u{2067}احمدی\u{2069}", P::Turned("family_name")),
        ("street", "\u{202d}1", P::Turned("street")),
        ("family_name", "a\u{0}b", P::Text("family_name")),
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
    let reason = person_of(&StringRecord::from(vec!["0012345679"]), TODAY).expect_err("too few fields");
    assert_eq!(BadLine { line: 3, reason }.to_string(), "line 3: it has 1 fields where 17 are expected");
    let joined = person_of(&StringRecord::from(vec![GOOD.join(";")]), TODAY).expect_err("one field");
    assert_eq!(joined, P::Semicolons);
}

#[test]
fn persian_digits_and_invisible_marks_are_read_in_every_field_as_where_a_person_types_them() {
    let good = with("deceased_on", "").expect("a person");
    for (column, value) in [
        ("national_id", "\u{200f}۰۰۱۲۳۴۵۶۷۹\u{200e}"),
        ("birth_date", "\u{feff}۱۳۶۵/۰۷/۱۲"),
        ("birth_date", "１９８６-１０-０４"),
        ("gender", "\u{200b}female"),
        ("given_name", "\u{200f}مریم\u{ad}"),
        ("country", "\u{200e}IR"),
        ("postal_code", "۱۱۳۴۵۶۷۸۹۰"),
        ("mobile", "\u{202a}۰۹۱۲ ۱۲۳ ۴۵۶۷\u{202c}"),
        ("card_serial", "۳g۱۲۳۴۵۶۷۸"),
    ] {
        assert_eq!(with(column, value).as_ref(), Ok(&good), "{column} = {value:?}");
    }
    // What parts letters belongs to the name.
    assert_eq!(with("family_name", "نمونه\u{200c}زاده").expect("a person").name.family, "نمونه\u{200c}زاده");
}

#[test]
fn a_person_has_one_name_or_two_and_more_than_marks_in_them() {
    let names = |given: &str, family: &str| {
        let mut fields = GOOD;
        (fields[3], fields[4]) = (given, family);
        person_of(&StringRecord::from(fields.to_vec()), TODAY).map(|person| person.name.full())
    };
    assert_eq!(names("", "احمدی"), Ok("احمدی".to_owned()));
    assert_eq!(names("مریم", "\u{200b}"), Ok("مریم".to_owned()));
    for nothing in ["", " ", "\u{200c}", "\u{3164}", "-"] {
        assert_eq!(names(nothing, nothing), Err(LineProblem::NoName), "{nothing:?}");
    }
    assert_eq!(names(&"م".repeat(200), "ا"), Ok(format!("{} ا", "م".repeat(200))));
    assert_eq!(with("family_name_latin", "").expect("a person").latin_name.expect("a name").full(), "Maryam");
}

#[test]
fn a_year_a_month_and_the_number_of_a_resident_are_written_and_read_again() {
    for (column, value) in
        [("birth_date", "1340"), ("birth_date", "1340/07/00"), ("birth_date", "1961-07"), ("national_id", "120000000072")]
    {
        let person = with(column, value).expect(value);
        assert_eq!(person_of(&fields_of(&person).iter().map(String::as_str).collect(), TODAY), Ok(person), "{value}");
    }
}

#[test]
fn optional_fields_may_be_empty() {
    for column in [
        "given_name",
        "family_name",
        "given_name_latin",
        "family_name_latin",
        "father_name",
        "birth_place",
        "region",
        "street",
        "postal_code",
        "mobile",
        "card_serial",
        "deceased_on",
    ] {
        assert!(with(column, "").is_ok(), "{column}");
    }
}

proptest! {
    #[test]
    fn no_fields_make_the_parser_panic(fields in prop::collection::vec(any::<String>(), 0..20)) {
        let _ = person_of(&StringRecord::from(fields), TODAY);
    }

    #[test]
    fn a_spoiled_field_never_makes_the_parser_panic(column in 0_usize..17, value in any::<String>()) {
        let _ = with(HEADER[column], &value);
    }
}
