//! A log that is unpacked by one thread and scanned by another, held to the plain way of finding.

use std::io::{self, Read};

use super::team::Team;
use crate::matching::Matcher;
use crate::matching::naive::{EDGES, around_edge, hold, library};
use crate::source::format;
use crate::text::{BLOCK, Encoding, Filler};

/// The second thread takes over after two megabytes, and is handed one at a time.
const EDGE: usize = 1 << 20;

#[test]
fn two_threads_find_what_one_would() {
    let library = library(EDGES);
    let matcher = Matcher::new(&library);
    let cbs = format("cbs").unwrap();
    for place in (0..420).step_by(70) {
        let mut log = Vec::new();
        for edge in 2..4 {
            log.extend(around_edge(edge * EDGE - place - log.len()));
        }
        log.truncate(log.len() - 500);
        let what = format!("{place} bytes before the edge");
        for (jobs, open) in [(1, 1), (2, 1), (2, 2)] {
            let team = Team::new(jobs, open);
            let found = hold(&matcher, cbs, (&log, Encoding::Bytes), &what, &|filler, scanner| {
                team.scan(filler, scanner)
            });
            assert_eq!(found, 8, "{what}, {jobs} threads");
        }
    }
}

/// UTF-16 becomes text in the thread that scans, in pieces that end in the midst of characters too.
#[test]
fn two_threads_read_utf16_as_one_would() {
    let library = library(EDGES);
    let matcher = Matcher::new(&library);
    let cbs = format("cbs").unwrap();
    let clef = "2024-03-12 03:14:07, Info                  CBS    größer 𝄞𝄞𝄞𝄞𝄞\r\n".repeat(20_000);
    for cut in [0, 1, 3] {
        let mut text = String::new();
        for edge in 1..3 {
            text.push_str(&clef);
            text.push_str(std::str::from_utf8(&around_edge(edge * 300_000 + 70 * cut)).unwrap());
        }
        let units: Vec<u16> = text.encode_utf16().skip(cut).collect();
        let mut little: Vec<u8> = units.iter().flat_map(|it| it.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|it| it.to_be_bytes()).collect();
        little.truncate(little.len() - cut);
        for (bytes, encoding) in [(&little, Encoding::Utf16Le), (&big, Encoding::Utf16Be)] {
            let what = format!("{encoding:?}, {cut}");
            let found = hold(&matcher, cbs, (bytes, encoding), &what, &|it, scanner| {
                Team::new(2, 1).scan(it, scanner)
            });
            assert_eq!(found, 8, "{what}");
        }
    }
}

/// A reader that ends in damage.
struct Broken<'t>(&'t [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(io::Error::other("checksum")) } else { self.0.read(into) }
    }
}

/// What cuts a log short reaches whoever unpacks; what came before it is scanned to its end.
#[test]
fn two_threads_end_where_a_log_breaks_off() {
    let library = library(EDGES);
    let matcher = Matcher::new(&library);
    for size in [9 * BLOCK, 12 * BLOCK, 12 * BLOCK + 777] {
        let log = around_edge(size);
        let mut broken = Broken(&log);
        let mut filler = Filler::new(&mut broken, Encoding::Bytes);
        let scanner = crate::matching::Scanner::new(&matcher, format("cbs").unwrap());
        let (scanned, hits) = Team::new(2, 1).scan(&mut filler, scanner);
        assert!(filler.damage().is_some());
        assert_eq!(scanned.records as usize, log.split(|it| *it == b'\n').count() - 2, "{size}");
        assert_eq!(crate::matching::naive::told(hits, true).len(), 4, "{size}");
    }
}

/// Every line of an export is shown once, whichever threads unpack it and look at it, to its end or to its damage.
#[test]
fn each_line_is_shown_whoever_looks() {
    let line = "\"value\"=\"some data of it\"\r\n";
    for size in [0, 10, BLOCK, 8 * BLOCK - 1, 8 * BLOCK, 9 * BLOCK, 30 * BLOCK + 777] {
        let text = line.repeat(size / line.len());
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let lines = size / line.len();
        for (jobs, open) in [(1, 1), (2, 1), (2, 2)] {
            let shown = |reader: &mut dyn Read, encoding: Encoding, most: usize| {
                let mut filler = Filler::new(reader, encoding);
                let team = Team::new(jobs, open);
                let (count, broken) = team.look(&mut filler, |blocks| {
                    let mut count = 0;
                    blocks.each_line(&mut |number, it| {
                        count += 1;
                        assert_eq!((number, it), (count, line.as_bytes()), "{size}, {jobs} threads");
                        count < most as u64
                    });
                    (count as usize, blocks.is_broken())
                });
                assert_eq!(broken, filler.damage().is_some() && count == lines);
                count
            };
            for (bytes, encoding) in [(text.as_bytes(), Encoding::Bytes), (&wide, Encoding::Utf16Le)] {
                let what = format!("{size}, {jobs} threads, {encoding:?}");
                assert_eq!(shown(&mut &*bytes, encoding, usize::MAX), lines, "{what}");
                assert_eq!(shown(&mut Broken(bytes), encoding, usize::MAX), lines, "{what}");
                assert_eq!(shown(&mut &*bytes, encoding, 5), lines.min(5), "{what}");
            }
        }
    }
}

#[test]
fn a_panic_of_whoever_looks_is_not_lost() {
    let text = "line\n".repeat(BLOCK * 4);
    let panics = std::panic::catch_unwind(|| {
        let mut reader = text.as_bytes();
        let mut filler = Filler::new(&mut reader, Encoding::Bytes);
        Team::new(2, 1).look(&mut filler, |blocks| {
            blocks.each_line(&mut |number, _| {
                assert!(number < BLOCK as u64 * 3, "on purpose");
                true
            });
        });
    });
    assert!(panics.is_err());
}
