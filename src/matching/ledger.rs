//! What a report's ledger has to say of a source: how many records, from when to when, what could not be matched.

use crate::source::Format;
use crate::text::{LINE_LIMIT, decode_line};

/// What the ledger has to say of a source that was scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    pub records: u64,
    /// The times of its first and its last record.
    pub first: Option<String>,
    pub last: Option<String>,
    /// The first record's fields that tell of the machine.
    pub computer: Option<String>,
    /// Lines that were too long to be matched in one piece.
    pub long_lines: u64,
    /// Zero bytes: a hole that a power failure or a bad copy left.
    pub zeros: u64,
}

impl Scanned {
    pub(super) fn first_record(&mut self, format: &dyn Format, bytes: &[u8]) {
        let text = decode_line(bytes);
        let record = format.record(&text);
        self.computer = record.field("computer").map(str::to_owned);
        self.first = record.time;
    }
}

/// The ledger of a source that is not scanned but asked, line after line.
pub struct Ledger {
    format: &'static dyn Format,
    scanned: Scanned,
}

impl Ledger {
    pub fn new(format: &'static dyn Format) -> Self {
        Self { format, scanned: Scanned::default() }
    }

    pub fn line(&mut self, line: &[u8]) {
        self.scanned.records += u64::from(self.format.starts_record(line));
        self.scanned.long_lines += u64::from(line.len() > LINE_LIMIT);
        self.scanned.zeros += holes(line);
    }

    pub fn finish(self) -> Scanned {
        self.scanned
    }
}

/// How many zero bytes the text begins with.
pub(super) fn zeros_at(text: &[u8]) -> usize {
    text.iter().take_while(|it| **it == 0).count()
}

/// A run of so many zeros, if that is a hole: a single zero may belong to a value.
pub(super) fn hole_of(zeros: usize) -> u64 {
    const HOLE: usize = 64;
    if zeros >= HOLE { zeros as u64 } else { 0 }
}

/// How many bytes of the text stand in holes.
fn holes(text: &[u8]) -> u64 {
    let (mut holes, mut at) = (0, 0);
    while let Some(start) = memchr::memchr(0, &text[at..]) {
        let run = zeros_at(&text[at + start..]);
        holes += hole_of(run);
        at += start + run;
    }
    holes
}
