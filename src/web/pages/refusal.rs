//! Why a request cannot continue, and what to do next.

use crate::app::unavailable::PAUSE;
use crate::records::outcome::Stop;
use crate::web::layout::{FormPart, Layout, Link};
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
    /// What helps, the most helpful first.
    pub ways: Vec<Way>,
    /// Back to the agency, where it is known and trusted.
    pub back: Option<Link>,
}

/// A way on. Its button says what it leads to.
#[derive(Debug, Clone)]
pub struct Way {
    /// The key of the button's text, which is also its element id.
    pub label: &'static str,
    /// Where it leads.
    pub to: WayTo,
}

/// Where a way leads.
#[derive(Debug, Clone)]
pub enum WayTo {
    /// A page.
    Page(String),
    /// The page with the passkey; without scripts there is none.
    Passkey(String),
    /// The answer to this form, which has no field.
    Form(FormPart),
}

impl Way {
    /// To a page.
    pub fn link(label: &'static str, uri: String) -> Self {
        Self { label, to: WayTo::Page(uri) }
    }

    /// To the page with the passkey.
    pub fn passkey(uri: String) -> Self {
        Self { label: "sign-in-passkey", to: WayTo::Passkey(uri) }
    }

    /// Sends a form.
    pub fn form(label: &'static str, form: FormPart) -> Self {
        Self { label, to: WayTo::Form(form) }
    }
}

/// The reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalKind {
    /// An interaction does not go on after a form.
    Stopped(Stop),
    /// The request cannot be read.
    BadRequest,
    /// No client has this id.
    UnknownClient,
    /// The redirect URI is not one of the client's.
    BadRedirect,
    /// The pushed request is unknown, expired or answered.
    RequestGone,
    /// The interaction ended, or belongs to another browser.
    InteractionGone,
    /// No agency waits for an answer here, or not for this person's answer.
    NothingAsked,
    /// There is no page at this address.
    NotFound,
    /// The request is larger than the limit.
    TooLarge,
    /// The address does not support this method.
    OtherMethod,
    /// The request took longer than the limit.
    TooSlow,
    /// A store does not answer, or takes no write.
    Unavailable,
    /// An internal failure.
    Server,
}

/// How long a client should wait after a request took too long, or while the civil registry does not answer.
pub(crate) const BREATH: Duration = Duration::from_secs(10);

/// The keys of a refusal's three sentences.
struct Sentences {
    title: &'static str,
    text: &'static str,
    next: &'static str,
}

impl RefusalKind {
    /// When to retry, where that is known.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Stopped(Stop::TooManyTries { wait } | Stop::NoMoreCodes { wait }) => Some(*wait),
            Self::TooSlow | Self::Stopped(Stop::RegistryUnavailable) => Some(BREATH),
            Self::Unavailable => Some(PAUSE),
            _ => None,
        }
    }

    /// The HTTP status of the page.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Stopped(Stop::UnderAge { .. } | Stop::Deceased) => 403,
            Self::NotFound | Self::NothingAsked => 404,
            Self::Stopped(Stop::AlreadyRegistered) => 409,
            Self::InteractionGone => 410,
            Self::Stopped(Stop::CodeUsed) => 422,
            Self::Stopped(Stop::TooManyTries { .. } | Stop::NoMoreCodes { .. } | Stop::CodeTriesUsedUp) => 429,
            Self::BadRequest | Self::UnknownClient | Self::BadRedirect | Self::RequestGone => 400,
            Self::OtherMethod => 405,
            Self::TooLarge => 413,
            Self::Stopped(Stop::RegistryUnavailable) | Self::TooSlow | Self::Unavailable => 503,
            Self::Server => 500,
        }
    }

    /// Its name in the log, without anything personal from the page.
    pub(crate) fn name(&self) -> &'static str {
        let key = self.sentences().text;
        key.strip_prefix("refusal-").and_then(|key| key.strip_suffix("-text")).unwrap_or(key)
    }

    const fn sentences(&self) -> Sentences {
        let (title, text, next) = match self {
            Self::Stopped(Stop::UnderAge { .. }) => {
                ("refusal-under-age-title", "refusal-under-age-text", "refusal-under-age-next")
            }
            Self::Stopped(Stop::Deceased) => ("refusal-deceased-title", "refusal-deceased-text", "refusal-deceased-next"),
            Self::Stopped(Stop::CodeUsed) => ("refusal-code-used-title", "refusal-code-used-text", "refusal-code-used-next"),
            Self::Stopped(Stop::TooManyTries { .. }) => {
                ("refusal-too-many-tries-title", "refusal-too-many-tries-text", "refusal-too-many-tries-next")
            }
            Self::Stopped(Stop::NoMoreCodes { .. }) => {
                ("refusal-too-many-tries-title", "refusal-no-more-codes-text", "refusal-no-more-codes-next")
            }
            Self::Stopped(Stop::CodeTriesUsedUp) => {
                ("refusal-too-many-tries-title", "refusal-code-tries-text", "refusal-code-tries-next")
            }
            Self::Stopped(Stop::RegistryUnavailable) => {
                ("refusal-registry-unavailable-title", "refusal-registry-unavailable-text", "refusal-registry-unavailable-next")
            }
            Self::Stopped(Stop::AlreadyRegistered) => {
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
            Self::Unavailable => ("refusal-unavailable-title", "refusal-server-text", "refusal-unavailable-next"),
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
            RefusalKind::Stopped(Stop::UnderAge { adult_from }) => {
                let locale = self.layout.locale;
                let dates = [("jalali", locale.persian_date(*adult_from)), ("gregorian", locale.gregorian_date(*adult_from))];
                self.layout.t_with(key, &dates)
            }
            RefusalKind::Stopped(Stop::TooManyTries { wait } | Stop::NoMoreCodes { wait }) => {
                self.layout.t_with(key, &[("time", self.layout.locale.time_after(self.layout.now, *wait))])
            }
            _ => self.layout.t(key),
        }
    }

    fn next(&self) -> String {
        self.layout.t(self.kind.sentences().next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn a_wait_is_told_as_the_time_of_day_at_which_it_ends() {
        let told = |locale, wait| {
            let layout = Layout::plain(locale, "/");
            let kind = RefusalKind::Stopped(Stop::TooManyTries { wait: Duration::from_secs(wait) });
            let text = Refusal { layout, kind, ways: Vec::new(), back: None }.text();
            text.replace(['\u{2068}', '\u{2069}'], "")
        };
        let has = |locale, wait, part: &str| assert!(told(locale, wait).contains(part), "{}", told(locale, wait));
        has(Locale::En, 15 * 60, "until 00:15");
        has(Locale::En, 24 * 3600, "until 00:00 on 24 November 2026");
        has(Locale::Fa, 15 * 60, "تا ساعت ۰۰:۱۵");
    }
}
