//! Room `messaging/`.
