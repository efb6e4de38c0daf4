//! What every page shares: the frame around it, its form and the faults of its form.

pub(crate) mod about;
pub(crate) mod contact;
pub(crate) mod form;

pub use crate::web::layout::about::About;
pub use crate::web::layout::contact::Contact;
pub use crate::web::layout::form::{Field, FormError, FormPart};

use crate::app::App;
use crate::edge::assets;
use crate::locale::Locale;
use crate::oidc::authorization::prompt::Display;
use crate::text::is_persian;
use fluent_bundle::FluentValue;
use jiff::civil::DateTime;

/// National ID, code, first passkey or password, recovery codes, consent.
const STEPS_TO_AN_ACCOUNT: u32 = 5;

/// The frame of a page: `layout/base.html`.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The reader's language.
    pub locale: Locale,
    /// The request id, which a reader can name when asking for help.
    pub reference: String,
    /// Path and query of a `GET` that shows this page again, for the language switch.
    pub path: String,
    /// The name of the signed-in person, in the reader's script.
    pub person: Option<String>,
    /// The client's wish for the look of the page.
    pub display: Display,
    /// The country's civil time.
    pub now: DateTime,
    /// How the reader reaches support.
    pub contact: Contact,
    /// How long the page can be used, where it ends.
    pub time: Option<TimeLeft>,
}

/// How long the pages of an interaction can still be used.
#[derive(Debug, Clone)]
pub struct TimeLeft {
    /// Until its end.
    pub seconds: u64,
    /// The same as a time of day.
    pub ends: String,
    /// Asks for more time.
    pub form: FormPart,
}

impl Layout {
    /// The frame of a page without a person, at midnight.
    pub fn plain(locale: Locale, path: &str) -> Self {
        let now = DateTime::constant(2026, 11, 23, 0, 0, 0, 0);
        let contact = Contact::default();
        Self {
            locale,
            reference: String::new(),
            path: path.to_owned(),
            person: None,
            display: Display::Page,
            now,
            contact,
            time: None,
        }
    }

    /// The frame of a page that answers now.
    pub(crate) fn now(app: &App, locale: Locale, reference: &str, path: &str) -> Self {
        let now = app.settings.country_profile().civil(app.clock.now());
        let contact = Contact::of(&app.settings.support, locale);
        Self { now, contact, reference: reference.to_owned(), ..Self::plain(locale, path) }
    }

    /// See [`Locale::t`].
    pub(crate) fn t(&self, key: &str) -> String {
        self.locale.t(key)
    }

    /// See [`Locale::t_with`].
    pub(crate) fn t_with<'a, V: Into<FluentValue<'a>> + Clone>(&self, key: &str, args: &[(&'static str, V)]) -> String {
        self.locale.t_with(key, args)
    }

    /// Where a page is on the way to a new account. The last page of the way is the consent page: a new account has allowed nothing.
    pub(crate) fn step_of(&self, step: u32) -> String {
        self.t_with("step-of", &[("step", step), ("steps", STEPS_TO_AN_ACCOUNT)])
    }

    /// The sentence of a fault.
    pub(crate) fn fault(&self, error: &FormError) -> String {
        error.message(self.locale)
    }

    /// See [`Locale::digits`].
    pub(crate) fn digits(&self, text: &str) -> String {
        self.locale.digits(text)
    }

    /// The language of a text that is not this page's own, as its script shows (WCAG 2.2 §3.1.2).
    pub(crate) fn lang_of(&self, text: &str) -> Option<&'static str> {
        match self.locale {
            Locale::En => is_persian(text).then_some("fa"),
            Locale::Fa => (!is_persian(text) && text.contains(|c: char| c.is_ascii_alphabetic())).then_some("en"),
        }
    }

    /// The parts of a sentence before and after the name in it, so that a page can mark the name's language.
    pub(crate) fn around_name(&self, key: &str, args: &[(&'static str, &str)]) -> (String, String) {
        // A character that no text contains.
        const NAME: char = '\u{e000}';
        let name = NAME.to_string();
        let sentence = self.t_with(key, &[args, &[("name", name.as_str())]].concat());
        let (before, after) = sentence.split_once(NAME).unwrap_or((&sentence, ""));
        (before.to_owned(), after.to_owned())
    }

    /// A long address in the parts between which a line may break: twice the text on a narrow phone leaves room for few letters.
    #[expect(clippy::unused_self, reason = "templates call it on the layout")]
    pub(crate) fn breakable<'t>(&self, text: &'t str) -> Vec<&'t str> {
        text.split_inclusive(['@', '.', '/', ':']).collect()
    }

    /// The path of an asset.
    #[expect(clippy::unused_self, reason = "templates call it on the layout")]
    pub(crate) fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }

    /// The class of the whole page (OpenID Connect Core §3.1.2.1, `display`).
    pub(crate) const fn body_class(&self) -> Option<&'static str> {
        match self.display {
            Display::Page => None,
            Display::Popup => Some("popup"),
            Display::Touch => Some("touch"),
        }
    }

    /// This page in the other language.
    pub(crate) fn switch_url(&self) -> String {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
        let switch = format!("lang={}", self.locale.other().tag());
        let pairs: Vec<&str> = kept.chain([switch.as_str()]).collect();
        format!("{path}?{}", pairs.join("&"))
    }
}

/// A link: to a service of an agency, or to the agency that the reader came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The name in the reader's language.
    pub name: String,
    /// The address.
    pub uri: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wcag_3_1_2_a_text_in_the_other_script_says_its_language() {
        let (en, fa) = (Layout::plain(Locale::En, "/"), Layout::plain(Locale::Fa, "/"));
        assert_eq!((en.lang_of("سنندج"), en.lang_of("Sanandaj"), en.lang_of("۱۲")), (Some("fa"), None, None));
        assert_eq!((fa.lang_of("سنندج"), fa.lang_of("Sanandaj"), fa.lang_of("12")), (None, Some("en"), None));
        let (before, after) = en.around_name("sign-in-again", &[("agency", "<tax>")]);
        let whole = en.t_with("sign-in-again", &[("agency", "<tax>"), ("name", "X")]);
        assert_eq!(format!("{before}X{after}"), whole);
    }

    #[test]
    fn the_language_switch_keeps_the_query_and_replaces_an_earlier_switch() {
        let switch = |path: &str| Layout::plain(Locale::Fa, path).switch_url();
        assert_eq!(switch("/"), "/?lang=en");
        assert_eq!(switch("/logout?state=a%26b&lang=fa"), "/logout?state=a%26b&lang=en");
    }
}
