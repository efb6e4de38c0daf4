//! Exact answers: bodies and headers as the standards and our own documents write them.

mod assets;
mod cross_device;
mod developers;
mod errors;
mod faults;
mod listener;
mod metadata;
mod registry;
mod scripts;
mod tables;
