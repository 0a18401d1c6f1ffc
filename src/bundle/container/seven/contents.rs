//! The table of contents of a 7z archive before the library reads it: the library holds all of it in memory,
//! however large it is, and unpacks it where it is packed itself.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use flate2::Crc;

/// The most that a table of contents may take: that of a hundred thousand files has about as much.
const LARGEST: u64 = 16 << 20;

/// Marks of the parts.
const PACKED: u8 = 0x17;
const PACK_INFO: u8 = 0x06;
const UNPACK_INFO: u8 = 0x07;
const SIZES: u8 = 0x09;
const FOLDERS: u8 = 0x0B;
const UNPACK_SIZES: u8 = 0x0C;

/// Why the table of contents cannot be read, if that can be told without reading it.
pub fn refusal(file: &mut (impl Read + Seek)) -> Option<String> {
    match size(file) {
        Ok(size) if size <= LARGEST => None,
        Ok(_) => Some(format!("its table of contents has more than {} MB", LARGEST >> 20)),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Some("its table of contents is damaged".to_owned())
        }
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Some("its table of contents is missing: the file ends too early (truncated)".to_owned())
        }
        Err(error) => Some(error.to_string()),
    }
}

/// How much of it will be held in memory.
fn size(file: &mut (impl Read + Seek)) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut header = [0; 32];
    file.read_exact(&mut header)?;
    let mut sum = Crc::new();
    sum.update(&header[12..]);
    if header[8..12] != sum.sum().to_le_bytes() {
        return Err(ErrorKind::InvalidData.into());
    }
    let number = |at: usize| header[at..].first_chunk().map_or(0, |it| u64::from_le_bytes(*it));
    let (start, size) = (number(12).saturating_add(32), number(20));
    if start.saturating_add(size) > length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    if size == 0 || size > LARGEST {
        return Ok(size);
    }
    file.seek(SeekFrom::Start(start))?;
    let mut table = Vec::new();
    file.take(size).read_to_end(&mut table)?;
    if table[0] != PACKED {
        return Ok(size);
    }
    // A cut in here is damage: the file is long enough.
    unpacked_size(&mut &table[1..]).map_err(|_| ErrorKind::InvalidData.into())
}

/// What a packed table of contents unpacks to, and all that its packing goes through.
fn unpacked_size(table: &mut &[u8]) -> io::Result<u64> {
    expect(table, PACK_INFO)?;
    let (_, streams) = (number(table)?, count(table)?);
    loop {
        match byte(table)? {
            0 => break,
            SIZES => (0..streams).try_for_each(|_| number(table).map(drop))?,
            // The library takes no checksums here either.
            _ => return Err(ErrorKind::InvalidData.into()),
        }
    }
    expect(table, UNPACK_INFO)?;
    expect(table, FOLDERS)?;
    let (folders, external) = (count(table)?, byte(table)?);
    if external != 0 {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut outputs = 0;
    for _ in 0..folders {
        outputs += folder(table)?;
    }
    expect(table, UNPACK_SIZES)?;
    (0..outputs).try_fold(0_u64, |largest, _| Ok(largest.max(number(table)?)))
}

/// Passes over a description of how something is packed; the number of its outputs.
fn folder(table: &mut &[u8]) -> io::Result<u64> {
    let (mut inputs, mut outputs) = (0, 0);
    for _ in 0..count(table)? {
        let flags = byte(table)?;
        skip(table, u64::from(flags & 0xF))?;
        let (own_inputs, own_outputs) =
            if flags & 0x10 != 0 { (count(table)?, count(table)?) } else { (1, 1) };
        if flags & 0x20 != 0 {
            let size = count(table)?;
            skip(table, size)?;
        }
        inputs += own_inputs;
        outputs += own_outputs;
    }
    let bound = outputs.saturating_sub(1);
    for _ in 0..bound * 2 {
        number(table)?;
    }
    let packed = inputs.saturating_sub(bound);
    for _ in 0..if packed > 1 { packed } else { 0 } {
        number(table)?;
    }
    Ok(outputs)
}

fn byte(table: &mut &[u8]) -> io::Result<u8> {
    let mut byte = [0];
    table.read_exact(&mut byte)?;
    Ok(byte[0])
}

fn expect(table: &mut &[u8], mark: u8) -> io::Result<()> {
    if byte(table)? == mark { Ok(()) } else { Err(ErrorKind::InvalidData.into()) }
}

fn skip(table: &mut &[u8], count: u64) -> io::Result<()> {
    (0..count).try_for_each(|_| byte(table).map(drop))
}

/// A number of things that each take a byte or more.
fn count(table: &mut &[u8]) -> io::Result<u64> {
    let count = number(table)?;
    if count > table.len() as u64 { Err(ErrorKind::InvalidData.into()) } else { Ok(count) }
}

/// The upper bits of the first byte count the bytes that follow; its lower bits are the upper ones of the number.
fn number(table: &mut &[u8]) -> io::Result<u64> {
    let first = byte(table)?;
    let more = first.leading_ones();
    let mut number = 0;
    for at in 0..more {
        number |= u64::from(byte(table)?) << (8 * at);
    }
    // Eight bytes leave no bits.
    let rest = 0x7F_u8.checked_shr(more).unwrap_or(0) & first;
    Ok(number | u64::from(rest).checked_shl(8 * more).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_length_that_they_say() {
        let check = |mut bytes: &[u8], expect| assert_eq!(number(&mut bytes).ok(), expect);
        check(b"\x7F", Some(0x7F));
        check(b"\x81\x02", Some(0x0102));
        check(b"\xC1\x02\x03", Some(0x01_0302));
        check(b"\xFF\x01\x02\x03\x04\x05\x06\x07\x08", Some(0x0807_0605_0403_0201));
        check(b"\xFE\x01\x02\x03\x04\x05\x06\x07", Some(0x07_0605_0403_0201));
        check(b"\xC1\x02", None);
    }

    /// A table of contents that is packed with LZMA and says that it unpacks to 4 GB.
    #[test]
    fn a_table_of_contents_cannot_fill_the_memory() {
        let table = b"\x17\x06\0\x01\x09\x05\0\x07\x0B\x01\0\x01\x23\x03\x01\x01\x05\x5D\0\0\x10\0\x0C\xF1\0\0\0\0\0\0\0";
        let file = |table: &[u8], size: u64| {
            let mut start = [&0_u64.to_le_bytes()[..], &size.to_le_bytes(), b"\0\0\0\0"].concat();
            let mut sum = Crc::new();
            sum.update(&start);
            let head = [&b"7z\xBC\xAF\x27\x1C\0\x04"[..], &sum.sum().to_le_bytes()].concat();
            start.splice(0..0, head);
            io::Cursor::new([&start, table].concat())
        };
        let told = |table: &[u8], size| refusal(&mut file(table, size)).unwrap_or_default();
        assert_eq!(told(table, 31), "its table of contents has more than 16 MB");
        let small = [&table[..22], b"\x0C\x20\0\0\0\0\0\0\0"].concat();
        assert_eq!(told(&small, 31), "");
        assert_eq!(told(&table[..20], 20), "its table of contents is damaged");
        assert!(told(table, 32).ends_with("the file ends too early (truncated)"));
        assert_eq!(told(&vec![1; 17 << 20], 17 << 20), "its table of contents has more than 16 MB");
    }
}
