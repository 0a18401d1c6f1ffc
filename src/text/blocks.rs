//! A source as a sliding window of whole lines. This is the seam between reading and matching: a block is
//! scanned as bytes first, and only what was found is looked at closer, so a log is never held whole.

use std::io::{self, Read};

use super::{Block, Encoding, Filler};

/// A line longer than this many bytes is matched in pieces; the case then says so.
pub const LINE_LIMIT: usize = 1 << 20;
/// No line is held longer than this by those who go through a source line by line.
pub const LONG_LINE: usize = 4 << 20;
/// How much text a block holds. Larger ones are no faster; smaller ones cost a little more.
pub const BLOCK: usize = 256 << 10;

/// The part of a source's text that is looked at. It moves forward block by block.
pub struct Window {
    block: Block,
}

impl Window {
    /// An empty one in front of a source, with a buffer for this many bytes of text.
    pub fn new(size: usize) -> Self {
        Self { block: Block::new(size) }
    }

    /// One that takes no room, to stand in for another.
    pub fn empty() -> Self {
        Self { block: Block::empty() }
    }

    pub fn text(&self) -> &[u8] {
        self.block.text()
    }

    /// Whether the window ends where the source ends.
    pub fn at_end(&self) -> bool {
        self.block.last
    }

    fn is_broken(&self) -> bool {
        self.block.broken
    }

    /// Drops the window's first `keep_from` bytes, goes on with `next`, and gives back the buffer that is free.
    pub fn slide(&mut self, keep_from: usize, mut next: Block) -> Block {
        next.follow(&self.block.text()[keep_from..]);
        std::mem::replace(&mut self.block, next)
    }
}

/// A window with what fills it.
pub struct Blocks<'a> {
    feed: Feed<'a>,
    window: Window,
    free: Block,
    first_line: u64,
}

/// Where a window's blocks come from: what is free goes in, what is filled comes out.
enum Feed<'a> {
    Filler(Filler<'a>),
    Other(&'a mut dyn FnMut(Block) -> Block),
}

impl<'a> Blocks<'a> {
    /// Text from `reader`, which stands behind the byte order mark, if there was one.
    pub fn new(reader: &'a mut dyn Read, encoding: Encoding) -> Self {
        Self::of(Feed::Filler(Filler::new(reader, encoding)))
    }

    /// The same from the start of a source, whose byte order mark takes `mark` bytes.
    pub fn open(reader: &'a mut dyn Read, encoding: Encoding, mark: usize) -> io::Result<Self> {
        Ok(Self::of(Feed::Filler(Filler::open(reader, encoding, mark)?)))
    }

    /// Text from blocks that are filled elsewhere, where also is told what damaged the source.
    pub fn fed(feed: &'a mut dyn FnMut(Block) -> Block) -> Self {
        Self::of(Feed::Other(feed))
    }

    fn of(feed: Feed<'a>) -> Self {
        Self { feed, window: Window::new(BLOCK), free: Block::new(BLOCK), first_line: 1 }
    }

    /// The text in the window.
    pub fn bytes(&self) -> &[u8] {
        self.window.text()
    }

    /// The number of the line that the window starts with; the source's first line is 1.
    pub fn first_line(&self) -> u64 {
        self.first_line
    }

    /// Whether the window ends where the source ends.
    pub fn at_end(&self) -> bool {
        self.window.at_end()
    }

    /// How many bytes have been read from the source, as they are in the bundle.
    pub fn bytes_read(&self) -> u64 {
        self.filler().map_or(0, Filler::bytes_read)
    }

    /// What cut the source short, if anything did.
    pub fn damage(&self) -> Option<&io::Error> {
        self.filler().and_then(Filler::damage)
    }

    /// Whether damage cut the source short.
    pub fn is_broken(&self) -> bool {
        self.window.is_broken()
    }

    fn filler(&self) -> Option<&Filler<'a>> {
        match &self.feed {
            Feed::Filler(filler) => Some(filler),
            Feed::Other(_) => None,
        }
    }

    /// What cut the source short, as an error for whoever reads on from here.
    pub fn outcome(&self) -> io::Result<()> {
        self.damage().map_or(Ok(()), |it| Err(io::Error::new(it.kind(), it.to_string())))
    }

    /// Drops the window's first `keep_from` bytes and reads a block more. The call that finds the end may bring
    /// nothing new: go on until [`Self::at_end`], and look at what was kept back then.
    pub fn advance(&mut self, keep_from: usize) {
        let mut next = std::mem::replace(&mut self.free, Block::empty());
        match &mut self.feed {
            Feed::Filler(filler) => filler.fill(&mut next),
            Feed::Other(feed) => next = feed(next),
        }
        let dropped = &self.window.text()[..keep_from];
        self.first_line += memchr::memchr_iter(b'\n', dropped).count() as u64;
        self.free = self.window.slide(keep_from, next);
    }

    /// Shows every line with its number and its end, until `show` wants no more. A line of more than
    /// [`LONG_LINE`] bytes is shown in pieces of one number.
    pub fn each_line(&mut self, show: &mut dyn FnMut(u64, &[u8]) -> bool) {
        self.lines(&mut |number, line| if show(number, line) { Next::Line } else { Next::Nothing });
    }

    /// Shows lines in the same way; what `show` wants to pass over is shown in one piece.
    pub fn lines(&mut self, show: &mut dyn FnMut(u64, &[u8]) -> Next) {
        let (mut keep_from, mut next) = (0, Next::Line);
        while !self.at_end() {
            self.advance(keep_from);
            let text = self.window.text();
            let whole = memchr::memrchr(b'\n', text).map_or(0, |it| it + 1);
            let too_long = whole == 0 && text.len() > LONG_LINE;
            keep_from = if self.at_end() || too_long { text.len() } else { whole };
            let (mut rest, mut number) = (&text[..keep_from], self.first_line);
            while !rest.is_empty() {
                let (line, after) = rest.split_at(next.length(rest));
                let ends = match next {
                    Next::Line => u64::from(line.ends_with(b"\n")),
                    _ => memchr::memchr_iter(b'\n', line).count() as u64,
                };
                // What is passed over up to the end of a block goes on in the next one.
                let passed = if line.is_empty() { Next::Line } else { show(number, line) };
                next = match (next, passed) {
                    (_, Next::Nothing) => return,
                    (Next::Starting(first), _) if after.is_empty() => Next::Starting(first),
                    (Next::Starting(_), _) => Next::Line,
                    (_, passed) => passed,
                };
                (rest, number) = (after, number + ends);
            }
        }
    }
}

/// What to show next.
#[derive(Clone, Copy)]
pub enum Next {
    Line,
    /// The next line that starts with this byte, after what stands before it.
    Starting(u8),
    Nothing,
}

impl Next {
    /// How much of whole lines is shown.
    fn length(self, text: &[u8]) -> usize {
        match self {
            Self::Starting(first) if text[0] == first => 0,
            Self::Starting(first) => {
                let mut places = memchr::memchr_iter(first, text);
                places.find(|it| *it > 0 && text[it - 1] == b'\n').unwrap_or(text.len())
            }
            _ => memchr::memchr(b'\n', text).map_or(text.len(), |it| it + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8], encoding: Encoding) -> String {
        let mut reader = bytes;
        let mut blocks = Blocks::new(&mut reader, encoding);
        let mut text = Vec::new();
        while !blocks.at_end() {
            blocks.advance(0);
            text = blocks.bytes().to_vec();
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn utf16_becomes_utf8_across_requests() {
        let line = "Größe – 10\r\n".repeat(5000);
        let le: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = line.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(whole(&le, Encoding::Utf16Le), line);
        assert_eq!(whole(&be, Encoding::Utf16Be), line);
    }

    #[test]
    fn an_odd_byte_at_the_end_is_not_lost_in_silence() {
        assert_eq!(whole(b"o\0k\0\n\0x", Encoding::Utf16Le), "ok\n\u{fffd}");
    }

    #[test]
    fn lines_are_counted_as_they_leave_the_window() {
        let text = "line\n".repeat(200_000);
        let mut reader = text.as_bytes();
        let mut blocks = Blocks::new(&mut reader, Encoding::Bytes);
        while !blocks.at_end() {
            blocks.advance(blocks.bytes().len());
        }
        blocks.advance(blocks.bytes().len());
        assert_eq!(blocks.first_line(), 200_001);
        assert_eq!(blocks.bytes_read(), 1_000_000);
    }

    #[test]
    fn every_line_is_shown_whatever_the_size() {
        for size in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK] {
            // The last line has no end, and stands right at the edge of a block.
            let text = "x\n".repeat(size / 2) + if size % 2 == 1 { "y" } else { "" };
            let mut reader = text.as_bytes();
            let (mut shown, mut last) = (Vec::new(), 0);
            Blocks::new(&mut reader, Encoding::Bytes).each_line(&mut |number, line| {
                shown.extend_from_slice(line);
                last = number;
                true
            });
            assert_eq!((shown, last), (text.clone().into_bytes(), text.lines().count() as u64), "{size}");
        }
        let text = format!("a\n{}\nb", "x".repeat(2 * LONG_LINE));
        let mut reader = text.as_bytes();
        let mut numbers = Vec::new();
        Blocks::new(&mut reader, Encoding::Bytes).each_line(&mut |number, _| {
            numbers.push(number);
            true
        });
        assert_eq!((numbers[0], numbers[1], *numbers.last().unwrap()), (1, 2, 3));
    }

    #[test]
    fn damage_ends_the_source_and_is_kept() {
        struct Broken(usize);
        impl Read for Broken {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                if self.0 > 1 {
                    return Err(io::Error::other("checksum"));
                }
                into[..3].copy_from_slice(b"ok\n");
                Ok(3)
            }
        }
        let mut reader = Broken(0);
        let mut blocks = Blocks::new(&mut reader, Encoding::Bytes);
        blocks.advance(0);
        assert_eq!(blocks.bytes(), b"ok\n");
        assert!(blocks.damage().is_some());
    }
}
