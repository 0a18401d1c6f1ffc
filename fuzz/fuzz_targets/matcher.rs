//! The matcher, held to the plain one; the first byte says which format.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| casebook::fuzzing::matcher(bytes));
