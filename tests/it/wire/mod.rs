//! Answers to the byte: bodies and headers as the standards and our own documents write them.

mod decoupled;
mod errors;
mod listener;
mod metadata;
mod tables;
