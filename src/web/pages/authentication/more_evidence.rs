//! More evidence about who a person is: the ways, why, and what is kept of what they began.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The page. Each way is a form of its own.
#[derive(Debug, Template)]
#[template(path = "pages/more_evidence.html")]
pub struct MoreEvidence {
    /// The frame.
    pub layout: Layout,
    /// The agency that asks.
    pub agency: String,
    /// Why the page is shown.
    pub reason: MoreReason,
    /// Posts `serial`.
    pub card: FormPart,
    /// The way by letter, if letters are sent.
    pub letter: Option<LetterWay>,
    /// Where an officer checks people, if the operator says so.
    pub desk: Option<String>,
    /// What waiting can do.
    pub waiting: WaitingWay,
    /// Goes back to the agency.
    pub leave: FormPart,
}

/// Why more evidence is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoreReason {
    /// The agency accepts no account of the present level.
    Level,
    /// An account in the person's name exists. The page with the sign-in to it.
    Account(String),
}

/// The way by letter.
#[derive(Debug)]
pub struct LetterWay {
    /// Sends a letter, if none was sent lately. It has no field.
    pub send: Option<FormPart>,
    /// A letter whose code works.
    pub sent: Option<LetterSent>,
}

/// A letter on its way.
#[derive(Debug)]
pub struct LetterSent {
    /// Posts `code`.
    pub form: FormPart,
    /// When it was sent, in the reader's words.
    pub on: String,
    /// Until when its code works.
    pub until: String,
}

/// What waiting can do for a person in whose name an account exists.
#[derive(Debug)]
pub enum WaitingWay {
    /// Nothing.
    Useless,
    /// It can begin: for how many days.
    Possible(FormPart, u64),
    /// It has begun: until when.
    Until(String),
    /// The holder of the account signed in since.
    Objected,
}

impl MoreEvidence {
    pub(crate) const fn title_key(&self) -> &'static str {
        match self.reason {
            MoreReason::Level => "more-title",
            MoreReason::Account(_) => "more-claim-title",
        }
    }

    /// The faults of all forms: the summary at the top of the page.
    pub(crate) fn faulty(&self) -> &FormPart {
        let sent = self.letter.as_ref().and_then(|letter| letter.sent.as_ref()).map(|sent| &sent.form);
        sent.filter(|form| !form.errors.is_empty()).unwrap_or(&self.card)
    }
}
