//! `[support]`: where people get help. Pages and text messages that say "contact support" name it.

use crate::settings::key::{Key, Section, ValueKind, plain};
use crate::text::LocalName;

/// `[support]`: each text in both languages of the pages; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The telephone number.
    pub phone: LocalName,
    /// A street address, an e-mail address or a web address.
    pub address: LocalName,
    /// When people answer.
    pub hours: LocalName,
}

impl Default for Support {
    fn default() -> Self {
        let none = || LocalName { fa: String::new(), en: String::new() };
        Self { phone: none(), address: none(), hours: none() }
    }
}

impl Support {
    /// The keys that have no value.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        SECTION.keys.iter().filter(|key| key.kind.literal(self) == "\"\"").map(|key| key.name).collect()
    }
}

/// The longest text: a line on a narrow telephone wraps a few times.
const LONGEST: usize = 200;

/// One text of the section. The two functions differ in nothing but their field.
macro_rules! text {
    ($name:literal, $about:literal, $part:ident . $language:ident) => {{
        const KEY: Key<Support> = plain(
            $name,
            $about,
            ValueKind::Text {
                remedy: "Give one line of at most 200 characters, or \"\" for none",
                set: |section, text| {
                    section.$part.$language = line(text)?;
                    Ok(())
                },
                get: |section| section.$part.$language.clone(),
            },
        );
        KEY
    }};
}

pub(crate) const SECTION: Section<Support> = Section {
    name: "support",
    about: "Where citizens get help. Every page, and each text message that says \"contact support\", names what is set here.\n\
            Where it is not set, the pages cannot say whom to contact, and `config check` and the start of the server warn.",
    keys: &[
        text!("phone_fa", "The telephone number of support, on Persian pages.", phone.fa),
        text!("phone_en", "The telephone number of support, on English pages: citizens abroad need the country code.", phone.en),
        text!("address_fa", "A street address, an e-mail address or an https address of support, on Persian pages.", address.fa),
        text!("address_en", "A street address, an e-mail address or an https address of support, on English pages.", address.en),
        text!("hours_fa", "When support answers, on Persian pages.", hours.fa),
        text!("hours_en", "When support answers, on English pages, with the time zone.", hours.en),
    ],
};

fn line(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.contains(char::is_control) {
        return Err("has a line break or another control character");
    }
    if text.chars().count() > LONGEST {
        return Err("is longer than 200 characters");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_that_is_not_set_is_missing() {
        let mut support = Support::default();
        assert_eq!(support.missing().len(), SECTION.keys.len());
        "021 1234".clone_into(&mut support.phone.en);
        assert!(!support.missing().contains(&"phone_en") && support.missing().contains(&"phone_fa"));
    }

    #[test]
    fn a_text_is_one_line() {
        assert_eq!(line(" ۰۲۱ ۱۲۳۴ "), Ok("۰۲۱ ۱۲۳۴".to_owned()));
        assert!(
            line("a\nb").is_err() && line("a\u{0}").is_err() && line(&"x".repeat(201)).is_err() && line(&"ف".repeat(200)).is_ok()
        );
    }
}
