//! Room `registry/`.
