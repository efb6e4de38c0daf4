//! Room `demo/`.
