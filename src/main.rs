//! The `panjereh` command. What it does is in `panjereh::cli`.

use std::process::ExitCode;

/// glibc's allocator keeps what a burst of requests took; this one gives it back, and is faster for many small values.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    panjereh::cli::main()
}
