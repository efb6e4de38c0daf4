//! Integration tests.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test's helper, too, panicking is how a failure is reported")]

mod backends;
mod store;
mod transient;
mod gallery;
mod locales;
