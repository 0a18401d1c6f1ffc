//! Cabinets written out byte by byte: what no tool makes, and what only sets and damaged ones have.

use std::io::Cursor;

use super::*;
use crate::bundle::container::With;

/// A block as the cabinet holds it: what its checksum is xored with, its data, the size it says.
type Block<'b> = (u32, &'b [u8], u16);

/// A cabinet of one folder; each file is `(name, attributes, folder, start, size)`. `flags` makes it a part of
/// a set, between PREV.CAB and NEXT.CAB, or gives it reserved bytes.
fn cabinet(packing: u16, blocks: &[Block<'_>], files: &[(&[u8], u16, u16, u32, u32)], flags: u16) -> Vec<u8> {
    let reserve: &[u8] = if flags & RESERVE != 0 { b"\x05\0\x03\x02HDRES" } else { b"" };
    let (folder_reserve, data_reserve): (&[u8], &[u8]) =
        if flags & RESERVE != 0 { (b"FOL", b"DA") } else { (b"", b"") };
    let mut sets = Vec::new();
    for (flag, name) in [(PREVIOUS, &b"PREV.CAB\0\0"[..]), (NEXT, b"NEXT.CAB\0Disk 3\0")] {
        if flags & flag != 0 {
            sets.extend_from_slice(name);
        }
    }
    let folder_at = 36 + reserve.len() + sets.len();
    let files_at = folder_at + 8 + folder_reserve.len();
    let mut table = Vec::new();
    for (name, attributes, folder, start, size) in files {
        table.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
        for word in [*folder, 0x586C, 0x1983, *attributes] {
            table.extend(word.to_le_bytes());
        }
        table.extend_from_slice(name);
        table.push(0);
    }
    let mut bytes = b"MSCF\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend((files_at as u32).to_le_bytes());
    bytes.extend(b"\0\0\0\0\x03\x01\x01\0");
    for word in [files.len() as u16, flags, 0x1234, 1] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([reserve, &sets].concat());
    bytes.extend(((files_at + table.len()) as u32).to_le_bytes());
    bytes.extend([(blocks.len() as u16).to_le_bytes(), packing.to_le_bytes()].concat());
    bytes.extend_from_slice(folder_reserve);
    bytes.extend(table);
    for (damage, data, size) in blocks {
        let sizes = [(data.len() as u16).to_le_bytes(), size.to_le_bytes()].concat();
        bytes.extend((folder::checksum(&sizes, data_reserve, data) ^ damage).to_le_bytes());
        bytes.extend([&sizes, data_reserve, data].concat());
    }
    bytes
}

/// Holds what a walk tells against `expect`: `name: content`, and what is wrong in brackets behind it.
#[track_caller]
fn check(bytes: &[u8], expect: &[&str]) {
    let mut told = Vec::new();
    let mut show = |it: Told<'_>| {
        told.push(match it {
            Told::File(Member { name, reader, .. }) => {
                let mut content = Vec::new();
                let error = reader.read_to_end(&mut content).err();
                let error = error.map(|it| format!(" [{}]", in_words(&it))).unwrap_or_default();
                format!("{name}: {}{error}", content.escape_ascii())
            }
            Told::Left { name, reason, .. } => format!("{name}: [{reason}]"),
        });
        true
    };
    let end = walk(&mut Cursor::new(bytes), &With { path: "x.cab", passwords: &[] }, &mut show);
    told.extend(end.err().map(|it| format!("[{it}]")));
    assert_eq!(told, expect);
}

#[test]
fn stored_files_stand_one_after_the_other() {
    let files: [(&[u8], _, _, _, _); 4] =
        [(b"b", 0, 0, 3, 2), (b"a", 0, 0, 0, 3), (b"b", 0, 0, 5, 0), (b"c", 0, 0, 6, 2)];
    for flags in [0, RESERVE, PREVIOUS | NEXT] {
        let bytes = cabinet(0, &[(0, b"abcd", 4), (0, b"efgh", 4)], &files, flags);
        check(&bytes, &["a: abc", "b: de", "b: ", "c: gh"]);
        assert!((CABINET.fits)("x.cab", &bytes) && !(CABINET.fits)("kb5000000.MSU", &bytes));
    }
}

#[test]
fn names_are_utf8_or_of_a_western_machine() {
    let files: [(&[u8], _, _, _, _); 3] =
        [("Größe".as_bytes(), 0x80, 0, 0, 1), (b"Gr\xF6\xDFe", 0, 0, 1, 1), (b"\xFF", 0x80, 0, 2, 1)];
    check(&cabinet(0, &[(0, b"abc", 3)], &files, 0), &["Größe: a", "Größe: b", "\u{FFFD}: c"]);
}

#[test]
fn a_checksum_that_does_not_fit_is_told_and_the_content_kept() {
    let files: [(&[u8], _, _, _, _); 4] =
        [(b"a", 0, 0, 0, 3), (b"b", 0, 0, 3, 2), (b"c", 0, 0, 5, 2), (b"d", 0, 0, 7, 2)];
    let doubt = "[its checksum does not fit: the content is damaged]";
    check(
        &cabinet(0, &[(0, b"abcd", 4), (7, b"efg", 3), (0, b"hi", 2)], &files, 0),
        &["a: abc", &format!("b: de {doubt}"), &format!("c: fg {doubt}"), "d: hi"],
    );
}

#[test]
fn places_that_cannot_be_are_told() {
    let files: [(&[u8], _, _, _, _); 5] = [
        (b"a", 0, 0, 0, 3),
        (b"over", 0, 0, 1, 3),
        (b"long", 0, 0, 3, 9),
        (b"behind", 0, 0, 99, 1),
        (b"nowhere", 0, 7, 0, 1),
    ];
    check(
        &cabinet(0, &[(0, b"abcd", 4)], &files, 0),
        &[
            "a: abc",
            "over: [lies in the same place as another file of the cabinet: the cabinet is damaged]",
            "long: d [it goes on behind the end of the cabinet's data: the cabinet is damaged]",
            "behind: [lies behind the end of the cabinet's data: the cabinet is damaged]",
            "nowhere: [the cabinet has no such part as it should lie in: the cabinet is damaged]",
        ],
    );
    check(&cabinet(0, &[], &[], 0), &["[a cabinet without files]"]);
}

#[test]
fn files_of_other_parts_of_a_set_are_told() {
    let next: [(&[u8], _, _, _, _); 3] =
        [(b"a", 0, 0, 0, 2), (b"b", 0, TO_NEXT, 2, 9), (b"c", 0, TO_NEXT, 11, 9)];
    let on = "[part 2 of a cabinet set: it goes on in NEXT.CAB, which is needed]";
    check(
        &cabinet(0, &[(0, b"abcd", 4), (0, b"ef", 0)], &next, NEXT),
        &["a: ab", &format!("b: cd {on}"), &format!("c: {on}")],
    );
    let previous: [(&[u8], _, _, _, _); 2] = [(b"a", 0, FROM_PREVIOUS, 0, 2), (b"b", 0, 0, 2, 2)];
    let before = "[part 2 of a cabinet set: it begins in PREV.CAB, which is needed]";
    check(
        &cabinet(0, &[(0, b"abcd", 4)], &previous, PREVIOUS),
        &[&format!("a: {before}"), &format!("b: {before}")],
    );
}

#[test]
fn what_is_packed_in_other_ways_is_told() {
    let files: [(&[u8], _, _, _, _); 1] = [(b"a", 0, 0, 0, 3)];
    let told = |packing| cabinet(packing, &[(0, b"abc", 3)], &files, 0);
    check(
        &told(0x1472),
        &["a: [packed with Quantum, which is not read: send it unpacked (expand -F:* FILE FOLDER)]"],
    );
    check(&told(0x0903), &["a: [packed with LZX and a window of 2^9, which no cabinet has: damaged]"]);
    check(
        &told(9),
        &["a: [packed with method 9, which is not known: send it unpacked (expand -F:* FILE FOLDER)]"],
    );
    check(&told(1), &["a:  [its compressed data is damaged: a block without its mark]"]);
}

#[test]
fn what_ends_too_early_gives_what_was_there() {
    let files: [(&[u8], _, _, _, _); 2] = [(b"a", 0, 0, 0, 3), (b"b", 0, 0, 3, 2)];
    let bytes = cabinet(0, &[(0, b"abcd", 4), (0, b"e", 1)], &files, 0);
    let cut = "the file ends too early (truncated)";
    check(&bytes[..bytes.len() - 1], &["a: abc", &format!("b: d [{cut}]")]);
    check(&bytes[..bytes.len() - 10], &["a: abc", &format!("b:  [{cut}]")]);
    check(&bytes[..20], &[&format!("[{cut}]")]);
    check(&bytes[..63], &[&format!("a:  [{cut}]"), &format!("[its table of contents breaks off: {cut}]")]);
}

/// LZX with blocks that are not compressed: a zero address behind a call, which the library takes for a
/// negative one, and one near the end of the block, which stays as it is.
#[test]
fn calls_become_relative_again() {
    // One bit for "the size follows", 32 for the size (12,000,000 = 00B7_1B00h), three for the kind, 24 for the
    // length (40), and zeros to the end of the word.
    let head: u64 = 1 << 63 | 0x00B7_1B00 << 31 | 3 << 28;
    let mut data = Vec::new();
    let bits = u128::from(head) << 64 | 40_u128 << 68;
    for shift in (0..128).rev().step_by(16).take(4) {
        data.extend(((bits >> (shift - 15)) as u16).to_le_bytes());
    }
    data.extend([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    let mut plain = [b'.'; 40];
    plain[2..7].copy_from_slice(b"\xE8\0\0\0\0");
    plain[10..15].copy_from_slice(b"\xE8\x64\0\0\0");
    plain[20..25].copy_from_slice(b"\xE8\xFF\xFF\xFF\xFF");
    plain[30..35].copy_from_slice(b"\xE8\x64\0\0\0");
    data.extend(plain);
    let files: [(&[u8], _, _, _, _); 1] = [(b"a", 0, 0, 0, 40)];
    check(
        &cabinet(0x0F03, &[(0, &data, 40)], &files, 0),
        &[
            "a: ..\\xe8\\xfe\\xff\\xff\\xff...\\xe8Z\\x00\\x00\\x00.....\\xe8\\xff\\x1a\\xb7\\x00.....\\xe8d\\x00\\x00\\x00.....",
        ],
    );
}
