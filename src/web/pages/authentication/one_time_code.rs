//! The one-time code that was sent by text message.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The page that asks for the code.
#[derive(Debug, Template)]
#[template(path = "pages/one_time_code.html")]
pub struct OneTimeCode {
    /// The frame.
    pub layout: Layout,
    /// Posts `code`.
    pub form: FormPart,
    /// Why the code is asked for.
    pub purpose: CodePurpose,
    /// The number that it was sent to, masked.
    pub number: String,
    /// Whole minutes for which the code is still valid, rounded up.
    pub minutes: u64,
    /// The address that "send again" posts to.
    pub again: String,
    /// Whether this page is the answer to "send again".
    pub sending: Sending,
    /// What is known of the message.
    pub news: MessageNews,
    /// The address of this page, to look again, where the program hears what becomes of messages.
    pub check: Option<String>,
}

/// What is known of the message with the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageNews {
    /// Nothing that the reader must know.
    OnItsWay,
    /// No provider has taken it yet.
    Waiting,
    /// It will not arrive.
    Lost,
}

/// Why a code is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodePurpose {
    /// Proofing: to verify that the person has the phone with this number.
    Proofing {
        /// Where another number can be given.
        change: String,
    },
    /// As the second factor of a sign-in.
    SignIn {
        /// Where a recovery code can be entered instead.
        recovery: String,
        /// The sign-in page, for another person or another way.
        back: String,
    },
}

/// Which sending of the code the page follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// The first.
    First,
    /// One that the reader asked for.
    Again,
}
