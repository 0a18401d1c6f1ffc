//! The classic attacks on whoever opens an archive, each through the program, beside a case that is healthy: every
//! damage is told, the others are reported right, and memory stays bounded.

use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use wait4::Wait4;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{Casebook, Outcome, line, rules, strings, zip_of};

/// A log that shows a symptom.
pub fn log() -> Vec<u8> {
    let file = r"amd64_a_31bf3856ad364e35_10.0.14393.1_none_0f9ad1b2c3d4e5f6\a.dll";
    let failure = format!("Failed to find file: {file} [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]");
    (line("Info", "CBS", "Session: 1_2 initialized by client WindowsUpdateAgent.").repeat(3)
        + &line("Info", "CBS", &failure))
        .into_bytes()
}

pub fn healthy() -> Vec<u8> {
    zip_of(&[("CBS.log", &log())])
}

/// The healthy case beside others is told as if it were alone.
#[track_caller]
pub fn is_well(case: &Value) {
    assert_eq!(rules(case), ["component-file-missing"], "{case:#}");
    assert_eq!((&case["verdict"], &case["skipped"]), (&"explained".into(), &Value::Array(Vec::new())));
}

/// Analyzes an inbox, and says how much memory that took at most.
pub fn within_memory(folder: &Path, args: &[&str]) -> (i32, u64, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_casebook"))
        .current_dir(folder)
        .args(["analyze", "in"])
        .args(args)
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.join("stderr")).unwrap())
        .spawn()
        .unwrap();
    let end = child.wait4().unwrap();
    let told = std::fs::read_to_string(folder.join("stderr")).unwrap();
    (end.status.code().unwrap_or(-1), end.rusage.maxrss, told)
}

/// The case of an archive, which has nothing of a panic in it and stands beside a healthy one.
#[track_caller]
fn attack(name: &str, bytes: impl AsRef<[u8]>, args: &[&str]) -> (Outcome, Value) {
    let casebook = Casebook::new().file(&format!("in/{name}"), bytes).file("in/healthy.zip", healthy());
    let outcome = casebook.args(&["analyze", "in"]).args(args).run();
    is_well(&outcome.case("healthy"));
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    let stem = name.split('.').next().unwrap();
    let case = outcome.case(stem);
    assert!(!case.to_string().contains("casebook failed"), "{case:#}");
    (outcome, case)
}

/// What was not read, as `path: reason`.
fn skipped(case: &Value) -> Vec<String> {
    let told = |it: &Value| format!("{}: {}", it["path"].as_str().unwrap(), it["reason"].as_str().unwrap());
    case["skipped"].as_array().unwrap().iter().map(told).collect()
}

#[track_caller]
fn tells(case: &Value, what: &str) {
    assert!(skipped(case).iter().any(|it| it.contains(what)), "{what:?} is not told: {:#?}", skipped(case));
}

fn sources(case: &Value) -> Vec<&str> {
    case["sources"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect()
}

fn zeros(megabytes: usize) -> Vec<u8> {
    vec![b'x'; megabytes << 20]
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

/// A zip file by hand.
#[derive(Default)]
pub struct Made {
    pub bytes: Vec<u8>,
    contents: Vec<u8>,
    count: u16,
}

/// What is told of a member, true or not.
#[derive(Clone, Copy)]
pub struct Claim {
    pub method: u16,
    pub flags: u16,
    pub sum: u32,
    pub packed: u32,
    pub size: u32,
    pub mode: u32,
}

impl Claim {
    pub fn of(content: &[u8], packed: &[u8]) -> Self {
        let (packed, size) = (packed.len() as u32, content.len() as u32);
        Self { method: 8, flags: 0, sum: crc32fast::hash(content), packed, size, mode: 0 }
    }
}

impl Made {
    /// A header and the bytes behind it; gives where it starts.
    pub fn local(&mut self, name: &[u8], claim: Claim, data: &[u8]) -> u32 {
        let start = self.bytes.len() as u32;
        self.bytes.extend(b"PK\x03\x04\x14\0");
        for it in [claim.flags, claim.method, 0, 0] {
            self.bytes.extend(it.to_le_bytes());
        }
        for it in [claim.sum, claim.packed, claim.size] {
            self.bytes.extend(it.to_le_bytes());
        }
        self.bytes.extend((name.len() as u16).to_le_bytes());
        self.bytes.extend([0, 0]);
        self.bytes.extend(name);
        self.bytes.extend(data);
        start
    }

    /// A row of the table of contents.
    pub fn listed(&mut self, name: &[u8], claim: Claim, start: u32) {
        let into = &mut self.contents;
        into.extend(b"PK\x01\x02\x14\x03\x14\0");
        for it in [claim.flags, claim.method, 0, 0] {
            into.extend(it.to_le_bytes());
        }
        for it in [claim.sum, claim.packed, claim.size] {
            into.extend(it.to_le_bytes());
        }
        into.extend((name.len() as u16).to_le_bytes());
        into.extend([0; 8]);
        into.extend((claim.mode << 16).to_le_bytes());
        into.extend(start.to_le_bytes());
        into.extend(name);
        self.count += 1;
    }

    /// Both, and true.
    pub fn member(&mut self, name: &[u8], content: &[u8]) {
        let packed = deflated(content);
        let claim = Claim::of(content, &packed);
        let start = self.local(name, claim, &packed);
        self.listed(name, claim, start);
    }

    pub fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len() as u32;
        self.bytes.extend(&self.contents);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend((self.contents.len() as u32).to_le_bytes());
        self.bytes.extend(start.to_le_bytes());
        self.bytes.extend([0, 0]);
        self.bytes
    }
}

// ---- Bombs --------------------------------------------------------------------------------------------------------

#[test]
fn a_flat_bomb_meets_the_limit_of_a_member() {
    let bytes = zip_of(&[("big.log", &zeros(8)), ("CBS.log", &log())]);
    let (outcome, case) = attack("bomb.zip", bytes, &["--max-member", "4M"]);
    assert_eq!(outcome.status, 1);
    tells(&case, "big.log: read in part only: a member of more than 4 MB is not read further (--max-member)");
    assert_eq!(rules(&case), ["component-file-missing"], "the rest of the case goes on");
}

#[test]
fn many_members_meet_the_limits_of_the_case() {
    let names: Vec<String> = (0..9).map(|it| format!("{it}.log")).collect();
    let content = zeros(2);
    let mut members =
        vec![("CBS.log", &log()[..])].into_iter().map(|(n, c)| (n, c.to_vec())).collect::<Vec<_>>();
    members.extend(names.iter().map(|it| (it.as_str(), content.clone())));
    let members: Vec<_> = members.iter().map(|(name, content)| (*name, &content[..])).collect();
    let bytes = zip_of(&members);
    for jobs in ["1", "4"] {
        let (outcome, case) = attack("bomb.zip", &bytes, &["--max-case", "5M", "-j", jobs]);
        assert_eq!(outcome.status, 1);
        // The same members at every number of workers.
        tells(&case, "2.log: read in part only: the case unpacks to more than 5 MB (--max-case)");
        tells(&case, "3.log: not read: the case unpacks to more than 5 MB (--max-case)");
        tells(&case, "8.log: not read: ");
        assert_eq!(sources(&case), ["CBS.log", "0.log", "1.log", "2.log"]);
        let (_, case) = attack("bomb.zip", &bytes, &["--max-members", "3", "-j", jobs]);
        tells(&case, "bomb.zip: holds 10 members, and no more than 3 of a case are read (--max-members)");
        assert_eq!(sources(&case), ["CBS.log", "0.log", "1.log"]);
    }
}

/// Zip files inside a zip file, each with more of them: few bytes, and without end for whoever counts only one.
#[test]
fn a_nested_bomb_meets_the_limits_of_the_case() {
    let mut bytes = zip_of(&[("x.log", &zeros(1)[..4096])]);
    for level in 0..5 {
        let names: Vec<String> = (0..10).map(|it| format!("{level}-{it}.zip")).collect();
        let members: Vec<_> = names.iter().map(|it| (it.as_str(), &bytes[..])).collect();
        bytes = zip_of(&members);
    }
    let (outcome, case) = attack("bomb.zip", bytes, &["--max-members", "200"]);
    assert_eq!(outcome.status, 1);
    tells(&case, "the case has more than 200 members (--max-members)");
    assert_eq!(case["verdict"], "inconclusive");
}

/// A zip file that would hold itself: every level is the same, so only the depth ends it.
#[test]
fn a_chain_of_archives_meets_the_limit_of_depth() {
    let mut bytes = log();
    let mut name = "CBS.log";
    for _ in 0..60 {
        bytes = zip_of(&[(name, &bytes)]);
        name = "r.zip";
    }
    let (outcome, case) = attack("quine.zip", bytes, &[]);
    assert_eq!(outcome.status, 1);
    tells(&case, "an archive inside 8 others; no deeper ones are opened (--max-depth)");
}

#[test]
fn members_that_overlap_are_read_once() {
    let (content, packed) = (zeros(1), deflated(&zeros(1)));
    let claim = Claim::of(&content, &packed);
    let mut made = Made::default();
    made.member(b"CBS.log", &log());
    let start = made.local(b"0.log", claim, &packed);
    for number in 0..500 {
        made.listed(format!("{number}.log").as_bytes(), claim, start);
    }
    let (outcome, case) = attack("overlap.zip", made.finish(), &[]);
    assert_eq!(outcome.status, 1);
    assert_eq!(sources(&case), ["CBS.log", "0.log"]);
    tells(&case, "1.log: it lies over another member of the zip file");
    assert_eq!(skipped(&case).len(), 499);
    assert_eq!(rules(&case), ["component-file-missing"]);
}

/// What is held in memory is bounded, whatever several cases would like at once.
#[test]
fn bombs_leave_memory_alone() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("in");
    std::fs::create_dir(&inbox).unwrap();
    let nested = |file: &str, name: &str, start: &[u8]| {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(start).unwrap();
        (0..200).for_each(|_| writer.write_all(&[0; 1 << 20]).unwrap());
        let bytes = writer.finish().unwrap().into_inner();
        (0..3).for_each(|it| std::fs::write(inbox.join(format!("{file}{it}.zip")), &bytes).unwrap());
    };
    nested("zip", "inner.zip", b"PK\x03\x04");
    nested("hive", "SYSTEM", b"regf");
    std::fs::write(inbox.join("healthy.zip"), healthy()).unwrap();
    let (status, memory, told) = within_memory(folder.path(), &["--max-held", "96M", "-j", "6"]);
    assert_eq!(status, 1, "{told}");
    // Six at once would take a gigabyte.
    assert!(memory < 400 << 20, "{} MB", memory >> 20);
    assert!(told.contains("more than 96 MB would be held in memory (--max-held)"), "{told}");
    is_well(
        &serde_json::from_slice(&std::fs::read(folder.path().join("reports/healthy.json")).unwrap()).unwrap(),
    );
}

#[test]
fn a_case_that_takes_too_long_is_told() {
    let many: Vec<u8> = log().repeat(150_000);
    let outcome = Casebook::new()
        .file("CBS.log", &many)
        .file("z.log", log())
        .args(&["analyze", "--one-case", "slow", "CBS.log", "z.log", "--max-time", "1"])
        .run();
    let case = outcome.case("slow");
    if outcome.status == 0 {
        // A machine that is fast enough.
        return;
    }
    tells(&case, "reading the case took more than 1 seconds (--max-time)");
    assert_ne!(case["verdict"], "clean");
}

// ---- Lies ---------------------------------------------------------------------------------------------------------

#[test]
fn lies_about_sizes_methods_and_checksums() {
    let (content, packed) = (log(), deflated(&log()));
    let truth = Claim::of(&content, &packed);
    let claims = [
        ("size too large", Claim { size: u32::MAX - 1, ..truth }, ""),
        ("size too small", Claim { size: 1, ..truth }, ""),
        ("method unknown", Claim { method: 77, ..truth }, "method"),
        ("method wrong", Claim { method: 12, ..truth }, "damaged"),
        ("not packed", Claim { method: 0, ..truth }, "damaged"),
        ("checksum wrong", Claim { sum: 1, ..truth }, "checksum"),
        ("encrypted", Claim { flags: 1, ..truth }, "encrypted"),
        ("packed too large", Claim { packed: truth.packed + 5000, ..truth }, ""),
    ];
    for (what, claim, told) in claims {
        let mut made = Made::default();
        let start = made.local(b"CBS.log", claim, &packed);
        made.listed(b"CBS.log", claim, start);
        made.member(b"dism.log", line("Info", "DISM", "API: PID=1 TID=2 x").as_bytes());
        let (outcome, case) = attack("lie.zip", made.finish(), &[]);
        if told.is_empty() {
            assert_eq!(rules(&case), ["component-file-missing"], "{what}: {case:#}");
        } else {
            assert_eq!(outcome.status, 1, "{what}");
            tells(&case, told);
            assert_ne!(case["verdict"], "clean", "{what}");
        }
    }
}

// ---- Names --------------------------------------------------------------------------------------------------------

#[test]
fn no_name_leads_anywhere() {
    let names: [&[u8]; 14] = [
        b"../../../escaped/CBS.log",
        b"..\\..\\escaped\\CBS.log",
        b"/etc/escaped/CBS.log",
        b"C:\\Windows\\escaped\\CBS.log",
        b"\\\\server\\share\\escaped\\CBS.log",
        b"\\\\?\\C:\\escaped\\CBS.log",
        b"CON",
        b"aux.log",
        b"NUL\0CBS.log",
        b"CBS.log.",
        b"CBS.log ",
        b"cbs.LOG",
        b"CBS.log:stream",
        b"\xFF\xFE\x80.log",
    ];
    let mut made = Made::default();
    names.iter().for_each(|it| made.member(it, &log()));
    made.member(b"CBS.log", &log());
    made.member(b"CBS.log", &log());
    let (outcome, case) = attack("names.zip", made.finish(), &[]);
    assert_eq!(outcome.status, 0, "{:#}", case["skipped"]);
    assert_eq!(case["sources"].as_array().unwrap().len(), 16);
    assert!(sources(&case).contains(&"CBS.log (2)") && sources(&case).contains(&"../../../escaped/CBS.log"));
    // Nothing was written but the reports.
    let mut there: Vec<String> = std::fs::read_dir(outcome.folder.path())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, ["in", "reports"]);
    assert_eq!(std::fs::read_dir(outcome.path("reports")).unwrap().count(), 5);
    let page = outcome.text("reports/names.html");
    assert!(!page.contains('\0'));
}

#[test]
fn a_path_without_end_is_told_and_cut() {
    let long = "d/".repeat(20_000) + "CBS.log";
    let bytes = zip_of(&[(&long, &log()), ("CBS.log", &log())]);
    let (outcome, case) = attack("path.zip", bytes, &[]);
    assert_eq!(outcome.status, 1);
    tells(&case, "its path has 40007 bytes; none of more than 4096 is read (--max-path)");
    assert_eq!(rules(&case), ["component-file-missing"]);
    assert!(outcome.text("reports/path.html").len() < 200_000);
}

#[test]
fn links_and_devices_are_not_followed() {
    let mut made = Made::default();
    for (name, mode) in
        [(&b"link.log"[..], 0o120_777_u32), (b"pipe.log", 0o010_644), (b"disk.log", 0o060_644)]
    {
        let packed = deflated(b"/etc/passwd");
        let claim = Claim { mode, ..Claim::of(b"/etc/passwd", &packed) };
        let start = made.local(name, claim, &packed);
        made.listed(name, claim, start);
    }
    made.member(b"CBS.log", &log());
    let (_, case) = attack("special.zip", made.finish(), &[]);
    tells(&case, "link.log: a link, not followed");
    tells(&case, "pipe.log: neither a file nor a folder");
    tells(&case, "disk.log: neither a file nor a folder");
    assert_eq!(sources(&case), ["CBS.log"]);

    let mut tar = tar::Builder::new(Vec::new());
    let kinds = [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Fifo, tar::EntryType::Block];
    for (number, kind) in kinds.into_iter().enumerate() {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_link_name("/etc/passwd").unwrap();
        tar.append_data(&mut header, format!("{number}.log"), &b""[..]).unwrap();
    }
    let (_, case) = attack("special.tar", tar.into_inner().unwrap(), &[]);
    for (number, what) in ["a link", "a second name", "neither a file", "neither a file"].iter().enumerate() {
        tells(&case, &format!("{number}.log: {what}"));
    }
}

// ---- Damage -------------------------------------------------------------------------------------------------------

#[test]
fn garbage_around_an_archive_costs_nothing() {
    let zip = healthy();
    let noise: Vec<u8> = (0..5000_u32).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for (what, bytes) in [
        ("before", [&noise, &zip[..]].concat()),
        ("behind", [&zip[..], &noise].concat()),
        ("around", [&noise[..], &zip, &noise].concat()),
    ] {
        let (_, case) = attack("noise.zip", bytes, &[]);
        assert_eq!(rules(&case), ["component-file-missing"], "{what}");
    }
}

/// The last table of contents knows only its own members.
#[test]
fn concatenated_archives_are_both_read() {
    let second = zip_of(&[("dism.log", line("Info", "DISM", "API: PID=1 TID=2 x").as_bytes())]);
    let (outcome, case) = attack("two.zip", [healthy(), second].concat(), &[]);
    assert_eq!(sources(&case), ["dism.log", "CBS.log"]);
    assert_eq!(rules(&case), ["component-file-missing"]);
    tells(&case, "1 member stands in it that its table of contents does not list: read too");
    assert_eq!(outcome.status, 0);
}

/// Without the end of the file every member is found by its own header, also those that tell their length only
/// behind their content.
#[test]
fn members_are_salvaged_without_a_table_of_contents() {
    let packed = deflated(&log());
    let open = Claim { flags: 8, sum: 0, packed: 0, size: 0, ..Claim::of(&log(), &packed) };
    let truth = Claim::of(&log(), &packed);
    let mut made = Made::default();
    for name in ["1_CBS.log", "2_CBS.log"] {
        made.local(name.as_bytes(), open, &packed);
        made.bytes.extend(b"PK\x07\x08");
        for it in [truth.sum, truth.packed, truth.size] {
            made.bytes.extend(it.to_le_bytes());
        }
    }
    made.local(b"3_CBS.log", truth, &packed);
    made.local(b"secret.log", Claim { flags: 1, ..truth }, &packed);
    made.local(b"stored.log", Claim { method: 0, ..open }, &log());
    made.local(b"4_CBS.log", Claim { method: 0, packed: truth.size, ..truth }, &log());
    made.local(b"5_CBS.log", truth, &packed[..packed.len() / 2]);
    let (outcome, case) = attack("cut.zip", &made.bytes, &[]);
    assert_eq!(outcome.status, 1);
    assert_eq!(sources(&case)[..4], ["1_CBS.log", "2_CBS.log", "3_CBS.log", "4_CBS.log"], "{case:#}");
    assert_eq!(case["findings"][0]["occurrences"].as_u64().unwrap() / 4, 1);
    tells(&case, "cut.zip: not a whole zip file");
    tells(&case, "secret.log: encrypted");
    tells(&case, "stored.log: not in a table of contents");
    tells(&case, "5_CBS.log: ");
}

#[test]
fn a_damaged_table_of_contents_loses_no_member() {
    let mut bytes = zip_of(&[("a.log", b"x"), ("CBS.log", &log()), ("c.log", b"y")]);
    let at = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    let second = memchr::memmem::rfind(&bytes[..at], b"PK\x01\x02").unwrap();
    bytes[second] = b'X';
    let (outcome, case) = attack("broken.zip", bytes, &[]);
    assert_eq!(outcome.status, 1);
    tells(&case, "its table of contents breaks off");
    assert_eq!(rules(&case), ["component-file-missing"], "{case:#}");
}

#[test]
fn passwords_that_are_wrong_or_missing_are_told() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let aes = SimpleFileOptions::default().with_aes_encryption(zip::AesMode::Aes256, "right");
    writer.start_file("CBS.log", aes).unwrap();
    writer.write_all(&log()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let (outcome, case) = attack("secret.zip", &bytes, &[]);
    assert_eq!((outcome.status, &case["verdict"]), (1, &"unreadable".into()));
    tells(&case, "CBS.log: encrypted, and no password was given (--password-file)");
    let run = |passwords: &str| {
        Casebook::new()
            .file("secret.zip", &bytes)
            .file("passwords.txt", passwords)
            .args(&["analyze", "secret.zip", "--password-file", "passwords.txt"])
            .run()
    };
    tells(&run("wrong\n").status(1).case("secret"), "none of the given passwords opens it");
    assert_eq!(rules(&run("wrong\nright\n").status(0).case("secret")), ["component-file-missing"]);
}

// ---- Text ---------------------------------------------------------------------------------------------------------

#[test]
fn a_long_line_meets_its_limit() {
    let text = [line("Info", "CBS", &"x".repeat(200_000)).into_bytes(), log()].concat();
    let (_, case) = attack("lines.zip", zip_of(&[("CBS.log", &text)]), &["--max-line", "64K"]);
    tells(&case, "1 line is longer than 64 KB and was matched in pieces");
    assert_eq!(rules(&case), ["component-file-missing"]);
}

#[test]
fn evidence_is_bounded_and_counted() {
    let text = log().repeat(300);
    let (_, case) = attack("many.zip", zip_of(&[("CBS.log", &text)]), &["--max-evidence", "4"]);
    assert_eq!(case["findings"][0]["occurrences"], 300);
    assert!(case["findings"][0]["evidence"].as_array().unwrap().len() <= 4);
    let (_, more) = attack("many.zip", zip_of(&[("CBS.log", &text)]), &[]);
    assert!(more["findings"][0]["evidence"].as_array().unwrap().len() > 4);
}

/// Every log of thousands brings as much evidence as one may.
#[test]
fn evidence_of_many_members_leaves_memory_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let wide = "y".repeat(3500);
    let text: String = (0..40)
        .map(|it| {
            let file = format!(r"amd64_a_31bf3856ad364e35_10.0.14393.1_none_0f9ad1b2c3d4e5f6\{it}.dll");
            line(
                "Info",
                "CBS",
                &format!("Failed to find file: {file} [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND] {wide}"),
            )
        })
        .collect();
    let names: Vec<String> = (0..500).map(|it| format!("{it}/CBS.log")).collect();
    let members: Vec<_> = names.iter().map(|it| (it.as_str(), text.as_bytes())).collect();
    std::fs::write(folder.path().join("in/many.zip"), zip_of(&members)).unwrap();
    let (status, memory, told) = within_memory(folder.path(), &["-j", "4"]);
    assert_eq!(status, 0, "{told}");
    // Forty matches of each would take as much alone.
    assert!(memory < 180 << 20, "{} MB", memory >> 20);
    let case: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("reports/many.json")).unwrap()).unwrap();
    assert_eq!(case["findings"][0]["occurrences"], 20_000);
    assert_eq!(strings(&case["findings"][0]["values"]["component"]).len(), 1);
}

#[test]
fn limits_are_checked() {
    for args in [["--max-case", "9X"], ["--max-line", "1K"], ["--max-time", "0"], ["--max-members", "many"]] {
        let outcome = Casebook::new().args(&["analyze", "x.zip"]).args(&args).run().status(2);
        assert!(outcome.stderr.contains(args[0]), "{}", outcome.stderr);
    }
}
