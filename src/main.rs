//! The `panjereh` command.
fn main() {}
