//! The page of a sample agency: its texts in two languages, and a visit in the form in which it is shown.

use crate::demo::agency::code_view::CodeView;
use crate::demo::agency_config::AgencyKind;
use crate::demo::relying_party::SignedIn;
use crate::identity::birth_date::BirthDate;
use crate::identity::jalali::{format_en, format_fa};
use crate::locale::Locale;
use crate::text::persian_digits;
use askama::Template;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A language of the sample agencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Persian, the first.
    Fa,
    /// English.
    En,
}

impl From<Locale> for Language {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::Fa => Self::Fa,
            Locale::En => Self::En,
        }
    }
}

impl Language {
    /// The language of this tag, if the agencies have it.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "fa" => Some(Self::Fa),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Fa => "fa",
            Self::En => "en",
        }
    }
}

/// The texts of one language; a missing one fails the test below.
///
/// Each field is the text of that name in texts/*.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    pub(crate) lang: String,
    pub(crate) dir: String,
    pub(crate) other_lang: String,
    pub(crate) other_language: String,
    pub(crate) skip: String,
    pub(crate) sample: String,
    pub(crate) sign_in: String,
    pub(crate) sign_in_why: String,
    pub(crate) sign_out: String,
    pub(crate) welcome: String,
    pub(crate) welcome_nameless: String,
    pub(crate) received: String,
    pub(crate) nothing_received: String,
    pub(crate) token: String,
    pub(crate) token_why: String,
    pub(crate) yes: String,
    pub(crate) no: String,
    pub(crate) problem_title: String,
    pub(crate) problem_denied: String,
    pub(crate) problem_refused: String,
    pub(crate) problem_stale: String,
    pub(crate) problem_unreachable: String,
    pub(crate) problem_untrusted: String,
    pub(crate) problem_code: String,
    pub(crate) again: String,
    pub(crate) outbox_title: String,
    pub(crate) outbox_lead: String,
    pub(crate) outbox_again: String,
    pub(crate) outbox_empty: String,
    pub(crate) home: String,
    pub(crate) cast: CastTexts,
    pub(crate) kiosk: KioskTexts,
    tax: AgencyTexts,
    health: AgencyTexts,
    claims: BTreeMap<String, String>,
}

/// The texts of the page of people.
///
/// Each field is the text of that name in texts/*.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CastTexts {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) messages: String,
    pub(crate) copy: String,
    pub(crate) copied: String,
    pub(crate) national_id: String,
    pub(crate) born_jalali: String,
    pub(crate) born_gregorian: String,
    pub(crate) mobile: String,
    pub(crate) password: String,
    pub(crate) account: String,
    pub(crate) new: String,
    pub(crate) minor: String,
    pub(crate) deceased: String,
    pub(crate) abroad: String,
    pub(crate) unanswered: String,
}

/// The texts of the kiosk.
///
/// Each field is the text of that name in texts/*.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KioskTexts {
    pub(crate) title: String,
    pub(crate) invitation: String,
    pub(crate) lead: String,
    pub(crate) start: String,
    pub(crate) scan: String,
    pub(crate) or_type: String,
    pub(crate) at: String,
    pub(crate) compare: String,
    pub(crate) waiting: String,
    pub(crate) look_again: String,
    pub(crate) finished: String,
    pub(crate) finished_why: String,
    pub(crate) denied: String,
    pub(crate) expired: String,
    pub(crate) again: String,
}

/// The texts that differ between the agencies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgencyTexts {
    /// Its name.
    pub(crate) name: String,
    /// The headline of the first page.
    pub(crate) headline: String,
    /// A sentence below them.
    pub(crate) lead: String,
    /// What it pretends to offer.
    pub(crate) services: Vec<String>,
}

static TEXTS: LazyLock<[Result<Texts, toml::de::Error>; 2]> =
    LazyLock::new(|| [toml::from_str(include_str!("texts/fa.toml")), toml::from_str(include_str!("texts/en.toml"))]);

impl Texts {
    /// The texts of a language; `None` only if the file built into the binary is broken, which a test excludes.
    pub(crate) fn of(language: Language) -> Option<&'static Self> {
        let [fa, en] = &*TEXTS;
        match language {
            Language::Fa => fa.as_ref().ok(),
            Language::En => en.as_ref().ok(),
        }
    }

    const fn own(&self, agency: AgencyKind) -> &AgencyTexts {
        match agency {
            AgencyKind::TaxOffice => &self.tax,
            AgencyKind::HealthService => &self.health,
        }
    }
}

/// What the page shows.
pub(crate) enum Scene {
    /// No person is signed in.
    SignedOut,
    /// A person is signed in.
    SignedIn(VisitView),
    /// A sign-in failed.
    Problem(ProblemView),
    /// The kiosk in the hall.
    Kiosk(KioskView),
}

/// Why a sign-in failed, as the page tells the citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// They did not consent.
    Denied,
    /// The provider answered with another error.
    Refused,
    /// The answer belongs to no sign-in that this browser began.
    Stale,
    /// The provider does not answer.
    Unreachable,
    /// The answer could not be verified.
    Untrusted,
}

/// A problem ready to be shown.
pub(crate) struct ProblemView {
    sentence: &'static str,
    code: Option<String>,
}

/// A visit ready to be shown.
pub(crate) struct VisitView {
    name: Option<String>,
    claims: Vec<Row>,
    token: Vec<Row>,
}

/// One line of a table of claims.
pub(crate) struct Row {
    claim: String,
    label: String,
    value: String,
    left_to_right: bool,
}

/// The one page of a sample agency.
#[derive(Template)]
#[template(path = "agency.html", config = "src/demo/askama.toml")]
pub(crate) struct AgencyPage {
    t: &'static Texts,
    own: &'static AgencyTexts,
    slug: &'static str,
    scene: Scene,
}

impl AgencyPage {
    /// The page of `agency` in the language of `t`.
    pub(crate) const fn new(agency: AgencyKind, t: &'static Texts, scene: Scene) -> Self {
        Self { t, own: t.own(agency), slug: agency.slug(), scene }
    }

    fn has_kiosk(&self) -> bool {
        self.slug == AgencyKind::HealthService.slug()
    }
}

impl ProblemView {
    /// The problem in the language of `t`; `code` is the error code of the protocol, for the support desk.
    pub(crate) fn new(t: &'static Texts, problem: Problem, code: Option<String>) -> Self {
        let sentence = match problem {
            Problem::Denied => &t.problem_denied,
            Problem::Refused => &t.problem_refused,
            Problem::Stale => &t.problem_stale,
            Problem::Unreachable => &t.problem_unreachable,
            Problem::Untrusted => &t.problem_untrusted,
        };
        Self { sentence, code }
    }
}

/// The claims a citizen understands, in this order.
const SHOWN: [&str; 10] = [
    "given_name",
    "family_name",
    "birthdate",
    "gender",
    "national_id",
    "age_over_18",
    "phone_number",
    "phone_number_verified",
    "address",
    "sub",
];
/// Numbers and codes run from left to right in Persian too.
const LEFT_TO_RIGHT: [&str; 3] = ["national_id", "phone_number", "sub"];

impl VisitView {
    /// The visit in the language of `t`.
    pub(crate) fn new(t: &'static Texts, visit: &SignedIn) -> Self {
        let claims = SHOWN.iter().filter_map(|claim| row(t, claim, &visit.user_info)).collect();
        let raw = |(claim, value): (&String, &Value)| Row {
            claim: claim.clone(),
            label: claim.clone(),
            value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            left_to_right: true,
        };
        Self {
            name: localized(t, "name", &visit.user_info).and_then(Value::as_str).map(str::to_owned),
            claims,
            token: visit.id_token.iter().map(raw).collect(),
        }
    }

    /// The same without the person's name.
    pub(crate) fn nameless(self) -> Self {
        Self { name: None, ..self }
    }
}

/// The claim in the page's language, if it came with language tags (OpenID Connect Core §5.2), else as it is.
fn localized<'a>(t: &Texts, claim: &str, claims: &'a Map<String, Value>) -> Option<&'a Value> {
    claims.get(&format!("{claim}#{}", t.lang)).or_else(|| claims.get(claim))
}

/// A date as the reader's language writes it.
fn in_words(t: &Texts, date: &str) -> String {
    match BirthDate::parse_iso(date).and_then(BirthDate::day) {
        Some(day) if t.lang == "fa" => format_fa(day),
        Some(day) => format_en(day),
        None => date.to_owned(),
    }
}

fn row(t: &'static Texts, claim: &str, claims: &Map<String, Value>) -> Option<Row> {
    let value = match localized(t, claim, claims)? {
        Value::String(date) if claim == "birthdate" => in_words(t, date),
        Value::Bool(true) => t.yes.clone(),
        Value::Bool(false) => t.no.clone(),
        Value::Object(parts) => parts.get("formatted").and_then(Value::as_str)?.to_owned(),
        Value::String(text) => t.claims.get(text).unwrap_or(text).clone(),
        other => other.to_string(),
    };
    // The subject is letters and digits for machines; people read every other number.
    let value = if t.lang == "fa" && claim != "sub" { persian_digits(&value) } else { value };
    let left_to_right = LEFT_TO_RIGHT.contains(&claim);
    Some(Row { claim: claim.to_owned(), label: t.claims.get(claim)?.clone(), value, left_to_right })
}

/// The kiosk's page, ready to be shown.
pub(crate) enum KioskView {
    /// No person uses it.
    Free,
    /// A code is shown.
    Code(CodeView),
    /// A person is signed in.
    Visitor(VisitView),
    /// The sign-in failed; the sentence says why.
    Ended(&'static str),
}

impl KioskView {
    /// The name of the state. `kiosk.js` waits for another one.
    const fn state(&self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Code(_) => "code",
            Self::Visitor(_) => "visitor",
            Self::Ended(_) => "ended",
        }
    }

    /// Whether the state changes without this page.
    const fn waits(&self) -> bool {
        matches!(self, Self::Code(_) | Self::Visitor(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_every_text_and_a_label_for_every_claim_that_is_shown() {
        for text in TEXTS.iter() {
            let text = text.as_ref().unwrap_or_else(|error| panic!("{error}"));
            for claim in SHOWN {
                assert!(text.claims.contains_key(claim), "{claim} in {}", text.lang);
            }
        }
    }

    #[test]
    fn a_claim_is_shown_in_the_reader_s_language_and_persian_text_has_persian_digits() {
        let claims = serde_json::json!({
            "given_name": "سارا", "given_name#en": "Sara", "birthdate": "1990-01-02", "national_id": "0012345679", "age_over_18": true
        });
        let claims = claims.as_object().expect("an object");
        let value = |language, claim| row(Texts::of(language).expect("texts"), claim, claims).expect("a row").value;
        assert_eq!(value(Language::En, "given_name"), "Sara");
        assert_eq!(value(Language::Fa, "given_name"), "سارا");
        assert_eq!(value(Language::En, "birthdate"), "2 January 1990");
        assert_eq!(value(Language::Fa, "birthdate"), "۱۲ دی ۱۳۶۸");
        assert_eq!(value(Language::Fa, "national_id"), "۰۰۱۲۳۴۵۶۷۹");
        assert_eq!(value(Language::Fa, "age_over_18"), "بله");
    }

    #[test]
    fn what_the_provider_says_is_escaped_on_the_page() {
        let t = Texts::of(Language::En).expect("texts");
        let problem = ProblemView::new(t, Problem::Refused, Some("<script>".to_owned()));
        let page = AgencyPage::new(AgencyKind::TaxOffice, t, Scene::Problem(problem)).render().expect("a page");
        assert!(!page.contains("<script>") && page.contains("&#60;script&#62;"), "{page}");
    }
}
