//! The agency file.
