//! Room `web/`.

pub mod assets;
pub mod layout;
pub mod locale;
pub mod pages;
pub mod translate;
