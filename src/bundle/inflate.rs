//! The content of a zip member that is packed with deflate, as nearly all are. Unlike a general reader it gives
//! all that stands before a damage, whatever amount is asked for at once, and trusts no size that is claimed.

use std::io::{self, Read};

use ::zip::result::ZipError;
use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};

/// How much of the packed bytes is read at once.
const INPUT: usize = 64 << 10;

/// Unpacks what `raw` holds.
pub struct Inflate<R> {
    raw: R,
    input: Vec<u8>,
    /// The part of the input that is not used yet.
    rest: std::ops::Range<usize>,
    at_end: bool,
    engine: Decompress,
    sum: Hasher,
    expected: Option<u32>,
    done: bool,
    /// Whether the end of the packed content was found.
    whole: bool,
    /// What will be told when all that came before it has been given.
    error: Option<io::Error>,
}

impl<R: Read> Inflate<R> {
    /// `expected` is the checksum that the archive tells of the content, if it is known before its end.
    pub fn new(raw: R, expected: Option<u32>) -> Self {
        Self {
            raw,
            input: vec![0; INPUT],
            rest: 0..0,
            at_end: false,
            engine: Decompress::new(false),
            sum: Hasher::new(),
            expected,
            done: false,
            whole: false,
            error: None,
        }
    }

    /// How many packed bytes belong to it, as far as it was read.
    pub fn used(&self) -> u64 {
        self.engine.total_in()
    }

    /// Whether it was read to its end.
    pub fn is_done(&self) -> bool {
        self.whole
    }

    /// The checksum of what was read.
    pub fn sum(&self) -> u32 {
        self.sum.clone().finalize()
    }

    fn refill(&mut self) -> io::Result<()> {
        if self.rest.is_empty() && !self.at_end {
            let count = self.raw.read(&mut self.input)?;
            self.rest = 0..count;
            self.at_end = count == 0;
        }
        Ok(())
    }

    /// Unpacks into `into` until it is full, the content ends, or something is wrong.
    fn unpack(&mut self, into: &mut [u8]) -> (usize, io::Result<()>) {
        let mut written = 0;
        while written < into.len() && !self.done {
            if let Err(error) = self.refill() {
                return (written, Err(error));
            }
            let (before_in, before_out) = (self.engine.total_in(), self.engine.total_out());
            let input = &self.input[self.rest.clone()];
            let status = self.engine.decompress(input, &mut into[written..], FlushDecompress::None);
            let used = (self.engine.total_in() - before_in) as usize;
            let gave = (self.engine.total_out() - before_out) as usize;
            self.rest.start += used;
            written += gave;
            match status {
                Ok(Status::StreamEnd) => (self.done, self.whole) = (true, true),
                Ok(_) if (used, gave) == (0, 0) && self.at_end => {
                    return (written, Err(io::ErrorKind::UnexpectedEof.into()));
                }
                Ok(_) => {}
                Err(_) => {
                    return (
                        written,
                        Err(io::Error::new(io::ErrorKind::InvalidData, "its compressed data is damaged")),
                    );
                }
            }
        }
        (written, Ok(()))
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.error.take() {
            self.done = true;
            return Err(error);
        }
        if self.done || into.is_empty() {
            return Ok(0);
        }
        let (written, outcome) = self.unpack(into);
        self.sum.update(&into[..written]);
        self.error = outcome.err();
        if self.done && self.expected.is_some_and(|it| it != self.sum()) {
            self.error = Some(io::Error::new(io::ErrorKind::InvalidData, "Invalid checksum"));
        }
        if written == 0 && self.error.is_some() { self.read(into) } else { Ok(written) }
    }
}

/// A member that is not packed.
pub struct Stored<R> {
    raw: R,
    left: u64,
    sum: Hasher,
    expected: u32,
}

impl<R: Read> Stored<R> {
    /// Of so many bytes, with this checksum.
    pub fn new(raw: R, length: u64, expected: u32) -> Self {
        Self { raw, left: length, sum: Hasher::new(), expected }
    }
}

impl<R: Read> Read for Stored<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.raw.read(into)?;
        self.sum.update(&into[..count]);
        self.left -= (count as u64).min(self.left);
        match count {
            0 if into.is_empty() => Ok(0),
            0 if self.left > 0 => Err(io::ErrorKind::UnexpectedEof.into()),
            0 if self.sum.clone().finalize() != self.expected => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "Invalid checksum"))
            }
            _ => Ok(count),
        }
    }
}

/// A reader that is asked for little at once: others than [`Inflate`] give nothing of a request that meets a
/// damage.
pub struct LittleByLittle<R>(pub R);

impl<R: Read> Read for LittleByLittle<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        const LITTLE: usize = 16 << 10;
        let little = into.len().min(LITTLE);
        self.0.read(&mut into[..little]).map_err(damage_in_words)
    }
}

/// What a decoder of the library says, as a sentence; checksums, ends and the disk speak for themselves.
fn damage_in_words(error: io::Error) -> io::Error {
    let is_decoder = matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other
    ) && error.get_ref().is_some_and(|it| !it.is::<ZipError>());
    match error.to_string().as_str() {
        _ if !is_decoder => error,
        "Invalid checksum" => error,
        "File is larger than its declared uncompressed size" => {
            io::Error::other("it unpacks to more than the archive says: the content is damaged")
        }
        _ => io::Error::other("its compressed data is damaged"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(text: &[u8]) -> (Vec<u8>, u32) {
        let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(text).unwrap();
        (writer.finish().unwrap(), crc32fast::hash(text))
    }

    fn text() -> Vec<u8> {
        (0..20_000)
            .flat_map(|it: u32| format!("line {}\n", it.wrapping_mul(2_654_435_761)).into_bytes())
            .collect()
    }

    #[test]
    fn whole_content() {
        let (raw, sum) = packed(&text());
        let mut read = Vec::new();
        Inflate::new(&raw[..], Some(sum)).read_to_end(&mut read).unwrap();
        assert_eq!(read, text());
        assert!(Inflate::new(&raw[..], Some(sum ^ 1)).read_to_end(&mut Vec::new()).is_err());
    }

    #[test]
    fn what_stands_before_a_damage_is_given() {
        let (mut raw, sum) = packed(&text());
        let half = raw.len() / 2;
        for cut in [half, half + 1, raw.len() - 1] {
            let mut read = Vec::new();
            let error = Inflate::new(&raw[..cut], Some(sum)).read_to_end(&mut read).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
            assert!(text().starts_with(&read) && read.len() > text().len() / 3);
        }
        raw[half..half + 40].fill(0xFF);
        let mut read = vec![0; text().len()];
        let given = Inflate::new(&raw[..], Some(sum)).read(&mut read).unwrap();
        assert!(given > text().len() / 3, "{given}");
        assert!(text().starts_with(&read[..text().len() / 3]));
    }
}
