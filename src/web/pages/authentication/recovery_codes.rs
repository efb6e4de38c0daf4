//! The recovery codes of a new account.

use crate::web::layout::{FormPart, Layout};
use askama::Template;
use jiff::civil::Date;

/// The page that shows the codes. It is not shown again after the person went on, and must not be cached.
#[derive(Debug, Template)]
#[template(path = "pages/recovery_codes.html")]
pub struct RecoveryCodes {
    /// The frame.
    pub layout: Layout,
    /// Posts only the confirmation that the codes were saved.
    pub form: FormPart,
    /// What the person keeps.
    pub sheet: Sheet,
    /// The address of the same as a file.
    pub download: String,
}

/// What the person keeps, on paper or in a file. Without the national ID and the password the codes open nothing, and nothing here
/// says whose they are: the reference only tells one sheet of a family from another.
#[derive(Debug)]
pub struct Sheet {
    /// The codes in the groups in which they are typed.
    pub codes: Vec<String>,
    /// The day on which they were made.
    pub made_on: Date,
    /// Names the account for its owner.
    pub reference: String,
    /// Where they are used: the issuer.
    pub site: String,
}

impl Sheet {
    /// The sheet as plain text, with the line ends that every editor reads.
    pub(crate) fn text(&self, layout: &Layout) -> String {
        let number = |at: usize| layout.digits(&(at + 1).to_string());
        let codes = self.codes.iter().enumerate().map(|(at, code)| format!("{}. {code}", number(at)));
        let facts = [
            ("recovery-codes-site", self.site.clone()),
            ("recovery-codes-reference", self.reference.clone()),
            ("recovery-codes-made-on", layout.locale.date(self.made_on)),
        ];
        let facts = facts.into_iter().map(|(key, value)| format!("{} {value}", layout.t(key)));
        let notes = ["recovery-codes-lead", "recovery-codes-once", "recovery-codes-nobody"].map(|key| layout.t(key));
        let blank = || std::iter::once(String::new());
        let title = std::iter::once(layout.t("recovery-codes-sheet"));
        let lines = title.chain(facts).chain(blank()).chain(codes).chain(blank()).chain(notes);
        let text = lines.chain(blank()).collect::<Vec<_>>();
        text.join("\r\n")
    }
}

impl RecoveryCodes {
    fn made_on(&self) -> String {
        self.layout.locale.date(self.sheet.made_on)
    }

    /// A code letter by letter in its groups, so that a screen reader spells it and pauses after four.
    #[expect(clippy::unused_self, reason = "templates reach functions through their page")]
    fn spelled(&self, code: &str) -> String {
        let spelled = |group: &str| group.chars().map(String::from).collect::<Vec<_>>().join(" ");
        code.split('-').map(spelled).collect::<Vec<_>>().join(", ")
    }
}
