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

/// What cuts a log short reaches whoever unpacks; what came before it is scanned to its end.
#[test]
fn two_threads_end_where_a_log_breaks_off() {
    struct Broken<'t>(&'t [u8]);
    impl Read for Broken<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() { Err(io::Error::other("checksum")) } else { self.0.read(into) }
        }
    }
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
