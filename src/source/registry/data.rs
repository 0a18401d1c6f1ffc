//! A registry value's data as text, alike in exports, listings and hives: strings as they are, numbers in decimal,
//! the strings of a list one a line, all else as bytes in hex.

/// More than a value ever holds: one that goes on beyond that is damaged.
pub const LONGEST: usize = 1 << 20;

pub const STRING: u32 = 1;
pub const EXPAND: u32 = 2;
pub const BINARY: u32 = 3;
pub const DWORD: u32 = 4;
pub const DWORD_BIG_ENDIAN: u32 = 5;
pub const LINK: u32 = 6;
pub const MULTI: u32 = 7;
pub const QWORD: u32 = 11;

/// The data of a value of the type `kind`. `ansi` says that strings are bytes of the ANSI code page instead of
/// UTF-16. A number that has not the length of its type is told as bytes.
pub fn text(kind: u32, bytes: &[u8], ansi: bool) -> String {
    match kind {
        STRING | EXPAND | LINK => {
            let text = decode(bytes, ansi);
            text.split('\0').next().unwrap_or_default().to_owned()
        }
        MULTI => decode(bytes, ansi).trim_end_matches('\0').replace('\0', "\n"),
        _ => number(kind, bytes).unwrap_or_else(|| hex(bytes)),
    }
}

fn number(kind: u32, bytes: &[u8]) -> Option<String> {
    Some(match kind {
        DWORD => u32::from_le_bytes(bytes.try_into().ok()?).to_string(),
        DWORD_BIG_ENDIAN => u32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        QWORD => u64::from_le_bytes(bytes.try_into().ok()?).to_string(),
        _ => return None,
    })
}

/// `0a ff`: bytes as they are told.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect::<Vec<_>>().join(" ")
}

fn decode(bytes: &[u8], ansi: bool) -> String {
    let encoding = if ansi { encoding_rs::WINDOWS_1252 } else { encoding_rs::UTF_16LE };
    // Half a character at the end is what programs leave there that count wrong.
    let whole = if ansi { bytes } else { &bytes[..bytes.len() & !1] };
    encoding.decode_without_bom_handling(whole).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type() {
        let check = |kind, bytes: &[u8], expect: &str| assert_eq!(text(kind, bytes, false), expect);
        check(STRING, b"a\0b\0\0\0x\0", "ab");
        check(EXPAND, b"a\0b\0\0", "ab");
        check(LINK, b"a\0", "a");
        check(MULTI, b"a\0\0\0b\0\0\0\0\0", "a\nb");
        check(DWORD, &[10, 0, 0, 0], "10");
        check(DWORD_BIG_ENDIAN, &[0, 0, 0, 10], "10");
        check(QWORD, &[1, 0, 0, 0, 1, 0, 0, 0], "4294967297");
        check(DWORD, &[10, 0], "0a 00");
        check(BINARY, &[10, 255], "0a ff");
        check(0, b"", "");
        check(0xFFFF_0012, &[1], "01");
    }
}
