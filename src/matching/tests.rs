//! Scanning as a whole: records at the edges of blocks, sequences, counts, what is kept.

use super::prefilter::{Candidates, For};
use super::*;
use crate::rule::Library;
use crate::source::format;
use crate::text::{Block, Encoding, Filler};

/// A library of one rule with these conditions.
fn library(conditions: &str) -> Library {
    naive::library(&naive::article(conditions))
}

const WHEN: Owner = Owner::Rule { rule: 0, list: List::When, index: 0 };

fn scan_text(library: &Library, text: &str) -> Hits {
    let mut bytes = text.as_bytes();
    let mut filler = Filler::new(&mut bytes, Encoding::Bytes);
    let mut hits = Hits::default();
    hits.take(0, scan(&Matcher::new(library), format("cbs").unwrap(), &mut filler).1);
    hits
}

fn line(number: usize, message: &str) -> String {
    format!(
        "2024-03-12 03:{:02}:{:02}, Info                  CBS    {message}\r\n",
        number / 60 % 60,
        number % 60
    )
}

/// The line numbers of all kept hits, and the exact count.
fn found(library: &Library, text: &str) -> (u64, Vec<u64>) {
    let hits = scan_text(library, text);
    let Some(found) = hits.of(WHEN) else { return (0, Vec::new()) };
    (found.count, found.kept.iter().flat_map(|it| &it.lines).map(|it| it.number).collect())
}

#[test]
fn a_signature_is_found_wherever_it_stands() {
    let library = library("[[when]]\nin = \"cbs\"\nmatch = '''needle {n:number}'''");
    // The signature wanders over the end of the first block of 256 KB, and of the second.
    let block = (256 << 10) / line(0, "nothing here").len();
    for filler in [1].into_iter().chain(block - 6..block + 3).chain(2 * block - 10..2 * block) {
        for padding in 0..8 {
            let mut text: String = (0..filler).map(|it| line(it, "nothing here")).collect();
            text.push_str(&line(filler, &format!("{}needle 7", " ".repeat(padding * 7))));
            text.push_str(&"    continued\n".repeat(padding));
            let one = found(&library, &text);
            assert_eq!(one, (1, vec![filler as u64 + 1]), "{filler} {padding}");
            text.push_str(&line(0, "after"));
            assert_eq!(found(&library, &text), one, "{filler} {padding}");
        }
    }
}

#[test]
fn the_end_of_a_source_is_scanned_whatever_its_size() {
    let library = library("[[when]]\nin = \"cbs\"\nmatch = '''needle {n:number}'''");
    for size in [256 << 10, 512 << 10, 272 << 10, (256 << 10) - 1, (256 << 10) + 1] {
        let end = line(1, "needle 7") + &line(2, "needle 8");
        let mut text = line(0, "nothing here").repeat((size - end.len()) / line(0, "nothing here").len() - 1);
        // One line of the length that is left.
        let left = size - text.len() - end.len() - line(0, "").len();
        text.push_str(&line(0, &"x".repeat(left)));
        text.push_str(&end);
        assert_eq!(text.len(), size);
        assert_eq!(found(&library, &text).0, 2, "{size}");
    }
}

#[test]
fn a_record_has_its_continuation_lines() {
    let library =
        library("[[when]]\nin = \"cbs\"\nregex = '''(?s)New component: .*name: 'Task (?<n>\\w+)''''");
    let text = line(1, "Begin")
        + "    New component: [l:3]'abc'\n    Installer name: 'Task Scheduler'\n"
        + &line(2, "End");
    let hits = scan_text(&library, &text);
    let hit = &hits.of(WHEN).unwrap().kept[0].lines[0];
    assert_eq!((hit.number, hit.text.lines().count()), (1, 3));
    assert_eq!(hit.after.len(), 1);
    assert_eq!(&hit.text[hit.marks[0].0..hit.marks[0].1], "Scheduler");
}

#[test]
fn the_lines_around_are_kept() {
    let library = library("[[when]]\nin = \"cbs\"\nmatch = '''needle'''");
    let text: String = (1..=9).map(|it| line(it, if it == 5 { "needle" } else { "hay" })).collect();
    let hits = scan_text(&library, &text);
    let hit = &hits.of(WHEN).unwrap().kept[0].lines[0];
    assert_eq!((hit.before.len(), hit.after.len()), (3, 3));
    assert!(hit.before[2].contains("03:00:04") && hit.after[0].contains("03:00:06"));
    assert_eq!(hit.time.as_deref(), Some("2024-03-12T03:00:05"));
}

const SEQUENCE: &str = "[[when]]\nin = \"cbs\"\nmatch = '''start {n:number}'''\nthen = '''finish'''\nwithin = 5\nbroken_by = '''broken'''";

fn sequence(lines: &[&str]) -> Vec<String> {
    let library = library(SEQUENCE);
    let text: String = lines.iter().enumerate().map(|(at, it)| line(at, it)).collect();
    let hits = scan_text(&library, &text);
    let sets = hits.of(WHEN).map(|it| it.sets.clone()).unwrap_or_default();
    sets.into_iter().map(|it| format!("{} x{}", it.binding[0].text, it.count)).collect()
}

#[test]
fn sequences_need_their_order_and_distance() {
    assert_eq!(sequence(&["start 1", "finish"]), ["1 x1"]);
    assert_eq!(sequence(&["finish", "start 1"]), [""; 0]);
    assert_eq!(sequence(&["start 1", "a", "b", "c", "d", "finish"]), ["1 x1"]);
    assert_eq!(sequence(&["start 1", "a", "b", "c", "d", "e", "finish"]), [""; 0]);
    assert_eq!(sequence(&["start 1", "start 2", "finish"]), ["1 x1", "2 x1"]);
    assert_eq!(sequence(&["start 1", "finish", "finish", "start 1", "finish"]), ["1 x2"]);
}

#[test]
fn what_breaks_a_sequence_ends_it() {
    assert_eq!(sequence(&["start 1", "broken", "finish"]), [""; 0]);
    assert_eq!(sequence(&["start 1", "broken finish", "finish"]), ["1 x1"]);
    assert_eq!(sequence(&["start 1", "broken start 2", "finish"]), ["2 x1"]);
}

#[test]
fn counts_are_exact_and_what_is_kept_is_bounded() {
    let library = library("[[when]]\nin = \"cbs\"\nmatch = '''needle {n:number}'''");
    let text: String = (0..20_000).map(|it| line(it, &format!("needle {}", it % 3000))).collect();
    let hits = scan_text(&library, &text);
    let found = hits.of(WHEN).unwrap();
    assert_eq!(found.count, 20_000);
    assert!(found.kept.len() <= KEPT && found.sets.len() <= BINDINGS);
}

#[test]
fn equal_texts_under_other_names_are_other_values() {
    let library =
        library("[[when]]\nin = \"cbs\"\nregex = '''(?:stage (?<package>\\w+)|mount (?<image>\\w+)) now'''");
    let text = line(1, "stage it now") + &line(2, "mount it now") + &line(3, "stage it now");
    let hits = scan_text(&library, &text);
    let sets = hits.of(WHEN).unwrap().sets.iter().map(|it| (it.binding[0].name.to_string(), it.count));
    assert_eq!(sets.collect::<Vec<_>>(), [("package".to_owned(), 2), ("image".to_owned(), 1)]);
}

/// Every rule's pattern on every record must give what the prefilter gives.
#[test]
fn the_prefilter_loses_nothing() {
    let (library, _) = Library::open(&[]).unwrap();
    let matcher = Matcher::new(&library);
    for format in FORMATS.iter().copied() {
        let (name, prefilter) = (&format.name(), matcher.prefilter(format));
        let samples = library.rules.iter().flat_map(|it| &it.samples);
        let samples = samples.chain(library.failures.iter().flat_map(|it| &it.samples));
        for sample in samples.filter(|it| it.format == *name) {
            let mut candidates = Candidates::default();
            prefilter.candidates(&prefilter.anchors(For::All), sample.text.as_bytes(), 0, &mut candidates);
            for (number, (_, sequence)) in matcher.sequences.iter().enumerate() {
                for (position, test) in sequence.records.iter().enumerate() {
                    let asks = sequence.formats.iter().any(|it| it.name() == *name);
                    let found = asks && test.find(&sample.text, &|| format.record(&sample.text)).is_some();
                    let asked = test.needs().is_empty() || candidates.ids.contains(&(number, position));
                    assert!(!found || asked, "{}", sample.text);
                }
            }
        }
    }
}

/// What the shipped articles call noise in a text: how often, in all.
fn noise(messages: &[(&str, &str)]) -> u64 {
    let (library, _) = Library::open(&[]).unwrap();
    let lines = messages.iter().enumerate();
    let text: String = lines
        .map(|(number, (level, message))| line(number, message).replace("Info ", &format!("{level} ")))
        .collect();
    scan_text(&library, &text).noise.iter().map(|it| it.count).sum()
}

const PROBE: (&str, &str) =
    ("Info", "Failed to internally open package. [HRESULT = 0x800f0805 - CBS_E_INVALID_PACKAGE]");
const BEGIN: (&str, &str) = ("Info", "Session: 31101010_1 initialized by client WindowsUpdateAgent.");

#[test]
fn noise_is_known_by_level_code_and_outcome() {
    let fine = ("Info", "Session: 31101010_1 finalized. Reboot required: no [HRESULT = 0x00000000 - S_OK]");
    let failed = ("Info", "Session: 31101010_1 finalized. Reboot required: no [HRESULT = 0x800f0831]");
    assert_eq!(noise(&[PROBE, PROBE]), 2);
    assert_eq!(noise(&[("Error", PROBE.1)]), 0);
    assert_eq!(noise(&[PROBE, BEGIN, PROBE, PROBE, fine, PROBE]), 4);
    // In a session that failed, such a line may be part of what happened.
    assert_eq!(noise(&[PROBE, BEGIN, PROBE, PROBE, failed, PROBE]), 2);
    // What tells of a failure is none, and what is near it is not called noise.
    assert_eq!(noise(&[PROBE, ("Error", "Failed to stage. [HRESULT = 0x800f0831]")]), 0);
}

#[test]
fn noise_of_thousands_of_lines_is_counted_and_not_kept() {
    let (library, _) = Library::open(&[]).unwrap();
    let text: String = (0..20_000).map(|it| line(it, PROBE.1)).collect();
    let hits = scan_text(&library, &text);
    assert_eq!(hits.noise.len(), 1);
    assert_eq!((hits.noise[0].count, hits.noise[0].first), (20_000, 1));
    assert!(!hits.by_owner.keys().any(|it| matches!(it, Owner::Noise(_))));
}

/// What real logs have of noise, where they are at hand: healthy ones have some, and in that of a failed upgrade nothing is
/// called noise.
#[test]
fn real_logs_have_their_noise() {
    let (library, _) = Library::open(&[]).unwrap();
    let matcher = Matcher::new(&library);
    let real = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real");
    for (archive, member, name, expect) in [
        ("win11-24h2-logs.zip", "Logs/CBS/CBS.log", "cbs", 5..20),
        ("win11-24h2-logs.zip", "Logs/DISM/dism.log", "dism", 48..49),
        ("cbs-cannot-repair.zip", "CBS.log", "cbs", 20..40),
        ("windowsupdate-healthy.zip", "WindowsUpdate.log", "windows-update", 40..60),
        ("setupact-failed-upgrade.zip", "$WINDOWS.~BT/Sources/Panther/setupact.log", "setup", 0..1),
    ] {
        let Ok(file) = std::fs::File::open(real.join(archive)) else { return };
        let mut archive = zip::ZipArchive::new(file).unwrap();
        let mut member = archive.by_name(member).unwrap();
        let mut filler = Filler::open(&mut member, Encoding::Bytes, 0).unwrap();
        let (_, hits) = scan(&matcher, format(name).unwrap(), &mut filler);
        let count: u64 = hits.noise.iter().map(|it| it.count).sum();
        assert!(expect.contains(&count), "{name}: {count} lines of noise");
    }
}

/// What is found in a log that comes in blocks of this size.
fn in_blocks(matcher: &Matcher<'_>, log: &[u8], size: usize) -> String {
    let mut reader = log;
    let mut filler = Filler::new(&mut reader, Encoding::Bytes);
    let mut scanner = Scanner::new(matcher, format("cbs").unwrap());
    while !scanner.at_end() {
        let mut block = Block::new(size);
        filler.fill(&mut block);
        scanner.push(block);
    }
    let (scanned, hits) = scanner.finish();
    format!("{scanned:#?}\n{:#?}", naive::told(hits, true))
}

/// Records and lines that are longer than any block, and just as long as what is scanned at once.
#[test]
fn the_size_of_blocks_changes_nothing() {
    let library = library("[[when]]\nin = 'cbs'\nmatch = 'needle {number:number} in the hay'");
    let usual: String = (0..40).map(|it| line(it, "Begin")).collect();
    let with = |number: usize| format!("needle {number} in the häy needle {number} in the hay");
    let long_line = |size: usize| {
        let part = |it: usize| format!("{}{}", "ä".repeat(3888), with(it));
        line(1, &(0..size / 7860).map(part).collect::<String>())
    };
    let long_record = |size: usize, wide: usize| {
        let part = |it: usize| format!("    {} {}\r\n", with(it), "x".repeat(wide));
        let part = (0..size / (wide + 57)).map(part).collect::<String>();
        line(2, &part)
    };
    let parts = [
        long_line(7 << 20),
        long_record(5 << 20, 10),
        long_record(2 << 20, 70_000) + &line(5, "needle 9999 in the hay"),
        long_record((2 << 20) - 70_000, 500) + &long_line(2 << 20) + &long_record(3 << 20, 900),
        long_line(1_100_000) + &long_line(900_000) + &long_line(2_300_000),
    ];
    for (number, part) in parts.iter().enumerate() {
        let log = format!("{usual}{part}{usual}{}{usual}", line(7, "needle 7 in the hay"));
        for matcher in [Matcher::new(&library), Matcher::new(&library).within(50, 4096)] {
            let plain = in_blocks(&matcher, log.as_bytes(), 256 << 10);
            for size in [40_000, 1 << 20, (1 << 20) + 77, 3 << 20, 20 << 20] {
                let other = in_blocks(&matcher, log.as_bytes(), size);
                let first = plain.lines().zip(other.lines()).find(|(one, other)| one != other);
                assert!(
                    first.is_none() && other.len() == plain.len(),
                    "{number}, blocks of {size}: {first:.300?}"
                );
            }
        }
    }
}

/// What is no text goes on from piece to piece too, also where a line of it begins as no character does.
#[test]
fn a_long_line_of_anything_comes_to_its_end() {
    let library = library("[[when]]\nin = 'cbs'\nmatch = 'needle {number:number} in the hay'");
    let matcher = Matcher::new(&library);
    for (number, byte) in (0..).zip([0x80, 0xBF, 0xC3, 0xF0, 0xFF, 0, b'\n', b'\r']) {
        for before in ["", "x", "\n", "\n\n", "x\n"] {
            let mut log = line(1, "needle 1 in the hay").into_bytes();
            log.extend(before.bytes());
            log.resize(log.len() + (5 << 20) + number, byte);
            log.extend(format!("\n{}", line(2, "needle 2 in the hay")).bytes());
            for size in [256 << 10, 1 << 20] {
                let found = in_blocks(&matcher, &log, size);
                assert!(found.contains("count: 2,"), "{byte:#x} behind {before:?}: {found:.600}");
            }
        }
    }
}
