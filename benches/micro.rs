//! The parts of the program on their own: `cargo bench --bench micro`. Where `compare` says that something has become
//! slower, this says what.

// The library shows nothing but its `main`. Rather than open it for this, its modules are compiled here once more.
#![allow(
    dead_code,
    unused_imports,
    reason = "the modules are the library's, and only parts of them are measured"
)]
#![allow(clippy::duplicate_mod, reason = "the tests of the engine use the same rules")]

#[path = "../src/threads.rs"]
mod threads;
#[path = "../src/text/mod.rs"]
mod text;
#[path = "../src/code/mod.rs"]
mod code;
#[path = "../src/bundle/mod.rs"]
mod bundle;
#[path = "../src/source/mod.rs"]
mod source;
#[path = "../src/rule/mod.rs"]
mod rule;
#[path = "../src/matching/mod.rs"]
mod matching;
#[path = "../src/case.rs"]
mod case;
#[path = "../src/redact.rs"]
mod redact;
#[path = "../src/baseline/mod.rs"]
mod baseline;
#[path = "../src/diagnosis/mod.rs"]
mod diagnosis;
#[path = "../src/report/mod.rs"]
mod report;
#[path = "../src/pipeline/mod.rs"]
mod pipeline;

#[path = "generate/mod.rs"]
mod generate;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};

use baseline::Baseline;
use bundle::{Inputs, Limits, cases};
use case::Case;
use diagnosis::diagnose;
use generate::{Machine, rules};
use matching::{Matcher, scan};
use pipeline::{Setup, gather_one, is_source};
use redact::Redaction;
use report::{About, Templates, selected};
use rule::Library;
use source::format;
use text::{BLOCK, Block, Encoding, Filler};

fn main() {
    divan::main();
}

/// Eight megabytes of a CBS.log.
static LOG: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut log = Vec::new();
    Machine::new(0).log(8 << 20, &mut log).expect("memory takes everything");
    log
});

/// The rules that casebook brings along, and so many more.
fn library(more: usize) -> Library {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("more.md"), rules::article(more)).expect("a file");
    Library::open(&[folder.path().to_owned()]).expect("rules").0
}

#[divan::bench(args = [0, 1000])]
fn load(bencher: Bencher, more: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("more.md"), rules::article(more.max(1))).expect("a file");
    let folders = [folder.path().to_owned()];
    bencher.bench(|| Library::open(&folders).expect("rules").0.rules.len());
}

#[divan::bench(args = [Encoding::Bytes, Encoding::Utf16Le])]
fn decode(bencher: Bencher, encoding: Encoding) {
    let bytes = match encoding {
        Encoding::Bytes => LOG.clone(),
        _ => LOG.iter().flat_map(|it| [*it, 0]).collect(),
    };
    bencher.counter(BytesCount::new(bytes.len())).bench(|| {
        let (mut reader, mut block) = (&bytes[..], Block::new(BLOCK));
        let mut filler = Filler::new(&mut reader, encoding);
        while !block.last {
            filler.fill(black_box(&mut block));
        }
    });
}

#[divan::bench(args = [60, 1000])]
fn scan_log(bencher: Bencher, more: usize) {
    let library = library(more);
    let matcher = Matcher::new(&library);
    let cbs = format("cbs").expect("a format");
    bencher.counter(BytesCount::new(LOG.len())).bench(|| {
        let mut reader = &LOG[..];
        scan(&matcher, cbs, &mut Filler::new(&mut reader, Encoding::Bytes)).0
    });
}

/// From rules to what looks for them in a log: the anchors are chosen when the first source is met.
#[divan::bench(args = [60, 1000])]
fn plan(bencher: Bencher, more: usize) {
    let library = library(more);
    let cbs = format("cbs").expect("a format");
    bencher.bench(|| {
        let matcher = Matcher::new(&library);
        let mut reader = &b"2024-03-14 02:11:21, Info                  CBS    x\r\n"[..];
        scan(&matcher, cbs, &mut Filler::new(&mut reader, Encoding::Bytes)).0
    });
}

/// One record that is found, again and again: what is kept of it is bounded, so this is the cost of a match.
#[divan::bench]
fn records_that_match(bencher: Bencher) {
    let library = library(60);
    let matcher = Matcher::new(&library);
    let cbs = format("cbs").expect("a format");
    let line = "2024-03-14 02:11:21, Info                  CBS    Failed to find file: amd64_fabrikam-tool_31bf3856ad364e35_10.0.14393.1_none_0123456789abcdef\\tool.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]\r\n";
    let log = line.repeat(10_000);
    bencher.counter(10_000_usize).bench(|| {
        let mut reader = log.as_bytes();
        scan(&matcher, cbs, &mut Filler::new(&mut reader, Encoding::Bytes)).0
    });
}

/// The case of a sample, as it goes into every output.
fn sample(library: &Library) -> Case {
    let (matcher, redaction) = (Matcher::new(library), Redaction::default());
    let setup = Setup {
        library,
        matcher: &matcher,
        limits: Limits::default(),
        clock: &|| Duration::ZERO,
        passwords: Vec::new(),
        switched_off: &[],
        redaction: &redaction,
        baseline: &Baseline::default(),
        jobs: 1,
    };
    let samples = [PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/INC0047129.zip"))];
    let output = Path::new("reports");
    let inputs = Inputs { paths: &samples, one_case: None, output, is_source: &is_source };
    let bundles = cases(&inputs).expect("a sample");
    let bundle = bundles.first().expect("a sample");
    gather_one(bundle, &setup, &|gathered| diagnose(&bundle.name, &bundle.source, gathered))
        .expect("it meets no limit")
}

#[divan::bench(args = ["html", "json"])]
fn report_of(bencher: Bencher, extension: &str) {
    let library = library(1);
    let case = sample(&library);
    let templates = Templates::new().expect("templates");
    let outputs = selected(Some(&[extension.to_owned()]), &[]).0;
    let about =
        About { program: "casebook".to_owned(), rules: library.describe(), templates: &templates, outputs };
    bencher.bench(|| {
        let mut page = Vec::new();
        about.outputs[0].write(&case, &about, &mut page).expect("memory takes everything");
        page
    });
}
