//! One source, from its first block to its last: where a record may be of interest, it is cut out with its
//! continuation lines and held against the tests that want it.

use std::collections::BTreeMap;

use memchr::{memchr_iter, memrchr};

use crate::rule::Found;
use crate::source::Format;
use crate::text::{Blocks, LINE_LIMIT, cut, decode_line};

use super::sequence::Progress;
use super::{Hits, Line, Matcher};

/// How many lines around a matched record are kept with it.
const AROUND: usize = 3;
/// A record of more bytes than this is matched in pieces.
const RECORD_LIMIT: usize = 64 << 10;
/// How much of what is scanned is kept as context of what follows.
const CONTEXT: usize = 64 << 10;
/// How much of a record's text, and of a line around it, is kept as evidence.
const KEPT_TEXT: usize = 4096;
const KEPT_AROUND: usize = 512;

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

/// Scans the source that is number `source` of its case.
pub fn scan(
    matcher: &Matcher<'_>,
    format: &dyn Format,
    source: usize,
    blocks: &mut Blocks<'_>,
    hits: &mut Hits,
) -> Scanned {
    let progress = Progress::new(&matcher.sequences, source);
    let mut scan = Scan { matcher, format, progress, hits, scanned: Scanned::default() };
    let (mut keep_from, mut start) = (0, 0);
    // The end of a source may come to light only after its last byte has been read: what is kept back until
    // then still has to be scanned.
    while !blocks.at_end() {
        blocks.advance(keep_from);
        let text = blocks.bytes();
        let end = if blocks.at_end() { text.len() } else { whole_records(format, text, start) };
        if end == start && !blocks.at_end() && text.len() < 2 * LINE_LIMIT {
            // A record that does not end in this block: look at it together with the next one.
            keep_from = 0;
            continue;
        }
        let end = if end == start { cut_anywhere(text, start) } else { end };
        scan.window(text, start, end, blocks.first_line());
        // Lines of context, but not a whole megabyte of them.
        keep_from = lines_before(text, end).max(end.saturating_sub(CONTEXT));
        start = end - keep_from;
    }
    scan.scanned
}

struct Scan<'s, 'l> {
    matcher: &'s Matcher<'l>,
    format: &'s dyn Format,
    progress: Progress<'s>,
    hits: &'s mut Hits,
    scanned: Scanned,
}

impl Scan<'_, '_> {
    /// Scans `text` from `start` to `end`; what is around that is context. `first_line` is where `text` starts.
    fn window(&mut self, text: &[u8], start: usize, end: usize, first_line: u64) {
        self.ledger(text, start, end);
        let Some(prefilter) = self.matcher.prefilter(self.format).filter(|it| !it.is_empty()) else { return };
        let (mut counted_to, mut number) = (0, first_line);
        let mut from = start;
        while let Some(at) = prefilter.next(text, from, end) {
            let (record_start, record_end) = record_at(self.format, text, at, from, end);
            let record = &text[record_start..record_end];
            number += memchr_iter(b'\n', &text[counted_to..record_start]).count() as u64;
            counted_to = record_start;
            self.record(text, record_start, record, number, &prefilter.candidates(record));
            from = record_end.max(at + 1);
        }
    }

    fn record(
        &mut self,
        text: &[u8],
        start: usize,
        bytes: &[u8],
        number: u64,
        candidates: &[(usize, usize)],
    ) {
        let record = decode_line(bytes);
        let record = record.trim_end();
        let mut passed: BTreeMap<usize, Vec<(usize, Found)>> = BTreeMap::new();
        let mut broken = Vec::new();
        for (sequence, position) in candidates {
            let of = self.matcher.sequences[*sequence].1;
            let (test, breaks) = match of.records.get(*position) {
                Some(test) => (Some(test), false),
                None => (of.broken_by.as_ref(), true),
            };
            if let Some(found) = test.and_then(|it| it.find(record, &|| self.format.record(record))) {
                if breaks {
                    broken.push(*sequence);
                } else {
                    passed.entry(*sequence).or_default().push((*position, found));
                }
            }
        }
        for (sequence, found) in passed {
            let mut line = |(position, found): (usize, Found)| {
                (position, self.line(text, start, bytes, record, number, found))
            };
            // What starts a sequence is not forgotten by what breaks the one before.
            let (starts, follows): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|(position, _)| *position == 0);
            let (starts, follows): (Vec<_>, Vec<_>) =
                (starts.into_iter().map(&mut line).collect(), follows.into_iter().map(&mut line).collect());
            self.progress.take(sequence, follows, self.hits);
            if broken.contains(&sequence) {
                self.progress.forget(sequence);
            }
            self.progress.take(sequence, starts, self.hits);
            broken.retain(|it| *it != sequence);
        }
        for sequence in broken {
            self.progress.forget(sequence);
        }
    }

    /// The record as evidence.
    fn line(&self, text: &[u8], start: usize, bytes: &[u8], record: &str, number: u64, found: Found) -> Line {
        let shown = |it: &[u8]| cut(decode_line(it).trim_end(), KEPT_AROUND).0.to_owned();
        let lines = |it: &[u8]| -> Vec<String> {
            it.strip_suffix(b"\n").unwrap_or(it).split(|it| *it == b'\n').map(shown).collect()
        };
        let before = &text[lines_before(&text[..start], start)..start];
        let end = start + bytes.len();
        let after = &text[end..lines_after(text, end)];
        let (kept, _) = cut(record, KEPT_TEXT);
        Line {
            number: self.format.number(record).unwrap_or(number),
            time: self.format.record(record).time,
            text: kept.replace('\r', ""),
            before: if before.is_empty() { Vec::new() } else { lines(before) },
            after: if after.is_empty() { Vec::new() } else { lines(after) },
            marks: marks(record, kept.len(), &found),
            values: found.values,
        }
    }

    /// Counts records and notes the first and last time.
    fn ledger(&mut self, text: &[u8], start: usize, end: usize) {
        let part = &text[start..end];
        self.scanned.zeros += holes(part);
        let mut last = None;
        let mut at = 0;
        while at < part.len() {
            let line_end = memchr::memchr(b'\n', &part[at..]).map_or(part.len(), |it| at + it + 1);
            if self.format.starts_record(&part[at..line_end]) {
                if self.scanned.records == 0 {
                    self.first_record(
                        &text[start + at..record_end(self.format, text, start + at, text.len())],
                    );
                }
                self.scanned.records += 1;
                last = Some(at);
            }
            self.scanned.long_lines += u64::from(line_end - at > LINE_LIMIT);
            at = line_end;
        }
        if let Some(at) = last {
            let end = record_end(self.format, text, start + at, text.len());
            let record = decode_line(&text[start + at..end]);
            self.scanned.last = self.format.record(&record).time.or(self.scanned.last.take());
        }
    }

    fn first_record(&mut self, bytes: &[u8]) {
        let text = decode_line(bytes);
        let record = self.format.record(&text);
        self.scanned.computer = record.field("computer").map(str::to_owned);
        self.scanned.first = record.time;
    }
}

/// How many bytes stand in long runs of zeros. A single one may belong to a value.
fn holes(text: &[u8]) -> u64 {
    const HOLE: usize = 64;
    let (mut holes, mut at) = (0, 0);
    while let Some(start) = memchr::memchr(0, &text[at..]) {
        let run = text[at + start..].iter().take_while(|it| **it == 0).count();
        holes += if run >= HOLE { run as u64 } else { 0 };
        at += start + run;
    }
    holes
}

/// The captured values' places in the text as it is kept: without carriage returns, and cut.
fn marks(record: &str, kept: usize, found: &Found) -> Vec<(usize, usize)> {
    let returns =
        |to: usize| record.as_bytes()[..to.min(record.len())].iter().filter(|it| **it == b'\r').count();
    let told = found.values.iter().filter(|it| !it.is_private() && it.span.1 <= kept);
    told.map(|it| (it.span.0 - returns(it.span.0), it.span.1 - returns(it.span.1))).collect()
}

/// Where to cut a window that no record ends in: behind its last whole line, or where it ends.
fn cut_anywhere(text: &[u8], start: usize) -> usize {
    memrchr(b'\n', &text[start..]).map_or(text.len(), |it| start + it + 1)
}

/// Whether a record starts at `at`. A format is shown one line, never what follows.
fn starts_at(format: &dyn Format, text: &[u8], at: usize) -> bool {
    let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |it| at + it);
    format.starts_record(&text[at..end])
}

/// The start of the line that `at` is in.
fn line_start(text: &[u8], at: usize) -> usize {
    memrchr(b'\n', &text[..at]).map_or(0, |it| it + 1)
}

/// The record that `at` is in, between `from` and `to`.
fn record_at(format: &dyn Format, text: &[u8], at: usize, from: usize, to: usize) -> (usize, usize) {
    let mut start = line_start(text, at).max(from);
    let lowest = at.saturating_sub(RECORD_LIMIT).max(from);
    while !starts_at(format, text, start) && start > lowest {
        start = line_start(text, start - 1).max(lowest);
    }
    (start, record_end(format, text, start, to).max(at + 1))
}

/// Where the record that starts at `start` ends: before the next one.
fn record_end(format: &dyn Format, text: &[u8], start: usize, to: usize) -> usize {
    let mut at = start;
    loop {
        at = match memchr::memchr(b'\n', &text[at..to]) {
            None => return to,
            Some(end) => at + end + 1,
        };
        if at >= to || at - start > RECORD_LIMIT || starts_at(format, &text[..to], at) {
            return at;
        }
    }
}

/// Up to where `text` holds whole records with enough lines behind them, searching back to `start`.
fn whole_records(format: &dyn Format, text: &[u8], start: usize) -> usize {
    let mut end = line_start(text, text.len());
    let mut lines = 0;
    while end > start {
        end = line_start(text, end - 1).max(start);
        lines += 1;
        if lines > AROUND && end > start && starts_at(format, text, end) {
            return end;
        }
    }
    start
}

/// Where the few lines before `at` start.
fn lines_before(text: &[u8], at: usize) -> usize {
    let mut start = at;
    for _ in 0..AROUND {
        if start == 0 {
            break;
        }
        start = line_start(text, start - 1);
    }
    start
}

/// Where the few lines from `at` on end.
fn lines_after(text: &[u8], at: usize) -> usize {
    memchr_iter(b'\n', &text[at..]).nth(AROUND - 1).map_or(text.len(), |it| at + it + 1)
}
