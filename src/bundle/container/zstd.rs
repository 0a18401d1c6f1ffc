//! Zstandard (RFC 8878), met as `.zst` files and inside zip files of newer tools.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

use flate2::Crc;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The most that zstd itself accepts unless it is told otherwise.
const WINDOW: u64 = 128 << 20;
/// Unpacked at a time.
const STEP: usize = 128 << 10;

/// A member of a zip file that is packed with zstd (method 93, once 20), which the zip library unpacks with C
/// only. Takes what the table of contents says of it; the content is held against `crc32` when its end is
/// read.
///
/// `Err`: the member is not where the table of contents says.
pub fn zip_member<R: Read + Seek>(
    file: &mut R,
    header_start: u64,
    packed_size: u64,
    crc32: u32,
) -> io::Result<impl Read> {
    file.seek(SeekFrom::Start(header_start))?;
    let mut header = [0; 30];
    file.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(io::Error::other("it does not lie where the table of contents says"));
    }
    let size = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    // The name and what else stands before the content.
    file.seek(SeekFrom::Current(size(26) + size(28)))?;
    let content = Zstd::new(BufReader::new(file.take(packed_size)));
    Ok(Summed { content, sum: Crc::new(), crc32, told: false })
}

/// Content with a checksum.
struct Summed<R> {
    content: R,
    sum: Crc,
    crc32: u32,
    told: bool,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(into)?;
        self.sum.update(&into[..count]);
        let at_end = count == 0 && !into.is_empty() && !self.told;
        if at_end && self.sum.sum() != self.crc32 {
            self.told = true;
            return Err(io::Error::other("its checksum does not fit: the content is damaged"));
        }
        Ok(count)
    }
}

/// Unpacks frame after frame.
pub struct Zstd<R> {
    source: R,
    frame: Option<FrameDecoder>,
    /// Told once what was unpacked before it is read.
    error: Option<io::Error>,
    any: bool,
    ended: bool,
}

impl<R: BufRead> Zstd<R> {
    pub fn new(source: R) -> Self {
        Self { source, frame: None, error: None, any: false, ended: false }
    }

    /// Begins the next frame, or finds that there is none.
    fn begin(&mut self) -> io::Result<()> {
        while !self.source.fill_buf()?.is_empty() {
            let mut head = Vec::with_capacity(18);
            take(&mut self.source, &mut head, 4)?;
            if head[1..] == [0x2A, 0x4D, 0x18] && head[0] & 0xF0 == 0x50 {
                self.pass_over()?;
                continue;
            }
            if head != *b"\x28\xB5\x2F\xFD" {
                return Err(io::Error::other("what follows its data is no zstd"));
            }
            let window = window(&mut self.source, &mut head)?;
            if window > WINDOW {
                return Err(io::Error::other(format!("unpacking it needs {} MB of memory", window >> 20)));
            }
            let mut frame = FrameDecoder::new();
            frame.init(&head[..]).map_err(in_words)?;
            self.frame = Some(frame);
            self.any = true;
            return Ok(());
        }
        self.ended = true;
        if self.any { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    /// A frame that holds something for other programs.
    fn pass_over(&mut self) -> io::Result<()> {
        let mut size = [0; 4];
        self.source.read_exact(&mut size)?;
        let size = u64::from(u32::from_le_bytes(size));
        let passed = io::copy(&mut (&mut self.source).take(size), &mut io::sink())?;
        self.any = true;
        if passed < size { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn advance(&mut self, frame: &mut FrameDecoder) {
        let mut source = Watched { source: &mut self.source, error: None };
        if let Err(error) = frame.decode_blocks(&mut source, BlockDecodingStrategy::UptoBytes(STEP)) {
            self.error = Some(source.error.unwrap_or_else(|| in_words(error)));
            // What was unpacked is given out once the frame is at its end: an empty last block, and a checksum.
            let _ = frame.decode_blocks(&b"\x01\0\0\0\0\0\0"[..], BlockDecodingStrategy::All);
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.ended || into.is_empty() {
                return Ok(0);
            }
            let Some(mut frame) = self.frame.take() else {
                if let Err(error) = self.begin() {
                    self.ended = true;
                    return Err(error);
                }
                continue;
            };
            if frame.can_collect() == 0 && !frame.is_finished() && self.error.is_none() {
                self.advance(&mut frame);
            }
            let count = frame.read(into)?;
            if count > 0 {
                self.frame = Some(frame);
                return Ok(count);
            }
            if let Some(error) = self.error.take() {
                self.ended = true;
                return Err(error);
            }
            if !frame.is_finished() {
                self.frame = Some(frame);
            } else if !is_whole(&frame) {
                self.ended = true;
                return Err(io::Error::other("its checksum does not fit: the content is damaged"));
            }
        }
    }
}

/// Whether the checksum, if there is one, is that of what was read.
fn is_whole(frame: &FrameDecoder) -> bool {
    frame.get_checksum_from_data().is_none_or(|it| Some(it) == frame.get_calculated_checksum())
}

/// The size of the window that a frame asks for; reads the rest of its header.
fn window(source: &mut impl Read, head: &mut Vec<u8>) -> io::Result<u64> {
    take(source, head, 1)?;
    let descriptor = head[4];
    let single = descriptor & 0x20 != 0;
    let exponent = if single {
        None
    } else {
        take(source, head, 1)?;
        head.last().copied()
    };
    take(source, head, [0, 1, 2, 4][usize::from(descriptor & 3)])?;
    let sizes = if single { [1, 2, 4, 8] } else { [0, 2, 4, 8] };
    let size = sizes[usize::from(descriptor >> 6)];
    let at = head.len();
    take(source, head, size)?;
    Ok(match exponent {
        Some(byte) => {
            let base = 1_u64 << (10 + u32::from(byte >> 3));
            base + base / 8 * u64::from(byte & 7)
        }
        None => head[at..].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    })
}

fn take(source: &mut impl Read, into: &mut Vec<u8>, count: usize) -> io::Result<()> {
    let at = into.len();
    into.resize(at + count, 0);
    source.read_exact(&mut into[at..])
}

/// Keeps the error of the reader below: the decoder would wrap it in its own.
struct Watched<'r, R> {
    source: &'r mut R,
    error: Option<io::Error>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.source.read(into) {
            Ok(0) if !into.is_empty() => {
                self.error = Some(ErrorKind::UnexpectedEof.into());
                Ok(0)
            }
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                let kind = error.kind();
                self.error = Some(error);
                Err(kind.into())
            }
            other => other,
        }
    }
}

fn in_words(error: FrameDecoderError) -> io::Error {
    io::Error::other(match error {
        FrameDecoderError::DictNotProvided { .. } => {
            "packed with a dictionary that is not in the file: pack it without one".to_owned()
        }
        // The library names its own insides.
        _ => "its compressed data is damaged".to_owned(),
    })
}
