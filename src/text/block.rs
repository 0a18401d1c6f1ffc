//! Blocks of text in buffers that are used again and again, and what fills them from a source: bytes as they are,
//! or UTF-16 made UTF-8.

use std::io::{self, Read};

use super::Encoding;
use super::utf16::Utf16;

/// Room in front of a block's text for what is kept of the block before it.
const ROOM: usize = 128 << 10;
/// How much UTF-16 is read at once.
const REQUEST: usize = 32 << 10;

/// A buffer with a piece of a source's text in it (see [`super::decode_line`]).
pub struct Block {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Whether the source ends with it.
    pub last: bool,
    /// Whether that end is not the true one, but damage.
    pub broken: bool,
}

impl Block {
    /// An empty block for this many bytes of text.
    pub fn new(size: usize) -> Self {
        // Three bytes of UTF-8 for each unit of UTF-16 may follow when it is nearly full.
        Self { bytes: vec![0; ROOM + size + 2 * REQUEST], start: ROOM, end: ROOM, last: false, broken: false }
    }

    /// A block that holds nothing and can hold nothing.
    pub fn empty() -> Self {
        Self { bytes: Vec::new(), start: 0, end: 0, last: false, broken: false }
    }

    /// The end of a source whose rest does not come, since whoever fills the blocks has failed.
    pub fn cut_off() -> Self {
        Self { last: true, broken: true, ..Self::empty() }
    }

    pub fn text(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Puts the end of the block before in front of this one's text.
    pub fn follow(&mut self, kept: &[u8]) {
        if kept.len() > self.start {
            // Hardly ever: a record that is longer than a block.
            let text = [kept, self.text()].concat();
            let size = text.len().max(self.bytes.len().saturating_sub(ROOM + 2 * REQUEST));
            *self = Self { last: self.last, broken: self.broken, ..Self::new(size) };
            self.end = self.start + text.len();
            self.bytes[self.start..self.end].copy_from_slice(&text);
        } else {
            let from = self.start - kept.len();
            self.bytes[from..self.start].copy_from_slice(kept);
            self.start = from;
        }
    }
}

/// Fills blocks with the text of one source.
pub struct Filler<'a> {
    reader: &'a mut dyn Read,
    transcoder: Option<Utf16>,
    raw: Vec<u8>,
    read: u64,
    done: bool,
    damage: Option<io::Error>,
}

impl<'a> Filler<'a> {
    /// Text from `reader`, which stands behind the byte order mark, if there was one.
    pub fn new(reader: &'a mut dyn Read, encoding: Encoding) -> Self {
        let transcoder = Utf16::of(encoding);
        let raw = vec![0; if transcoder.is_some() { REQUEST } else { 0 }];
        Self { reader, transcoder, raw, read: 0, done: false, damage: None }
    }

    /// The same from the start of a source, whose byte order mark takes `mark` bytes.
    pub fn open(reader: &'a mut dyn Read, encoding: Encoding, mark: usize) -> io::Result<Self> {
        reader.read_exact(&mut [0; 3][..mark])?;
        Ok(Self::new(reader, encoding))
    }

    /// How many bytes have been read from the source, as they are in the bundle.
    pub fn bytes_read(&self) -> u64 {
        self.read
    }

    /// What cut the source short, if anything did.
    pub fn damage(&self) -> Option<&io::Error> {
        self.damage.as_ref()
    }

    /// Fills a block from the start on. The one that finds the end of the source may stay empty.
    pub fn fill(&mut self, block: &mut Block) {
        (block.start, block.end) = (ROOM, ROOM);
        let goal = block.bytes.len() - 2 * REQUEST;
        while !self.done && block.end < goal {
            if let Err(error) = self.read_some(block, goal) {
                self.damage = Some(error);
                self.done = true;
            }
        }
        (block.last, block.broken) = (self.done, self.damage.is_some());
    }

    fn read_some(&mut self, block: &mut Block, goal: usize) -> io::Result<()> {
        let into = match &self.transcoder {
            None => &mut block.bytes[block.end..goal],
            Some(_) => &mut self.raw[..],
        };
        let count = loop {
            match self.reader.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.done = count == 0;
        self.read += count as u64;
        match &mut self.transcoder {
            None => block.end += count,
            Some(transcoder) => {
                let into = &mut block.bytes[block.end..];
                block.end += transcoder.decode(&self.raw[..count], self.done, into);
            }
        }
        Ok(())
    }
}
