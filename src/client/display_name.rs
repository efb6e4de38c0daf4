//! The name under which a client is shown to people.
//!
//! A name is what a person decides by, so it must be what it looks like: letters of one script in each word, no sign that is not seen or
//! that turns the text around it, and short. A client that registers itself must also not look like an agency
//! ([`DisplayName::looks`]): the names are compared by their skeletons (Unicode Technical Standard 39 §4), in which letters that look
//! alike are the same letter.
//!
//! Names that were stored before these rules are read as they are ([`LocalName`](crate::text::LocalName)); the rules hold when a name is
//! set.

use crate::text::fold_name;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::{GeneralSecurityProfile as _, MixedScript as _, skeleton};

/// The most characters of the name of a client that registers itself: a name, and no instruction to the reader.
pub const MOST_OF_SELF_REGISTERED: usize = 60;
/// The most characters of a name in an agency file.
pub const MOST_OF_OPERATOR: usize = 200;
/// The most marks on one letter: Persian and Arabic need two, and more of them run into the lines above and below.
const MOST_MARKS: usize = 2;
/// Signs between the words of a name.
const SIGNS: &str = " -_.,:'\u{2019}&()/+!#«»·\u{2010}\u{2013}،؛؟";
/// The zero-width non-joiner, which Persian writes between the parts of a word. It is a part of the spelling and is not seen.
const NON_JOINER: char = '\u{200c}';

/// A name as it is shown: in Unicode's form NFKC, its words separated by single spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// No letter and no digit.
    #[error("it has no letter and no digit")]
    Empty,
    /// Too many characters.
    #[error("it is longer than {0} characters")]
    TooLong(usize),
    /// A character that is not seen, turns the text around it, or is of no living language.
    #[error("it holds U+{:04X}: only letters, digits, spaces and common signs can be in a name", u32::from(*.0))]
    Sign(char),
    /// A word with letters of two scripts.
    #[error("it mixes letters or digits of two scripts in one word")]
    MixedScripts,
}

impl DisplayName {
    /// Reads a name of at most `most` characters.
    pub fn parse(text: &str, most: usize) -> Result<Self, NameFault> {
        if let Some(control) = text.chars().find(|c| c.is_control()) {
            return Err(NameFault::Sign(control));
        }
        // One letter can be eighteen in NFKC, so the length is limited before and after.
        if text.chars().nth(most).is_some() {
            return Err(NameFault::TooLong(most));
        }
        let name = text.nfkc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        let letters: Vec<char> = name.chars().collect();
        if letters.len() > most {
            return Err(NameFault::TooLong(most));
        }
        if let Some(at) = (0..letters.len()).find(|at| !is_accepted(&letters, *at)) {
            return Err(NameFault::Sign(letters[at]));
        }
        if !letters.iter().any(|c| c.is_alphanumeric()) {
            return Err(NameFault::Empty);
        }
        let words = name.split(|c: char| SIGNS.contains(c));
        if words.into_iter().any(|word| !word.is_single_script() || mixes_digits(word)) {
            return Err(NameFault::MixedScripts);
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn into_string(self) -> String {
        self.0
    }

    /// What the name looks like. Two names that share a look cannot be told apart at a glance.
    ///
    /// There are two looks, because the skeleton of a letter depends on its case: a Cyrillic Н looks like H, and its small letter н does
    /// not look like h.
    pub fn looks(name: &str) -> [String; 2] {
        let as_written: String = skeleton(&name.nfkc().collect::<String>()).collect();
        let in_small_letters: String = skeleton(&fold_name(name)).collect();
        [as_written, in_small_letters].map(|skeleton| look(&skeleton))
    }
}

/// Case, joiners, marks, signs and white space are folded. Letters that look alike in one case (I and l, O and 0) are one in every case.
fn look(skeleton: &str) -> String {
    let folded = fold_name(skeleton);
    let letters = folded.nfd().filter(|c| c.is_alphanumeric() && !is_combining_mark(*c));
    letters
        .map(|c| match c {
            'i' | 'ı' | '1' => 'l',
            '0' => 'o',
            other => other,
        })
        .collect()
}

/// Whether a character may be where it is.
fn is_accepted(letters: &[char], at: usize) -> bool {
    let c = letters[at];
    let before = at.checked_sub(1).map(|at| letters[at]);
    let is_persian = |c: char| matches!(c, '\u{620}'..='\u{64a}' | '\u{671}'..='\u{6d3}');
    if c == NON_JOINER {
        let joins = |c: Option<char>| c.is_some_and(|c| is_persian(c) || is_combining_mark(c));
        return joins(before) && joins(letters.get(at + 1).copied());
    }
    if is_combining_mark(c) {
        let run = letters[..at].iter().rev().take_while(|c| is_combining_mark(**c)).count();
        let on_a_letter = at.checked_sub(run + 1).is_some_and(|at| letters[at].is_alphanumeric());
        return c.identifier_allowed() && on_a_letter && run < MOST_MARKS;
    }
    SIGNS.contains(c) || (c.is_alphanumeric() && c.identifier_allowed())
}

/// Whether a word has decimal digits of two systems (Unicode Technical Standard 39 §5.3): ۲ beside 2 is another number than it seems.
fn mixes_digits(word: &str) -> bool {
    let system = |c: char| match c {
        '0'..='9' => Some(0),
        '\u{660}'..='\u{669}' => Some(1),
        '\u{6f0}'..='\u{6f9}' => Some(2),
        c if c.is_numeric() => Some(3),
        _ => None,
    };
    let mut systems = word.chars().filter_map(system);
    systems.next().is_some_and(|first| systems.any(|other| other != first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<String, NameFault> {
        DisplayName::parse(text, MOST_OF_SELF_REGISTERED).map(DisplayName::into_string)
    }

    #[test]
    fn ordinary_names_of_both_languages_are_kept_as_they_are() {
        for name in [
            "Tax return",
            "My Example, Inc. (test_2)",
            "O’Brien & Sons - Café",
            "سازمان امور مالیاتی",
            "خانه\u{200c}های سالمندان",
            "سامانهٔ خوداظهار ۲",
            "مُحَمَّد",
            "Panjereh پنجره",
            "クライアント名",
            "Ёлка и партнёры",
        ] {
            assert_eq!(parse(name).as_deref(), Ok(name.nfkc().collect::<String>().as_str()), "{name}");
        }
        assert_eq!(parse("  Ｔａｘ\u{a0}\u{3000}return ").as_deref(), Ok("Tax return"), "NFKC, and single spaces");
    }

    #[test]
    fn signs_that_are_not_seen_or_turn_the_text_are_refused_wherever_they_stand() {
        let signs = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{200b}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\
                     \u{2060}\u{2061}\u{2066}\u{2069}\u{206a}\u{2800}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{e0001}\u{e0041}\u{e0100}\u{1d173}\
                     \u{e000}\u{378}\n\t\r\0\u{7f}\u{85}";
        for sign in signs.chars() {
            for name in [
                format!("Tax{sign}return"),
                format!("{sign}Tax"),
                format!("مالیات{sign}"),
                format!("مال{sign}یات"),
                sign.to_string(),
            ] {
                let refused = parse(&name);
                // White space at the end of a line is white space.
                let is_space = sign.is_whitespace() && !sign.is_control();
                assert!(refused.is_err() || is_space, "U+{:04X} in {name:?}: {refused:?}", u32::from(sign));
            }
        }
        for name in ["Tax\u{200c}return", "\u{200c}مالیات", "مالیات\u{200c}", "مالیات \u{200c} کشور", "خانه\u{200c}\u{200c}های"]
        {
            assert_eq!(parse(name), Err(NameFault::Sign('\u{200c}')), "{name:?}");
        }
        for name in ["", " ", "-", "()", "\u{200c}"] {
            assert!(parse(name).is_err(), "{name:?}");
        }
        for name in ["Tax 😀", "a\u{301}\u{301}\u{301}\u{301}", "\u{301}a", "<b>", "a|b", "a\\b", "ᚠᚢ", "𓀀"] {
            assert!(parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_word_has_one_script_and_one_kind_of_digits() {
        for name in ["Pаypal", "Τax office", "Taх", "مالیاتTax", "Tax مالیاتِn", "a۲b2", "۲2", "٣۳"] {
            assert_eq!(parse(name), Err(NameFault::MixedScripts), "{name}");
        }
        for name in ["Tax مالیات", "Tax-مالیات", "مالیات ۲ Tax 2"] {
            assert!(parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_name_is_no_longer_than_it_may_be_before_and_after_nfkc() {
        assert!(parse(&"a".repeat(60)).is_ok() && parse(&"ب".repeat(60)).is_ok());
        assert_eq!(parse(&"a".repeat(61)), Err(NameFault::TooLong(60)));
        assert_eq!(parse(&"\u{fdfa}".repeat(4)), Err(NameFault::TooLong(60)), "eighteen letters each");
        assert!(DisplayName::parse(&"a".repeat(200), MOST_OF_OPERATOR).is_ok());
    }

    #[test]
    fn uts39_4_names_that_look_alike_have_one_look() {
        let alike = |one: &str, other: &str| DisplayName::looks(one).iter().any(|look| DisplayName::looks(other).contains(look));
        for (one, other) in [
            ("Tax Office", "TAX  OFFICE"),
            ("Tax Office", "Tаx Оffice"),
            ("Tax Office", "Tax-Office."),
            ("Tax Office", "Tax Offlce"),
            ("Tax Office", "TAX OFFlCE"),
            ("Tax Office", "Tax 0ffice"),
            ("Tax Office", "Táx Office"),
            ("Health", "Неаlth"),
            ("Health", "НЕАLТН"),
            ("Tax", "ТАХ"),
            ("Modern", "Modem"),
            ("سازمان مالیات", "سازمان ماليات"),
            ("سازمان مالیات", "سازمان\u{200c}مالیات"),
            ("سازمان مالیات", "سازمانِ مالیات"),
            ("کشور", "كشور"),
        ] {
            assert!(
                alike(one, other) && alike(other, one),
                "{one} / {other}: {:?} {:?}",
                DisplayName::looks(one),
                DisplayName::looks(other)
            );
        }
        for (one, other) in [("Tax Office", "Tax Officer"), ("سازمان مالیات", "سازمان بیمه"), ("Health", "Wealth")]
        {
            assert!(!alike(one, other), "{one} / {other}");
        }
    }

    proptest! {
        #[test]
        fn a_name_that_is_accepted_is_accepted_again_as_it_is(text in "\\PC{0,40}|[a-zA-Zآ-ی۰-۹\u{200c}\u{64b} -]{1,40}") {
            if let Ok(name) = parse(&text) {
                prop_assert_eq!(parse(&name), Ok(name.clone()));
                prop_assert!(!name.chars().any(char::is_control) && DisplayName::looks(&name).iter().all(|look| !look.is_empty()));
            }
        }
    }
}
