//! Room `transient/`.
