//! Every format of logs; the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let formats = casebook::fuzzing::formats();
    if let Some((first, rest)) = bytes.split_first() {
        casebook::fuzzing::source(formats[usize::from(*first) % formats.len()], rest);
    }
});
