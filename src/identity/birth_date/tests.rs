use super::*;
use crate::text::persian_digits;
use jiff::civil::date;
use proptest::prelude::*;

fn civil(text: &str) -> Result<jiff::civil::Date, BirthDateError> {
    BirthDate::parse(text).map(|date| date.day().expect("a day"))
}

#[test]
fn the_same_day_is_read_from_every_form_in_which_people_type_it() {
    for text in [
        "1365-07-12",
        "1365/7/12",
        "1365.07.12",
        "1365 7 12",
        " 1365 / 07 / 12 ",
        "12/7/1365",
        "12-07-1365",
        "13650712",
        "12071365",
        "۱۳۶۵/۰۷/۱۲",
        "۱۲ ۷ ۱۳۶۵",
        "١٣٦٥-٠٧-١٢",
        "۱۳۶۵۰۷۱۲",
        "\u{2066}1365/07/12\u{2069}",
        "1986-10-04",
        "4.10.1986",
        "19861004",
        "04101986",
        "۱۹۸۶/۱۰/۰۴",
    ] {
        assert_eq!(civil(text), Ok(date(1986, 10, 4)), "{text}");
    }
}

#[test]
fn a_day_that_the_calendar_does_not_have_is_another_error_than_a_text_that_is_no_date() {
    assert!(civil("1403-12-30").is_ok());
    for text in ["1404-12-30", "1407/12/30", "1365-07-31", "1365-13-01", "2023-02-29", "1365-00-10", "1990-01-32"] {
        assert_eq!(civil(text), Err(BirthDateError::NoSuchDay), "{text}");
    }
    for text in ["0999-01-01", "1501-01-01", "1849-12-31", "2151-01-01", "1700/1/1"] {
        assert_eq!(civil(text), Err(BirthDateError::YearOutOfRange), "{text}");
    }
    for text in ["65/7/12", "65", "65-7", "1365-07-12-1", "12 مهر 1365", "+365-07-12", "1365-+7-12", "abc", "136507123"] {
        assert_eq!(civil(text), Err(BirthDateError::NotADate), "{text}");
    }
    for text in ["", "  ", "-/-"] {
        assert_eq!(civil(text), Err(BirthDateError::Empty), "{text}");
    }
    assert_eq!(civil(&"1".repeat(1000)), Err(BirthDateError::NotADate));
}

#[test]
fn a_date_is_read_in_any_width_with_any_separator_and_any_invisible_mark() {
    for typed in
        ["１３６５／０７／１２", "１３６５－０７－１２", "\u{61c}۱۳۶۵\u{2212}۰۷\u{2212}۱۲\u{feff}", "１２．０７．１３６５"]
    {
        assert_eq!(BirthDate::parse(typed), BirthDate::parse("1365/07/12"), "{typed:?}");
    }
}

#[test]
fn three_fields_are_read_like_one() {
    assert_eq!(BirthDate::from_parts("۱۳۶۵", "۷", " ۱۲ "), BirthDate::parse("1365-07-12"));
    assert_eq!(BirthDate::from_parts("", " ", ""), Err(BirthDateError::Empty));
    assert_eq!(BirthDate::from_parts("1365", "7", ""), Err(BirthDateError::NotADate));
    assert_eq!(BirthDate::from_parts("1404", "12", "30"), Err(BirthDateError::NoSuchDay));
}

#[test]
fn a_birth_date_is_serialized_as_an_iso_date_and_hidden_by_debug() {
    let birth = BirthDate::from_civil(date(1986, 10, 4));
    assert_eq!(serde_json::to_string(&birth).expect("json"), "\"1986-10-04\"");
    assert_eq!(serde_json::from_str::<BirthDate>("\"1986-10-04\"").expect("a date"), birth);
    assert_eq!(format!("{birth:?}"), "[birth date]");
    assert_eq!(birth.jalali(), Some((1365, 7, 12)));
}

#[test]
fn a_year_or_a_month_alone_is_read_as_such_and_is_no_day() {
    for (texts, written, earliest, latest) in [
        (&["1340", "۱۳۴۰", "1340/00/00", "00/00/1340", "1340-0-0", "13400000"][..], "1340", date(1961, 3, 21), date(1962, 3, 20)),
        (&["1340/12", "12/1340", "1340-12-00", "۱۳۴۰/۱۲/۰۰"], "1340-12", date(1962, 2, 20), date(1962, 3, 20)),
        (&["1961", "1961-00-00"], "1961", date(1961, 1, 1), date(1961, 12, 31)),
        (&["1964-02", "1964/2/0"], "1964-02", date(1964, 2, 1), date(1964, 2, 29)),
        (&["1500"], "1500", date(2121, 3, 21), date(2122, 3, 20)),
    ] {
        for text in texts {
            let birth = BirthDate::parse(text).expect(text);
            assert_eq!((birth.to_string().as_str(), birth.day(), birth.jalali()), (written, None, None), "{text}");
            assert_eq!((birth.earliest(), birth.latest()), (earliest, latest), "{text}");
            assert_eq!(BirthDate::from_wire(written), Some(birth));
            let json = serde_json::to_string(&birth).expect("json");
            assert_eq!(serde_json::from_str::<BirthDate>(&json).expect("a date"), birth);
            assert_ne!(birth, BirthDate::from_civil(earliest), "a year is not equal to a day in it");
        }
    }
    for text in ["1340/13", "1340-00-01", "1600", "0000", "1340/00/12"] {
        assert!(BirthDate::parse(text).is_err(), "{text}");
    }
    for text in ["1340-7", "1340-13", "13400", "1340-07-", "", "1340-07-00", "+340", "1340-+7", "1365/07"] {
        assert_eq!(BirthDate::from_wire(text), None, "{text}");
    }
}

#[test]
fn the_gregorian_year_of_a_persian_month_or_year_is_known_only_where_it_lies_in_one() {
    for (known, year) in [
        ("1986-10-04", Some(1986)),
        ("1961", Some(1961)),
        ("1961-10", Some(1961)),
        ("1340-07", Some(1961)),
        // From 22 December 1961 to 20 January 1962.
        ("1340-10", None),
        ("1340", None),
    ] {
        assert_eq!(BirthDate::parse(known).expect("a date").gregorian_year(), year, "{known}");
    }
}

#[test]
fn a_file_has_iso_dates_alone_and_one_whose_year_comes_last_is_refused() {
    let day = BirthDate::from_civil(date(1986, 10, 4));
    for text in ["1986-10-04", "1986/10/04", "1365-07-12", "۱۳۶۵/۰۷/۱۲", "\u{200f}١٣٦٥/٠٧/١٢ "] {
        assert_eq!(BirthDate::parse_file(text), Ok(day), "{text}");
    }
    for (text, written) in [("1340", "1340"), ("1340/00/00", "1340"), ("1340-07-00", "1340-07"), ("1961-07", "1961-07")] {
        assert_eq!(BirthDate::parse_file(text).map(|date| date.to_string()), Ok(written.to_owned()), "{text}");
    }
    for text in
        ["10/04/1986", "04/10/1986", "12/7/1365", "4.10.1986", "1986.10.04", "19861004", "1986-10/04", "1986-1-4", "10/4/86"]
    {
        assert_eq!(BirthDate::parse_file(text), Err(BirthDateError::NotIso), "{text}");
    }
    assert_eq!(BirthDate::parse_file("1986-02-30"), Err(BirthDateError::NoSuchDay));
    assert_eq!(BirthDate::parse_file("0086-02-03"), Err(BirthDateError::YearOutOfRange));
    assert_eq!(BirthDate::parse_file(" "), Err(BirthDateError::Empty));
}

#[test]
fn every_civil_date_of_two_centuries_survives_persian_text() {
    let mut day = date(1921, 3, 21);
    while day < date(2121, 3, 21) {
        let persian = JalaliDate::from_civil(day);
        assert_eq!(civil(&persian_digits(&persian.to_string())), Ok(day), "{persian}");
        assert_eq!(BirthDate::parse_iso(&day.to_string()), Some(BirthDate::from_civil(day)));
        day = day.tomorrow().expect("a tomorrow");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = BirthDate::parse(&text);
    }

    #[test]
    fn no_digits_and_separators_make_the_parser_panic(text in "[0-9۰-۹٠-٩/. -]{0,14}") {
        let _ = BirthDate::parse(&text);
    }

    #[test]
    fn a_date_survives_any_order_and_separator(year in 1921_i16..2121, month in 1_i8..=12, day in 1_i8..=28, sep in "[-/. ]") {
        let expected = date(year, month, day);
        prop_assert_eq!(civil(&format!("{year}{sep}{month}{sep}{day}")), Ok(expected));
        prop_assert_eq!(civil(&format!("{day:02}{sep}{month:02}{sep}{year}")), Ok(expected));
        prop_assert_eq!(civil(&format!("{year}{month:02}{day:02}")), Ok(expected));
    }
}
