//! Windows events in every form that they are sent in: the binary log (.evtx), XML and text by `wevtutil` and
//! Event Viewer, tables. What is not text blocks is turned into one form of text while it is read, so that
//! one rule serves all.

mod csv;
mod evtx;
#[cfg(test)]
mod evtx_file;
mod messages;
mod text;
mod time;
mod told;
mod wanted;
mod words;
mod xml;

use std::io::Read;

use super::decoded::{Decoded, Providers};
use super::{Format, Record};
use crate::text::{decode_head, sniff};

pub struct Event;

impl Format for Event {
    fn name(&self) -> &'static str {
        "event"
    }

    fn about(&self) -> &'static str {
        "the System and Setup event logs (System.evtx, or wevtutil qe System /f:text)"
    }

    fn fit(&self, _: &str, head: &str) -> u32 {
        let known = xml::fits(head) || csv::fits(head) || text::fits(head);
        if known { 95 } else { 0 }
    }

    fn fits_bytes(&self, head: &[u8]) -> bool {
        evtx::fits(head)
    }

    fn decoder<'r>(
        &self,
        head: &[u8],
        reader: &'r mut dyn Read,
        wanted: &Providers,
    ) -> Option<Box<dyn Decoded + 'r>> {
        if evtx::fits(head) {
            return Some(evtx::decoder(reader, wanted));
        }
        let (encoding, mark) = sniff(head)?;
        let text = decode_head(&head[mark..], encoding);
        if xml::fits(&text) {
            return Some(xml::decoder(reader, encoding, wanted));
        }
        csv::fits(&text).then(|| csv::decoder(reader, encoding, wanted))
    }

    fn number(&self, text: &str) -> Option<u64> {
        told::number(text)
    }

    fn counted(&self) -> &'static str {
        "event"
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        starts_event(line)
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let mut record = if told::starts(text.as_bytes()) { told::record(text) } else { text::record(text) };
        messages::add_data(&mut record);
        record
    }
}

/// Whether an event begins with this line, in any form that is text.
fn starts_event(line: &[u8]) -> bool {
    told::starts(line) || text::starts(line)
}

#[cfg(test)]
mod tests;
