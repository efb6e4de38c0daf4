//! Signing in on a device that has no keyboard: typing its code, and comparing it.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The page on which the person types a code.
#[derive(Debug, Template)]
#[template(path = "pages/device.html")]
pub struct Device {
    /// The frame.
    pub layout: Layout,
    /// Posts `user_code`.
    pub form: FormPart,
    /// What was typed before.
    pub user_code: String,
}

/// The page on which the person compares it with the code that the device shows (RFC 8628 §3.3.1, §5.4). Both buttons are named
/// `comparison`: `mine` comes first, then `other`.
#[derive(Debug, Template)]
#[template(path = "pages/compare.html")]
pub struct Compare {
    /// The frame.
    pub layout: Layout,
    /// Posts `comparison`.
    pub form: FormPart,
    /// The agency that asks.
    pub agency: String,
    /// The code, as the device shows it.
    pub user_code: String,
}

impl Compare {
    /// The code letter by letter, so that a screen reader spells it.
    fn spelled(&self) -> String {
        self.user_code.chars().filter(char::is_ascii_alphanumeric).map(String::from).collect::<Vec<_>>().join(" ")
    }
}
