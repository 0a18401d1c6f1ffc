//! UTF-16, as Windows writes registry exports and many logs, made UTF-8. Nearly all of it is ASCII, every other byte a
//! zero: that is narrowed many letters at a time, and only what else there is goes through the decoder.

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};

use super::Encoding;

/// What has been read so far of one source.
pub struct Utf16 {
    decoder: Decoder,
    is_big: bool,
    /// The first byte of a unit whose second one is not there yet.
    half: Option<u8>,
    /// Whether the last unit is the first half of a pair.
    in_pair: bool,
    /// How much the decoder gets at once.
    step: usize,
}

/// ASCII comes again soon after a letter that is none; in other scripts, it does not.
const LEAST_STEP: usize = 32;
const LARGEST_STEP: usize = 8 << 10;
/// How many letters are narrowed at a time.
const LETTERS: usize = 32;

impl Utf16 {
    /// Of a source in this encoding, behind its byte order mark; nothing, if that is not UTF-16.
    pub fn of(encoding: Encoding) -> Option<Self> {
        let (encoding, is_big) = match encoding {
            Encoding::Bytes => return None,
            Encoding::Utf16Le => (UTF_16LE, false),
            Encoding::Utf16Be => (UTF_16BE, true),
        };
        let decoder = encoding.new_decoder_without_bom_handling();
        Some(Self { decoder, is_big, half: None, in_pair: false, step: LEAST_STEP })
    }

    /// How many bytes of UTF-8 the raw ones became. There must be room: three bytes for each unit, and for one more.
    pub fn decode(&mut self, mut raw: &[u8], last: bool, into: &mut [u8]) -> usize {
        let mut written = 0;
        loop {
            if self.half.is_none() && !self.in_pair {
                let into = &mut into[written..];
                let letters =
                    if self.is_big { narrow::<true>(raw, into) } else { narrow::<false>(raw, into) };
                self.step = if letters > 0 { LEAST_STEP } else { LARGEST_STEP.min(self.step * 2) };
                raw = &raw[2 * letters..];
                written += letters;
            }
            let (piece, rest) = raw.split_at(raw.len().min(self.step));
            self.pass(piece);
            written += decode(&mut self.decoder, piece, last && rest.is_empty(), &mut into[written..]);
            if rest.is_empty() {
                return written;
            }
            raw = rest;
        }
    }

    /// Takes note of how a piece for the decoder ends.
    fn pass(&mut self, piece: &[u8]) {
        let half = self.half;
        let before = usize::from(half.is_some());
        let byte = |at: usize| half.filter(|_| at == 0).unwrap_or_else(|| piece[at - before]);
        let length = before + piece.len();
        let whole = length - length % 2;
        self.half = (whole < length).then(|| byte(whole));
        if whole > 0 {
            let upper = byte(whole - if self.is_big { 2 } else { 1 });
            self.in_pair = (0xD8..0xDC).contains(&upper);
        }
    }
}

fn decode(decoder: &mut Decoder, mut raw: &[u8], last: bool, into: &mut [u8]) -> usize {
    let mut written = 0;
    loop {
        let (result, read, wrote, _) = decoder.decode_to_utf8(raw, &mut into[written..], last);
        raw = &raw[read..];
        written += wrote;
        if result == CoderResult::InputEmpty || (read, wrote) == (0, 0) {
            return written;
        }
    }
}

/// How many letters of ASCII `raw` begins with; they are written into `into`.
fn narrow<const BIG: bool>(raw: &[u8], into: &mut [u8]) -> usize {
    let unit = |it: &[u8; 2]| if BIG { u16::from_be_bytes(*it) } else { u16::from_le_bytes(*it) };
    let units = raw.as_chunks::<2>().0;
    let mut done = 0;
    // No branch within, so that the compiler makes vector instructions of it.
    for (units, into) in units.as_chunks::<LETTERS>().0.iter().zip(into.as_chunks_mut::<LETTERS>().0) {
        let mut all = 0;
        for (from, to) in units.iter().zip(into) {
            let unit = unit(from);
            all |= unit;
            *to = unit as u8;
        }
        if all >= 0x80 {
            break;
        }
        done += LETTERS;
    }
    let rest = units[done..].iter().map(unit).zip(&mut into[done..]);
    let letters = rest.take_while(|(unit, _)| *unit < 0x80).map(|(unit, to)| *to = unit as u8).count();
    done + letters
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text becomes that is read in pieces of these lengths, over and over.
    fn decoded(raw: &[u8], encoding: Encoding, lengths: &[usize]) -> String {
        let mut utf16 = Utf16::of(encoding).unwrap();
        let (mut rest, mut text) = (raw, Vec::new());
        for length in lengths.iter().cycle() {
            let (piece, after) = rest.split_at(rest.len().min(*length));
            let mut into = vec![0xAA; piece.len() / 2 * 3 + 8];
            let written = utf16.decode(piece, after.is_empty(), &mut into);
            text.extend_from_slice(&into[..written]);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        String::from_utf8(text).unwrap()
    }

    /// Holds it to the decoder of the library, which gets all at once.
    #[track_caller]
    fn check(units: &[u16], odd: &[u8]) {
        for (encoding, library) in [(Encoding::Utf16Le, UTF_16LE), (Encoding::Utf16Be, UTF_16BE)] {
            let bytes = |it: &u16| if library == UTF_16LE { it.to_le_bytes() } else { it.to_be_bytes() };
            let raw: Vec<u8> = units.iter().flat_map(bytes).chain(odd.iter().copied()).collect();
            let (expect, _) = library.decode_without_bom_handling(&raw);
            for lengths in [&[1][..], &[2], &[3, 64, 7], &[raw.len().max(1)], &[66, 1, 31], &[4096]] {
                assert_eq!(decoded(&raw, encoding, lengths), expect, "{lengths:?}");
            }
        }
    }

    #[test]
    fn every_script_and_whatever_is_cut() {
        let text = |it: &str| it.encode_utf16().collect::<Vec<_>>();
        check(&[], &[]);
        check(&[], &[0x41]);
        check(&text(&"plain ASCII, a line of it\r\n".repeat(50)), &[]);
        check(&text(&"Größe über alles, ein Gerät\r\n".repeat(50)), &[0]);
        check(&text(&"Не удалось найти файл\r\n".repeat(50)), &[]);
        check(&text(&"更新が失敗しました 0x80070002\r\n".repeat(50)), &[]);
        check(&text(&"\u{1d11e}x\u{1d11e}\u{1d11e}\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}".repeat(20)), &[0xD8]);
    }

    #[test]
    fn halves_of_pairs_anywhere() {
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let units: Vec<u16> = (0..rng.usize(0..200))
                .map(|_| match rng.u8(0..12) {
                    0 => rng.u16(0xD800..0xDC00),
                    1 => rng.u16(0xDC00..0xE000),
                    2 => rng.u16(..),
                    _ => rng.u16(0..0x82),
                })
                .collect();
            check(&units, &[0xD8][..rng.usize(0..2)]);
        }
    }
}
