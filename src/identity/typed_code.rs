//! Codes that people type or paste: what they mean, whatever the keyboard, the message and the clipboard made of them.

use crate::text::plain_typed;
use std::collections::BTreeSet;

/// A limit on the text that is read, longer than any message with a code.
const LONGEST_TEXT: usize = 4_000;

/// The six digits of a one-time code in what was typed or pasted: digits of any script, in groups, with invisible marks between
/// them, or the whole message, which may hold other numbers. `None` if there are no six digits, or more than one code could be
/// meant: then no attempt is counted.
///
/// What follows the `#` in the last line of our message is the code. Otherwise six digits that stand alone come first, then six
/// digits in groups (`123-456`), then six digits beside other numbers.
pub(crate) fn six_digits(typed: &str) -> Option<String> {
    if typed.len() > LONGEST_TEXT {
        return None;
    }
    let text = plain_typed(typed);
    let mut marked = BTreeSet::new();
    for rest in text.split('#').skip(1) {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        marked.extend((digits.len() == 6).then_some(digits));
    }
    let (mut alone, mut grouped, mut beside) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for numbers in numbers(&text) {
        let joined = numbers.concat();
        match (numbers.as_slice(), joined.len()) {
            ([_], 6) => drop(alone.insert(joined)),
            (_, 6) => drop(grouped.insert(joined)),
            (groups, _) => beside.extend(groups.iter().filter(|group| group.len() == 6).map(|group| (*group).to_owned())),
        }
    }
    let first = [marked, alone, grouped, beside].into_iter().find(|codes| !codes.is_empty())?;
    only(first)
}

/// A recovery code as it is compared: letters and digits in lower case, out of what was typed or pasted. The line of a list has
/// its number before the code.
pub(crate) fn plain_recovery_code(typed: &str) -> String {
    const LENGTH: usize = 16;
    // The letter o is in no code; the digit is.
    let text = plain_typed(typed.get(..LONGEST_TEXT).unwrap_or(typed)).to_lowercase().replace('o', "0");
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if letters.len() == LENGTH {
        return letters;
    }
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let fours = words.windows(4).filter(|four| four.iter().all(|word| word.len() == 4)).map(<[&str]>::concat);
    only(fours.chain(words.iter().filter(|word| word.len() == LENGTH).map(ToString::to_string)).collect()).unwrap_or(letters)
}

/// The code of a letter as it is compared: letters and digits in lower case. The letter o is in no code; the digit is.
pub(crate) fn plain_letter_code(typed: &str) -> String {
    let text = plain_typed(typed.get(..LONGEST_TEXT).unwrap_or(typed)).to_lowercase().replace('o', "0");
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn only(mut codes: BTreeSet<String>) -> Option<String> {
    let code = codes.pop_first();
    code.filter(|_| codes.is_empty())
}

/// The numbers of a text, each with its groups. One space, dash or dot joins two groups to one number.
fn numbers(text: &str) -> Vec<Vec<&str>> {
    let mut numbers: Vec<Vec<&str>> = Vec::new();
    let mut rest = text;
    let mut joins = false;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let gap = &rest[..start];
        joins &= gap.chars().count() == 1 && gap.chars().all(|c| c.is_whitespace() || is_joint(c));
        let digits = &rest[start..];
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        match numbers.last_mut().filter(|_| joins) {
            Some(number) => number.push(&digits[..end]),
            None => numbers.push(vec![&digits[..end]]),
        }
        rest = &digits[end..];
        joins = true;
    }
    numbers
}

const fn is_joint(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '.' | '\u{b7}' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_six_digits_are_read_out_of_whatever_was_pasted() {
        for typed in [
            "123456",
            "۱۲۳۴۵۶",
            "١٢٣٤٥٦",
            "１２３４５６",
            " 123 456 ",
            "123-456",
            "123\u{2011}456",
            "12\u{2013}34\u{2212}56",
            "1 2 3 4 5 6",
            "123.456",
            "123\u{a0}456",
            "123\u{202f}456",
            "\u{200e}123456\u{200f}",
            "\u{2068}123\u{200b}456\u{2069}",
            "\u{61c}۱۲۳\u{200c}۴۵۶\u{feff}",
            "12\u{ad}3456",
            "𝟏𝟐𝟑𝟒𝟓𝟔",
            "G-123456",
            "Panjereh code: 123456. Do not tell it to anyone.",
            "Panjereh code: 123456. Do not tell it to anyone.\n\n@window.example #123456",
            "کد پنجره: ۱۲۳۴۵۶. آن را به کسی نگویید.\n\n@window.example #123456",
            "@window654321.example #123456",
            "From +98 912 345 6789 at 14:35 on 23-11-26: Panjereh code: 123456.",
            "2026-11-23 14:35:12 | 09121234567 | 123456",
            "123456 5 minutes",
        ] {
            assert_eq!(six_digits(typed).as_deref(), Some("123456"), "{typed:?}");
        }
    }

    #[test]
    fn where_no_code_or_more_than_one_can_be_meant_there_is_none() {
        let long = "1".repeat(5_000);
        for typed in
            ["", "12345", "1234567", "abcdef", "12 34", "123456 and 654321", "a #123456 b #654321", "0912 345 6789", &long]
        {
            assert_eq!(six_digits(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn the_code_of_a_letter_is_compared_without_dashes_case_and_script_and_two_codes_stay_two() {
        for typed in ["K7QM0-X2D9V", "k7qm0 x2d9v", "K7QMO-X2D9V", "k۷qm۰\u{2011}x۲d۹v\u{200f}"] {
            assert_eq!(plain_letter_code(typed), "k7qm0x2d9v", "{typed:?}");
        }
        assert_ne!(plain_letter_code("AAAAA-AAAAA"), plain_letter_code("AAAAA-AAAAB"));
        assert_eq!(plain_letter_code(""), "");
    }

    #[test]
    fn a_recovery_code_is_read_out_of_a_line_of_its_list() {
        for typed in [
            "k7qm-0x2d-9vtr-4hap",
            "K7QM 0X2D 9VTR 4HAP",
            "k7qm0x2d9vtr4hap",
            "k7qm\u{2013}ox2d\u{2011}9vtr\u{200f}-4hap",
            "ｋ７ｑｍ－０ｘ２ｄ－９ｖｔｒ－４ｈａｐ",
            "k۷qm-۰x۲d-۹vtr-۴hap",
            "3. k7qm-0x2d-9vtr-4hap\r\n",
            "Panjereh recovery code 3: k7qm-0x2d-9vtr-4hap",
        ] {
            assert_eq!(plain_recovery_code(typed), "k7qm0x2d9vtr4hap", "{typed:?}");
        }
        assert_eq!(plain_recovery_code("1. k7qm-0x2d-9vtr-4hap 2. aaaa-bbbb-cccc-dddd").len(), 34, "two codes are none");
    }

    proptest! {
        #[test]
        fn six_digits_survive_separators_and_words_without_digits(
            code in "[0-9]{6}", mark in "[\u{200e}\u{200f}\u{2066}\u{2069}\u{feff}]{0,2}", before in "[a-zآ-ی :]{0,20}", after in "[a-zآ-ی .]{0,20}",
        ) {
            let (first, second) = code.split_at(3);
            for typed in [format!("{before}:{first}{mark}{second}  {after}"), format!("{before}: {first}-{mark}{second}  {after}")] {
                prop_assert_eq!(six_digits(&typed), Some(code.clone()), "{:?}", typed);
            }
        }

        #[test]
        fn no_text_makes_the_reader_fail(text in any::<String>()) {
            let code = six_digits(&text);
            prop_assert!(code.is_none_or(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())));
            plain_recovery_code(&text);
        }
    }
}
