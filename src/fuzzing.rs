//! Doors for the programs in `fuzz/`: each takes arbitrary bytes and lets one part of casebook read them. What is
//! wrong shows itself as a panic, a hang or too much memory.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use crate::baseline::Baseline;
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
        baseline: &Baseline::default(),
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use fastrand::Rng;

    use super::*;

    fn files(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
        paths.sort();
        let is_wanted = |it: &&PathBuf| endings.iter().any(|end| it.to_string_lossy().ends_with(end));
        paths.iter().filter(is_wanted).map(|it| fs::read(it).unwrap()).collect()
    }

    /// The samples of the articles that are of this format.
    fn samples(name: &str) -> Vec<Vec<u8>> {
        let of = |it: &crate::rule::Rule| {
            it.samples.iter().map(|it| (it.format, it.text.clone())).collect::<Vec<_>>()
        };
        let all = LIBRARY.rules.iter().flat_map(of).filter(|(format, _)| *format == name);
        all.take(60).map(|(_, text)| text.into_bytes()).collect()
    }

    fn mutated(rng: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = rng.choice(seeds).unwrap().clone();
        bytes.truncate(64 << 10);
        for _ in 0..rng.usize(..6) {
            if bytes.is_empty() {
                break;
            }
            let (at, run) = (rng.usize(..bytes.len()), rng.usize(1..40));
            let end = (at + run).min(bytes.len());
            match rng.u8(..6) {
                0 => bytes[at] ^= 1 << rng.u8(..8),
                1 => bytes[at] = rng.u8(..),
                2 => bytes[at..end].fill(*rng.choice(&[0, 0x7F, 0xFF]).unwrap()),
                3 => bytes.truncate(at),
                4 => _ = bytes.drain(at..end),
                _ => {
                    let other = rng.choice(seeds).unwrap();
                    let from = rng.usize(..=other.len());
                    let piece = &other[from..(from + run).min(other.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
        bytes
    }

    /// Every door, with inputs that a seed makes of the samples: what a fuzzer does, without its feedback. `ROUNDS` in
    /// the environment says how many for each.
    #[test]
    fn every_door_takes_what_comes() {
        let rounds = std::env::var("ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(30);
        let folder = tempfile::tempdir().unwrap();
        let check = |what: &str, seeds: Vec<Vec<u8>>, door: &dyn Fn(&[u8])| {
            let seeds = if seeds.is_empty() { vec![b"x".to_vec()] } else { seeds };
            let mut rng = Rng::with_seed(what.bytes().map(u64::from).sum());
            for number in 0..rounds {
                let bytes = mutated(&mut rng, &seeds);
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| door(&bytes)));
                if outcome.is_err() {
                    let kept = std::env::temp_dir().join(format!("casebook-{what}-{number}"));
                    fs::write(&kept, &bytes).unwrap();
                    panic!("{what}, round {number}: {}", kept.display());
                }
            }
        };
        let archives = "tests/fixtures/containers";
        for ending in [".zip", ".cab", ".7z", ".tar", ".gz", ".bz2", ".xz", ".lzma", ".zst"] {
            check(ending, files(archives, &[ending]), &|bytes| archive(ending, bytes));
        }
        for name in formats() {
            check(name, samples(name), &|bytes| source(name, bytes));
        }
        check("hive", files("tests/fixtures/registry", &[".hive"]), &|bytes| source("registry", bytes));
        check("article", files("rules/servicing", &[".md"]), &article);
        let logs = || {
            let marked = |(at, name): (usize, &str)| {
                samples(name).into_iter().map(move |it| [&[at as u8], &it[..]].concat()).collect::<Vec<_>>()
            };
            formats().into_iter().enumerate().flat_map(marked).collect::<Vec<_>>()
        };
        check("matcher", logs(), &matcher);
        let bundles = files("samples", &[".zip"]).into_iter().map(|it| [&[0], &it[..]].concat()).collect();
        check("analyze", bundles, &|bytes| analyze(folder.path(), bytes));
    }
}
