//! What pages show of the agency that asks, besides its name: its logo, its policy, its terms.

use crate::client::metadata::Client;
use crate::locale::Locale;
use crate::text::LocalName;

/// In the reader's language; every part may be missing.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The address of its logo.
    pub logo: Option<String>,
    /// The address of its policy.
    pub policy: Option<String>,
    /// The address of its terms.
    pub terms: Option<String>,
    /// Whether it registered itself, so that nothing it says about itself has been verified (RFC 7591 §5).
    pub unchecked: bool,
}

impl About {
    /// What a client registered, for readers of a language.
    pub(crate) fn of(client: &Client, locale: Locale) -> Self {
        let in_language = |uris: &Option<LocalName>| uris.as_ref().map(|uris| locale.pick(uris).to_owned());
        let pages = &client.pages;
        Self {
            logo: in_language(&pages.logo),
            policy: in_language(&pages.policy),
            terms: in_language(&pages.terms),
            unchecked: client.self_registered.is_some(),
        }
    }
}
