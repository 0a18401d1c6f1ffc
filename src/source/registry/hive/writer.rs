//! Writes small hives for tests, cell by cell as Windows lays them out.

use super::checksum;

/// A key to be written.
#[derive(Default, Clone)]
pub struct New {
    pub name: &'static str,
    pub flags: u16,
    pub volatile: u32,
    pub values: Vec<(&'static str, u32, Vec<u8>)>,
    pub children: Vec<New>,
    pub list: List,
}

/// The forms that a list of children may have.
#[derive(Default, Clone, Copy)]
pub enum List {
    #[default]
    Hashed,
    Plain,
    Nested,
}

pub fn key(name: &'static str, children: Vec<New>) -> New {
    New { name, children, ..New::default() }
}

pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// The bins of a hive under construction.
struct Bins(Vec<u8>);

impl Bins {
    fn cell(&mut self, content: &[u8]) -> u32 {
        let offset = self.0.len() as u32;
        let size = (content.len() + 4).next_multiple_of(8);
        self.0.extend((-(size as i32)).to_le_bytes());
        self.0.extend(content);
        self.0.resize(offset as usize + size, 0);
        offset
    }

    fn list(&mut self, list: List, keys: &[u32]) -> u32 {
        if keys.is_empty() {
            return u32::MAX;
        }
        let mut cell = match list {
            List::Hashed => b"lh".to_vec(),
            List::Plain => b"li".to_vec(),
            List::Nested => b"ri".to_vec(),
        };
        let entries = match list {
            List::Nested => keys.chunks(2).map(|it| self.list(List::Plain, it)).collect(),
            _ => keys.to_vec(),
        };
        cell.extend((entries.len() as u16).to_le_bytes());
        for it in entries {
            cell.extend(it.to_le_bytes());
            cell.extend(vec![0; if matches!(list, List::Hashed) { 4 } else { 0 }]);
        }
        self.cell(&cell)
    }

    fn value(&mut self, name: &str, kind: u32, data: &[u8]) -> u32 {
        let (size, at) = match data.len() {
            0..=4 => {
                let mut inside = [0; 4];
                inside[..data.len()].copy_from_slice(data);
                (data.len() as u32 | 1 << 31, u32::from_le_bytes(inside))
            }
            length @ 5..=16344 => (length as u32, self.cell(data)),
            length => {
                let segments: Vec<u8> =
                    data.chunks(16344).flat_map(|it| self.cell(it).to_le_bytes()).collect();
                let count = (segments.len() / 4) as u16;
                let list = self.cell(&segments);
                let mut cell = b"db".to_vec();
                cell.extend(count.to_le_bytes());
                cell.extend(list.to_le_bytes());
                cell.extend([0; 4]);
                (length as u32, self.cell(&cell))
            }
        };
        let mut cell = b"vk".to_vec();
        cell.extend((name.len() as u16).to_le_bytes());
        for it in [size, at, kind, 1] {
            cell.extend(it.to_le_bytes());
        }
        cell.extend(name.as_bytes());
        self.cell(&cell)
    }

    fn key(&mut self, new: &New) -> u32 {
        let values: Vec<u8> = new
            .values
            .iter()
            .flat_map(|(name, kind, data)| self.value(name, *kind, data).to_le_bytes())
            .collect();
        let values = if values.is_empty() { u32::MAX } else { self.cell(&values) };
        let children: Vec<u32> = new.children.iter().map(|it| self.key(it)).collect();
        let children = self.list(new.list, &children);
        // A name that Latin-1 does not have is UTF-16.
        let latin = new.name.chars().all(|it| u32::from(it) < 256);
        let name: Vec<u8> = match latin {
            true => new.name.chars().map(|it| it as u8).collect(),
            false => new.name.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        };
        let mut cell = b"nk".to_vec();
        cell.extend((new.flags | u16::from(latin) << 5).to_le_bytes());
        cell.extend([0; 16]);
        for it in
            [new.children.len() as u32, new.volatile, children, u32::MAX, new.values.len() as u32, values]
        {
            cell.extend(it.to_le_bytes());
        }
        cell.extend([0; 28]);
        cell.extend((name.len() as u16).to_le_bytes());
        cell.extend([0; 2]);
        cell.extend(name);
        self.cell(&cell)
    }
}

/// A hive with this root, whose file Windows called `name`.
pub fn hive(root: &New, name: &str) -> Vec<u8> {
    let mut bins = Bins(b"hbin".to_vec());
    bins.0.resize(32, 0);
    let root = bins.key(root);
    // What is left of the bin is a free cell, whose size is positive.
    let used = bins.0.len();
    let size = (used + 8).next_multiple_of(4096);
    bins.0.extend(((size - used) as u32).to_le_bytes());
    bins.0.resize(size, 0);
    bins.0[8..12].copy_from_slice(&(size as u32).to_le_bytes());
    let mut base = b"regf".to_vec();
    for it in [7, 7, 0, 0, 1, 5, 0, 1, root, size as u32, 1] {
        base.extend(u32::to_le_bytes(it));
    }
    // Windows keeps the end of a longer name.
    let letters: Vec<char> = name.chars().collect();
    base.extend(utf16(&letters[letters.len().saturating_sub(31)..].iter().collect::<String>()));
    base.resize(508, 0);
    base.extend(checksum(&[base.clone(), vec![0; 4]].concat()).unwrap().to_le_bytes());
    base.resize(4096, 0);
    base.extend(bins.0);
    base
}
