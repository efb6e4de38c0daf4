//! The whole story in a real browser: Chromium with a virtual passkey, against the built binary's `demo`, in both languages.
//!
//! - `chromium.rs`: Chromium over chromedriver: typing, pressing, reading, screenshots (kept in `target/screenshots/`).
//! - `layout.rs`: every page of the gallery on narrow phones, with text of twice the size; weights and distances.
//! - `story.rs`: the steps of a citizen.
//! - `developers.rs`: the guide at `/developers`, and its page about an application that runs in a browser.
//! - `pages.rs`: what holds for every page: it fits a phone, is in the reader's language, and passes axe where axe is installed.
//!
//! chromedriver is the one in `PATH`, or `PANJEREH_TEST_CHROMEDRIVER`. Without one the tests print a line; with `CI` set they fail.

mod chromium;
mod developers;
mod layout;
mod pages;
mod stories;
mod story;

use crate::environment;
use std::path::PathBuf;

/// A language of a story.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Fa,
    En,
}

impl Language {
    pub fn tag(self) -> &'static str {
        match self {
            Self::Fa => "fa",
            Self::En => "en",
        }
    }
}

/// The address of chromedriver; `None` after a message, and a failure where tests must not be skipped.
fn chromedriver() -> Option<PathBuf> {
    let named = environment("PANJEREH_TEST_CHROMEDRIVER").map(PathBuf::from);
    let search = environment("PATH").unwrap_or_default();
    let found =
        named.or_else(|| std::env::split_paths(&search).map(|folder| folder.join("chromedriver")).find(|file| file.is_file()));
    if found.is_none() {
        assert!(environment("CI").is_none(), "there is no chromedriver, and CI must not skip the browser test");
        println!("SKIPPED: no chromedriver in PATH, and PANJEREH_TEST_CHROMEDRIVER is not set");
    }
    found
}
