//! Text: Persian, Arabic and Latin digits; different spellings of one name; the direction of numbers in Persian text.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// Persian (۰–۹), Arabic (٠–٩) and full-width (０–９) digits as Latin ones; everything else unchanged.
pub fn latin_digits(text: &str) -> String {
    text.chars().map(latin_digit).collect()
}

fn latin_digit(c: char) -> char {
    let zero = match c {
        '۰'..='۹' => '۰',
        '٠'..='٩' => '٠',
        '０'..='９' => '０',
        _ => return c,
    };
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

/// What a person typed or pasted, in the form in which codes are read: compatibility forms (full-width letters and digits, styled
/// digits) as the plain ones (NFKC), digits as Latin ones, nothing invisible.
pub(crate) fn plain_typed(text: &str) -> String {
    text.nfkc().filter(|c| !is_invisible(*c)).map(latin_digit).collect()
}

/// Latin digits as Persian ones; everything else unchanged.
pub fn persian_digits(text: &str) -> String {
    text.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32(u32::from('۰') + d)).unwrap_or(c)).collect()
}

/// Whether some letters of a text are of the Arabic script, in which Persian is written.
pub(crate) fn is_persian(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{620}'..='\u{64a}' | '\u{671}'..='\u{6d3}'))
}

/// A name in a form in which its spellings are equal. It is for comparisons only: pages show the name as it was written.
///
/// Arabic yeh and kaf become the Persian letters. Joiners, tatweel, diacritics and direction marks are removed. White space
/// becomes one space between words. Latin letters become lower case.
pub fn fold_name(name: &str) -> String {
    // NFKC first: presentation forms become letters, and the madda of آ stays part of its letter.
    let folded = name.nfkc().filter(|c| !is_ignored_in_names(*c)).flat_map(folded_letter);
    // NFKC again: a removed joiner or tatweel may have separated a letter from its mark.
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

/// Joiners, tatweel, Arabic diacritics and direction marks: they change the look of a name, but it stays the same name.
fn is_ignored_in_names(c: char) -> bool {
    matches!(c, 'ـ' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{610}'..='\u{61a}' | '\u{6d6}'..='\u{6ed}') || is_invisible(c)
}

/// Characters without a glyph that get into a number or a name when a person copies it: joiners, direction marks and isolates,
/// the byte-order mark, the soft hyphen, and the Hangul fillers (which Unicode counts as letters).
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// Marks that change the direction in which the text around them is shown: embeddings, overrides and isolates (Unicode Standard Annex 9
/// §2.1 to §2.4). With them one name looks like another.
pub(crate) const fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a text has nothing but spaces, dashes and characters without a glyph.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c) || matches!(c, '-' | '‐'..='―' | '\u{2212}'))
}

/// A key that puts names in the order of a Persian dictionary, which is not that of Unicode. Digits and Latin letters come first.
pub(crate) fn alphabetical(name: &str) -> Vec<u32> {
    const ALPHABET: &str = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی";
    let plain = |c: char| match c {
        'أ' | 'إ' => 'ا',
        'ؤ' => 'و',
        'ئ' => 'ی',
        'ة' => 'ه',
        other => other,
    };
    let place = |c: char| ALPHABET.chars().zip(0x1_0000..).find(|(letter, _)| *letter == c).map_or(u32::from(c), |(_, at)| at);
    fold_name(name).chars().map(plain).map(place).collect()
}

/// The Levenshtein distance of the first 64 characters of each text, to suggest the name that was meant.
pub fn distance(one: &str, other: &str) -> usize {
    let start = |text: &str| text.chars().take(64).collect::<String>();
    strsim::levenshtein(&start(one), &start(other))
}

/// A name or a text in both languages of the pages.
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
    fn digits_of_four_scripts_are_the_same_digits() {
        assert_eq!(latin_digits("۰۱۲۳۴۵۶۷۸۹ ٠١٢٣٤٥٦٧٨٩ ０１２３４５６７８９ 0 الف"), "0123456789 0123456789 0123456789 0 الف");
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
    fn the_distance_counts_characters_added_left_out_or_changed() {
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
