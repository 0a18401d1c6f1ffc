//! The engine held to the plain one: on small cases by the thousand, at the edges of blocks, in every encoding, with
//! records and lines of any length, and on real logs where they are.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use fastrand::Rng;

use super::generate::{self, Made, Stock, formats, pick};
use super::*;
use crate::matching::prefilter::For;
use crate::source::{Providers, Taken, format, identify};
use crate::text::{BLOCK, Block, Filler, sniff};

fn shipped() -> Library {
    Library::open(&[]).unwrap().0
}

/// As a log is scanned by one thread.
fn one_thread(filler: &mut Filler<'_>, mut scanner: Scanner<'_>) -> (Scanned, Hits) {
    let mut block = Block::new(BLOCK);
    while !scanner.at_end() {
        filler.fill(&mut block);
        block = scanner.push(block);
    }
    scanner.finish()
}

#[track_caller]
fn check(matcher: &Matcher<'_>, format: &'static dyn Format, log: &[u8], what: &str) -> u64 {
    hold(matcher, format, (log, Encoding::Bytes), what, &one_thread)
}

#[test]
fn made_up_libraries_find_the_same() {
    let stock = Stock::of(&shipped());
    let mut found = 0;
    for seed in 0..100 {
        let mut rng = Rng::with_seed(seed);
        let format = pick(&mut rng, &formats());
        let made = generate::library(&mut rng, format, seed % 5 == 0);
        let library = library(&made.article);
        let matcher = Matcher::new(&library);
        for number in 0..20 {
            let lines = rng.usize(..40);
            let log = generate::log(&mut rng, &stock, format, &made, lines);
            found += check(&matcher, format, &log, &format!("seed {seed}, log {number}"));
        }
    }
    assert!(found > 8_000, "{found}");
}

#[test]
fn the_shipped_library_finds_the_same() {
    let library = shipped();
    let (stock, matcher, made) = (Stock::of(&library), Matcher::new(&library), Made::default());
    let mut found = 0;
    for format in formats().into_iter().filter(|it| matcher.wants(*it)) {
        for seed in 0..12 {
            let log = generate::log(&mut Rng::with_seed(seed), &stock, format, &made, 50);
            found += check(&matcher, format, &log, &format!("seed {seed}"));
        }
    }
    assert!(found > 1000, "{found}");
}

#[test]
fn every_encoding_finds_the_same() {
    let stock = Stock::of(&shipped());
    let mut found = 0;
    for seed in 1000..1040 {
        let mut rng = Rng::with_seed(seed);
        let format = pick(&mut rng, &formats());
        let made = generate::library(&mut rng, format, seed % 5 == 0);
        let library = library(&made.article);
        let matcher = Matcher::new(&library);
        let log = generate::log(&mut rng, &stock, format, &made, 60);
        let text = String::from_utf8_lossy(&log);
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut little: Vec<u8> = units.iter().flat_map(|it| it.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|it| it.to_be_bytes()).collect();
        // A copy that broke off between the two bytes of a character.
        little.truncate(little.len() - usize::from(seed % 3 == 0));
        let ansi = encoding_rs::WINDOWS_1252.encode(&text).0;
        for (bytes, encoding) in
            [(&little[..], Encoding::Utf16Le), (&big, Encoding::Utf16Be), (&ansi, Encoding::Bytes)]
        {
            let what = format!("seed {seed}, {encoding:?}");
            found += hold(&matcher, format, (bytes, encoding), &what, &one_thread);
        }
        let marked = |mark: &[u8], bytes: &[u8]| sniff(&[mark, bytes].concat());
        assert_eq!(marked(&[0xFF, 0xFE], &little), Some((Encoding::Utf16Le, 2)));
        assert_eq!(marked(&[0xFE, 0xFF], &big), Some((Encoding::Utf16Be, 2)));
    }
    assert!(found > 500, "{found}");
}

/// One record in a text of filling, all of it of a size that puts each byte of the record on the edge of a block.
#[test]
fn what_stands_on_the_edge_of_a_block_is_found() {
    let library = library(EDGES);
    let matcher = Matcher::new(&library);
    let format = format("cbs").unwrap();
    for (edge, step) in [(BLOCK, 11), (2 * BLOCK, 60)] {
        for place in (0..420).step_by(step) {
            let log = around_edge(edge - place);
            let wide: Vec<u8> = log.iter().flat_map(|it| [*it, 0]).collect();
            let found = check(&matcher, format, &log, &format!("{place} bytes before {edge}"));
            assert_eq!(found, 4, "{place} bytes before {edge}");
            if place % 5 == 0 {
                let what = format!("{place} bytes before {edge}, UTF-16");
                hold(&matcher, format, (&wide, Encoding::Utf16Le), &what, &one_thread);
            }
        }
    }
}

/// Long records are matched in pieces. Where every record is looked at, these are always the same.
#[test]
fn records_of_any_length_find_the_same() {
    let stock = Stock::of(&shipped());
    let cbs = format("cbs").unwrap();
    for seed in 2000..2012 {
        let mut rng = Rng::with_seed(seed);
        let made = generate::library(&mut rng, cbs, true);
        let library = library(&made.article);
        let matcher = Matcher::new(&library);
        let mut log = generate::log(&mut rng, &stock, cbs, &made, 30);
        for _ in 0..rng.usize(1..4) {
            log.extend(b"\n2024-03-12 03:14:07, Info                  CBS    ");
            let longest = pick(&mut rng, &[100, 5000, 70_000]);
            let end = log.len() + pick(&mut rng, &[60_000, 70_000, 140_000, 500_000]);
            while log.len() < end {
                let long = rng.usize(..longest);
                log.resize(log.len() + long, b'.');
                log.extend(made.text(&mut rng));
                log.extend_from_slice(if rng.bool() { b"\r\n    " } else { b"\n" });
            }
            log.extend(b"abcdefgh 77x\r\n");
            log.extend(generate::log(&mut rng, &stock, cbs, &made, 10));
        }
        if seed % 4 == 0 {
            log.resize(log.len() + LINE_LIMIT + 100, b'.');
            log.extend(b" 78x\r\n");
        }
        check(&matcher, cbs, &log, &format!("seed {seed}"));
    }
}

/// Where only anchors are looked at, a record without end is still seen from one end to the other.
#[test]
fn nothing_is_lost_in_a_record_without_end() {
    let library = library(EDGES);
    let matcher = Matcher::new(&library);
    let mut log = b"2024-03-12 03:14:07, Info                  CBS    Begin\r\n".to_vec();
    for number in 0..24 {
        while log.len() < (number + 1) * 140_000 {
            log.extend(format!("    and so on{}\r\n", ".".repeat(300)).bytes());
        }
        log.extend(format!("    needle {number} in the hay\r\n").bytes());
    }
    let mut reader = &log[..];
    let mut filler = Filler::new(&mut reader, Encoding::Bytes);
    let (_, hits) = one_thread(&mut filler, Scanner::new(&matcher, format("cbs").unwrap()));
    let found = &hits.by_owner[&matcher.sequences[0].0];
    let numbers: Vec<&str> = found.sets.iter().map(|it| it.binding[0].text.as_str()).collect();
    assert_eq!(numbers, (0..24).map(|it| it.to_string()).collect::<Vec<_>>());
    assert_eq!(found.count, 24);
}

/// A log that is full of what its anchors look for gets others on the way.
#[test]
fn other_anchors_on_the_way_find_the_same() {
    let library = library(EDGES);
    let matcher = Matcher::new(&library);
    let cbs = format("cbs").unwrap();
    let anchors = || [For::Beginnings, For::All].map(|it| matcher.prefilter(cbs).anchors(it));
    let before = anchors();
    let mut log = Vec::new();
    for number in 0..8600 {
        let line = "2024-03-12 03:14:07, Info                  CBS    a needle in the hay, sewing begins, a pin was l";
        log.extend(format!("{line}{}\r\n", "x".repeat(900)).bytes());
        if number % 100 == 7 {
            log.extend(around_edge(2000));
        }
    }
    assert_eq!(check(&matcher, cbs, &log, "the first time"), 344);
    let stayed = before.iter().zip(&anchors()).all(|(before, now)| Arc::ptr_eq(before, now));
    assert!(!stayed, "no other anchors were chosen");
    check(&matcher, cbs, &log, "the second time");
}

/// Found by fuzzing: a line that would be the start of a record, were its end a part of it.
#[test]
fn the_end_of_a_line_is_no_part_of_it() {
    let library = library(EDGES);
    let matcher = Matcher::new(&library);
    let log = b"2024-03-17 21:55:03, Info                  CBS    Begin of it\r\n2024-03-17 21Error\nto its end of story\n";
    for format in formats() {
        check(&matcher, format, log, "a short line");
    }
    assert_eq!(check(&matcher, format("cbs").unwrap(), log, "a short line"), 1);
}

/// Found by fuzzing: fields are compared in any spelling, so that none of them is a text to look for.
#[test]
fn a_provider_in_another_spelling_is_found() {
    let when = "[[when]]\nevent = 'Microsoft-Windows-WindowsUpdateClient'\nid = 20";
    let library = library(&article(when));
    let matcher = Matcher::new(&library);
    for source in ["Microsoft-Windows-WindowsUpdateClient", "Microsoft-windows-WindowsUpdateClient"] {
        let log = format!("Event[0]\r\n  Log Name: System\r\n  Source: {source}\r\n  Event ID: 20\r\n\r\n");
        assert_eq!(check(&matcher, format("event").unwrap(), log.as_bytes(), source), 1, "{source}");
    }
}

/// A value that is captured under the name of a field stands in for it: then any provider's event may match.
#[test]
fn a_captured_provider_is_not_the_events_own() {
    for (when, wants) in [
        ("event = 'Foo'\nid = 20", true),
        ("in = 'event'\nmatch = 'Provider {provider:word} failed'\nwhere = { provider = 'Foo' }", false),
        ("in = 'event'\nmatch = 'failed'\nwhere = { provider = ['Foo', 'failure'] }", false),
    ] {
        let library = library(&article(&format!("[[when]]\n{when}")));
        let matcher = Matcher::new(&library);
        let providers = matcher.providers(format("event").unwrap());
        let names = match providers {
            Providers::These(names) => names.iter().any(|it| it == "Foo"),
            Providers::All => false,
        };
        assert_eq!(names, wants, "{when}");
    }
}

/// Real logs, where they lie beside the project.
#[test]
fn real_logs_find_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real");
    let Ok(files) = std::fs::read_dir(folder) else { return };
    let (shipped, thousand) = (shipped(), library(&rules::article(1000)));
    let (shipped, thousand) = (Matcher::new(&shipped), Matcher::new(&thousand));
    for file in files.map(|it| it.unwrap().path()).filter(|it| it.extension().is_some_and(|it| it == "zip")) {
        let mut zip = zip::ZipArchive::new(std::fs::File::open(&file).unwrap()).unwrap();
        for number in 0..zip.len() {
            let mut bytes = Vec::new();
            let mut member = zip.by_index(number).unwrap();
            member.read_to_end(&mut bytes).unwrap();
            let name = member.name().unwrap().into_owned();
            let head = &bytes[..bytes.len().min(64 << 10)];
            let Taken::Text { format, encoding, mark } = identify(&name, head) else { continue };
            if format.tree().is_none() {
                let what = format!("{name} in {}", file.display());
                // Some of it: the plain way is slow.
                let of = |part: usize| &bytes[mark..bytes.len().min(mark + part)];
                hold(&shipped, format, (of(REAL), encoding), &what, &one_thread);
                hold(&thousand, format, (of(REAL / 8), encoding), &what, &one_thread);
            }
        }
    }
}

/// How much of each real log is looked at.
const REAL: usize = 128 << 10;
