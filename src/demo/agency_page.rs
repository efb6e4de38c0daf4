//! The page of a sample agency: its texts in two languages, and a visit made ready to be shown.

use crate::demo::agency::code_view::CodeView;
use crate::demo::agency_config::AgencyKind;
use crate::demo::relying_party::SignedIn;
use crate::identity::birth_date::{BirthDate, format_en, format_fa};
use crate::text::persian_digits;
use askama::Template;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A language of the sample agencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Persian, the first.
    Fa,
    /// English.
    En,
}

impl Language {
    /// The language of that tag, if it is one of ours.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "fa" => Some(Self::Fa),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fa => "fa",
            Self::En => "en",
        }
    }
}

/// The texts of one language; a missing one fails the test below.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the text of that name in texts/*.toml")]
pub struct Texts {
    pub lang: String,
    pub dir: String,
    pub other_lang: String,
    pub other_language: String,
    pub skip: String,
    pub sample: String,
    pub sign_in: String,
    pub sign_in_why: String,
    pub sign_out: String,
    pub welcome: String,
    pub welcome_nameless: String,
    pub received: String,
    pub nothing_received: String,
    pub token: String,
    pub token_why: String,
    pub yes: String,
    pub no: String,
    pub problem_title: String,
    pub problem_denied: String,
    pub problem_refused: String,
    pub problem_stale: String,
    pub problem_unreachable: String,
    pub problem_untrusted: String,
    pub problem_code: String,
    pub again: String,
    pub outbox_title: String,
    pub outbox_lead: String,
    pub outbox_again: String,
    pub outbox_empty: String,
    pub home: String,
    pub kiosk: KioskTexts,
    tax: AgencyTexts,
    health: AgencyTexts,
    claims: BTreeMap<String, String>,
}

/// The texts of the kiosk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the text of that name in texts/*.toml")]
pub struct KioskTexts {
    pub title: String,
    pub invitation: String,
    pub lead: String,
    pub start: String,
    pub scan: String,
    pub or_type: String,
    pub at: String,
    pub compare: String,
    pub waiting: String,
    pub look_again: String,
    pub finished: String,
    pub finished_why: String,
    pub denied: String,
    pub expired: String,
    pub again: String,
}

/// The texts that differ between the agencies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyTexts {
    /// Its name.
    pub name: String,
    /// Large words on the first page.
    pub headline: String,
    /// A sentence below them.
    pub lead: String,
    /// What it pretends to offer.
    pub services: Vec<String>,
}

static TEXTS: LazyLock<[Result<Texts, toml::de::Error>; 2]> =
    LazyLock::new(|| [toml::from_str(include_str!("texts/fa.toml")), toml::from_str(include_str!("texts/en.toml"))]);

impl Texts {
    /// The texts of a language; `None` only if the file built into the binary is broken, which a test excludes.
    pub fn of(language: Language) -> Option<&'static Self> {
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
pub enum Scene {
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is.
    SignedIn(VisitView),
    /// A sign-in did not happen.
    Problem(ProblemView),
    /// The kiosk in the hall.
    Kiosk(KioskView),
}

/// Why a sign-in did not happen, as the citizen is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// They did not consent.
    Denied,
    /// The provider answered with another error.
    Refused,
    /// The answer belongs to no sign-in that this browser began.
    Stale,
    /// The provider does not answer.
    Unreachable,
    /// What arrived did not verify.
    Untrusted,
}

/// A problem ready to be shown.
pub struct ProblemView {
    sentence: &'static str,
    code: Option<String>,
}

/// A visit ready to be shown.
pub struct VisitView {
    name: Option<String>,
    claims: Vec<Row>,
    token: Vec<Row>,
}

/// One line of a table of claims.
pub struct Row {
    claim: String,
    label: String,
    value: String,
    left_to_right: bool,
}

/// The one page of a sample agency.
#[derive(Template)]
#[template(path = "agency.html", config = "src/demo/askama.toml")]
pub struct AgencyPage {
    t: &'static Texts,
    own: &'static AgencyTexts,
    slug: &'static str,
    scene: Scene,
}

impl AgencyPage {
    /// The page of `agency` in the language of `t`.
    pub const fn new(agency: AgencyKind, t: &'static Texts, scene: Scene) -> Self {
        Self { t, own: t.own(agency), slug: agency.slug(), scene }
    }

    const fn looks_again_after(&self) -> Option<u32> {
        match &self.scene {
            Scene::Kiosk(kiosk) => kiosk.looks_again_after(),
            _ => None,
        }
    }

    fn has_kiosk(&self) -> bool {
        self.slug == AgencyKind::HealthService.slug()
    }
}

impl ProblemView {
    /// The problem in the language of `t`; `code` is the error code of the protocol, for the support desk.
    pub fn new(t: &'static Texts, problem: Problem, code: Option<String>) -> Self {
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
    pub fn new(t: &'static Texts, visit: &SignedIn) -> Self {
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
}

/// The claim in the page's language, if it came with language tags (OpenID Connect Core §5.2), else as it is.
fn localized<'a>(t: &Texts, claim: &str, claims: &'a Map<String, Value>) -> Option<&'a Value> {
    claims.get(&format!("{claim}#{}", t.lang)).or_else(|| claims.get(claim))
}

/// A date as the reader's language writes it.
fn in_words(t: &Texts, date: &str) -> String {
    match BirthDate::parse_iso(date) {
        Some(date) if t.lang == "fa" => format_fa(date.civil()),
        Some(date) => format_en(date.civil()),
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
    // The subject is letters and digits for machines; every other number is one that people read.
    let value = if t.lang == "fa" && claim != "sub" { persian_digits(&value) } else { value };
    let left_to_right = LEFT_TO_RIGHT.contains(&claim);
    Some(Row { claim: claim.to_owned(), label: t.claims.get(claim)?.clone(), value, left_to_right })
}

/// The kiosk's page, ready to be shown.
pub enum KioskView {
    /// Nobody is there.
    Free,
    /// A code is shown.
    Code(CodeView),
    /// Somebody is signed in.
    Visitor(VisitView),
    /// It did not work.
    Ended(&'static str),
}

impl KioskView {
    /// After how many seconds the page looks again, if it does.
    pub const fn looks_again_after(&self) -> Option<u32> {
        match self {
            Self::Code(_) => Some(3),
            Self::Visitor(_) => Some(30),
            Self::Free | Self::Ended(_) => None,
        }
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
