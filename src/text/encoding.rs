//! Which encoding a source is in, told from its first bytes: a byte order mark, the zero bytes that UTF-16
//! leaves between ASCII letters, or neither (UTF-8, or ANSI where a line is not valid UTF-8).

use std::borrow::Cow;

/// How the bytes of a source become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or an ANSI code page: which of the two is decided line by line, see [`decode_line`].
    Bytes,
    Utf16Le,
    Utf16Be,
}

/// How many bytes at the start of a source are enough to tell its encoding.
const SAMPLE: usize = 4096;

/// The encoding of a source that starts with `head`, and how many bytes its byte order mark takes.
/// `None` means that the bytes are not text.
pub fn sniff(head: &[u8]) -> Option<(Encoding, usize)> {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => return Some((Encoding::Bytes, 3)),
        [0xFF, 0xFE, ..] => return Some((Encoding::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => return Some((Encoding::Utf16Be, 2)),
        _ => {}
    }
    let sample = &head[..head.len().min(SAMPLE)];
    if let Some(encoding) = utf16_without_mark(sample) {
        return Some((encoding, 0));
    }
    // A power failure leaves long holes of zeros in a log; what stands around them is still the log.
    let written: Vec<u8> = without_holes(head).take(SAMPLE).collect();
    // Line ends, tabs and the escape of coloured console output occur in text; other control bytes do not.
    let control = written.iter().filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31)).count();
    let is_text = control * 50 <= written.len() && (!written.is_empty() || head.is_empty());
    is_text.then_some((Encoding::Bytes, 0))
}

/// The bytes that do not stand in a long run of zeros.
fn without_holes(bytes: &[u8]) -> impl Iterator<Item = u8> {
    const HOLE: usize = 64;
    let is_hole = |run: &&[u8]| run.len() >= HOLE && run[0] == 0;
    bytes
        .chunk_by(|one, other| (*one == 0) == (*other == 0))
        .filter(move |run| !is_hole(run))
        .flatten()
        .copied()
}

/// UTF-16 text of Windows is mostly ASCII, so one byte of most pairs is zero and the other hardly ever.
fn utf16_without_mark(sample: &[u8]) -> Option<Encoding> {
    let pairs = sample.as_chunks::<2>().0;
    if pairs.len() < 2 {
        return None;
    }
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let (most, hardly_any) = (pairs.len() / 2, pairs.len() / 20);
    match () {
        () if second > most && first <= hardly_any => Some(Encoding::Utf16Le),
        () if first > most && second <= hardly_any => Some(Encoding::Utf16Be),
        () => None,
    }
}

/// One line (or a few) as text: UTF-8 where the bytes are valid UTF-8, Windows-1252 where they are not.
pub fn decode_line(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// The first bytes of a source as text, to tell by it what the source is.
pub fn decode_head(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    /// Some hundred lines are enough.
    const ENOUGH: usize = 32 << 10;
    let bytes = &bytes[..bytes.len().min(ENOUGH)];
    match encoding {
        Encoding::Bytes => decode_line(bytes),
        Encoding::Utf16Le => encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0,
        Encoding::Utf16Be => encoding_rs::UTF_16BE.decode_without_bom_handling(bytes).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &[u8], expect: Option<(Encoding, usize)>) {
        assert_eq!(sniff(head), expect);
    }

    #[test]
    fn byte_order_marks_decide() {
        check(b"\xEF\xBB\xBF2024", Some((Encoding::Bytes, 3)));
        check(b"\xFF\xFEI\0", Some((Encoding::Utf16Le, 2)));
        check(b"\xFE\xFF\0I", Some((Encoding::Utf16Be, 2)));
    }

    #[test]
    fn utf16_without_a_mark_is_seen_by_its_zeros() {
        check(b"I\0n\0f\0o\0", Some((Encoding::Utf16Le, 0)));
        check(b"\0I\0n\0f\0o", Some((Encoding::Utf16Be, 0)));
    }

    #[test]
    fn binary_is_not_text() {
        check(b"ElfFile\0\0\0\0\0\0\0\0\0\x01\x02\x03", None);
        check(b"MDMP\x93\xa7\0\0\x0c\0\0\0\x20\0\0\0", None);
        check(&[0; 5000], None);
    }

    #[test]
    fn a_hole_of_zeros_does_not_hide_the_text() {
        let log = [&[0; 5000][..], b"2024-03-14 02:11:21, Info                  CBS    x\r\n"].concat();
        check(&log, Some((Encoding::Bytes, 0)));
    }

    #[test]
    fn plain_bytes_and_nothing_are_text() {
        check(b"2024-03-14 02:11:21, Info", Some((Encoding::Bytes, 0)));
        check(b"Verzeichnis f\xFCr", Some((Encoding::Bytes, 0)));
        check(b"", Some((Encoding::Bytes, 0)));
    }

    #[test]
    fn a_line_that_is_not_utf8_is_ansi() {
        assert_eq!(decode_line(b"f\xFCr"), "für");
        assert_eq!(decode_line("für".as_bytes()), "für");
    }
}
