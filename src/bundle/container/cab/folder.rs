//! The content of a cabinet's folder: all its files one after the other, packed in blocks of 32 KiB that build
//! on one another (stored, MSZIP or LZX).

use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};

use flate2::{Decompress, FlushDecompress, Status};

use super::super::ReadSeek;
use super::lzx::Lzx;
use super::{array, u16_at, u32_at};

/// The most that a block may hold.
const BLOCK: usize = 32 << 10;

/// Where a folder's blocks are, as the cabinet says.
pub struct Folder {
    start: u64,
    blocks: u16,
    packing: u16,
    /// Bytes in front of each block that are nobody's business.
    reserve: u8,
}

impl Folder {
    pub fn new(entry: &[u8; 8], reserve: u8) -> Self {
        Self {
            start: u64::from(u32_at(entry, 0)),
            blocks: u16_at(entry, 4),
            packing: u16_at(entry, 6),
            reserve,
        }
    }
}

enum Packing {
    Stored,
    Mszip(Decompress),
    Lzx(Box<Lzx>),
}

/// Reads a folder from its start, one file at a time.
pub struct Content<'f> {
    file: BufReader<&'f mut dyn ReadSeek>,
    packing: Packing,
    blocks: u16,
    reserve: u8,
    /// The block that is read from, unpacked; the next MSZIP block builds on it.
    block: Vec<u8>,
    at: usize,
    /// Bytes of the folder that have been read, and where the present file ends.
    position: u64,
    end: u64,
    /// Whether the checksum of the present block does not fit, and whether bytes of such a block were read of
    /// the present file: they may be right all the same.
    doubtful_block: bool,
    doubtful: bool,
    /// What ended the unpacking.
    broken: Option<String>,
    /// What to say of a file that has more bytes than the folder.
    pub short: String,
}

impl<'f> Content<'f> {
    /// `Err`: why nothing of the folder can be read.
    pub fn new(folder: &Folder, file: &'f mut dyn ReadSeek) -> Result<Self, String> {
        let packing = match (folder.packing & 0xF, folder.packing >> 8 & 0x1F) {
            (0, _) => Packing::Stored,
            (1, _) => Packing::Mszip(Decompress::new(false)),
            (2, _) => {
                return Err(
                    "packed with Quantum, which is not read: send it unpacked (expand -F:* FILE FOLDER)"
                        .to_owned(),
                );
            }
            (3, window @ 15..=21) => Packing::Lzx(Box::new(Lzx::new(window))),
            (3, window) => {
                return Err(format!(
                    "packed with LZX and a window of 2^{window}, which no cabinet has: damaged"
                ));
            }
            (other, _) => {
                return Err(format!(
                    "packed with method {other}, which is not known: send it unpacked (expand -F:* FILE FOLDER)"
                ));
            }
        };
        let mut file = BufReader::new(file);
        file.seek(SeekFrom::Start(folder.start)).map_err(|error| super::in_words(&error))?;
        Ok(Self {
            file,
            packing,
            blocks: folder.blocks,
            reserve: folder.reserve,
            block: Vec::with_capacity(BLOCK),
            at: 0,
            position: 0,
            end: 0,
            doubtful_block: false,
            doubtful: false,
            broken: None,
            short: String::new(),
        })
    }

    /// Goes on to where a file starts. `Err`: it cannot be reached.
    pub fn pass_to(&mut self, start: u64) -> io::Result<()> {
        if start < self.position {
            return Err(io::Error::other(
                "lies in the same place as another file of the cabinet: the cabinet is damaged",
            ));
        }
        while self.position < start {
            let left = usize::try_from(start - self.position).unwrap_or(usize::MAX);
            let count = self.fill()?.len().min(left);
            if count == 0 {
                return Err(io::Error::other(
                    "lies behind the end of the cabinet's data: the cabinet is damaged",
                ));
            }
            self.pass(count);
        }
        Ok(())
    }

    /// From here on, a file of `size` bytes is read.
    pub fn begin(&mut self, size: u64) {
        self.end = self.position.saturating_add(size);
        self.doubtful = false;
        self.short = "it goes on behind the end of the cabinet's data: the cabinet is damaged".to_owned();
    }

    fn pass(&mut self, count: usize) {
        self.at += count;
        self.position += count as u64;
    }

    /// What is unpacked and not yet read; empty at the end of the folder.
    fn fill(&mut self) -> io::Result<&[u8]> {
        while self.at == self.block.len() && self.blocks > 0 {
            if let Some(reason) = &self.broken {
                return Err(io::Error::other(reason.clone()));
            }
            self.blocks -= 1;
            if let Err(error) = self.next_block() {
                self.broken = Some(super::in_words(&error));
                // What was unpacked of it is given out first.
                self.blocks = self.blocks.max(1);
            }
        }
        Ok(&self.block[self.at..])
    }

    fn next_block(&mut self) -> io::Result<()> {
        let previous = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK));
        self.at = 0;
        let header: [u8; 8] = array(&mut self.file)?;
        let mut reserved = vec![0; usize::from(self.reserve)];
        self.file.read_exact(&mut reserved)?;
        let (sum, packed, size) = (u32_at(&header, 0), u16_at(&header, 4), usize::from(u16_at(&header, 6)));
        let mut data = Vec::new();
        (&mut self.file).take(u64::from(packed)).read_to_end(&mut data)?;
        if size == 0 && data.len() == usize::from(packed) {
            // Its other half is in the next part of the set.
            self.blocks = 0;
            return Ok(());
        }
        if size > BLOCK {
            return Err(io::Error::other("its compressed data is damaged: a block of more than 32 KB"));
        }
        if data.len() < usize::from(packed) {
            // Some of it may be unpacked all the same.
            let _ = self.unpack(&data, size, &previous);
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let fits = |reserved: &[u8]| checksum(&header[4..], reserved, &data) == sum;
        self.doubtful_block = sum != 0 && !fits(&[]) && !fits(&reserved);
        self.unpack(&data, size, &previous)
    }

    fn unpack(&mut self, data: &[u8], size: usize, previous: &[u8]) -> io::Result<()> {
        match &mut self.packing {
            Packing::Stored => self.block.extend_from_slice(data),
            Packing::Mszip(inflate) => {
                let Some(data) = data.strip_prefix(b"CK") else {
                    return Err(damaged("a block without its mark"));
                };
                inflate.reset(false);
                if !previous.is_empty() {
                    inflate.set_dictionary(previous).map_err(|_| damaged("its dictionary"))?;
                }
                // All bytes that it gives, also those before an error.
                self.block.resize(size, 0);
                let end = inflate.decompress(data, &mut self.block, FlushDecompress::Finish);
                self.block.truncate(usize::try_from(inflate.total_out()).unwrap_or(size));
                if !matches!(end, Ok(Status::StreamEnd | Status::Ok | Status::BufError)) {
                    return Err(damaged("a block that cannot be inflated"));
                }
            }
            Packing::Lzx(lzx) => {
                self.block.extend_from_slice(lzx.unpack(data, size).map_err(|it| damaged(&it))?);
            }
        }
        if self.block.len() == size { Ok(()) } else { Err(damaged("a block of another size than it says")) }
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::other(format!("its compressed data is damaged: {what}"))
}

impl Read for Content<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        if left == 0 || into.is_empty() {
            return match left == 0 && std::mem::take(&mut self.doubtful) {
                true => Err(io::Error::other("its checksum does not fit: the content is damaged")),
                false => Ok(0),
            };
        }
        let ready = self.fill()?;
        let count = ready.len().min(left).min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        if count == 0 {
            return Err(io::Error::other(self.short.clone()));
        }
        self.pass(count);
        self.doubtful |= self.doubtful_block;
        Ok(count)
    }
}

/// The sum of a block: its words, xored. Tools differ in whether what is reserved belongs to it.
pub fn checksum(sizes: &[u8], reserved: &[u8], data: &[u8]) -> u32 {
    let sum = |bytes: &[u8], start: u32| {
        let (words, rest) = bytes.as_chunks::<4>();
        let start = words.iter().fold(start, |sum, word| sum ^ u32::from_le_bytes(*word));
        // The bytes that are left over count from the other end.
        start ^ rest.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
    };
    sum(&[sizes, reserved].concat(), sum(data, 0))
}
