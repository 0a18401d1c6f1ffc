//! Members of a zip file that no table of contents tells of: it is lost with the end of the file, breaks off, or
//! is that of another zip file behind this one. Each member has a header of its own, and these are looked for.

use std::io::{self, Read, SeekFrom};
use std::ops::Range;

use ::zip::read::read_zipfile_from_stream;

use super::container::zip_member;
use super::inflate::{Inflate, LittleByLittle, Stored};
use super::reading::{Inside, Reading};
use super::zip::{Names, in_words, name_of};
use super::{ReadSeek, SkipKind};

const SIGN: &[u8] = b"PK\x03\x04";
const FIXED: u64 = 30;
/// Those of members that are packed: nothing else is taken for a header.
const METHODS: [u16; 12] = [0, 1, 6, 8, 9, 12, 14, 20, 93, 95, 98, 99];

const DEFLATE: u16 = 8;
const ZSTANDARD: [u16; 2] = [93, 20];

/// What stands in front of a member.
struct Header {
    start: u64,
    flags: u16,
    method: u16,
    sum: u32,
    packed: u64,
    name: Vec<u8>,
    data: u64,
}

impl Header {
    /// Why the member cannot be read.
    fn refusal(&self) -> Option<&'static str> {
        match () {
            () if self.flags & 1 != 0 => {
                Some("encrypted, and not in a table of contents: such a member cannot be read")
            }
            () if self.is_open() && self.method != DEFLATE => {
                Some("not in a table of contents, and where it ends is not told in front of it")
            }
            () => None,
        }
    }

    /// Whether its length and checksum stand behind the content, where it must be read to find them.
    fn is_open(&self) -> bool {
        self.flags & 8 != 0 && self.packed == 0
    }

    fn end(&self) -> u64 {
        self.data.saturating_add(self.packed)
    }
}

impl Reading<'_> {
    /// Reads the members that stand in these places of a zip file, each with a number from `first` on. Gives how
    /// many there were.
    pub(super) fn salvage(
        &self,
        file: &mut dyn ReadSeek,
        (places, first): (&[Range<u64>], usize),
        names: &mut Names,
        inside: &Inside,
    ) -> usize {
        let mut count = 0;
        for place in places {
            let mut at = place.start;
            while let Ok(Some(header)) = next(file, at..place.end) {
                if self.reader.budget.spent().is_some() {
                    return count;
                }
                let path = self.path(inside, names, &name_of(&header.name));
                if path.ends_with(['/', '\\']) {
                    at = header.end().max(header.data);
                    continue;
                }
                let position = inside.at(first + count);
                count += 1;
                let wanted = (self.reader.wanted)(&position);
                let one = One { header, limit: place.end, wanted, path, position };
                at = self.one(file, one, inside);
            }
        }
        count
    }

    /// Reads one; gives where the next may begin.
    fn one(&self, file: &mut dyn ReadSeek, one: One, inside: &Inside) -> u64 {
        let One { header, limit, wanted, path, position } = one;
        let after = if header.is_open() { header.start + SIGN.len() as u64 } else { header.end() };
        let lost = |reason: &str| {
            if wanted {
                self.skip(&position, &self.shown(&path), reason, SkipKind::Loss);
            }
            after
        };
        if let Some(reason) = header.refusal() {
            return lost(reason);
        }
        let start = if header.method == DEFLATE || header.method == 0 { header.data } else { header.start };
        if let Err(error) = file.seek(SeekFrom::Start(start)) {
            return lost(&in_words(&error));
        }
        let member = |content: &mut dyn Read| {
            if wanted {
                self.member(position.clone(), &path, content, inside);
            }
        };
        match header.method {
            DEFLATE if header.is_open() => {
                let mut content = Inflate::new((&mut *file).take(limit.saturating_sub(header.data)), None);
                member(&mut content);
                // What was not wanted of it must be read all the same: only then is known where it ends.
                let rest = io::copy(&mut self.reader.budget.limited(&mut content, true), &mut io::sink());
                let (used, sum) = (content.used(), content.sum());
                if rest.is_err() || !content.is_done() {
                    return after;
                }
                let end = header.data.saturating_add(used);
                if descriptor(file, end).is_some_and(|it| it != sum) {
                    lost("its checksum does not fit: the content is damaged");
                }
                return end;
            }
            DEFLATE => member(&mut Inflate::new((&mut *file).take(header.packed), Some(header.sum))),
            0 => member(&mut Stored::new((&mut *file).take(header.packed), header.packed, header.sum)),
            it if ZSTANDARD.contains(&it) => {
                match zip_member(&mut &mut *file, header.start, header.packed, header.sum) {
                    Ok(mut content) => member(&mut content),
                    Err(error) => return lost(&in_words(&error)),
                }
            }
            _ => match read_zipfile_from_stream(&mut &mut *file) {
                Ok(Some(content)) => member(&mut LittleByLittle(content)),
                _ => return lost("not in a table of contents, and packed in a way that is not read"),
            },
        }
        after
    }
}

/// A member to read.
struct One {
    header: Header,
    limit: u64,
    wanted: bool,
    path: String,
    position: super::Position,
}

/// The first header in a part of the file.
fn next(file: &mut dyn ReadSeek, place: Range<u64>) -> io::Result<Option<Header>> {
    const STEP: u64 = 64 << 10;
    let mut at = place.start;
    while at < place.end {
        file.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::new();
        (&mut *file).take(STEP.min(place.end - at)).read_to_end(&mut bytes)?;
        let Some(found) = memchr::memmem::find(&bytes, SIGN) else {
            // A sign may stand on the edge.
            at += (bytes.len() as u64).saturating_sub(3).max(1);
            if (bytes.len() as u64) < STEP {
                return Ok(None);
            }
            continue;
        };
        at += found as u64;
        if let Some(header) = header(file, at)? {
            return Ok(Some(header));
        }
        at += SIGN.len() as u64;
    }
    Ok(None)
}

/// The header at a place, if one that makes sense stands there.
fn header(file: &mut dyn ReadSeek, start: u64) -> io::Result<Option<Header>> {
    file.seek(SeekFrom::Start(start))?;
    let mut fixed = Vec::new();
    (&mut *file).take(FIXED).read_to_end(&mut fixed)?;
    let Ok(fixed) = <[u8; 30]>::try_from(fixed) else { return Ok(None) };
    let two = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
    let four = |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
    let (method, length, extra_length) = (two(8), two(26), two(28));
    if fixed[4] > 100 || !METHODS.contains(&method) || length == 0 {
        return Ok(None);
    }
    let mut name = Vec::new();
    (&mut *file).take(u64::from(length)).read_to_end(&mut name)?;
    let mut extra = Vec::new();
    (&mut *file).take(u64::from(extra_length)).read_to_end(&mut extra)?;
    let packed = match four(18) {
        u32::MAX => large(&extra).unwrap_or(u64::from(u32::MAX)),
        it => u64::from(it),
    };
    let data = start + FIXED + u64::from(length) + u64::from(extra_length);
    Ok(Some(Header { start, flags: two(6), method, sum: four(14), packed, name, data }))
}

/// The packed size of a member of more than 4 GB.
fn large(mut extra: &[u8]) -> Option<u64> {
    while let Some((head, rest)) = extra.split_first_chunk::<4>() {
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        if head[..2] == [1, 0] {
            return rest.get(8..16)?.first_chunk().map(|it| u64::from_le_bytes(*it));
        }
        extra = rest.get(length..)?;
    }
    None
}

/// The checksum that stands behind a content, with or without a sign in front of it.
fn descriptor(file: &mut dyn ReadSeek, at: u64) -> Option<u32> {
    file.seek(SeekFrom::Start(at)).ok()?;
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes).ok()?;
    let sum = bytes.strip_prefix(b"PK\x07\x08").unwrap_or(&bytes[..4]);
    sum.first_chunk().map(|it| u32::from_le_bytes(*it))
}
