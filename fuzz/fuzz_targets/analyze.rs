//! A file as a whole case, to its reports.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("casebook-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the bundle");
    folder
});

fuzz_target!(|bytes: &[u8]| casebook::fuzzing::analyze(&FOLDER, bytes));
