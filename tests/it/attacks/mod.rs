//! What somebody tries who wants more than they should have. One file per class of attack, concurrent where it matters.

mod assertions;
mod codes;
mod forms;
mod privacy;
mod redirects;
mod requests;
mod sessions;
mod tokens;
