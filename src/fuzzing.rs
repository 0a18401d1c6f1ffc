//! Doors for the programs in `fuzz/`: each takes arbitrary bytes and lets one part of casebook read them. What is
//! wrong shows itself as a panic, a hang or too much memory.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use crate::bundle::{Bundle, Inputs, Limits, cases, read_as};
use crate::check::check;
use crate::diagnosis::{diagnose, questions};
use crate::matching::{Hits, Matcher, ask, ask_tree, naive, scan};
use crate::pipeline::{Setup, gather_one};
use crate::redact::Redaction;
use crate::report::{About, OUTPUTS, Templates};
use crate::rule::Library;
use crate::source::{FORMATS, Format, format};
use crate::text::{Blocks, Encoding, Filler, sniff};

/// What is read of one input at most, so that each takes no time.
fn limits() -> Limits {
    Limits { member_bytes: 4 << 20, held_bytes: 4 << 20, depth: 3, members: 200, ..Limits::default() }
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::open(&[]).map(|it| it.0).unwrap_or_default());
static MATCHER: LazyLock<Matcher<'static>> = LazyLock::new(|| Matcher::new(&LIBRARY));

/// Reads every member of an archive of the kind whose files end in `ending`.
pub fn archive(ending: &str, bytes: &[u8]) {
    let passwords = ["secret".to_owned()];
    read_as(ending, bytes, &limits(), &passwords, &mut |entry| {
        let _ = io::copy(entry.reader, &mut io::sink());
    });
}

/// Reads a source of the format of this name, in the encoding that its first bytes tell.
pub fn source(name: &str, bytes: &[u8]) {
    let Some(format) = format(name) else { return };
    let mut rest = bytes;
    if let Some(mut decoder) = format.decoder(bytes, &mut rest, MATCHER.providers(format)) {
        let mut made: &mut dyn Read = &mut *decoder;
        scan(&MATCHER, format, &mut Filler::new(&mut made, Encoding::Bytes));
        decoder.losses();
        return;
    }
    let (encoding, mark) = sniff(bytes).unwrap_or((Encoding::Bytes, 0));
    let mut rest = &bytes[mark..];
    scan(&MATCHER, format, &mut Filler::new(&mut rest, encoding));
    asked(format, bytes, (encoding, mark));
}

/// Puts all questions that need no log to a source.
fn asked(format: &'static dyn Format, bytes: &[u8], (encoding, mark): (Encoding, usize)) {
    let questions = questions(&LIBRARY, &Hits::default());
    if let Some(tree) = format.tree() {
        let mut rest = &bytes[mark..];
        ask(&questions, 0, tree, &mut Blocks::new(&mut rest, encoding), &mut |_| {});
    }
    if format.fits_bytes(bytes)
        && let Ok(tree) = format.binary(bytes.to_vec(), "SYSTEM")
    {
        tree.count();
        ask_tree(&questions, 0, tree.as_ref(), true);
        tree.lacks();
    }
}

/// Reads a rule file, and holds its rules to their samples.
pub fn article(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (library, problems) = Library::of_text("fuzz.md", text);
    if problems.is_empty() {
        check(&library);
    }
}

/// Holds what the matcher finds in a log, whose format is the first byte, to what is found the plain way.
pub fn matcher(bytes: &[u8]) {
    let Some((first, log)) = bytes.split_first() else { return };
    let format = FORMATS[usize::from(*first) % FORMATS.len()];
    if format.tree().is_none() {
        naive::hold(&MATCHER, format, (log, Encoding::Bytes), "fuzz", &|filler, mut scanner| {
            let mut block = crate::text::Block::new(crate::text::BLOCK);
            while !scanner.at_end() {
                filler.fill(&mut block);
                block = scanner.push(block);
            }
            scanner.finish()
        });
    }
}

/// Analyzes a file as a whole case, and writes all its reports. The first byte says what the file is called; it
/// is written into `folder`.
pub fn analyze(folder: &Path, bytes: &[u8]) {
    static TEMPLATES: LazyLock<Option<Templates>> = LazyLock::new(|| Templates::new().ok());
    const NAMES: [&str; 8] =
        ["a.zip", "a.cab", "a.7z", "a.tar.gz", "CBS.log", "a.reg", "System.evtx", "SYSTEM"];
    let (Some((first, content)), Some(templates)) = (bytes.split_first(), TEMPLATES.as_ref()) else { return };
    let path = folder.join(NAMES[usize::from(*first) % NAMES.len()]);
    if fs::write(&path, content).is_err() {
        return;
    }
    let inputs =
        Inputs { paths: &[path], one_case: None, output: &folder.join("reports"), is_source: &|_| true };
    let bundles: Vec<Bundle> = cases(&inputs).unwrap_or_default();
    let redaction = Redaction::default();
    let setup = Setup {
        library: &LIBRARY,
        matcher: &MATCHER,
        limits: limits(),
        clock: &|| Duration::ZERO,
        passwords: vec!["secret".to_owned()],
        switched_off: &[],
        redaction: &redaction,
        jobs: 1,
    };
    let about =
        About { program: "fuzz".to_owned(), rules: LIBRARY.describe(), templates, outputs: OUTPUTS.to_vec() };
    for bundle in &bundles {
        let case = gather_one(bundle, &setup, &|gathered| diagnose(&bundle.name, &bundle.source, gathered));
        for (output, case) in OUTPUTS.iter().zip(case.iter().cycle()) {
            let _ = output.write(case, &about, &mut io::sink());
        }
    }
}

/// The names of all formats.
pub fn formats() -> Vec<&'static str> {
    FORMATS.iter().map(|it| it.name()).collect()
}
