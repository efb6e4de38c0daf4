//! The name of an agency as it may stand in a text message.
//!
//! An agency's developer chose the name, and telephones make links of addresses and offer digits as codes. So a name is cut, and one that
//! could be read as an address or as a code does not go into a message: the message then names no agency.

use unicode_normalization::char::is_combining_mark;

/// The longest name, in characters: a message with its code stays within two parts.
const LONGEST: usize = 40;
/// This many digits in a row can be read as a code.
const LIKE_A_CODE: usize = 4;

/// The name, safe and short; `None` if it must not stand in a message.
pub(crate) fn in_a_message(name: &str) -> Option<String> {
    let plain: String =
        name.chars().map(|sign| if sign.is_whitespace() { ' ' } else { sign }).filter(|sign| is_shown(*sign)).collect();
    let plain = plain.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if plain.is_empty() || like_an_address(&plain) || like_a_code(&plain) {
        return None;
    }
    Some(cut(&plain))
}

/// Neither control characters nor marks that turn the direction of the text. The half-space (U+200C) is part of Persian words.
fn is_shown(sign: char) -> bool {
    !sign.is_control()
        && !matches!(sign, '\u{200b}' | '\u{200d}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '{' | '}')
}

/// A dot, or what is shown as one, between two letters; or a sign that only addresses have.
fn like_an_address(name: &str) -> bool {
    let signs: Vec<char> = name.chars().collect();
    let dotted = signs.windows(3).any(|three| {
        matches!(three[1], '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}' | '\u{2024}')
            && three[0].is_alphanumeric()
            && three[2].is_alphanumeric()
    });
    dotted || name.contains(['/', '\\', '@', '#', '\u{2044}', '\u{2215}', '\u{ff0f}']) || name.to_lowercase().contains("www")
}

fn like_a_code(name: &str) -> bool {
    let mut row = 0;
    for sign in name.chars() {
        match sign {
            sign if sign.is_numeric() => row += 1,
            // Codes are written in groups, too.
            ' ' | '-' | '\u{200c}' => {}
            _ => row = 0,
        }
        if row >= LIKE_A_CODE {
            return true;
        }
    }
    false
}

/// Cut at a character that no mark belongs to.
fn cut(name: &str) -> String {
    let signs: Vec<char> = name.chars().collect();
    if signs.len() <= LONGEST {
        return name.to_owned();
    }
    let mut end = LONGEST - 1;
    while end > 0 && (is_combining_mark(signs[end]) || signs[end] == '\u{200c}') {
        end -= 1;
    }
    let kept: String = signs[..end].iter().collect();
    format!("{}…", kept.trim_end_matches([' ', '\u{200c}']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_ordinary_name_stays_and_a_long_one_is_cut() {
        for name in ["سازمان امور مالیاتی", "Tax Office no. 3", "بیمهٔ سلامت ایرانیان", "می‌خوانم"]
        {
            assert_eq!(in_a_message(name).as_deref(), Some(name));
        }
        let long = in_a_message(&"کتابخانهٔ ملی ".repeat(10)).expect("a name");
        assert!(long.ends_with('…') && long.chars().count() <= LONGEST, "{long}");
        assert_eq!(in_a_message(&format!("{}\u{654}\u{654}x", "ه".repeat(39))), Some(format!("{}…", "ه".repeat(38))));
    }

    #[test]
    fn a_name_that_reads_as_an_address_or_as_a_code_is_not_in_a_message() {
        for name in [
            "evil.example",
            "see https://evil",
            "a@b",
            "WWW evil",
            "evil。example",
            "code 123456",
            "۱۲ ۳۴",
            "12-34",
            " ",
            "\u{200f}",
        ] {
            assert_eq!(in_a_message(name), None, "{name:?}");
        }
    }

    #[test]
    fn marks_that_turn_the_text_and_line_breaks_are_taken_out() {
        assert_eq!(in_a_message("Tax\u{202e}\n\n Office{code}").as_deref(), Some("Tax Officecode"));
    }

    proptest! {
        #[test]
        fn no_name_is_long_or_has_a_line_break(name in ".{0,120}") {
            if let Some(name) = in_a_message(&name) {
                prop_assert!(name.chars().count() <= LONGEST && !name.chars().any(char::is_control) && !name.is_empty());
            }
        }
    }
}
