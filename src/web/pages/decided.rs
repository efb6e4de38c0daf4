//! The end of a request that was answered elsewhere than in this browser.

use crate::web::layout::Layout;
use askama::Template;

/// The page. It says nothing about anybody, so it may be opened again.
#[derive(Debug, Template)]
#[template(path = "pages/decided.html")]
pub struct Decided {
    /// The frame.
    pub layout: Layout,
    /// How it ended.
    pub ending: Ending,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A device was let in.
    DeviceAllowed,
    /// A device was not let in.
    DeviceRefused,
    /// An agency may go on.
    AskAllowed,
    /// An agency may not.
    AskRefused,
}

impl Ending {
    /// The keys of title and sentence.
    const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::DeviceAllowed => ("device-allowed-title", "device-allowed-text"),
            Self::DeviceRefused => ("device-refused-title", "device-refused-text"),
            Self::AskAllowed => ("ask-allowed-title", "ask-allowed-text"),
            Self::AskRefused => ("ask-refused-title", "ask-refused-text"),
        }
    }
}
