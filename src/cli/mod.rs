//! Room `cli/`.
