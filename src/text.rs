//! Text: Persian, Arabic and Latin digits; letters that look alike; the direction of numbers in Persian text.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// Persian (۰–۹) and Arabic (٠–٩) digits as Latin ones; everything else unchanged.
pub fn latin_digits(text: &str) -> String {
    text.chars().map(latin_digit).collect()
}

fn latin_digit(c: char) -> char {
    let zero = match c {
        '۰'..='۹' => '۰',
        '٠'..='٩' => '٠',
        _ => return c,
    };
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

/// Latin digits as Persian ones; everything else unchanged.
pub fn persian_digits(text: &str) -> String {
    text.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32(u32::from('۰') + d)).unwrap_or(c)).collect()
}

/// Whether a text is written in Persian script, or some of it is.
pub fn is_persian(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{620}'..='\u{64a}' | '\u{671}'..='\u{6d3}'))
}

/// A name in the form in which two spellings of it are equal. For comparing only: what is shown stays as it was written.
///
/// Arabic yeh and kaf become Persian ones, joiners, tatweel, diacritics and direction marks disappear, white space is one space
/// between words, Latin letters are lower case.
pub fn fold_name(name: &str) -> String {
    // Compatibility composition first: presentation forms become letters, and the madda of آ stays part of its letter.
    let folded = name.nfkc().filter(|c| !is_ignored_in_names(*c)).flat_map(folded_letter);
    // Composed once more: a joiner or tatweel may have stood between a letter and its mark.
    let folded: String = folded.nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn folded_letter(c: char) -> impl Iterator<Item = char> {
    let letter = match c {
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        'ۀ' => 'ه',
        other => other,
    };
    letter.to_lowercase()
}

/// Joiners, tatweel, Arabic diacritics and direction marks: they change how a name looks, not which name it is.
fn is_ignored_in_names(c: char) -> bool {
    matches!(c, 'ـ' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{610}'..='\u{61a}' | '\u{6d6}'..='\u{6ed}') || is_invisible(c)
}

/// Characters without a glyph of their own that come along when somebody copies a number or a name: joiners, direction marks and
/// isolates, the byte-order mark, the soft hyphen; and the fillers of Hangul, which count as letters.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// The text isolated left to right (U+2066 … U+2069), so that a code, a number or a URL keeps its order inside Persian text.
pub fn isolate_ltr(text: &str) -> String {
    format!("\u{2066}{text}\u{2069}")
}

/// Levenshtein's distance over the first 64 characters of each, for guessing which name was meant.
pub fn distance(one: &str, other: &str) -> usize {
    let start = |text: &str| text.chars().take(64).collect::<String>();
    strsim::levenshtein(&start(one), &start(other))
}

/// Names and texts in both languages of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalName {
    /// Persian.
    pub fa: String,
    /// English.
    pub en: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_of_three_scripts_are_the_same_digits() {
        assert_eq!(latin_digits("۰۱۲۳۴۵۶۷۸۹ ٠١٢٣٤٥٦٧٨٩ 0123456789 الف"), "0123456789 0123456789 0123456789 الف");
        assert_eq!(persian_digits("0912 ق"), "۰۹۱۲ ق");
    }

    #[test]
    fn spellings_of_one_name_are_equal_when_folded() {
        for (left, right) in [
            ("علي", "علی"),
            ("موسى", "موسی"),
            ("كاظم", "کاظم"),
            ("علی\u{200c}رضا", "علیرضا"),
            ("مـــهدی", "مهدی"),
            ("مُحَمَّد", "محمد"),
            ("  سید   حسین ", "سید حسین"),
            ("\u{200f}نوری", "نوری"),
            ("ﻋﻠﻲ", "علی"),
            ("ALI", "ali"),
        ] {
            assert_eq!(fold_name(left), fold_name(right), "{left} / {right}");
        }
    }

    #[test]
    fn different_names_stay_different_when_folded() {
        for (left, right) in [("آرش", "ارش"), ("مینا", "مینو"), ("سید حسین", "سیدحسین")] {
            assert_ne!(fold_name(left), fold_name(right), "{left} / {right}");
        }
    }

    #[test]
    fn an_isolated_text_stands_between_its_marks() {
        assert_eq!(isolate_ltr("0912"), "\u{2066}0912\u{2069}");
    }

    #[test]
    fn the_distance_counts_what_was_added_left_out_or_changed() {
        for (one, other, expected) in
            [("", "", 0), ("listen", "listen", 0), ("lisen", "listen", 1), ("", "abc", 3), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected);
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(name in "[ء-ی\u{200c}ًA-Za-z ]{0,30}") {
            let once = fold_name(&name);
            prop_assert_eq!(fold_name(&once), once);
        }

        #[test]
        fn a_number_survives_persian_digits(number in any::<u64>()) {
            let text = number.to_string();
            prop_assert_eq!(latin_digits(&persian_digits(&text)), text);
        }

        #[test]
        fn folding_any_text_twice_is_folding_it_once(
            text in any::<String>(),
            marks in "(e|ا|\u{200c}|ـ|\u{301}|\u{653}|\u{fe70}| |İ|ۀ){0,8}",
        ) {
            for text in [text, marks] {
                let once = fold_name(&text);
                prop_assert_eq!(fold_name(&once), once);
            }
        }
    }
}
