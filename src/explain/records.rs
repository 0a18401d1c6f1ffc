//! The records of a source, one after the other, for whoever wants to look at all of them. Never more than one
//! is held.

use crate::source::Format;
use crate::text::{Blocks, decode_line};

/// A record of more bytes than this is shown in pieces.
const RECORD_LIMIT: usize = 64 << 10;

/// Shows every record with the number of its first line.
pub fn each(format: &dyn Format, blocks: &mut Blocks<'_>, show: &mut dyn FnMut(u64, &str)) {
    let mut record: Vec<u8> = Vec::new();
    let mut start = 1;
    let mut flush = |record: &mut Vec<u8>, start: u64| {
        if !record.is_empty() {
            show(start, decode_line(record).trim_end());
            record.clear();
        }
    };
    blocks.each_line(&mut |number, line| {
        if format.starts_record(line) || record.len() + line.len() > RECORD_LIMIT {
            flush(&mut record, start);
            start = number;
        }
        record.extend_from_slice(line);
        true
    });
    flush(&mut record, start);
}
