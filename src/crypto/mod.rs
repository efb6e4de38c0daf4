//! Room `crypto/`.
