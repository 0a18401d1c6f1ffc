//! Keys of a hive (`nk` cells), the lists of their children, and their values (`vk` cells).

use std::borrow::Cow;

use super::super::data::LONGEST;
use super::cells::{Cells, name, u16_at, u32_at};

/// Data longer than this stands in several cells.
const SEGMENT: usize = 16344;

#[derive(Clone, Copy)]
pub struct Key<'h> {
    cell: &'h [u8],
}

/// What a list holds, and how much of it could not be read.
pub struct Read<T> {
    pub found: Vec<T>,
    pub lost: u64,
}

impl<'h> Key<'h> {
    pub fn at(cells: &'h Cells, offset: u32) -> Option<Self> {
        let cell = cells.at(offset).filter(|it| it.starts_with(b"nk") && it.len() >= 76)?;
        Some(Self { cell })
    }

    fn number(&self, at: usize) -> u32 {
        u32_at(self.cell, at).unwrap_or(u32::MAX)
    }

    fn flags(&self) -> u16 {
        u16_at(self.cell, 2).unwrap_or_default()
    }

    /// Its name; `None` where that cannot be one.
    pub fn name(&self) -> Option<String> {
        let length = usize::from(u16_at(self.cell, 72)?);
        let name = name(self.cell.get(76..76 + length)?, self.flags() & 0x20 != 0);
        (!name.is_empty() && !name.contains(['\\', '\0'])).then_some(name)
    }

    /// Whether it stands for a key somewhere else.
    pub fn is_link(&self) -> bool {
        self.flags() & 0x10 != 0
    }

    /// Whether it had children that live in memory only, and that no file tells of.
    pub fn has_volatile(&self) -> bool {
        self.number(24) != 0
    }

    /// Its children, but no more than `most`.
    pub fn children(&self, cells: &'h Cells, most: usize) -> Read<Self> {
        let claimed = self.number(20);
        let mut read = Read { found: Vec::new(), lost: 0 };
        if claimed > 0 {
            list(cells, self.number(28), most, false, &mut read);
        }
        // A list that has another number of children than the key says has lost some.
        let known = read.found.len() as u64 + read.lost;
        read.lost += u64::from(claimed).abs_diff(known).min(1);
        read
    }

    /// The child of this name.
    pub fn child(&self, cells: &'h Cells, name: &str, most: usize) -> Option<Self> {
        let mut children = self.children(cells, most).found.into_iter();
        children.find(|it| it.name().is_some_and(|it| it.eq_ignore_ascii_case(name)))
    }

    /// Its values, but no more than `most`.
    pub fn values(&self, cells: &'h Cells, most: usize) -> Read<Value<'h>> {
        let claimed = self.number(36) as usize;
        if claimed == 0 {
            return Read { found: Vec::new(), lost: 0 };
        }
        let offsets = cells.at(self.number(40)).unwrap_or_default().chunks_exact(4).take(claimed.min(most));
        let mut read = Read { found: Vec::new(), lost: 0 };
        let mut seen = 0;
        for offset in offsets {
            seen += 1;
            match u32_at(offset, 0).and_then(|it| Value::at(cells, it)) {
                Some(value) => read.found.push(value),
                None => read.lost += 1,
            }
        }
        read.lost += u64::from(seen < claimed);
        read
    }
}

/// Reads a list of children: keys themselves, or lists of keys (`ri`), but never lists of lists of lists.
fn list<'h>(cells: &'h Cells, offset: u32, most: usize, inside: bool, read: &mut Read<Key<'h>>) {
    let cell = cells.at(offset).filter(|it| it.len() >= 4);
    let (step, lists) = match cell.map(|it| &it[..2]) {
        Some(b"lf" | b"lh") => (8, false),
        Some(b"li") => (4, false),
        Some(b"ri") if !inside => (4, true),
        _ => return read.lost += 1,
    };
    let cell = cell.unwrap_or_default();
    let count = usize::from(u16_at(cell, 2).unwrap_or_default());
    let entries = cell[4..].chunks_exact(step);
    read.lost += u64::from(entries.len() < count);
    for entry in entries.take(count) {
        let offset = u32_at(entry, 0).unwrap_or(u32::MAX);
        if read.found.len() as u64 + read.lost >= most as u64 {
            return read.lost += 1;
        }
        if lists {
            list(cells, offset, most, true, read);
        } else if let Some(key) = Key::at(cells, offset) {
            read.found.push(key);
        } else {
            read.lost += 1;
        }
    }
}

pub struct Value<'h> {
    cell: &'h [u8],
}

impl<'h> Value<'h> {
    fn at(cells: &'h Cells, offset: u32) -> Option<Self> {
        let cell = cells.at(offset).filter(|it| it.starts_with(b"vk") && it.len() >= 20)?;
        cell.get(20..20 + usize::from(u16_at(cell, 2)?)).map(|_| Self { cell })
    }

    fn number(&self, at: usize) -> u32 {
        u32_at(self.cell, at).unwrap_or_default()
    }

    /// Its name; empty for the default value.
    pub fn name(&self) -> String {
        let end = 20 + usize::from(u16_at(self.cell, 2).unwrap_or_default());
        let compressed = u16_at(self.cell, 16).unwrap_or_default() & 1 != 0;
        name(self.cell.get(20..end).unwrap_or_default(), compressed)
    }

    pub fn kind(&self) -> u32 {
        self.number(12)
    }

    /// Its data; `None` where that cannot be read, or is longer than any real one.
    pub fn data(&self, cells: &'h Cells) -> Option<Cow<'h, [u8]>> {
        const INSIDE: u32 = 1 << 31;
        let size = self.number(4);
        let length = (size & !INSIDE) as usize;
        if size & INSIDE != 0 {
            // Up to four bytes stand where the offset would.
            return self.cell.get(8..8 + length.min(5)).filter(|_| length <= 4).map(Cow::Borrowed);
        }
        if length == 0 {
            return Some(Cow::Borrowed(&[]));
        }
        let cell = cells.at(self.number(8)).filter(|_| length <= LONGEST)?;
        if length <= SEGMENT || !cell.starts_with(b"db") {
            return cell.get(..length).map(Cow::Borrowed);
        }
        let segments = cells.at(u32_at(cell, 4)?)?.chunks_exact(4).take(usize::from(u16_at(cell, 2)?));
        let mut data = Vec::new();
        for segment in segments {
            let rest = length - data.len();
            let segment = cells.at(u32_at(segment, 0)?)?;
            data.extend_from_slice(segment.get(..rest.min(SEGMENT))?);
        }
        (data.len() == length).then_some(Cow::Owned(data))
    }
}
