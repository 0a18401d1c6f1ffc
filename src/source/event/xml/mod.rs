//! Events as XML: what `wevtutil qe /f:xml` writes, one after the other and often without a root, and what Event
//! Viewer saves. Each event is cut out and read on its own, so a broken one costs itself only.

mod element;

use std::io::{self, Read};
use std::sync::LazyLock;

use memchr::memchr_iter;
use memchr::memmem::Finder;

use super::super::decoded::{Decoded, Ledger, Providers, Reading, Steps};
use super::{time, wanted};
use crate::text::{Blocks, Encoding, decode_line};

pub use element::event;

/// An event of more bytes is taken for one without an end.
const EVENT_LIMIT: usize = 1 << 20;
const START: &[u8] = b"<Event";
const END: &[u8] = b"</Event>";

/// Whether the first lines of a source are events as XML.
pub fn fits(head: &str) -> bool {
    head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('<')
        && next_start(head.as_bytes(), 0).is_some()
        && head.contains("schemas.microsoft.com/win/2004/08/events/event")
}

/// The events of `reader` as text.
pub fn decoder<'r>(
    reader: &'r mut dyn Read,
    encoding: Encoding,
    wanted: &Providers,
) -> Box<dyn Decoded + 'r> {
    let blocks = Blocks::new(reader, encoding);
    let names = wanted::names(wanted);
    Box::new(Reading::new(Xml { blocks, names, keep_from: 0, counts: Counts::default() }))
}

struct Xml<'r> {
    blocks: Blocks<'r>,
    names: Option<wanted::Names>,
    keep_from: usize,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    ledger: Ledger,
    broken: u64,
    shortened: u64,
    cut_off: bool,
}

impl Steps for Xml<'_> {
    fn step(&mut self, into: &mut String) -> io::Result<bool> {
        if self.blocks.at_end() {
            return self.blocks.outcome().map(|()| false);
        }
        self.blocks.advance(self.keep_from);
        let at_end = self.blocks.at_end();
        let text = self.blocks.bytes();
        let (mut at, mut counted, mut line) = (0, 0, self.blocks.first_line());
        self.keep_from = loop {
            let Some(mut start) = next_start(text, at) else {
                break text.len().saturating_sub(START.len()).max(at);
            };
            let Some(end) = next_end(text, start) else {
                break self.counts.without_end(text, start, at_end);
            };
            while let Some(next) = next_start(&text[..end], start + START.len()) {
                self.counts.broken += 1;
                start = next;
            }
            line += memchr_iter(b'\n', &text[counted..start]).count() as u64;
            counted = start;
            self.counts.event(&text[start..end], line, self.names.as_ref(), into);
            at = end;
        };
        self.counts.ledger.bytes = self.blocks.bytes_read();
        Ok(true)
    }

    fn losses(&self) -> Vec<String> {
        self.counts.losses()
    }

    fn ledger(&self) -> &Ledger {
        &self.counts.ledger
    }
}

impl Counts {
    /// Where to go on from an event at `start` whose end is not in `text`.
    fn without_end(&mut self, text: &[u8], start: usize, at_end: bool) -> usize {
        if !at_end && text.len() - start <= EVENT_LIMIT {
            return start;
        }
        // None that begins before another one can still end.
        let mut last = start;
        while let Some(next) = next_start(text, last + START.len()) {
            self.broken += 1;
            last = next;
        }
        if at_end {
            self.cut_off = true;
        } else if last == start {
            self.broken += 1;
            return text.len() - START.len();
        }
        last
    }

    fn event(&mut self, xml: &[u8], line: u64, names: Option<&wanted::Names>, into: &mut String) {
        self.ledger.records += 1;
        if let Some(time) = system_time(xml).filter(|it| self.ledger.is_outside(it)) {
            self.ledger.time(&time::universal(time).unwrap_or_default());
        }
        let skipped = names.is_some_and(|it| !it.in_xml(xml));
        if skipped && self.ledger.computer.is_some() {
            return;
        }
        let Some(told) = event(&decode_line(xml)) else {
            self.broken += 1;
            return;
        };
        self.ledger.machine(&told.computer);
        if !skipped && names.is_none_or(|it| it.has(&told.provider)) {
            self.shortened += u64::from(!told.write(line, into));
        }
    }

    fn losses(&self) -> Vec<String> {
        let mut losses = Vec::new();
        if self.broken > 0 {
            losses.push(format!("{} events are broken XML and were left out", self.broken));
        }
        if self.cut_off {
            losses.push("the last event is cut off".to_owned());
        }
        losses.extend(wanted::shortened(self.shortened));
        losses
    }
}

/// Where the next event starts: `<Event`, and not `<EventID` or `<EventData`.
fn next_start(text: &[u8], from: usize) -> Option<usize> {
    static FINDER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(START));
    let starts = FINDER.find_iter(text.get(from..)?).map(|it| from + it);
    let mut whole = starts
        .filter(|it| text.get(it + START.len()).is_some_and(|it| it.is_ascii_whitespace() || *it == b'>'));
    whole.next()
}

/// Where the event that starts at `start` ends.
fn next_end(text: &[u8], start: usize) -> Option<usize> {
    static FINDER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(END));
    Some(start + FINDER.find(&text[start..])? + END.len())
}

/// The time in the attribute `SystemTime`, without a closer look at what is around it.
fn system_time(xml: &[u8]) -> Option<&str> {
    static NAME: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("SystemTime="));
    let value = &xml[NAME.find(xml)? + NAME.needle().len() + 1..];
    let end = value.iter().position(|it| matches!(it, b'"' | b'\''))?;
    std::str::from_utf8(&value[..end]).ok()
}

#[cfg(test)]
mod tests;
