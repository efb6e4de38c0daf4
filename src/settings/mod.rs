//! Room `settings/`.
