//! Reading bundles that tools really make: backslashes, foreign names, nested and damaged zip files.

use std::io::{Cursor, Write};

use ::zip::unstable::write::FileOptionsExt;
use ::zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What is read of a zip file: `path: content` for each member, and `path! reason` for what is skipped.
fn told(bytes: &[u8], limits: &Limits, passwords: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = folder.path().join("case.zip");
    std::fs::write(&on_disk, bytes).unwrap();
    let files = vec![FileMember { on_disk, path: "case.zip".to_owned(), whole_case: true }];
    let bundle =
        Bundle { name: "case".to_owned(), source: "case.zip".to_owned(), place: PathBuf::new(), files };
    let passwords: Vec<String> = passwords.iter().map(|it| (*it).to_owned()).collect();
    let (mut told, mut losses) = (Vec::new(), Vec::new());
    let skipped = bundle.read_in_order(limits, &passwords, &mut |entry| {
        let mut content = Vec::new();
        let outcome = entry.reader.read_to_end(&mut content);
        told.push(format!("{}: {}", entry.path, String::from_utf8_lossy(&content)));
        losses.extend(outcome.err().map(|it| format!("{}! {}", entry.path, Loss::of_rest(&it).reason)));
    });
    told.append(&mut losses);
    told.extend(skipped.into_iter().map(|it| format!("{}! {}", it.path, it.reason)));
    told
}

#[track_caller]
fn check(bytes: &[u8], expect: &[&str]) {
    assert_eq!(told(bytes, &Limits::default(), &[]), expect);
}

#[test]
fn names_are_kept_as_they_are() {
    let names = ["Logs\\CBS\\CBS.log", "Logs/CBS/cbs.log", "Logs/CBS/CBS.log", "größe.log"];
    let members: Vec<_> = names.iter().map(|it| (*it, &b"x"[..])).collect();
    let expect: Vec<_> = names.iter().map(|it| format!("{it}: x")).collect();
    check(&zip_of(&members), &expect.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn one_name_twice_is_two_members() {
    // The writer refuses equal names, so write others of the same length and rename one in the bytes.
    let bytes = zip_of(&[("CBS1.log", b"first"), ("CBS2.log", b"second")]);
    let text: Vec<u8> = bytes.to_vec();
    let mut same = text.clone();
    for at in memchr::memmem::find_iter(&text, b"CBS2.log") {
        same[at + 3] = b'1';
    }
    check(&same, &["CBS1.log: first", "CBS1.log (2): second"]);
}

#[test]
fn names_in_the_code_page_of_dos() {
    let bytes = zip_of(&[("gr__e.log", b"x")]);
    let mut dos = bytes.clone();
    for at in memchr::memmem::find_iter(&bytes, b"gr__e.log") {
        dos[at + 2..at + 4].copy_from_slice(b"\x94\xe1");
    }
    check(&dos, &["größe.log: x"]);
}

#[test]
fn archives_inside_archives() {
    let inner = zip_of(&[("a.log", b"deep")]);
    let middle = zip_of(&[("inner.zip", &inner), ("b.log", b"x")]);
    let outer = zip_of(&[("without-extension", &middle)]);
    check(&outer, &["without-extension!/inner.zip!/a.log: deep", "without-extension!/b.log: x"]);
    let limits = Limits { depth: 2, ..Limits::default() };
    let told = told(&outer, &limits, &[]);
    assert_eq!(
        told[1],
        "without-extension!/inner.zip! an archive inside 2 others; no deeper ones are opened (--max-depth)"
    );
}

#[test]
fn empty_and_foreign_files() {
    check(b"", &["case.zip! an empty file (0 bytes)"]);
    check(
        b"this is no zip file",
        &["case.zip! not a whole zip file: its table of contents is missing (truncated, or not a zip file)"],
    );
    check(&zip_of(&[]), &["case.zip! a zip file without members to read"]);
    check(&zip_of(&[("a.log", b"")]), &["a.log! an empty file (0 bytes)"]);
}

#[test]
fn a_truncated_archive_gives_what_it_has() {
    let long: Vec<u8> =
        (0..200_000_u32).flat_map(|it| (it.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
    let bytes = zip_of(&[("a.log", b"whole"), ("b.log", &long)]);
    let told = told(&bytes[..bytes.len() / 2], &Limits::default(), &[]);
    assert_eq!(told[0], "a.log: whole");
    assert!(told[1].starts_with("b.log: ") && told[1].len() > 100_000);
    assert!(told.iter().any(|it| it.starts_with("case.zip! not a whole zip file")), "{:?}", told.last());
    assert!(told.iter().any(|it| it.starts_with("b.log! read in part only: ")), "{:?}", told.last());
}

#[test]
fn a_damaged_member_costs_only_itself() {
    let mut bytes = zip_of(&[("a.log", &b"damaged content ".repeat(20)), ("b.log", b"fine")]);
    let at = memchr::memmem::find(&bytes, b"a.log").unwrap() + 5;
    bytes[at + 6] ^= 0xFF;
    let told = told(&bytes, &Limits::default(), &[]);
    assert!(told.contains(&"b.log: fine".to_owned()), "{told:?}");
    assert!(told.iter().any(|it| it.starts_with("a.log! read in part only: ")), "{told:?}");
}

#[test]
fn encrypted_members_need_their_password() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer.start_file("open.log", options).unwrap();
    writer.write_all(b"plain").unwrap();
    writer.start_file("old.log", options.with_deprecated_encryption(b"secret").unwrap()).unwrap();
    writer.write_all(b"old").unwrap();
    writer.start_file("aes.log", options.with_aes_encryption(::zip::AesMode::Aes256, "secret")).unwrap();
    writer.write_all(b"aes").unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    check(
        &bytes,
        &[
            "open.log: plain",
            "old.log! encrypted, and no password was given (--password-file)",
            "aes.log! encrypted, and no password was given (--password-file)",
        ],
    );
    let with = told(&bytes, &Limits::default(), &["wrong", "secret"]);
    assert_eq!(with, ["open.log: plain", "old.log: old", "aes.log: aes"]);
}

#[test]
fn a_bomb_meets_the_limit() {
    let bytes = zip_of(&[("a.log", &vec![b'a'; 4 << 20])]);
    let limits = Limits { member_bytes: 1 << 20, ..Limits::default() };
    let told = told(&bytes, &limits, &[]);
    assert_eq!(
        told[1],
        "a.log! read in part only: a member of more than 1 MB is not read further (--max-member)"
    );
}

/// A mutant found it: nine bytes of a bzip2 file are text, and nothing was told of the rest.
#[test]
fn what_is_left_of_an_archive_is_told() {
    let text = "2024-03-14 02:11:21, Info                  CBS    unpacked on its way\r\n".repeat(2);
    check(
        &zip_of(&[("a.tar.bz2", b"BZh91AY&S"), ("b.log.gz", text.as_bytes())]),
        &[
            "a.tar.bz2: BZh91AY&S",
            &format!("b.log.gz: {text}"),
            "a.tar.bz2! a bzip2 file by its name, and none by its content: damaged",
            "b.log.gz! a gzip file by its name, and none by its content: read as it is",
        ],
    );
}

#[test]
fn a_file_that_vanished_is_told() {
    let files =
        vec![FileMember { on_disk: "gone/CBS.log".into(), path: "CBS.log".to_owned(), whole_case: false }];
    let bundle = Bundle { name: "case".to_owned(), source: "case".to_owned(), place: PathBuf::new(), files };
    let skipped = bundle.read_in_order(&Limits::default(), &[], &mut |_| {});
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0].reason.starts_with("cannot be read: No such file"), "{}", skipped[0].reason);
}
