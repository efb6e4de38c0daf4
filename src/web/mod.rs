//! Room `web/`.
