//! Where lines and records begin and end in a window of a log, where a record without end is cut, and the lines
//! around a record.

use memchr::{memchr, memchr_iter, memrchr};

use crate::source::Format;

/// A record of more bytes than this is matched in pieces.
const RECORD_LIMIT: usize = 64 << 10;
/// How far around a record its context is looked for, and how much of a line tells whether a record begins there.
pub const CONTEXT: usize = 64 << 10;

/// Whether a record starts at `at`. A format is shown one line, never what follows.
fn starts_at(format: &dyn Format, text: &[u8], at: usize) -> bool {
    let text = &text[at..text.len().min(at + CONTEXT)];
    format.starts_record(&text[..memchr(b'\n', text).unwrap_or(text.len())])
}

/// The start of the line that `at` is in.
fn line_start(text: &[u8], at: usize) -> usize {
    memrchr(b'\n', &text[..at]).map_or(0, |it| it + 1)
}

/// The record that `at` is in, between `from` and `to`.
pub fn record_at(format: &dyn Format, text: &[u8], at: usize, from: usize, to: usize) -> (usize, usize) {
    let mut start = line_start(text, at).max(from);
    let lowest = at.saturating_sub(RECORD_LIMIT).max(from);
    while !starts_at(format, text, start) && start > lowest {
        start = line_start(text, start - 1).max(lowest);
    }
    (start, record_end(format, text, start, to).max(at + 1))
}

/// Where the record that starts at `start` ends: before the next one.
pub fn record_end(format: &dyn Format, text: &[u8], start: usize, to: usize) -> usize {
    let mut at = start;
    loop {
        at = match memchr(b'\n', &text[at..to]) {
            None => return to,
            Some(end) => at + end + 1,
        };
        if at >= to || at - start > RECORD_LIMIT || starts_at(format, &text[..to], at) {
            return at;
        }
    }
}

/// The last place up to `to`, but behind `start`, where a record starts.
fn last_start(format: &dyn Format, text: &[u8], start: usize, to: usize) -> Option<usize> {
    let mut at = line_start(text, to);
    while at > start {
        if starts_at(format, text, at) {
            return Some(at);
        }
        at = line_start(text, at - 1);
    }
    None
}

/// Up to where `text` holds whole records with enough behind them: so many lines, or [`CONTEXT`]. Searches back to
/// `start`.
pub fn whole_records(format: &dyn Format, text: &[u8], start: usize, lines: usize) -> usize {
    let whole = line_start(text, text.len());
    let to = lines_before(text, whole, lines + 1).max(text.len().saturating_sub(CONTEXT));
    last_start(format, text, start, to).unwrap_or(start)
}

/// Where the first piece of `text` ends that is scanned at once: with `end`, or before a record that is longer than
/// `longest`; such a record is cut behind the last line that ends within it, or in the midst of a line.
pub fn piece_end(format: &dyn Format, text: &[u8], (start, end): (usize, usize), longest: usize) -> usize {
    let mut record = start;
    while end - record > longest {
        match last_start(format, text, record, record + longest) {
            Some(next) => record = next,
            None if record > start => return record,
            None => return record_cut(text, start, longest),
        }
    }
    end
}

/// Where a record of more than `longest` bytes is cut: behind a line, or else not within a character.
pub fn record_cut(text: &[u8], start: usize, longest: usize) -> usize {
    if let Some(end) = memrchr(b'\n', &text[start..start + longest]) {
        return start + end + 1;
    }
    let starts_character = |at: &usize| text[start + at] & 0xC0 != 0x80;
    start + (longest - 3..=longest).rev().find(starts_character).unwrap_or(longest)
}

/// Where the few lines before `at` start.
pub fn lines_before(text: &[u8], at: usize, lines: usize) -> usize {
    let mut start = at;
    for _ in 0..lines {
        if start == 0 {
            break;
        }
        start = line_start(text, start - 1);
    }
    start
}

/// The few whole lines before `at`.
pub fn before(text: &[u8], at: usize, lines: usize) -> &[u8] {
    let (start, lowest) = (lines_before(text, at, lines), at.saturating_sub(CONTEXT));
    // Where so much was kept of what came before, it may begin in the midst of a line.
    if start > lowest || at < CONTEXT {
        return &text[start..at];
    }
    let within = &text[lowest..at];
    memchr(b'\n', within).map_or(&[], |it| &within[it + 1..])
}

/// The few lines from `at` on.
pub fn after(text: &[u8], at: usize, lines: usize) -> &[u8] {
    let text = &text[at..text.len().min(at + CONTEXT)];
    memchr_iter(b'\n', text).nth(lines - 1).map_or(text, |it| &text[..=it])
}
