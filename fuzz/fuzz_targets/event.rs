//! Events as XML, text or a table.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| casebook::fuzzing::source("event", bytes));
