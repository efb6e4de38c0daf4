//! The sample agencies, and the configuration of one.

use crate::client::metadata::ClientSecret;
use crate::client::words::ClientId;
use crate::random::Random;
use crate::time::Clock;

/// Which of the two agencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgencyKind {
    /// Asks for much: profile, national ID, address, number.
    TaxOffice,
    /// Asks for little: names and whether the person is of age.
    HealthService,
}

impl AgencyKind {
    /// Its short name: in `client_id`, cookies and the style sheet.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::TaxOffice => "tax",
            Self::HealthService => "health",
        }
    }

    /// The scopes it asks for besides `openid`.
    pub(crate) const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::TaxOffice => &["profile", "national_id", "phone", "address"],
            Self::HealthService => &["profile", "age_over_18"],
        }
    }

    pub(crate) const fn emblem(self) -> &'static str {
        match self {
            Self::TaxOffice => include_str!("emblem-tax.svg"),
            Self::HealthService => include_str!("emblem-health.svg"),
        }
    }
}

/// The configuration of a sample agency.
#[derive(Debug, Clone)]
pub(crate) struct AgencyConfig {
    /// Which one.
    pub(crate) kind: AgencyKind,
    /// Its own origin without a slash at the end: `http://localhost:8081`.
    pub(crate) origin: String,
    /// The provider's issuer identifier.
    pub(crate) issuer: String,
    /// `client_id`.
    pub(crate) client_id: ClientId,
    /// Secret of `client_secret_basic`.
    pub(crate) client_secret: ClientSecret,
    /// The clock.
    pub(crate) clock: Clock,
    /// Randomness for `state`, `nonce`, verifiers and cookies.
    pub(crate) random: Random,
}

impl AgencyConfig {
    /// The redirect URI that has to be registered.
    pub(crate) fn redirect_uri(origin: &str) -> String {
        format!("{origin}/callback")
    }

    /// The back-channel logout URI that has to be registered.
    pub(crate) fn backchannel_logout_uri(origin: &str) -> String {
        format!("{origin}/backchannel-logout")
    }

    /// Where a third party can begin a sign-in.
    pub(crate) fn initiate_login_uri(origin: &str) -> String {
        format!("{origin}/login/initiated")
    }

    /// The logo that is shown beside the name.
    pub(crate) fn logo_uri(origin: &str) -> String {
        format!("{origin}/emblem.svg")
    }

    /// The post-logout redirect URI that has to be registered.
    pub(crate) fn post_logout_redirect_uri(origin: &str) -> String {
        format!("{origin}/")
    }
}
