//! The languages of the pages, and which one a reader gets.

use crate::text::LocalName;

/// A language that every page speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// Persian, right to left: the first language.
    #[default]
    Fa,
    /// English.
    En,
}

impl Locale {
    /// Both, Persian first.
    pub const ALL: [Self; 2] = [Self::Fa, Self::En];

    /// The BCP 47 tag, for `lang`, the cookie and `?lang=`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fa => "fa",
            Self::En => "en",
        }
    }

    /// The writing direction, for `dir`.
    pub const fn dir(self) -> &'static str {
        match self {
            Self::Fa => "rtl",
            Self::En => "ltr",
        }
    }

    /// The version of a client's registered text for this reader.
    pub(crate) fn pick(self, texts: &LocalName) -> &str {
        match self {
            Self::Fa => &texts.fa,
            Self::En => &texts.en,
        }
    }

    /// The language that the language switch offers.
    #[must_use]
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Fa => Self::En,
            Self::En => Self::Fa,
        }
    }

    /// Reads a BCP 47 tag by its primary language: `fa-IR` is Persian, and so is Dari (`prs`), which is written the same.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "fa" | "prs" => Some(Self::Fa),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The language for a reader: the first of `ui_locales` (OpenID Connect Core §3.1.2.1) that we speak, then the person's
    /// earlier choice, then what the browser prefers, then Persian.
    ///
    /// A switch made on a page of this very interaction is stronger than all of these: a handler that has one uses it
    /// instead of asking here.
    pub(crate) fn negotiate(ui_locales: &[String], cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        ui_locales
            .iter()
            .find_map(|tag| Self::from_tag(tag))
            .or_else(|| cookie.and_then(Self::from_tag))
            .or_else(|| accept_language.and_then(Self::preferred_by_browser))
            .unwrap_or_default()
    }

    /// The best of an `Accept-Language` header (RFC 9110 §12.5.4); among equals the first named.
    fn preferred_by_browser(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';');
            let Some(locale) = parts.next().and_then(Self::from_tag) else { continue };
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(_, heaviest)| weight > heaviest) {
                best = Some((locale, weight));
            }
        }
        best.map(|(locale, _)| locale)
    }

    /// A text with its digits as this language writes them.
    pub(crate) fn digits(self, text: &str) -> String {
        match self {
            Self::Fa => crate::text::persian_digits(text),
            Self::En => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_agency_then_the_person_then_the_browser_decides() {
        let wanted = ["de".to_owned(), "en-GB".to_owned()];
        assert_eq!(Locale::negotiate(&wanted, Some("fa"), Some("fa")), Locale::En);
        assert_eq!(Locale::negotiate(&[], Some("en"), Some("fa")), Locale::En);
        assert_eq!(Locale::negotiate(&[], None, Some("en-US,en;q=0.9")), Locale::En);
        assert_eq!(Locale::negotiate(&[], Some("xx"), Some("de")), Locale::Fa);
        assert_eq!(Locale::negotiate(&[], None, None), Locale::Fa);
    }

    #[test]
    fn rfc9110_12_5_4_weights_decide_and_zero_means_no() {
        assert_eq!(Locale::negotiate(&[], None, Some("en;q=0.4, fa;q=0.8")), Locale::Fa);
        assert_eq!(Locale::negotiate(&[], None, Some("fa;q=0, en;q=0.1")), Locale::En);
        assert_eq!(Locale::negotiate(&[], None, Some("de, en;q=0.5, fa;q=0.5")), Locale::En);
    }

    proptest! {
        #[test]
        fn rfc9110_12_5_4_the_heavier_of_two_wins_and_noise_counts_for_nothing(
            fa in 0_u16..=1000,
            en in 0_u16..=1000,
            noise in "[a-df-z*]{1,8}(;q=[0-9.]{0,4})?|[;=, ]{0,4}",
        ) {
            let weight = |thousandths: u16| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            let header = format!("en-GB;q={}, {noise}, fa-IR; q={}", weight(en), weight(fa));
            let expected = if en > 0 && en >= fa { Locale::En } else { Locale::Fa };
            prop_assume!(Locale::from_tag(noise.split([';', ',']).next().unwrap_or_default()).is_none());
            prop_assert_eq!(Locale::negotiate(&[], None, Some(&header)), expected, "{}", header);
        }

        #[test]
        fn a_tag_counts_by_its_first_part_in_any_case(
            tag in "(fa|FA|prs|en|En)([-_][A-Za-z0-9]{1,8}){0,3}",
            other in "[g-oq-z][a-z]{1,7}",
        ) {
            prop_assert!(Locale::from_tag(&tag).is_some());
            prop_assert_eq!(Locale::from_tag(&other), None);
        }
    }
}
