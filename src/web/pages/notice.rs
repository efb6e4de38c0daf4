//! What is said about this service itself: privacy, accessibility, and how a password is changed. Each sentence is true of this program;
//! a change that makes one untrue changes it in both languages.

use crate::web::layout::Layout;
use askama::Template;

/// The page.
#[derive(Debug, Template)]
#[template(path = "pages/notice.html")]
pub struct Notice {
    /// The frame.
    pub layout: Layout,
    /// What it is about.
    pub subject: Subject,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// What is kept about a person, and who receives it.
    Privacy,
    /// How the pages can be used, and what is known to be wrong with them.
    Accessibility,
    /// Where a password is changed.
    Password,
}

/// The keys of a heading and of the sentences below it.
type Section = (&'static str, &'static [&'static str]);

impl Subject {
    /// The keys of title and first sentence.
    const fn head(self) -> (&'static str, &'static str) {
        match self {
            Self::Privacy => ("privacy-title", "privacy-lead"),
            Self::Accessibility => ("accessibility-title", "accessibility-lead"),
            Self::Password => ("password-title", "password-lead"),
        }
    }

    const fn sections(self) -> &'static [Section] {
        match self {
            Self::Privacy => &[
                ("privacy-kept", &["privacy-kept-record", "privacy-kept-secrets"]),
                ("privacy-passed-on", &["privacy-passed-on-consent", "privacy-passed-on-identifier", "privacy-passed-on-end"]),
                ("privacy-log", &["privacy-log-what", "privacy-log-how-long"]),
                ("privacy-browser", &["privacy-browser-cookies", "privacy-browser-known", "privacy-browser-outside"]),
                ("privacy-others", &["privacy-others-who"]),
                ("privacy-ask", &["privacy-ask-how"]),
            ],
            Self::Accessibility => &[
                ("accessibility-aim", &["accessibility-aim-level", "accessibility-aim-checked"]),
                ("accessibility-use", &["accessibility-use-script", "accessibility-use-time", "accessibility-use-phone"]),
                ("accessibility-limits", &["accessibility-limits-passkey", "accessibility-limits-agencies"]),
                ("accessibility-ask", &["accessibility-ask-how"]),
            ],
            Self::Password => {
                &[("password-known", &["password-known-what"]), ("password-instead", &["password-instead-passkey"])]
            }
        }
    }

    /// Whether signing out everywhere is offered.
    const fn offers_sign_out(self) -> bool {
        matches!(self, Self::Password)
    }
}
