//! What an agency asks for, and exactly which values it would receive.

use crate::client::scope::Scope;
use crate::identity::birth_date::BirthDate;
use crate::identity::person::Gender;
use crate::text::is_persian;
use crate::web::layout::{About, FormPart, Layout};
use askama::Template;
use jiff::civil::Date;

/// The consent page. Both buttons are named `decision`: `allow` comes first, then `deny`.
#[derive(Debug, Template)]
#[template(path = "pages/consent.html")]
pub struct Consent {
    /// The frame.
    pub layout: Layout,
    /// Posts `decision`.
    pub form: FormPart,
    /// The value of the hidden field `shown_to`: the account that this page was made for.
    pub shown_to: String,
    /// The agency that asks.
    pub agency: String,
    /// Logo, policy and terms of the agency.
    pub about: About,
    /// The requested scopes, one entry for each.
    pub items: Vec<ConsentItem>,
    /// Whether more was requested than is passed on.
    pub withheld: Withheld,
    /// The requested authorization details, one entry for each object.
    pub details: Vec<ShownDetail>,
    /// Where the answer goes, if not to the agency's page in this browser.
    pub elsewhere: Option<Elsewhere>,
    /// How long an approval lasts.
    pub counts: Counts,
    /// Who sees the page.
    pub reader: ConsentReader,
}

/// What is requested and not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// Nothing.
    Nothing,
    /// Data of the civil registry: the person has not shown yet that the record is theirs.
    RegistryData,
}

/// Who sees the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentReader {
    /// A person who had an account.
    Known,
    /// A person who has just made their account: this is the last step.
    Newcomer,
}

/// How long an approval lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Until the agency asks for something new.
    Henceforth,
    /// For this request only.
    Once,
}

/// The recipient of an answer that does not go to the agency's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Elsewhere {
    /// The device that showed a code.
    Device,
    /// A counter or call centre, which shows this text as well.
    Counter(Option<String>),
}

impl Consent {
    /// The key of the sentence that says what happens if the person denies.
    const fn deny_key(&self) -> &'static str {
        match self.elsewhere {
            None => "consent-deny-hint",
            Some(Elsewhere::Device) => "consent-deny-hint-device",
            Some(Elsewhere::Counter(_)) => "consent-deny-hint-counter",
        }
    }

    /// The key of the heading: what is asked.
    const fn heading_key(&self) -> &'static str {
        if self.is_counter() { "counter-heading" } else { "consent-heading" }
    }

    /// The key of the sentence before the decision.
    const fn lead_key(&self) -> &'static str {
        if self.is_counter() { "counter-lead" } else { "consent-lead" }
    }

    /// The key of the sentence that says what an approval means.
    const fn promise_key(&self) -> &'static str {
        match (self.is_counter(), self.counts) {
            (true, _) => "counter-promise",
            (false, Counts::Henceforth) => "consent-promise",
            (false, Counts::Once) => "consent-promise-once",
        }
    }

    /// Whether a clerk at a counter or on the telephone asks.
    const fn is_counter(&self) -> bool {
        matches!(self.elsewhere, Some(Elsewhere::Counter(_)))
    }

    /// The text that the counter shows as well.
    fn message(&self) -> Option<&str> {
        match &self.elsewhere {
            Some(Elsewhere::Counter(message)) => message.as_deref(),
            _ => None,
        }
    }
}

/// The subject of one entry of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentSubject {
    /// All values of a scope.
    Scope(Scope),
    /// Single claims of the scope `profile`, requested by name.
    Details,
}

impl From<Scope> for ConsentSubject {
    fn from(scope: Scope) -> Self {
        Self::Scope(scope)
    }
}

/// One requested thing and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentItem {
    /// What is requested.
    pub asked: ConsentSubject,
    /// The values that the agency would receive.
    pub values: Vec<ShownClaim>,
}

/// One value as the reader sees it.
#[derive(Clone, PartialEq, Eq)]
pub enum ShownClaim {
    /// Given and family name, in the reader's script where the registry has it.
    Name(String),
    /// The same name in the other script.
    OtherScript(String),
    /// The birth date. The page writes it in the reader's calendar.
    BirthDate(BirthDate),
    /// The registry's record of gender.
    Gender(Gender),
    /// The day on which the registry confirmed all this.
    ConfirmedOn(Date),
    /// The mobile number, masked.
    Mobile(String),
    /// The address on one line.
    Address(String),
    /// Its postal code.
    PostalCode(String),
    /// Its country, as an ISO 3166-1 code.
    Country(String),
    /// The national ID, masked.
    NationalId(String),
}

/// One object of the authorization details of a request.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownDetail {
    /// The name of its type.
    pub title: String,
    /// The resource that it is meant for.
    pub place: String,
    /// Its fields.
    pub fields: Vec<ShownField>,
}

/// One field of such an object.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownField {
    /// Its label.
    pub title: String,
    /// Its values, each one isolated from the text around it.
    pub values: Vec<String>,
}

/// Personal data of the person who is asked: `Debug` hides it.
impl std::fmt::Debug for ShownDetail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[shown detail]")
    }
}

/// Personal data: `Debug` hides it.
impl std::fmt::Debug for ShownClaim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[shown claim]")
    }
}

impl ConsentItem {
    /// The heading of the entry.
    pub(crate) const fn title_key(&self) -> &'static str {
        match self.asked {
            ConsentSubject::Scope(Scope::Openid) => "scope-openid",
            ConsentSubject::Scope(Scope::Profile) => "scope-profile",
            ConsentSubject::Scope(Scope::Phone) => "scope-phone",
            ConsentSubject::Scope(Scope::Address) => "scope-address",
            ConsentSubject::Scope(Scope::OfflineAccess) => "scope-offline-access",
            ConsentSubject::Scope(Scope::NationalId) => "scope-national-id",
            ConsentSubject::Scope(Scope::AgeOver18) => "scope-age-over-18",
            ConsentSubject::Details => "scope-details",
        }
    }

    /// The values that stand beside the heading while the entry is closed; the other ones say the same in another way, or go
    /// with them.
    pub(crate) fn preview(&self) -> Vec<&ShownClaim> {
        use ShownClaim::{ConfirmedOn, Country, OtherScript, PostalCode};
        let is_further = |value: &&ShownClaim| matches!(value, OtherScript(_) | ConfirmedOn(_) | PostalCode(_) | Country(_));
        let shown: Vec<_> = self.values.iter().filter(|value| !is_further(value)).collect();
        if shown.is_empty() { self.values.iter().collect() } else { shown }
    }

    /// The sentence that explains the entry.
    pub(crate) const fn text_key(&self) -> &'static str {
        match self.asked {
            ConsentSubject::Scope(Scope::Openid) => "scope-openid-text",
            ConsentSubject::Scope(Scope::Profile) | ConsentSubject::Details => "scope-profile-text",
            ConsentSubject::Scope(Scope::Phone) => "scope-phone-text",
            ConsentSubject::Scope(Scope::Address) => "scope-address-text",
            ConsentSubject::Scope(Scope::OfflineAccess) => "scope-offline-access-text",
            ConsentSubject::Scope(Scope::NationalId) => "scope-national-id-text",
            ConsentSubject::Scope(Scope::AgeOver18) => "scope-age-over-18-text",
        }
    }
}

impl ShownClaim {
    /// The name of the value.
    pub(crate) fn label_key(&self) -> &'static str {
        match self {
            Self::Name(_) => "claim-name",
            Self::OtherScript(text) if is_persian(text) => "claim-name-persian",
            Self::OtherScript(_) => "claim-name-latin",
            Self::ConfirmedOn(_) => "claim-confirmed-on",
            Self::PostalCode(_) => "claim-postal-code",
            Self::Country(_) => "claim-country",
            Self::BirthDate(_) => "claim-birth-date",
            Self::Gender(_) => "claim-gender",
            Self::Mobile(_) => "claim-mobile",
            Self::Address(_) => "claim-address",
            Self::NationalId(_) => "claim-national-id",
        }
    }

    /// The value in the reader's language and digits.
    pub(crate) fn text(&self, layout: &Layout) -> String {
        match self {
            Self::Name(text) | Self::OtherScript(text) => text.clone(),
            Self::BirthDate(date) => layout.locale.birth_date(*date),
            Self::ConfirmedOn(date) => layout.locale.date(*date),
            Self::Mobile(text) | Self::Address(text) | Self::PostalCode(text) | Self::NationalId(text) => layout.digits(text),
            Self::Country(code) if code == "IR" => layout.t("country-ir"),
            Self::Country(code) => code.clone(),
            Self::Gender(Gender::Female) => layout.t("gender-female"),
            Self::Gender(Gender::Male) => layout.t("gender-male"),
        }
    }

    /// The direction in which the value is written: numbers always run left to right.
    pub(crate) const fn dir(&self) -> &'static str {
        match self {
            Self::Mobile(_) | Self::NationalId(_) | Self::PostalCode(_) => "ltr",
            _ => "auto",
        }
    }

    /// The language of a text from the registry, where it differs from the page's.
    pub(crate) fn lang(&self, layout: &Layout) -> Option<&'static str> {
        match self {
            Self::Name(text) | Self::OtherScript(text) | Self::Address(text) => layout.lang_of(text),
            _ => None,
        }
    }
}

/// A number of which only the first three and the last two characters are shown.
pub fn masked(number: &str) -> String {
    let length = number.chars().count();
    number.chars().enumerate().map(|(at, sign)| if at < 3 || at + 2 >= length { sign } else { '•' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_number_is_hidden() {
        assert_eq!(masked("0012345679"), "001•••••79");
        assert_eq!(masked(""), "");
    }
}
