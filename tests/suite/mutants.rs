//! Bundles with damage at places that a seed chooses, by the thousand and through the program: no panic, no hang, no
//! memory without bound; what is lost is told, and healthy cases beside them are reported right.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use fastrand::Rng;
use serde_json::Value;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::attacks::{healthy, is_well, within_memory};
use super::evtx_file::{self, Written};
use super::root;

/// How many bundles one run of the program reads.
const BATCH: usize = 100;

/// A bundle as it was before the damage.
struct Seed {
    name: String,
    bytes: Vec<u8>,
    /// Whether its content is under checksums: what differs then must be told.
    sealed: bool,
}

fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for folder in ["samples", "tests/fixtures/containers", "tests/fixtures/registry"] {
        let mut paths: Vec<_> =
            fs::read_dir(root().join(folder)).unwrap().map(|it| it.unwrap().path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|it| it.is_file()) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".py") || name.ends_with(".md") {
                continue;
            }
            let sealed = [".zip", ".xz", ".gz", ".tgz", ".bz2"].iter().any(|it| name.ends_with(it));
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.starts_with(b"version https://git-lfs"), "{name}");
            seeds.push(Seed { name, bytes, sealed });
        }
    }
    let events: Vec<Vec<Written<'_>>> = (0..2_u64)
        .map(|chunk| {
            (1..30)
                .map(|it| Written {
                    provider: "Microsoft-Windows-WindowsUpdateClient",
                    id: 20,
                    level: 2,
                    record: chunk * 29 + it,
                    time: "2024-03-14T02:11:21",
                    log: "System",
                    computer: "SRV09",
                    data: &[("errorCode", "0x80070002"), ("updateTitle", "KB5034795")],
                    user_data: None,
                })
                .collect()
        })
        .collect();
    seeds.push(Seed { name: "System.evtx".to_owned(), bytes: evtx_file::file(&events), sealed: false });
    seeds
}

/// One to eight damages of the kinds that happen, and of those that are made.
fn damage(rng: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..rng.usize(1..=8) {
        let length = bytes.len();
        if length < 8 {
            return;
        }
        let at = rng.usize(..length);
        // Where most of what steers a reader stands.
        let at = if rng.bool() { at } else { *rng.choice([at % 64, length - 1 - at % 64].iter()).unwrap() }
            .min(length - 1);
        let run = rng.usize(1..=64).min(length - at);
        match rng.u8(..9) {
            0 | 1 => bytes[at] ^= 1 << rng.u8(..8),
            2 => bytes[at] = *rng.choice(&[0, 1, 0x7F, 0x80, 0xFF]).unwrap(),
            3 => bytes[at..at + run].fill(*rng.choice(&[0, 0xFF, b'A']).unwrap()),
            4 => bytes.truncate(at.max(1)),
            5 => _ = bytes.drain(at..at + run),
            6 => {
                let piece = bytes[at..at + run].to_vec();
                let to = rng.usize(..length);
                bytes.splice(to..to, piece);
            }
            7 => bytes[at..at + run].iter_mut().for_each(|it| *it = rng.u8(..)),
            _ => {
                let number = *rng.choice(&[0, 1, 0x7FFF_FFFF, u32::MAX, u32::MAX - 1, 0x8000_0000]).unwrap();
                let end = (at + 4).min(length);
                bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
            }
        }
    }
}

/// A zip file whose members are damaged, and which is itself whole.
fn damaged_members(rng: &mut Rng, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..archive.len() {
        let mut member = archive.by_index(number).ok()?;
        if member.is_dir() {
            continue;
        }
        let mut content = Vec::new();
        member.read_to_end(&mut content).ok()?;
        if rng.bool() {
            damage(rng, &mut content);
        }
        writer.start_file(member.name().ok()?.into_owned(), SimpleFileOptions::default()).ok()?;
        writer.write_all(&content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

/// A mutant: what it is called, and from which seed it is, if all that differs must be told.
fn mutant(rng: &mut Rng, seeds: &[Seed], number: usize) -> (String, Vec<u8>, Option<usize>) {
    let at = number % seeds.len();
    let seed = &seeds[at];
    let (start, ending) = seed.name.split_once('.').unwrap_or((&seed.name, "log"));
    let name = format!("m{number:05}-{start}.{ending}");
    if seed.name.ends_with(".zip")
        && rng.bool()
        && let Some(bytes) = damaged_members(rng, &seed.bytes)
    {
        return (name, bytes, None);
    }
    let mut bytes = seed.bytes.clone();
    damage(rng, &mut bytes);
    (name, bytes, seed.sealed.then_some(at))
}

fn case(folder: &Path, name: &str) -> Value {
    let path = folder.join(format!("reports/{name}.json"));
    serde_json::from_slice(&fs::read(&path).unwrap_or_else(|it| panic!("{name}: {it}"))).unwrap()
}

fn records(case: &Value) -> u64 {
    case["sources"].as_array().unwrap().iter().map(|it| it["records"].as_u64().unwrap()).sum()
}

/// What the seeds are told to be: verdict and records.
fn truths(seeds: &[Seed]) -> BTreeMap<usize, (Value, u64)> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    for seed in seeds {
        fs::write(folder.path().join("in").join(format!("{}.zip", seed.name)), &seed.bytes).unwrap();
    }
    within_memory(folder.path(), &["--quiet"]);
    let told = |seed: &Seed| {
        let case = case(folder.path(), &seed.name);
        (case["verdict"].clone(), records(&case))
    };
    seeds.iter().enumerate().map(|(at, it)| (at, told(it))).collect()
}

/// Runs so many mutants from a seed; gives the most memory that a run took.
fn run(count: usize, seed: u64) -> u64 {
    let seeds = seeds();
    let truths = truths(&seeds);
    let mut rng = Rng::with_seed(seed);
    let mut peak = 0;
    for start in (0..count).step_by(BATCH) {
        let folder = tempfile::tempdir().unwrap();
        let inbox = folder.path().join("in");
        fs::create_dir(&inbox).unwrap();
        fs::write(inbox.join("a-healthy.zip"), healthy()).unwrap();
        fs::write(inbox.join("z-healthy.zip"), healthy()).unwrap();
        let batch: Vec<_> =
            (start..count.min(start + BATCH)).map(|it| mutant(&mut rng, &seeds, it)).collect();
        for (name, bytes, _) in &batch {
            // What is a loose log by its name would be one case with all others.
            let file = format!("{name}.d");
            fs::create_dir(inbox.join(&file)).unwrap();
            fs::write(inbox.join(&file).join(name), bytes).unwrap();
        }
        let (status, memory, told) = within_memory(folder.path(), &["--quiet", "--max-time", "60"]);
        let what = format!("seed {seed}, from {start}");
        let kept = || folder.path().display().to_string();
        peak = peak.max(memory);
        assert!((0..2).contains(&status), "{what}: status {status}\n{told}");
        assert!(
            !told.contains("panicked") && !told.contains("casebook failed"),
            "{what}: {}\n{told}",
            kept()
        );
        assert!(memory < 512 << 20, "{what}: {} MB", memory >> 20);
        is_well(&case(folder.path(), "a-healthy"));
        is_well(&case(folder.path(), "z-healthy"));
        for (name, bytes, from) in &batch {
            let case = case(folder.path(), &format!("{name}.d"));
            assert!(!case["skipped"].to_string().contains("--max-time"), "{what}: {name} took too long");
            let Some(from) = from else { continue };
            let (verdict, whole) = &truths[from];
            let is_told = !case["skipped"].as_array().unwrap().is_empty();
            let is_less = records(&case) < *whole || (case["verdict"] == "clean" && verdict != "clean");
            if is_less && !is_told {
                fs::write(std::env::temp_dir().join(name), bytes).unwrap();
                panic!("{what}: {name} (kept in the temporary folder) lost something in silence: {case:#}");
            }
        }
    }
    peak
}

#[test]
fn two_hundred_mutants() {
    run(200, 7);
}

/// `cargo test --release --test suite -- --ignored --nocapture ten_thousand_mutants`
#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stdout, reason = "whoever runs it wants the figures")]
fn ten_thousand_mutants() {
    let number =
        |name: &str, default| std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(default);
    let (count, seed) = (number("MUTANTS", 10_000), number("SEED", 1));
    let peak = run(count as usize, seed);
    println!("{count} mutants from seed {seed}, {} MB at most", peak >> 20);
}
