//! The sentences of the pages: one Fluent bundle per language, parsed once.

use crate::locale::Locale;
use crate::text::persian_digits;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

type Bundle = FluentBundle<FluentResource>;

static FA: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::Fa));
static EN: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::En));

impl Locale {
    /// The sentence of a key.
    pub fn t(self, key: &str) -> String {
        message(self, key, &[])
    }

    /// The sentence of a key with its variables filled in. Numbers are written in the language's own digits.
    pub fn t_with<'a, V: Into<FluentValue<'a>> + Clone>(self, key: &str, args: &[(&'static str, V)]) -> String {
        let args: Vec<_> = args.iter().map(|(name, value)| (*name, value.clone().into())).collect();
        message(self, key, &args)
    }

    /// The same for a text message, without the invisible marks that keep the directions of variables apart: telephones that look for
    /// a code or a number may fail on them, and some show them.
    pub(crate) fn t_in_message(self, key: &str, args: &[(&'static str, String)]) -> String {
        self.t_with(key, args).replace(['\u{2068}', '\u{2069}'], "")
    }
}

/// The translation file of a language, compiled into the binary.
pub const fn source(locale: Locale) -> &'static str {
    match locale {
        Locale::Fa => include_str!("locales/fa.ftl"),
        Locale::En => include_str!("locales/en.ftl"),
    }
}

/// The sentence of `key`. A missing one shows as `⟦key⟧`; `tests/it/locales.rs` fails where one is missing.
fn message(locale: Locale, key: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
    let bundle = match locale {
        Locale::Fa => &*FA,
        Locale::En => &*EN,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { return format!("⟦{key}⟧") };
    let args: FluentArgs = args.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
    let mut problems = Vec::new();
    bundle.format_pattern(pattern, Some(&args), &mut problems).into_owned()
}

/// For the plural rules. An invalid tag would become `und`, which has one plural form.
fn language(locale: Locale) -> LanguageIdentifier {
    locale.tag().parse().unwrap_or_default()
}

fn bundle(locale: Locale) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language(locale)]);
    // Variables stay isolated (U+2068 … U+2069), so that a Latin name cannot reverse the order of a Persian sentence.
    bundle.set_use_isolating(true);
    if locale == Locale::Fa {
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(number) => Some(persian_digits(&number.as_string())),
            _ => None,
        }));
    }
    // A file with a syntax error still provides its other sentences; `tests/it/locales.rs` reports the error.
    let resource = FluentResource::try_new(source(locale).to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_the_digits_of_the_language() {
        assert!(Locale::Fa.t_with("otp-minutes", &[("minutes", 5)]).contains('۵'));
        assert!(Locale::En.t_with("otp-minutes", &[("minutes", 5)]).contains('5'));
    }

    #[test]
    fn the_tag_of_a_language_names_it() {
        for locale in [Locale::Fa, Locale::En] {
            assert_eq!(language(locale).to_string(), locale.tag());
        }
    }

    #[test]
    fn a_missing_key_is_visible() {
        assert_eq!(Locale::En.t("no-such-key"), "⟦no-such-key⟧");
    }
}
