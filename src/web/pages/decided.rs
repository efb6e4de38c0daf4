//! The last page of a request whose answer does not go to this browser.

use crate::web::layout::Layout;
use askama::Template;

/// The page. It holds no personal data, so it may be opened again.
#[derive(Debug, Template)]
#[template(path = "pages/decided.html")]
pub struct Decided {
    /// The frame.
    pub layout: Layout,
    /// The outcome.
    pub ending: Ending,
}

/// The outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A device was allowed.
    DeviceAllowed,
    /// A device was denied.
    DeviceRefused,
    /// The request of an agency was allowed.
    AskAllowed,
    /// The request of an agency was denied.
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
