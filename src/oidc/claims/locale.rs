//! Language tags (BCP 47), and the languages and scripts in which claims are told (OpenID Connect Core §5.2).

use serde::{Deserialize, Serialize};

/// So many languages of a list are kept.
const MOST_LOCALES: usize = 10;

/// Language tags (BCP 47) out of a list; what is none is left out, because a wish for a language is no reason for an error
/// (OpenID Connect Core §3.1.2.1).
pub(crate) fn language_tags(list: Option<&str>) -> Vec<String> {
    let is_tag = |tag: &&str| (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    list.unwrap_or_default().split(' ').filter(is_tag).take(MOST_LOCALES).map(str::to_owned).collect()
}

/// A language and script in which the registry keeps names. An address is known in Persian alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimLocale {
    /// Persian: everything is known in it.
    Fa,
    /// Latin script, as a passport has it: known of some.
    En,
}

impl ClaimLocale {
    /// Both, in the order in which discovery lists them.
    pub const ALL: [Self; 2] = [Self::Fa, Self::En];

    /// The language tag behind the `#` of a member's name.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fa => "fa",
            Self::En => "en",
        }
    }

    /// What is meant by a language tag, however specific it is: §5.2 leaves the matching to us, so that clients stay simple. Case does
    /// not count (RFC 5646 §2.1.1), a script counts more than the language: `fa-Latn` is a Persian name in Latin letters, which is
    /// what we know as `en`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let mut subtags = tag.split('-');
        let language = subtags.next()?.to_ascii_lowercase();
        // Behind the language stand extended languages of three letters, then the script of four (RFC 5646 §2.1).
        let script = subtags.find(|subtag| subtag.len() != 3).filter(|subtag| is_script(subtag)).map(str::to_ascii_lowercase);
        match (language.as_str(), script.as_deref()) {
            ("fa", None | Some("arab" | "aran")) | ("und", Some("arab" | "aran")) => Some(Self::Fa),
            ("en", None) | ("en" | "fa" | "und", Some("latn")) => Some(Self::En),
            _ => None,
        }
    }

    /// Those that `claims_locales` asks for, most wanted first, each once; the rest is ignored, because no error comes of it (§5.2).
    pub fn of_list(tags: &[String]) -> Vec<Self> {
        let mut wanted = Vec::new();
        for locale in tags.iter().filter_map(|tag| Self::of_tag(tag)) {
            if !wanted.contains(&locale) {
                wanted.push(locale);
            }
        }
        wanted
    }
}

fn is_script(subtag: &str) -> bool {
    subtag.len() == 4 && subtag.bytes().all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_core_5_2_a_more_specific_tag_finds_what_is_known() {
        for tag in ["fa", "FA", "fa-IR", "fa-AF", "fa-Arab", "fa-arab-IR", "fa-pes", "und-Arab"] {
            assert_eq!(ClaimLocale::of_tag(tag), Some(ClaimLocale::Fa), "{tag}");
        }
        for tag in ["en", "en-GB", "EN-us", "en-Latn", "fa-Latn", "fa-Latn-IR", "fa-pes-Latn", "und-Latn", "en-x-abc"] {
            assert_eq!(ClaimLocale::of_tag(tag), Some(ClaimLocale::En), "{tag}");
        }
        for tag in ["", "de", "ar", "ar-IR", "f", "english", "en-Cyrl", "und", "-", "fa_IR"] {
            assert_eq!(ClaimLocale::of_tag(tag), None, "{tag}");
        }
    }

    #[test]
    fn oidc_core_5_2_a_list_is_read_in_its_order_and_what_is_not_known_is_passed_over() {
        let list = |tags: &str| ClaimLocale::of_list(&tags.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(list("de en-GB fa en fa-IR"), [ClaimLocale::En, ClaimLocale::Fa]);
        assert_eq!(list("de x"), []);
    }

    #[test]
    fn the_tag_is_the_name_in_the_store() {
        for locale in ClaimLocale::ALL {
            assert_eq!(serde_json::to_value(locale).unwrap(), locale.tag());
            assert_eq!(ClaimLocale::of_tag(locale.tag()), Some(locale));
        }
    }
}
