//! The program; all of it is in the library.

use std::process::ExitCode;

/// Pages are made of many small strings, by all threads: the allocator of Linux costs a tenth of a run with many
/// cases, and that of a static build lets in one thread at a time.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    casebook::main()
}
