//! Room `flows/`.
