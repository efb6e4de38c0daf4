//! Room `store/`.
