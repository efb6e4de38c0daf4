//! Answers to the byte: bodies and headers as the standards and our own documents write them.

mod decoupled;
mod errors;
mod faults;
mod listener;
mod metadata;
mod scripts;
mod tables;
