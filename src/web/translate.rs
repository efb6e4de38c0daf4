//! The sentences of the pages: one Fluent bundle per language, parsed once.

use super::locale::Locale;
use crate::text::persian_digits;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::sync::LazyLock;
use unic_langid::langid;

type Bundle = FluentBundle<FluentResource>;

static FA: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::Fa));
static EN: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::En));

/// The translation file of a language, as it stands in the binary.
pub const fn source(locale: Locale) -> &'static str {
    match locale {
        Locale::Fa => include_str!("locales/fa.ftl"),
        Locale::En => include_str!("locales/en.ftl"),
    }
}

/// The sentence of `key`. A missing one shows as `⟦key⟧`: `tests/it/locales.rs` keeps that from ever reaching a reader.
pub(super) fn message(locale: Locale, key: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
    let bundle = match locale {
        Locale::Fa => &*FA,
        Locale::En => &*EN,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { return format!("⟦{key}⟧") };
    let args: FluentArgs = args.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
    let mut problems = Vec::new();
    bundle.format_pattern(pattern, Some(&args), &mut problems).into_owned()
}

fn bundle(locale: Locale) -> Bundle {
    let language = match locale {
        Locale::Fa => langid!("fa"),
        Locale::En => langid!("en"),
    };
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // Variables stay isolated (U+2068 … U+2069), so that a Latin name cannot turn a Persian sentence around.
    bundle.set_use_isolating(true);
    if locale == Locale::Fa {
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(number) => Some(persian_digits(&number.as_string())),
            _ => None,
        }));
    }
    // A file with a mistake still gives its other sentences; the test of the locales names the mistake.
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
    fn a_missing_key_is_visible() {
        assert_eq!(Locale::En.t("no-such-key"), "⟦no-such-key⟧");
    }
}
