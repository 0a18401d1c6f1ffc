//! What a report's ledger has to say of a source: how many records, from when to when, what could not be matched.

use memchr::{memchr, memrchr};

use super::lines::record_end;
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

/// The ledger of a source that is being scanned, window by window.
pub(super) struct Tally {
    format: &'static dyn Format,
    scanned: Scanned,
    /// How long a line may be to be matched in one piece.
    longest: usize,
    /// The line of the source that is counted next, and where it begins in the window.
    number: u64,
    line: usize,
    /// How much of that line stands in front of the window.
    carried: usize,
    /// Up to where the window has been looked through.
    to: usize,
    /// Up to where it is counted.
    end: usize,
    /// Where the last record begins.
    last: Option<usize>,
}

impl Tally {
    pub fn new(format: &'static dyn Format, longest: usize) -> Self {
        let scanned = Scanned::default();
        Self { format, scanned, longest, number: 1, line: 0, carried: 0, to: 0, end: 0, last: None }
    }

    /// Goes on from `start` to `end` in another window.
    pub fn begin(&mut self, start: usize, end: usize) {
        (self.line, self.to, self.end, self.last) = (start, start, end, None);
    }

    /// Counts lines and records up to the line that `to` is in.
    pub fn count(&mut self, text: &[u8], to: usize) {
        let from = self.to;
        self.to = to.max(from);
        // The first line may have begun long before.
        let Some(end) = memchr(b'\n', &text[from..self.to]) else { return };
        self.add(text, from + end + 1);
        self.number += 1;
        let Some(end) = memrchr(b'\n', &text[self.line..self.to]) else { return };
        let end = self.line + end + 1;
        if end - self.line > self.longest {
            // Among these may be one that is too long.
            while let Some(length) = memchr(b'\n', &text[self.line..end]) {
                self.add(text, self.line + length + 1);
                self.number += 1;
            }
        } else {
            self.add_all(text, end);
        }
    }

    /// Counts whole lines up to `end`, none of which is too long.
    fn add_all(&mut self, text: &[u8], end: usize) {
        let start = std::mem::replace(&mut self.line, end);
        let starts = self.format.starts(&text[start..end]);
        self.number += starts.lines;
        if let (Some(first), Some(last)) = (starts.first, starts.last) {
            self.records(text, (start + first, start + last), starts.records);
        }
    }

    /// Counts records, the first and the last of which start at these places.
    fn records(&mut self, text: &[u8], (first, last): (usize, usize), count: u64) {
        if self.scanned.records == 0 {
            let end = record_end(self.format, text, first, self.end);
            self.scanned.first_record(self.format, &text[first..end]);
        }
        self.scanned.records += count;
        self.last = Some(last);
    }

    /// The number of the line that was counted up to.
    pub fn line(&self) -> u64 {
        self.number
    }

    /// Counts what is left, and notes the last time.
    pub fn end(&mut self, text: &[u8], start: usize) {
        let end = self.end;
        self.count(text, end);
        if self.line < end {
            self.add(text, end);
        }
        self.scanned.zeros += holes(&text[start..end]);
        if let Some(at) = self.last {
            let end = record_end(self.format, text, at, end);
            let record = decode_line(&text[at..end]);
            self.scanned.last = self.format.record(&record).time.or(self.scanned.last.take());
        }
    }

    pub fn finish(self) -> Scanned {
        self.scanned
    }

    /// Counts the line at hand, which ends at `end`.
    fn add(&mut self, text: &[u8], end: usize) {
        let start = std::mem::replace(&mut self.line, end);
        let before = self.carried;
        let length = before + end - start;
        self.scanned.long_lines += u64::from(before <= self.longest && length > self.longest);
        self.carried = if text[..end].ends_with(b"\n") { 0 } else { length };
        if before > 0 {
            return;
        }
        // A format is shown a line without its end.
        let line = text[start..end].strip_suffix(b"\n").unwrap_or(&text[start..end]);
        if self.format.starts_record(line) {
            self.records(text, (start, start), 1);
        }
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

/// A run of so many zeros is a hole: a single zero may belong to a value.
const HOLE: usize = 64;

/// How many bytes of the text stand in holes. One byte of each stretch tells that there is none: to look at all of
/// them costs as much as to count the lines.
fn holes(text: &[u8]) -> u64 {
    let (mut holes, mut at) = (0, 0);
    while let Some(found) = (at..text.len()).step_by(HOLE).find(|it| text[*it] == 0) {
        let before = text[at..found].iter().rev().take_while(|it| **it == 0).count();
        let after = text[found..].iter().take_while(|it| **it == 0).count();
        if before + after >= HOLE {
            holes += (before + after) as u64;
        }
        at = found + after;
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_found_wherever_they_are() {
        let mut rng = fastrand::Rng::with_seed(3);
        for _ in 0..300 {
            let run = |rng: &mut fastrand::Rng| {
                let byte = u8::from(rng.bool());
                vec![byte; [1, 3, 62, 63, 64, 65, 130][rng.usize(0..7)]]
            };
            let text: Vec<u8> = (0..rng.usize(0..20)).flat_map(|_| run(&mut rng)).collect();
            let runs = text.chunk_by(|one, other| one == other);
            let expect: usize = runs.filter(|it| it[0] == 0 && it.len() >= HOLE).map(<[u8]>::len).sum();
            assert_eq!(holes(&text), expect as u64, "{text:?}");
        }
    }
}
