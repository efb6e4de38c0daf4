//! `prompt` and `display`: what the client would like the person to see (OpenID Connect Core §3.1.2.1).

use crate::oidc::error::OAuthError;
use serde::{Deserialize, Serialize};

/// A value of `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Prompt {
    /// Show no page.
    None,
    /// Authenticate again.
    Login,
    /// Ask for consent again.
    Consent,
    /// Let the person choose the account.
    SelectAccount,
}

impl Prompt {
    /// All, in the order in which discovery lists them.
    pub const ALL: [Self; 4] = [Self::None, Self::Login, Self::Consent, Self::SelectAccount];

    /// The value on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

/// The set of values of `prompt`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Prompts(Vec<Prompt>);

impl Prompts {
    /// Whether it holds this value.
    pub(crate) fn has(&self, prompt: Prompt) -> bool {
        self.0.contains(&prompt)
    }

    /// Unknown values, `create` among them, are ignored, as OpenID Connect Core §3.1.2.1 advises; `none` beside another value is
    /// an error.
    pub(crate) fn parse(text: &str) -> Result<Self, OAuthError> {
        let names = || text.split(' ').filter(|name| !name.is_empty());
        if names().any(|name| name == Prompt::None.name()) && names().any(|name| name != Prompt::None.name()) {
            return Err(OAuthError::invalid_request("prompt=none cannot be combined with another value"));
        }
        Ok(Self(Prompt::ALL.into_iter().filter(|prompt| names().any(|name| name == prompt.name())).collect()))
    }
}

/// `display`: how the client would like the pages to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// A full page. `wap` means the same: a feature phone reads the page that every browser gets.
    #[default]
    #[serde(alias = "wap")]
    Page,
    /// A small window.
    Popup,
    /// A touch device.
    Touch,
}

impl Display {
    /// An unknown value means a full page: `display` is only a wish.
    pub(crate) fn from_name(name: Option<&str>) -> Self {
        match name {
            Some("popup") => Self::Popup,
            Some("touch") => Self::Touch,
            _ => Self::Page,
        }
    }
}
