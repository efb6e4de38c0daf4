//! What an agency asks for, and what exactly it would be told.

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
    /// The value of the hidden field `shown_to`: whose page this is.
    pub shown_to: String,
    /// The agency that asks.
    pub agency: String,
    /// What else is shown of it.
    pub about: About,
    /// What it asks for, one entry for each scope.
    pub items: Vec<ConsentItem>,
    /// What it asks for object by object.
    pub details: Vec<ShownDetail>,
    /// Where the answer goes, if not back to the agency's page in this browser.
    pub elsewhere: Option<Elsewhere>,
    /// For how long a yes counts.
    pub counts: Counts,
}

/// For how long a yes counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Until something new is asked for.
    Henceforth,
    /// This once.
    Once,
}

/// Where an answer goes that does not go back to the agency's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Elsewhere {
    /// To the device that showed a code.
    Device,
    /// To a counter or call centre, which shows this text as well.
    Counter(Option<String>),
}

impl Consent {
    /// What happens to somebody who says no, as a sentence.
    const fn deny_key(&self) -> &'static str {
        match self.elsewhere {
            None => "consent-deny-hint",
            Some(Elsewhere::Device) => "consent-deny-hint-device",
            Some(Elsewhere::Counter(_)) => "consent-deny-hint-counter",
        }
    }

    /// What is asked, as a heading.
    const fn heading_key(&self) -> &'static str {
        if self.is_counter() { "counter-heading" } else { "consent-heading" }
    }

    /// Before they decide, as a sentence.
    const fn lead_key(&self) -> &'static str {
        if self.is_counter() { "counter-lead" } else { "consent-lead" }
    }

    /// What a yes means, as a sentence.
    const fn promise_key(&self) -> &'static str {
        match (self.is_counter(), self.counts) {
            (true, _) => "counter-promise",
            (false, Counts::Henceforth) => "consent-promise",
            (false, Counts::Once) => "consent-promise-once",
        }
    }

    /// Whether somebody at a counter or on the telephone asks.
    const fn is_counter(&self) -> bool {
        matches!(self.elsewhere, Some(Elsewhere::Counter(_)))
    }

    /// What the other side shows as well.
    fn message(&self) -> Option<&str> {
        match &self.elsewhere {
            Some(Elsewhere::Counter(message)) => message.as_deref(),
            _ => None,
        }
    }
}

/// What one entry of the page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// All that a scope holds.
    Scope(Scope),
    /// Single claims of the scope `profile`, asked for by name.
    Details,
}

impl From<Scope> for Asked {
    fn from(scope: Scope) -> Self {
        Self::Scope(scope)
    }
}

/// One thing that is asked for and the values behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentItem {
    /// What is asked for.
    pub asked: Asked,
    /// What the agency would be told.
    pub values: Vec<ShownClaim>,
}

/// One value as the reader sees it.
#[derive(Clone, PartialEq, Eq)]
pub enum ShownClaim {
    /// Given and family name, in the reader's script where it is known.
    Name(String),
    /// The same in the other one.
    OtherScript(String),
    /// The birth date. The page writes it in the reader's calendar.
    BirthDate(BirthDate),
    /// The registry's record of gender.
    Gender(Gender),
    /// On which day the registry confirmed all this.
    ConfirmedOn(Date),
    /// The mobile number, masked.
    Mobile(String),
    /// The address on one line.
    Address(String),
    /// Its postal code.
    PostalCode(String),
    /// Its country, as ISO 3166-1 calls it.
    Country(String),
    /// The national ID, masked.
    NationalId(String),
}

/// One object of a request.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownDetail {
    /// What its type is called.
    pub title: String,
    /// Where it is to be used: the resource that understands it.
    pub place: String,
    /// What it says.
    pub fields: Vec<ShownField>,
}

/// One field.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownField {
    /// What it is called.
    pub title: String,
    /// What it says, each value apart from the text around it.
    pub values: Vec<String>,
}

/// What somebody is asked to allow is theirs: `Debug` hides it.
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
    /// What it means, as a heading.
    pub const fn title_key(&self) -> &'static str {
        match self.asked {
            Asked::Scope(Scope::Openid) => "scope-openid",
            Asked::Scope(Scope::Profile) => "scope-profile",
            Asked::Scope(Scope::Phone) => "scope-phone",
            Asked::Scope(Scope::Address) => "scope-address",
            Asked::Scope(Scope::OfflineAccess) => "scope-offline-access",
            Asked::Scope(Scope::NationalId) => "scope-national-id",
            Asked::Scope(Scope::AgeOver18) => "scope-age-over-18",
            Asked::Details => "scope-details",
        }
    }

    /// What it means, as a sentence.
    pub const fn text_key(&self) -> &'static str {
        match self.asked {
            Asked::Scope(Scope::Openid) => "scope-openid-text",
            Asked::Scope(Scope::Profile) | Asked::Details => "scope-profile-text",
            Asked::Scope(Scope::Phone) => "scope-phone-text",
            Asked::Scope(Scope::Address) => "scope-address-text",
            Asked::Scope(Scope::OfflineAccess) => "scope-offline-access-text",
            Asked::Scope(Scope::NationalId) => "scope-national-id-text",
            Asked::Scope(Scope::AgeOver18) => "scope-age-over-18-text",
        }
    }
}

impl ShownClaim {
    /// The name of the value.
    pub fn label_key(&self) -> &'static str {
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
    pub fn text(&self, layout: &Layout) -> String {
        match self {
            Self::Name(text) | Self::OtherScript(text) => text.clone(),
            Self::BirthDate(date) => layout.locale.date(date.civil()),
            Self::ConfirmedOn(date) => layout.locale.date(*date),
            Self::Mobile(text) | Self::Address(text) | Self::PostalCode(text) | Self::NationalId(text) => layout.digits(text),
            Self::Country(code) if code == "IR" => layout.t("country-ir"),
            Self::Country(code) => code.clone(),
            Self::Gender(Gender::Female) => layout.t("gender-female"),
            Self::Gender(Gender::Male) => layout.t("gender-male"),
        }
    }

    /// The direction in which the value is written: numbers always run left to right.
    pub const fn dir(&self) -> &'static str {
        match self {
            Self::Mobile(_) | Self::NationalId(_) | Self::PostalCode(_) => "ltr",
            _ => "auto",
        }
    }

    /// The language of what the registry wrote, where it is not the page's.
    pub fn lang(&self, layout: &Layout) -> Option<&'static str> {
        match self {
            Self::Name(text) | Self::OtherScript(text) | Self::Address(text) => layout.lang_of(text),
            _ => None,
        }
    }
}

/// A number of which only the first three and the last two signs are shown.
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
