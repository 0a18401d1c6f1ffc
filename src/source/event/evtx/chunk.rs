//! One chunk of a binary log: 64 KB with a header of its own, which can be read without the chunks around it.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use evtx::{EvtxChunkData, EvtxRecordHeader, ParserSettings};

use super::super::{time, wanted, xml};
use crate::source::decoded::Ledger;
use crate::text::decode_line;

pub const SIZE: usize = 64 << 10;
pub const MAGIC: &[u8] = b"ElfChnk\0";
const HEADER: usize = 512;
/// A record has at least this many bytes, so there are only so many in a chunk.
const MOST_RECORDS: u64 = ((SIZE - HEADER) / 28) as u64;

/// What was found wrong in chunks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// Chunks of which not even the header is sound, or that the parser failed on.
    pub chunks: u64,
    /// Events that could not be read, and those that are not where the header has them.
    pub events: u64,
    /// Chunks whose checksum is wrong, though all their events could be read.
    pub checksums: u64,
    pub shortened: u64,
}

/// Reads one chunk of exactly [`SIZE`] bytes, and gives the bytes back. Events that are wanted go `into` the
/// text; all are counted. `partial` says that the end of the chunk is missing.
pub fn read(
    bytes: Vec<u8>,
    names: Option<&wanted::Names>,
    (ledger, damage): (&mut Ledger, &mut Damage),
    partial: bool,
    into: &mut String,
) -> Vec<u8> {
    let Ok(mut data) = EvtxChunkData::new(bytes, false) else {
        damage.chunks += 1;
        return Vec::new();
    };
    let sound = data.validate_checksum() && !partial;
    extend(&mut data);
    let (first, last) = (data.header.first_event_record_id, data.header.last_event_record_id);
    if first == u64::MAX && last == u64::MAX && (sound || record_at(&data.data, HEADER).is_none()) {
        // Made, and not written to yet.
        return data.data;
    }
    let expected = last.wrapping_sub(first).wrapping_add(1);
    let counted = sound && expected <= MOST_RECORDS;
    let asked = names.is_none_or(|it| it.in_binary(&data.data));
    if counted {
        ledger.records += expected;
        for at in [HEADER, data.header.last_event_record_data_offset as usize] {
            if let Some(header) = record_at(&data.data, at) {
                ledger.time(&in_seconds(&header.timestamp.to_string()));
            }
        }
    }
    let mut reading = Reading { names, ledger, read: 0, torn: 0, shortened: 0, into, count: !counted };
    if asked || !counted {
        let whole = catch_unwind(AssertUnwindSafe(|| reading.events(&mut data, u64::MAX)));
        let told = if expected > MOST_RECORDS { reading.read + reading.torn } else { expected };
        let lost = told.saturating_sub(reading.read);
        damage.shortened += reading.shortened;
        if matches!(whole, Ok(Ok(()))) {
            damage.events += lost;
            damage.checksums += u64::from(!counted && !partial && lost == 0);
        } else {
            damage.chunks += 1;
        }
    } else if reading.ledger.computer.is_none() {
        // Which machine it is, is told by any event. One that cannot be read is told where it is asked for.
        let _ = catch_unwind(AssertUnwindSafe(|| reading.events(&mut data, 1)));
    }
    data.data
}

/// The header of the record at `at`, if one is there.
fn record_at(bytes: &[u8], at: usize) -> Option<EvtxRecordHeader> {
    EvtxRecordHeader::from_bytes_at(bytes, at).ok()
}

/// Windows writes the header of a chunk after its events: where the log was copied in between, events stand
/// behind the one that the header calls the last.
fn extend(data: &mut EvtxChunkData) {
    let mut at = data.header.last_event_record_data_offset as usize;
    while let Some(header) = record_at(&data.data, at) {
        let end = at.saturating_add(header.data_size as usize);
        let is_next = header.event_record_id == data.header.last_event_record_id.wrapping_add(1);
        let copy = data.data.get(end.saturating_sub(4)..end);
        let whole = copy == Some(&header.data_size.to_le_bytes()[..]);
        if !whole || (header.event_record_id != data.header.last_event_record_id && !is_next) || end <= at {
            break;
        }
        data.header.last_event_record_id = header.event_record_id;
        data.header.last_event_record_data_offset = at as u32;
        data.header.free_space_offset = data.header.free_space_offset.max(end as u32);
        at = end;
    }
}

struct Reading<'r> {
    names: Option<&'r wanted::Names>,
    ledger: &'r mut Ledger,
    read: u64,
    torn: u64,
    shortened: u64,
    /// Whether the events are counted here, since their header cannot be trusted.
    count: bool,
    into: &'r mut String,
}

impl Reading<'_> {
    /// Reads events until there were `most` of them.
    fn events(&mut self, data: &mut EvtxChunkData, most: u64) -> io::Result<()> {
        let settings = Arc::new(ParserSettings::new().indent(false));
        let mut chunk = data.parse(settings).map_err(io::Error::other)?;
        for record in chunk.iter() {
            match record.and_then(evtx::EvtxRecord::into_xml_bytes) {
                Ok(record) => self.event(record.event_record_id, &record.timestamp.to_string(), &record.data),
                Err(_) => self.torn += 1,
            }
            if self.read >= most {
                break;
            }
        }
        Ok(())
    }

    fn event(&mut self, id: u64, written: &str, xml: &[u8]) {
        self.read += 1;
        let written = in_seconds(written);
        if self.count {
            self.ledger.records += 1;
            self.ledger.time(&written);
        }
        let asked = self.names.is_none_or(|it| it.in_xml(xml));
        if !asked && self.ledger.computer.is_some() {
            return;
        }
        let Some(mut told) = xml::event(&decode_line(xml)) else {
            self.read -= 1;
            self.torn += 1;
            return;
        };
        self.ledger.machine(&told.computer);
        if !asked || self.names.is_some_and(|it| !it.has(&told.provider)) {
            return;
        }
        if !told.date.ends_with('Z') {
            told.date = written;
        }
        self.shortened += u64::from(!told.write(id, self.into));
    }
}

/// A time of the binary log, which is UTC, without its fraction.
fn in_seconds(time: &str) -> String {
    time::universal(time).unwrap_or_default()
}
