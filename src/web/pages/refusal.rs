//! Why it does not go on, and what to do next.

use crate::web::layout::{Layout, Link};
use askama::Template;
use std::time::Duration;

/// The page of a refusal.
#[derive(Debug, Template)]
#[template(path = "pages/refusal.html")]
pub struct Refusal {
    /// The frame.
    pub layout: Layout,
    /// The reason.
    pub kind: RefusalKind,
    /// Where trying again makes sense.
    pub again: Option<String>,
    /// Back to the agency, where it is known and trusted.
    pub back: Option<Link>,
}

/// The reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalKind {
    /// Younger than the age limit.
    UnderAge {
        /// The day from which the person may. The page writes it in both calendars.
        adult_from: jiff::civil::Date,
    },
    /// The registry knows the person as deceased.
    Deceased,
    /// The national ID's check digit is wrong.
    WrongCheckDigit,
    /// No person with this national ID and birth date.
    Mismatch,
    /// Not the code that was sent.
    CodeWrong {
        /// How many more may be tried.
        tries_left: u64,
    },
    /// The code is too old.
    CodeExpired,
    /// The code was used before.
    CodeUsed,
    /// Too many tries.
    TooManyTries {
        /// Minutes to wait, rounded up.
        minutes: u64,
    },
    /// A one-time code was answered wrongly too often; a new one may be asked for.
    CodeTriesUsedUp,
    /// The registry does not answer.
    RegistryUnavailable,
    /// The number is not registered to this national ID.
    NumberNotYours,
    /// There is an account already.
    AlreadyRegistered,
    /// The request cannot be read.
    BadRequest,
    /// No client of that name.
    UnknownClient,
    /// The redirect URI is not one of the client's.
    BadRedirect,
    /// The pushed request is unknown, expired or answered.
    RequestGone,
    /// The interaction ended, or belongs to another browser.
    InteractionGone,
    /// No agency waits for an answer here, or not for this person's.
    NothingAsked,
    /// Nothing is at this address.
    NotFound,
    /// More was sent than is read.
    TooLarge,
    /// Nothing at this address answers to this method.
    OtherMethod,
    /// It took longer than we let anything take.
    TooSlow,
    /// A fault of ours.
    Server,
}

/// How long to leave us in peace after we did not keep up.
pub const BREATH: Duration = Duration::from_secs(10);

/// The keys of a refusal's three sentences.
struct Sentences {
    title: &'static str,
    text: &'static str,
    next: &'static str,
}

impl RefusalKind {
    /// The HTTP status of the page.
    pub const fn status(&self) -> u16 {
        match self {
            Self::UnderAge { .. } | Self::Deceased | Self::NumberNotYours => 403,
            Self::NotFound | Self::NothingAsked => 404,
            Self::AlreadyRegistered => 409,
            Self::InteractionGone => 410,
            Self::WrongCheckDigit | Self::Mismatch | Self::CodeWrong { .. } | Self::CodeExpired | Self::CodeUsed => 422,
            Self::TooManyTries { .. } | Self::CodeTriesUsedUp => 429,
            Self::BadRequest | Self::UnknownClient | Self::BadRedirect | Self::RequestGone => 400,
            Self::OtherMethod => 405,
            Self::TooLarge => 413,
            Self::RegistryUnavailable | Self::TooSlow => 503,
            Self::Server => 500,
        }
    }

    /// What the log calls it: nothing that the page says of the person.
    pub fn name(&self) -> &'static str {
        let key = self.sentences().text;
        key.strip_prefix("refusal-").and_then(|key| key.strip_suffix("-text")).unwrap_or(key)
    }

    /// How long to wait before it makes sense to come again, where that is known (RFC 6585 §4).
    pub const fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooManyTries { minutes } => Some(Duration::from_mins(*minutes)),
            Self::TooSlow => Some(BREATH),
            _ => None,
        }
    }

    const fn sentences(&self) -> Sentences {
        let (title, text, next) = match self {
            Self::UnderAge { .. } => ("refusal-under-age-title", "refusal-under-age-text", "refusal-under-age-next"),
            Self::Deceased => ("refusal-deceased-title", "refusal-deceased-text", "refusal-deceased-next"),
            Self::WrongCheckDigit => {
                ("refusal-wrong-check-digit-title", "refusal-wrong-check-digit-text", "refusal-wrong-check-digit-next")
            }
            Self::Mismatch => ("refusal-mismatch-title", "refusal-mismatch-text", "refusal-mismatch-next"),
            Self::CodeWrong { .. } => ("refusal-code-wrong-title", "refusal-code-wrong-text", "refusal-code-wrong-next"),
            Self::CodeExpired => ("refusal-code-expired-title", "refusal-code-expired-text", "refusal-code-expired-next"),
            Self::CodeUsed => ("refusal-code-used-title", "refusal-code-used-text", "refusal-code-used-next"),
            Self::TooManyTries { .. } => {
                ("refusal-too-many-tries-title", "refusal-too-many-tries-text", "refusal-too-many-tries-next")
            }
            Self::CodeTriesUsedUp => ("refusal-too-many-tries-title", "refusal-code-tries-text", "refusal-code-tries-next"),
            Self::RegistryUnavailable => {
                ("refusal-registry-unavailable-title", "refusal-registry-unavailable-text", "refusal-registry-unavailable-next")
            }
            Self::NumberNotYours => {
                ("refusal-number-not-yours-title", "refusal-number-not-yours-text", "refusal-number-not-yours-next")
            }
            Self::AlreadyRegistered => {
                ("refusal-already-registered-title", "refusal-already-registered-text", "refusal-already-registered-next")
            }
            Self::BadRequest => ("refusal-bad-request-title", "refusal-bad-request-text", "refusal-bad-request-next"),
            Self::UnknownClient => ("refusal-unknown-client-title", "refusal-unknown-client-text", "refusal-unknown-client-next"),
            Self::BadRedirect => ("refusal-bad-redirect-title", "refusal-bad-redirect-text", "refusal-bad-redirect-next"),
            Self::RequestGone => ("refusal-request-gone-title", "refusal-request-gone-text", "refusal-interaction-gone-next"),
            Self::InteractionGone => {
                ("refusal-interaction-gone-title", "refusal-interaction-gone-text", "refusal-interaction-gone-next")
            }
            Self::NothingAsked => ("refusal-nothing-asked-title", "refusal-nothing-asked-text", "refusal-nothing-asked-next"),
            Self::NotFound => ("refusal-not-found-title", "refusal-not-found-text", "refusal-not-found-next"),
            Self::TooLarge => ("refusal-too-large-title", "refusal-too-large-text", "refusal-bad-request-next"),
            Self::OtherMethod => ("refusal-other-method-title", "refusal-other-method-text", "refusal-other-method-next"),
            Self::TooSlow => ("refusal-too-slow-title", "refusal-too-slow-text", "refusal-server-next"),
            Self::Server => ("refusal-server-title", "refusal-server-text", "refusal-server-next"),
        };
        Sentences { title, text, next }
    }
}

impl Refusal {
    fn title(&self) -> String {
        self.layout.t(self.kind.sentences().title)
    }

    fn text(&self) -> String {
        let key = self.kind.sentences().text;
        match &self.kind {
            RefusalKind::UnderAge { adult_from } => {
                let locale = self.layout.locale;
                let dates = [("jalali", locale.persian_date(*adult_from)), ("gregorian", locale.gregorian_date(*adult_from))];
                self.layout.t_with(key, &dates)
            }
            RefusalKind::CodeWrong { tries_left } => self.layout.t_with(key, &[("tries", *tries_left)]),
            RefusalKind::TooManyTries { minutes } => self.layout.t_with(key, &[("minutes", *minutes)]),
            _ => self.layout.t(key),
        }
    }

    fn next(&self) -> String {
        self.layout.t(self.kind.sentences().next)
    }
}
