//! The binary event log, `%SystemRoot%\System32\winevt\Logs\*.evtx`, read as a stream: a header of 4 KB, then
//! chunks of 64 KB. A chunk that does not mention a provider that rules ask for is counted by its header.

mod chunk;

use std::io::{self, Read};

use evtx::{EvtxFileHeader, HeaderFlags};
use memchr::memmem;

use super::super::decoded::{Decoded, Ledger, Providers, Reading, Steps};
use super::wanted;
use chunk::Damage;

const MAGIC: &[u8] = b"ElfFile\0";
const HEADER: usize = 4096;

/// Whether a source is a binary log, or what is left of one.
pub fn fits(head: &[u8]) -> bool {
    head.starts_with(MAGIC) || [0, HEADER].iter().any(|it| starts_chunk(head.get(*it..).unwrap_or_default()))
}

/// The events of `reader` as text.
pub fn decoder<'r>(reader: &'r mut dyn Read, wanted: &Providers) -> Box<dyn Decoded + 'r> {
    Box::new(Reading::new(Evtx {
        reader,
        names: wanted::names(wanted),
        started: false,
        ended: false,
        error: None,
        buffer: Vec::with_capacity(chunk::SIZE),
        header: None,
        dirty: false,
        chunks: 0,
        stray: 0,
        cut_off: false,
        damage: Damage::default(),
        ledger: Ledger::default(),
    }))
}

fn starts_chunk(bytes: &[u8]) -> bool {
    bytes.starts_with(chunk::MAGIC)
}

struct Evtx<'r> {
    reader: &'r mut dyn Read,
    names: Option<wanted::Names>,
    started: bool,
    ended: bool,
    error: Option<io::Error>,
    buffer: Vec<u8>,
    /// How many chunks the header says there are; `None` where it is damaged or missing.
    header: Option<u64>,
    /// Whether it was copied while Windows had it open, which leaves checksums behind that are not up to date.
    dirty: bool,
    chunks: u64,
    /// Bytes that belong to no chunk.
    stray: u64,
    cut_off: bool,
    damage: Damage,
    ledger: Ledger,
}

impl Steps for Evtx<'_> {
    fn step(&mut self, into: &mut String) -> io::Result<bool> {
        if !self.started {
            self.started = true;
            self.header();
        }
        self.fill(chunk::SIZE);
        if self.buffer.is_empty() {
            return self.error.take().map_or(Ok(false), Err);
        }
        if !starts_chunk(&self.buffer) {
            self.pass_over();
            return Ok(true);
        }
        self.chunks += 1;
        let partial = self.buffer.len() < chunk::SIZE;
        // What stands behind the last event of a chunk is of no use, and is cut off by some tools.
        let used = self.buffer.get(48..52).map_or(0, |it| u32::from_le_bytes([it[0], it[1], it[2], it[3]]));
        let torn = partial && (used as usize > self.buffer.len() || used == 0);
        self.cut_off |= torn;
        self.buffer.resize(chunk::SIZE, 0);
        let bytes = std::mem::take(&mut self.buffer);
        let notes = (&mut self.ledger, &mut self.damage);
        self.buffer = chunk::read(bytes, self.names.as_ref(), notes, torn, into);
        self.buffer.clear();
        Ok(true)
    }

    fn losses(&self) -> Vec<String> {
        let mut losses = Vec::new();
        let mut lose = |count: u64, sentence: String| {
            if count > 0 {
                losses.push(sentence);
            }
        };
        let Damage { chunks, events, checksums, shortened } = self.damage;
        let checksums = if self.dirty { 0 } else { checksums };
        let missing = self.header.unwrap_or_default().saturating_sub(self.chunks);
        let all = self.chunks.max(self.header.unwrap_or_default());
        lose(
            u64::from(self.header.is_none()),
            "its header is damaged: its chunks were searched for".to_owned(),
        );
        lose(missing, format!("{missing} of its {all} chunks of events are not there or not recognizable"));
        lose(self.stray, format!("{} bytes between its chunks are damaged and were passed over", self.stray));
        lose(chunks, format!("{chunks} of its {all} chunks of events are damaged and were skipped"));
        lose(events, format!("{events} events are damaged and were left out"));
        lose(checksums, format!("{checksums} of its {all} chunks of events have a wrong checksum"));
        lose(u64::from(self.cut_off), "its last chunk of events is cut off".to_owned());
        losses.extend(wanted::shortened(shortened));
        losses
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

impl Evtx<'_> {
    /// Reads until there are `size` bytes, or the source ends.
    fn fill(&mut self, size: usize) {
        let mut filled = self.buffer.len();
        self.buffer.resize(size.max(filled), 0);
        while filled < size && !self.ended {
            match self.reader.read(&mut self.buffer[filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    filled += count;
                    self.ledger.bytes += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.error = Some(error);
                    self.ended = true;
                }
            }
        }
        self.buffer.truncate(filled);
    }

    fn header(&mut self) {
        self.fill(HEADER);
        if starts_chunk(&self.buffer) {
            return;
        }
        if let Ok(header) = EvtxFileHeader::from_bytes(&self.buffer)
            && header.validate_checksum()
        {
            self.header = Some(u64::from(header.chunk_count));
            self.dirty = header.flags.contains(HeaderFlags::DIRTY);
        }
        self.buffer.clear();
    }

    /// Passes over what is no chunk, up to where one starts.
    fn pass_over(&mut self) {
        let next = memmem::find(&self.buffer, chunk::MAGIC);
        // The start of a chunk may be cut in two by the end of the buffer.
        let keep = if self.ended { 0 } else { chunk::MAGIC.len() - 1 };
        let to = next.unwrap_or(self.buffer.len().saturating_sub(keep));
        // Space for chunks that were never written is full of zeros.
        self.stray += self.buffer[..to].iter().filter(|it| **it != 0).count() as u64;
        self.buffer.drain(..to);
    }
}

#[cfg(test)]
mod tests;
