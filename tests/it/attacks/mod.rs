//! What somebody tries who wants more than they should have. One file per class of attack, concurrent where it matters.

mod assertions;
mod at_once;
mod codes;
mod decoupled;
mod forms;
mod kinds;
mod mixing;
mod privacy;
mod redirects;
mod requests;
mod sessions;
mod sign_out;
mod tokens;
