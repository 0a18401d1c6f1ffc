//! Archives made by the tools that people use (`tests/fixtures/containers`), whole, cut, damaged, and inside one
//! another.

use std::io::{Cursor, Read};

use super::*;

/// What a walk tells of a file: its path and its content, or why there is none, or none behind what there is.
#[derive(Debug, Default)]
struct Seen {
    files: Vec<(String, Vec<u8>)>,
    losses: Vec<String>,
    blind: Vec<String>,
}

impl Seen {
    /// Walks an archive and the archives in it. The test's own limits: content up to 4 MB, 4 deep.
    fn of(path: &str, bytes: &[u8], passwords: &[&str]) -> Self {
        let mut seen = Self::default();
        let passwords: Vec<String> = passwords.iter().map(|it| (*it).to_owned()).collect();
        seen.walk(path, bytes, &passwords, 4);
        seen
    }

    fn walk(&mut self, path: &str, bytes: &[u8], passwords: &[String], depth: usize) {
        let Some(container) = container(path, bytes).filter(|_| depth > 0) else {
            return self.files.push((path.to_owned(), bytes.to_vec()));
        };
        let mut inside = Vec::new();
        let (losses, blind) = (&mut self.losses, &mut self.blind);
        let mut show = |told: Told<'_>| {
            match told {
                Told::File(Member { name, reader, .. }) => {
                    let mut content = Vec::new();
                    if let Err(error) = reader.take(4 << 20).read_to_end(&mut content) {
                        losses.push(format!("{path}!/{name}: {}", in_words(&error)));
                    }
                    inside.push((format!("{path}!/{name}"), content));
                }
                Told::Left { name, reason, kind } => {
                    let list = if kind == SkipKind::Loss { &mut *losses } else { &mut *blind };
                    list.push(format!("{path}!/{name}: {reason}"));
                }
            }
            true
        };
        let with = With { path, passwords };
        let end = match container.walk {
            Walk::Streaming(walk) => walk(&mut &bytes[..], &with, &mut show),
            Walk::Seeking(walk) => walk(&mut Cursor::new(bytes), &with, &mut show),
        };
        if let Err(reason) = end {
            self.losses.push(format!("{path}: {reason}"));
        }
        for (path, content) in inside {
            self.walk(&path, &content, passwords, depth - 1);
        }
    }
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/containers/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// The log that most of the archives hold.
fn log() -> Vec<u8> {
    let mut log = Vec::new();
    flate2::read::GzDecoder::new(&fixture("CBS.log.gz")[..]).read_to_end(&mut log).unwrap();
    assert_eq!(log.split(|it| *it == b'\n').count(), 722);
    assert!(log.starts_with(b"2024-03-12 03:00:0") && log.ends_with(b"ERROR_FILE_NOT_FOUND]\r\n"));
    log
}

/// Walks a fixture. `expect`: each file's path behind the archive's own, with its content where that is not
/// the log; each loss; in round brackets what is passed over.
#[track_caller]
fn check(name: &str, passwords: &[&str], expect: &[&str]) {
    let seen = Seen::of(name, &fixture(name), passwords);
    let log = log();
    let inside = |path: &str| path.strip_prefix(name).unwrap().trim_start_matches("!/").to_owned();
    let mut told: Vec<String> = Vec::new();
    for (path, content) in &seen.files {
        let content = match content {
            it if *it == log => "the log".to_owned(),
            it if it.len() > 99 => format!("{} bytes", it.len()),
            it => it.escape_ascii().to_string(),
        };
        told.push(format!("{}: {content}", inside(path)));
    }
    told.extend(seen.losses.iter().map(|it| format!("[{}]", inside(it))));
    told.extend(seen.blind.iter().map(|it| format!("({})", inside(it))));
    assert_eq!(told, expect, "{name}");
}

#[test]
fn cabinets_are_read() {
    let words = "A name with letters beyond ASCII.\\r\\n";
    let others = ["short.txt: SRV09 was here.\\r\\n", &format!("Größe.txt: {words}"), "empty.log: "];
    check("mszip.cab", &[], &[&others[..], &["cbs\\CBS.log: the log"]].concat());
    check("lzx.cab", &[], &["CBS.log: the log", "calls.bin: 9000 bytes", others[0]]);
    // What the calls hold, in the order of the file; their first is the same in each.
    let seen = Seen::of("lzx.cab", &fixture("lzx.cab"), &[]);
    let calls = &seen.files[1].1;
    assert!(
        calls
            .as_chunks::<6>()
            .0
            .iter()
            .enumerate()
            .all(|(at, it)| it[0] == 0xE8 && usize::from(it[5]) == at % 7)
    );
    assert!(calls.as_chunks::<6>().0.iter().filter(|it| it[1..5] == [0; 4]).count() > 100);
}

/// Further back than anything there is: garbage, but no panic (see `profile.dev.package.lzxd` in Cargo.toml).
#[test]
fn distances_of_a_hostile_cabinet_stay_in_the_window() {
    let seen = Seen::of("offsets.cab", &fixture("offsets.cab"), &[]);
    assert!(seen.files[0].1.starts_with(b"ab") && seen.files[0].1.len() == 42);
}

#[test]
fn seven_zip_archives_are_read() {
    let words = "A name with letters beyond ASCII.\\r\\n";
    let name = format!("logs/Größe.txt: {words}");
    let (log, short, empty) =
        ("logs/cbs/CBS.log: the log", "logs/short.txt: SRV09 was here.\\r\\n", "logs/empty.log: ");
    for archive in ["solid.7z", "ppmd.7z", "bzip2.7z"] {
        check(archive, &["not needed"], &[&name, log, short, empty]);
    }
    for archive in ["hidden.7z", "secret.7z"] {
        check(archive, &["wrong", "invented"], &[log, short]);
    }
    let (none, wrong) = (
        "encrypted, and no password was given (--password-file)",
        "encrypted, and none of the given passwords opens it (or it is damaged)",
    );
    check("hidden.7z", &[], &[&format!("[: {none}]")]);
    check("hidden.7z", &["wrong"], &[&format!("[: {wrong}]")]);
    let files = ["logs/cbs/CBS.log", "logs/short.txt"];
    check("secret.7z", &[], &files.map(|it| format!("[{it}: {none}]")).each_ref().map(|it| it.as_str()));
    check(
        "secret.7z",
        &["wrong"],
        &files.map(|it| format!("[{it}: {wrong}]")).each_ref().map(|it| it.as_str()),
    );
}

#[test]
fn tar_archives_are_read_in_whatever_they_are_packed() {
    let mut long = "logs/".to_owned();
    long.extend([&"n".repeat(90), "/", &"m".repeat(90), ".log"]);
    let short = "short.txt: SRV09 was here.\\r\\n";
    for (archive, tar) in [("gnu.tgz", "gnu.tar"), ("pax.tar.xz", "pax.tar"), ("bsd.tar.zst", "bsd.tar")] {
        let seen = Seen::of(archive, &fixture(archive), &[]);
        let mut paths: Vec<&str> = seen.files.iter().map(|(path, _)| path.as_str()).collect();
        paths.sort_unstable();
        let inside = format!("{archive}!/{tar}!/");
        let mut expect = ["logs/Größe.txt", "logs/cbs/CBS.log", "logs/empty.log", &long, "logs/short.txt"]
            .map(|it| format!("{inside}{it}"));
        expect.sort_unstable();
        assert_eq!(paths, expect);
        assert!(seen.files.iter().any(|(_, content)| *content == log()));
        assert!(seen.files.iter().any(|(_, content)| content == b"A long name leads here.\n"));
        assert_eq!(seen.blind, [format!("{inside}logs/link.txt: a link, not followed")]);
        assert_eq!(seen.losses, [""; 0]);
    }
    check(
        "v7.tar.bz2",
        &[],
        &[
            &format!("v7.tar!/logs/{short}"),
            "v7.tar!/logs/cbs/CBS.log: the log",
            "(v7.tar!/logs/link.txt: a link, not followed)",
        ],
    );
    check("sparse.tgz", &[], &["sparse.tar!/holes.log: 1048576 bytes", &format!("sparse.tar!/logs/{short}")]);
    let holes = Seen::of("sparse.tgz", &fixture("sparse.tgz"), &[]).files.remove(0).1;
    assert!(holes.starts_with(b"before\0") && holes[700_000..].starts_with(b"A line behind a hole.\n\0"));
    let pax = Seen::of("paxsparse.tgz", &fixture("paxsparse.tgz"), &[]);
    assert_eq!(pax.files.len(), 1);
    assert!(pax.losses[0].contains("a file with holes in a form that is not read"), "{:?}", pax.losses);
}

#[test]
fn single_files_are_read_to_the_end_of_the_last() {
    for ending in ["gz", "bz2", "xz", "zst", "lzma"] {
        check(&format!("CBS.log.{ending}"), &[], &["CBS.log: the log"]);
    }
    for ending in ["gz", "bz2", "xz", "zst"] {
        check(&format!("two.{ending}"), &[], &["two: one\\ntwo\\n"]);
    }
}

#[test]
fn the_content_comes_before_the_name() {
    let named = |path: &str, name: &str| container(path, &fixture(name)).map(|it| it.name);
    assert_eq!(named("CBS.log", "mszip.cab"), Some("a cabinet file"));
    assert_eq!(named("x.zip", "two.gz"), Some("a gzip file"));
    assert_eq!(named("x", "CBS.log.lzma"), None);
    assert_eq!(named("logs.7z.001", "solid.7z"), None);
    for text in ["x.cab", "x.7z", "x.tar", "x.gz", "x.lzma"] {
        assert!(container(text, &log()).is_none() && container(text, b"").is_none());
    }
    for name in ["lzx.cab", "gnu.tgz", "pax.tar.xz", "v7.tar.bz2", "bsd.tar.zst", "CBS.log.lzma", "solid.7z"]
    {
        let kind = container(name, &fixture(name)).unwrap();
        assert!(kind.endings.iter().any(|it| name.ends_with(it)), "{name}");
    }
    let seen = Seen::of("folder/x", &fixture("two.gz"), &[]);
    assert_eq!(seen.files[0].0, "folder/x!/x");
}

/// Cut in the middle, the head is given and the cut is told; nothing of it is called whole.
#[test]
fn what_ends_too_early_is_told() {
    let log = log();
    for name in ["CBS.log.gz", "CBS.log.xz", "CBS.log.zst", "CBS.log.lzma", "gnu.tgz", "mszip.cab", "lzx.cab"]
    {
        let whole = fixture(name);
        for cut in [whole.len() / 2, whole.len() * 4 / 5] {
            let seen = Seen::of(name, &whole[..cut], &[]);
            assert!(seen.losses.iter().any(|it| it.contains("ends too early")), "{name}: {:?}", seen.losses);
            let (_, content) = seen.files.iter().find(|(path, _)| path.ends_with("CBS.log")).unwrap();
            let share = content.len() * 100 / log.len();
            // These give their blocks (of up to 2 MB in xz, 128 KB in zstd) wholly or not at all.
            let enough = if name.ends_with(".xz") || name.ends_with(".zst") { 0 } else { 20 };
            assert!(
                log.starts_with(content) && share >= enough,
                "{name}: {share} % of the log at {cut} bytes"
            );
        }
    }
    for name in ["CBS.log.bz2", "pax.tar.xz", "bsd.tar.zst", "solid.7z", "ppmd.7z"] {
        let whole = fixture(name);
        let losses = Seen::of(name, &whole[..whole.len() / 2], &[]).losses.join("");
        assert!(losses.contains("ends too early"), "{name}: {losses}");
    }
}

#[test]
fn damage_is_told_and_what_stands_before_it_is_kept() {
    let log = log();
    for name in ["CBS.log.gz", "CBS.log.xz", "CBS.log.zst", "mszip.cab", "lzx.cab", "solid.7z"] {
        let mut bytes = fixture(name);
        let at = bytes.len() / 2;
        bytes[at] ^= 0x55;
        bytes[at + 1] ^= 0x55;
        let seen = Seen::of(name, &bytes, &[]);
        assert!(seen.losses.iter().any(|it| it.contains("damaged")), "{name}: {:?}", seen.losses);
        let (_, content) = seen.files.iter().find(|(path, _)| path.ends_with("CBS.log")).unwrap();
        let enough = if name.ends_with(".zst") { 0 } else { 20 };
        let same = content.iter().zip(&log).take_while(|(one, other)| one == other).count();
        assert!(same * 100 / log.len() >= enough, "{name}: {same} of {} bytes", log.len());
    }
}

#[test]
fn a_tar_archive_without_its_end_may_have_lost_members() {
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(&fixture("small.tgz")[..]).read_to_end(&mut tar).unwrap();
    // Headers of 512 bytes, the file, and zeros to a multiple of 512: two blocks of zeros end the archive.
    let end = tar.iter().rposition(|it| *it != 0).unwrap() / 512 * 512 + 512;
    let losses = |tar: &[u8]| Seen::of("x.tar", tar, &[]).losses;
    assert!(losses(&tar).is_empty() && losses(&tar[..end + 1024]).is_empty());
    assert_eq!(losses(&tar[..end]), ["x.tar: its end mark is missing: it may have lost members (truncated)"]);
    let two = [&tar[..], &tar].concat();
    assert_eq!(Seen::of("x.tar", &two, &[]).files.len(), 2);
    let other = [&tar[..], &log()].concat();
    assert!(losses(&other)[0].contains("what follows its last readable member is damaged"));
}

/// A name of the length that a header claims would be held in memory.
#[test]
fn a_tar_archive_cannot_fill_the_memory() {
    let mut header = tar_header(b'L', 1 << 40);
    header.extend(vec![b'a'; 9 << 20]);
    let seen = Seen::of("x.tar", &header, &[]);
    assert!(
        seen.files.is_empty() && seen.losses[0].contains("a header of more than 4 MB"),
        "{:?}",
        seen.losses
    );
}

fn tar_header(kind: u8, size: u64) -> Vec<u8> {
    let mut header = ::tar::Header::new_gnu();
    header.set_size(size);
    header.set_entry_type(::tar::EntryType::new(kind));
    header.as_mut_bytes()[0] = b'a';
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// A frame that asks for a window of 1 TB; one of 64 MB that holds five bytes.
#[test]
fn a_zstd_frame_gets_no_more_memory_than_its_content_needs() {
    let frame = |window: u8| [&b"\x28\xB5\x2F\xFD\0"[..], &[window], b"\x29\0\0hello"].concat();
    let seen = Seen::of("x.zst", &frame(30 << 3), &[]);
    assert_eq!(seen.losses, ["x.zst!/x: unpacking it needs 1048576 MB of memory"]);
    assert_eq!(Seen::of("x.zst", &frame(16 << 3), &[]).files[0].1, b"hello");
}

/// What was unpacked waits for the window to move on; where that does not happen, it is given out all the same.
#[test]
fn the_blocks_before_a_broken_zstd_block_are_kept() {
    let whole = b"\x28\xB5\x2F\xFD\x04\x80\x28\0\0hello\x29\0\0world\x2B\x29\x1F\x98".to_vec();
    let content = |bytes: &[u8]| {
        let mut seen = Seen::of("x.zst", bytes, &[]);
        (String::from_utf8(seen.files.remove(0).1).unwrap(), seen.losses.join(""))
    };
    assert_eq!(content(&whole).0, "helloworld");
    let cut = "x.zst!/x: the file ends too early (truncated)";
    assert_eq!(content(&whole[..18]), ("hello".to_owned(), cut.to_owned()));
    assert_eq!(content(&whole[..24]), ("helloworld".to_owned(), cut.to_owned()));
    assert_eq!(content(&whole).1, "x.zst!/x: its checksum does not fit: the content is damaged");
    let mut bad = whole;
    bad[14] = 0x2F;
    assert!(content(&bad).1.contains("its compressed data is damaged"));
}

/// Zip files whose members are packed with zstd are read beside the zip library.
#[test]
fn a_zip_member_packed_with_zstd_is_read() {
    let (packed, log) = (fixture("CBS.log.zst"), log());
    let mut zip = b"PK\x03\x04\x3F\0\0\0\x5D\0\0\0\0\0".to_vec();
    let mut sum = flate2::Crc::new();
    sum.update(&log);
    for number in [sum.sum(), packed.len() as u32, log.len() as u32] {
        zip.extend(number.to_le_bytes());
    }
    zip.extend(b"\x07\0\x02\0CBS.logxx");
    zip.extend(&packed);
    zip.extend(b"PK\x01\x02 what follows is no part of it");
    let mut content = Vec::new();
    let read = |crc32, into: &mut Vec<u8>| {
        let mut zip = Cursor::new(&zip);
        zip_member(&mut zip, 0, packed.len() as u64, crc32).unwrap().read_to_end(into)
    };
    read(sum.sum(), &mut content).unwrap();
    assert_eq!(content, log);
    content.clear();
    let error = read(1, &mut content).unwrap_err();
    assert_eq!(error.to_string(), "its checksum does not fit: the content is damaged");
    assert_eq!(content, log, "kept all the same");
}

/// Whatever is changed in an archive, reading it ends, without a panic.
#[test]
fn no_mutation_breaks_the_reading() {
    let mut seed = 0x2024_0312_0314_0715_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(&fixture("small.tgz")[..]).read_to_end(&mut tar).unwrap();
    let mut archives: Vec<(String, Vec<u8>)> = ["cab", "7z", "txt.gz", "txt.bz2", "txt.xz", "txt.zst"]
        .map(|it| format!("small.{it}"))
        .into_iter()
        .chain(["small-lzx.cab".to_owned(), "small-ppmd.7z".to_owned()])
        .map(|it| (it.clone(), fixture(&it)))
        .collect();
    archives.push(("small.tar".to_owned(), tar));
    for (name, whole) in &archives {
        assert_eq!(Seen::of(name, whole, &[]).files.len(), 1, "{name}");
        for _ in 0..MUTATIONS {
            let mut bytes = whole.clone();
            for _ in 0..=next(4) {
                let at = next(bytes.len());
                match next(5) {
                    0 => bytes[at] = 0xFF,
                    1 => bytes[at] = 0,
                    2 => bytes[at] ^= 1 << next(8),
                    3 => bytes[at] = next(256) as u8,
                    _ => bytes.truncate(at.max(1)),
                }
            }
            Seen::of(name, &bytes, &[]);
        }
    }
}

/// Of each archive.
const MUTATIONS: usize = 1000;
