//! Registry exports and `reg query`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| casebook::fuzzing::source("registry", bytes));
