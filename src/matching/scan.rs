//! One source, from its first block to its last: where a record may be of interest, it is cut out with its
//! continuation lines and held against the tests that want it.

use std::sync::Arc;

use crate::rule::{Found, Subject};
use crate::source::Format;
use crate::text::{BLOCK, Block, Filler, Window, cut, decode_line};

use super::ledger::{Scanned, Tally};
use super::lines::{CONTEXT, after, before, lines_before, piece_end, record_at, record_cut, whole_records};
use super::noise::Sessions;
use super::prefilter::{Anchors, Candidates, For, Prefilter, TestId};
use super::sequence::Progress;
use super::{Hit, Hits, Line, List, Matcher, Owner, Place};

/// How many lines around a matched record are kept with it.
const AROUND: usize = 3;
/// How many stand before a failure: it is told by what led to it.
const BEFORE_FAILURE: usize = 12;
/// How much of a record's text, and of a line around it, is kept as evidence.
const KEPT_TEXT: usize = 4096;
const KEPT_AROUND: usize = 512;
/// A record of this many bytes is cut, even where lines may be short.
const LEAST_CUT: usize = 2 << 20;

/// A record in the window that is scanned.
struct Spot<'l, 't> {
    text: &'t [u8],
    start: usize,
    bytes: &'t [u8],
    number: u64,
    subject: Subject<'l, 't>,
}

/// Scans one source from `blocks`; its hits are those of the source alone.
pub fn scan(matcher: &Matcher<'_>, format: &'static dyn Format, blocks: &mut Filler<'_>) -> (Scanned, Hits) {
    let mut scanner = Scanner::new(matcher, format);
    let mut block = Block::new(BLOCK);
    while !scanner.at_end() {
        blocks.fill(&mut block);
        block = scanner.push(block);
    }
    scanner.finish()
}

/// A source that is being scanned, block by block.
pub struct Scanner<'m> {
    matcher: &'m Matcher<'m>,
    format: &'static dyn Format,
    prefilter: &'m Prefilter,
    anchors: Arc<Anchors>,
    anchors_for: For,
    /// A longer record is cut.
    longest: usize,
    /// How many records of the last window were looked at.
    looked_at: u64,
    window: Window,
    keep_from: usize,
    /// Where in the window scanning goes on.
    start: usize,
    tally: Tally,
    progress: Progress<'m>,
    candidates: Candidates,
    sessions: Sessions,
    /// Whether the record at hand shows a failure, or what a rule knows.
    is_claimed: bool,
    hits: Hits,
}

impl<'m> Scanner<'m> {
    pub fn new(matcher: &'m Matcher<'m>, format: &'static dyn Format) -> Self {
        let prefilter = matcher.prefilter(format);
        Self {
            matcher,
            format,
            prefilter,
            anchors: prefilter.anchors(For::Beginnings),
            anchors_for: For::Beginnings,
            longest: matcher.line.saturating_mul(2).clamp(LEAST_CUT, usize::MAX / 2),
            looked_at: 0,
            window: Window::new(BLOCK),
            keep_from: 0,
            start: 0,
            tally: Tally::new(format, matcher.line),
            progress: Progress::new(&matcher.sequences),
            candidates: Candidates::default(),
            sessions: Sessions::default(),
            is_claimed: false,
            hits: Hits::keeping(matcher.evidence),
        }
    }

    /// Whether the source has been seen to its end.
    pub fn at_end(&self) -> bool {
        self.window.at_end()
    }

    /// Scans the next block, and gives back a buffer that is free.
    pub fn push(&mut self, block: Block) -> Block {
        let free = self.window.slide(self.keep_from, block);
        let window = std::mem::replace(&mut self.window, Window::empty());
        self.look(&window);
        self.window = window;
        free
    }

    /// The ledger of the source and its hits.
    pub fn finish(self) -> (Scanned, Hits) {
        (self.tally.finish(), Hits { noise: self.sessions.finish(), ..self.hits })
    }

    /// The end of a source may come to light only after its last byte has been read: what is kept back until
    /// then is scanned with an empty block behind it. Where a record is cut depends on the record alone, not on the
    /// blocks that it came in, whose size is another where two threads read.
    fn look(&mut self, window: &Window) {
        let (text, mut start) = (window.text(), self.start);
        let end = match whole_records(self.format, text, start, AROUND) {
            _ if window.at_end() => text.len(),
            end if end > start => end,
            _ if text.len() - start < self.longest + CONTEXT => {
                // A record that does not end in this block: look at it together with the next one.
                self.keep_from = 0;
                return;
            }
            _ => record_cut(text, start, self.longest),
        };
        while start < end {
            let to = piece_end(self.format, text, (start, end), self.longest);
            self.piece(text, start, to);
            start = to;
        }
        // Lines of context, but not a whole megabyte of them.
        self.keep_from = lines_before(text, end, BEFORE_FAILURE).max(end.saturating_sub(CONTEXT));
        self.start = end - self.keep_from;
    }

    fn piece(&mut self, text: &[u8], start: usize, end: usize) {
        self.tally.begin(start, end);
        self.progress.expire(self.tally.line());
        if !self.prefilter.is_empty() {
            self.records(text, start, end);
            self.weigh_anchors(&text[start..end]);
        }
        self.tally.end(text, start);
    }

    /// What is usual in one log fills another: then anchors are chosen anew, for this log and those that follow.
    fn weigh_anchors(&mut self, text: &[u8]) {
        let looked_at = std::mem::take(&mut self.looked_at);
        if self.anchors.do_badly(text.len(), looked_at) {
            self.anchors = self.prefilter.plan(self.anchors_for, text);
        }
    }

    /// Looks for what follows something only as long as something waits for it. Whether that has changed.
    fn choose_anchors(&mut self) -> bool {
        let wanted = if self.progress.is_idle() { For::Beginnings } else { For::All };
        let changes = self.anchors_for != wanted;
        if changes {
            self.anchors_for = wanted;
            self.anchors = self.prefilter.anchors(wanted);
        }
        changes
    }

    /// Scans `text` from `start` to `end`; what is around that is context.
    fn records(&mut self, text: &[u8], start: usize, end: usize) {
        self.choose_anchors();
        let mut anchors = Arc::clone(&self.anchors);
        let (mut from, mut next) = (start, None);
        while from < end {
            // A place found before may lie further on, where other tests want every record.
            next = next.filter(|it| *it >= from).or_else(|| anchors.next(text, from, end)).or(Some(end));
            let at = if self.prefilter.always.is_empty() { next.unwrap_or(end) } else { from };
            if at >= end {
                return;
            }
            let (record_start, record_end) = record_at(self.format, text, at, from, end);
            let record = &text[record_start..record_end];
            self.tally.count(text, record_start);
            let mut candidates = std::mem::take(&mut self.candidates);
            candidates.ids.clear();
            candidates.ids.extend(&self.prefilter.always);
            if let Some(first) = next.filter(|it| *it < record_end) {
                self.looked_at += 1;
                let first = first.saturating_sub(record_start);
                self.prefilter.candidates(&anchors, record, first, &mut candidates);
            }
            self.record(text, record_start, record, &candidates.ids);
            self.candidates = candidates;
            from = record_end.max(at + 1);
            if self.choose_anchors() {
                (anchors, next) = (Arc::clone(&self.anchors), None);
            }
        }
    }

    fn record(&mut self, text: &[u8], start: usize, bytes: &[u8], candidates: &[TestId]) {
        let record = decode_line(bytes);
        let record = record.trim_end();
        let format = self.format;
        let parse = || format.record(record);
        let number = self.tally.line();
        let at = Spot { text, start, bytes, number, subject: Subject::new(record, &parse) };
        self.is_claimed = false;
        for of_one in candidates.chunk_by(|one, other| one.0 == other.0) {
            self.sequence(&at, of_one[0].0, of_one);
        }
    }

    /// Holds a record against the tests of one sequence.
    fn sequence<'x>(&mut self, at: &Spot<'x, '_>, number: usize, candidates: &[TestId])
    where
        'm: 'x,
    {
        let (owner, sequence) = self.matcher.sequences[number];
        let _doing = owner.doing();
        if let [test] = &sequence.records[..] {
            let found = (candidates[0].1 == 0).then(|| test.find_in(&at.subject)).flatten();
            return found.into_iter().for_each(|found| self.single(at, owner, sequence.at_least, found));
        }
        let mut passed: Vec<(usize, Found)> = Vec::new();
        let mut is_broken = false;
        let awaited = |(_, position): &&TestId| self.progress.is_waiting(number, *position);
        for (_, position) in candidates.iter().filter(awaited) {
            let test = sequence.records.get(*position);
            let found = test.or(sequence.broken_by.as_ref()).and_then(|it| it.find_in(&at.subject));
            match found {
                None => {}
                Some(_) if test.is_none() => is_broken = true,
                Some(found) => passed.push((*position, found)),
            }
        }
        // What starts a sequence is not forgotten by what breaks the one before.
        let line = |(position, found): (usize, Found)| (position, self.line(at, owner, found));
        let lines: Vec<(usize, Line)> = passed.into_iter().map(line).collect();
        let (starts, follows): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(position, _)| *position == 0);
        self.is_claimed |= !follows.is_empty();
        self.progress.take(number, follows, &mut self.hits);
        if is_broken {
            self.progress.forget(number);
        }
        self.progress.take(number, starts, &mut self.hits);
    }

    /// A record that is a whole match. A log may be full of them: what is not kept is not made.
    fn single(&mut self, at: &Spot<'_, '_>, owner: Owner, at_least: u64, found: Found) {
        let number = self.format.number(at.subject.text).unwrap_or(at.number);
        match owner {
            Owner::Noise(noise) => {
                if !self.is_claimed {
                    self.sessions.note(noise, number);
                }
                return;
            }
            Owner::Attempt(attempt) => self.sessions.attempt(&self.matcher.attempts[attempt], &found.values),
            Owner::Failure(_) => self.sessions.failure(),
            _ => {}
        }
        self.is_claimed |= matches!(owner, Owner::Failure(_) | Owner::Rule { list: List::When, .. });
        let time = at.subject.record().time.clone();
        let place = Place { source: 0, line: at.number, number, time };
        let entry = self.hits.of_mut(owner, at_least);
        let brings_new = entry.note(std::slice::from_ref(&found.values), &place);
        if entry.keeps(brings_new) {
            let line = self.line(at, owner, found);
            self.hits.of_mut(owner, at_least).kept.push(Hit { source: 0, lines: vec![line], brings_new });
        }
    }

    /// The record as evidence.
    fn line(&self, at: &Spot<'_, '_>, owner: Owner, found: Found) -> Line {
        let Spot { text, start, bytes, number, ref subject } = *at;
        let record = subject.text;
        let shown = |it: &[u8]| cut(decode_line(it).trim_end(), KEPT_AROUND).0.to_owned();
        let lines = |it: &[u8]| -> Vec<String> {
            it.strip_suffix(b"\n").unwrap_or(it).split(|it| *it == b'\n').map(shown).collect()
        };
        let lines_kept = if matches!(owner, Owner::Failure(_)) { BEFORE_FAILURE } else { AROUND };
        let before = before(text, start, lines_kept);
        let after = after(text, start + bytes.len(), AROUND);
        let (kept, _) = cut(record, KEPT_TEXT);
        Line {
            number: self.format.number(record).unwrap_or(number),
            order: number,
            time: subject.record().time.clone(),
            text: kept.replace('\r', ""),
            before: if before.is_empty() { Vec::new() } else { lines(before) },
            after: if after.is_empty() { Vec::new() } else { lines(after) },
            marks: marks(record, kept.len(), &found),
            values: found.values,
        }
    }
}

/// The captured values' places in the text as it is kept: without carriage returns, and cut.
fn marks(record: &str, kept: usize, found: &Found) -> Vec<(usize, usize)> {
    let returns =
        |to: usize| record.as_bytes()[..to.min(record.len())].iter().filter(|it| **it == b'\r').count();
    let told = found.values.iter().filter(|it| !it.is_private() && it.span.1 <= kept);
    told.map(|it| (it.span.0 - returns(it.span.0), it.span.1 - returns(it.span.1))).collect()
}
