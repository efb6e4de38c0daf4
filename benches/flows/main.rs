//! Benchmarks of whole flows over HTTP.
fn main() {}
