//! A hive's bytes, and the cells in them. Every offset and length comes from the file and is checked here: what
//! lies outside, or is not in use, is not there.

/// Where the bins begin; offsets count from there.
const BINS: usize = 4096;
/// A bin's header, in front of its first cell.
const BIN_HEADER: usize = 32;

pub struct Cells(Vec<u8>);

impl Cells {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// All bytes, with the base block in front.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The content of the cell at an offset, if a cell in use is there.
    pub fn at(&self, offset: u32) -> Option<&[u8]> {
        let at = BINS.checked_add(usize::try_from(offset).ok()?)?;
        let size = i32_at(&self.0, at)?;
        // The size of a free cell is positive.
        let end = at.checked_add(usize::try_from(size.checked_neg()?).ok()?)?;
        self.0.get(at.checked_add(4)?..end)
    }

    /// How many keys there are, found by going over all cells and not by what the keys say of each other.
    pub fn keys(&self) -> u64 {
        let (mut at, mut keys) = (BINS, 0);
        while let Some(size) = i32_at(&self.0, at) {
            let bin = at % BINS == 0 && self.0[at..].starts_with(b"hbin");
            let length = if bin { BIN_HEADER } else { size.unsigned_abs() as usize };
            if !bin && size < 0 && self.0[at + 4..].starts_with(b"nk") {
                keys += 1;
            }
            // Behind what is no cell, the next bin may be whole.
            at = if length < 8 || length % 8 != 0 { (at / BINS + 1) * BINS } else { at + length };
        }
        keys
    }

    /// How many bytes the bins should have, by the base block.
    pub fn missing_bytes(&self) -> usize {
        let claimed = u32_at(&self.0, 0x28).map_or(0, |it| it as usize);
        claimed.saturating_add(BINS).saturating_sub(self.0.len())
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    array(bytes, at).map(i32::from_le_bytes)
}

/// A name: one byte a letter (Latin-1), or UTF-16.
pub fn name(bytes: &[u8], compressed: bool) -> String {
    if compressed {
        return bytes.iter().map(|it| char::from(*it)).collect();
    }
    let units = bytes.chunks_exact(2).map(|it| u16::from_le_bytes([it[0], it[1]]));
    char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
