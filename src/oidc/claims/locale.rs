//! Language tags (BCP 47), and the languages and scripts in which claims are delivered (OpenID Connect Core §5.2).

use serde::{Deserialize, Serialize};

/// At most so many languages of a list are kept.
const MOST_LOCALES: usize = 10;

/// The language tags (BCP 47) in a list. Anything else is left out, because a wish for a language is never an error
/// (OpenID Connect Core §3.1.2.1).
pub(crate) fn language_tags(list: Option<&str>) -> Vec<String> {
    let is_tag = |tag: &&str| (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    list.unwrap_or_default().split(' ').filter(is_tag).take(MOST_LOCALES).map(str::to_owned).collect()
}

/// A language and script in which the registry stores names. An address is known in Persian only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimLocale {
    /// Persian: every claim is known in it.
    Fa,
    /// Latin script, as in a passport: known for some people.
    En,
}

impl ClaimLocale {
    /// Both, in the order in which discovery lists them.
    pub(crate) const ALL: [Self; 2] = [Self::Fa, Self::En];

    /// The language tag behind the `#` of a member's name.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Fa => "fa",
            Self::En => "en",
        }
    }

    /// The locale that a language tag means, however specific the tag is: §5.2 leaves the matching to the server, so that clients
    /// stay simple. Case is ignored (RFC 5646 §2.1.1). A script counts more than the language: `fa-Latn` is a Persian name in
    /// Latin letters, which we know as `en`.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let mut subtags = tag.split('-');
        let language = subtags.next()?.to_ascii_lowercase();
        // After the language come extended languages of three letters, then the script of four (RFC 5646 §2.1).
        let script = subtags.find(|subtag| subtag.len() != 3).filter(|subtag| is_script(subtag)).map(str::to_ascii_lowercase);
        match (language.as_str(), script.as_deref()) {
            ("fa", None | Some("arab" | "aran")) | ("und", Some("arab" | "aran")) => Some(Self::Fa),
            ("en", None) | ("en" | "fa" | "und", Some("latn")) => Some(Self::En),
            _ => None,
        }
    }

    /// The locales that `claims_locales` asks for, most wanted first, each once. Others are ignored: they are never an error
    /// (§5.2).
    pub(crate) fn of_list(tags: &[String]) -> Vec<Self> {
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
