//! Whole bundles in every kind of archive, inside one another, damaged, encrypted and oddly named: what is in them
//! is found as in a folder, and what is lost is told.

use std::fs;
use std::io::Write;

use serde_json::Value;

use super::{Casebook, Outcome, line, root, rules, zip_of};

/// The members of `tests/fixtures/containers/bundle`: a driver whose keys are missing, as the registry confirms.
const MEMBERS: [&str; 3] = ["CBS.log", "services.reg", "System.txt"];

/// A file of `tests/fixtures/containers`.
fn fixture(name: &str) -> Vec<u8> {
    fs::read(root().join("tests/fixtures/containers").join(name)).unwrap()
}

fn member(name: &str) -> Vec<u8> {
    fixture(&format!("bundle/{name}"))
}

fn log() -> Vec<u8> {
    member("CBS.log")
}

fn zipped() -> Vec<u8> {
    let members = MEMBERS.map(|it| (it, member(it)));
    zip_of(&members.each_ref().map(|(name, content)| (*name, content.as_slice())))
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, name, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gz(content: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

fn tarred() -> Vec<u8> {
    let members = MEMBERS.map(|it| (it, member(it)));
    tar_of(&members.each_ref().map(|(name, content)| (*name, content.as_slice())))
}

/// Runs the program on an inbox with these files, and the password of the encrypted fixtures.
fn inbox(files: &[(&str, Vec<u8>)]) -> Outcome {
    let casebook =
        files.iter().fold(Casebook::new(), |it, (name, content)| it.file(&format!("in/{name}"), content));
    let casebook = casebook.file("passwords.txt", "wrong\r\ninvented\r\n");
    let outcome = casebook.args(&["analyze", "in", "--password-file", "passwords.txt", "-j", "2"]).run();
    for fault in ["panicked", "casebook failed"] {
        assert!(!outcome.stderr.contains(fault), "{}", outcome.stderr);
    }
    outcome
}

/// The names of the cases of a run, as their files have them.
fn cases(outcome: &Outcome) -> Vec<String> {
    let reports = fs::read_dir(outcome.path("reports")).unwrap();
    let names = reports.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter_map(|it| Some(it.strip_suffix(".json")?.to_owned())).collect();
    names.sort();
    names
}

/// What the case of a whole bundle says, with the path of the bundle taken out of it.
#[track_caller]
fn said(case: &Value, prefix: &str) -> Value {
    assert_eq!(case["verdict"], "explained", "{case:#}");
    let mut told: Vec<&str> =
        case["sources"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    told.sort_unstable();
    let mut expect = MEMBERS.map(|it| format!("{prefix}{it}"));
    expect.sort_unstable();
    assert_eq!(told, expect);
    let rest = ["machine", "findings", "unexplained", "not_checked", "skipped"].map(|it| case[it].clone());
    let text = Value::from(rest.to_vec()).to_string();
    // A path in JSON has its backslashes doubled; these have none.
    serde_json::from_str(&text.replace(&format!("\"{prefix}"), "\"")).unwrap()
}

// ---- Whole ------------------------------------------------------------------------------------------------------

#[test]
fn every_kind_of_archive_is_read_like_a_folder() {
    let mut files = MEMBERS.map(|it| (format!("plain/{it}"), member(it))).to_vec();
    let mut expect = vec![("plain".to_owned(), String::new())];
    let mut add = |name: &str, content: Vec<u8>, case: &str, prefix: &str| {
        files.push((name.to_owned(), content));
        expect.push((case.to_owned(), prefix.to_owned()));
    };
    let methods = ["deflate64", "bzip2", "lzma", "xz", "ppmd", "zstd", "aes", "zipcrypto"];
    for method in methods {
        add(&format!("{method}.zip"), fixture(&format!("bundle-{method}.zip")), method, "");
    }
    add("deflate.zip", zipped(), "deflate", "");
    for packing in ["mszip", "lzx"] {
        add(&format!("{packing}.cab"), fixture(&format!("bundle-{packing}.cab")), packing, "");
    }
    add("seven.7z", fixture("bundle.7z"), "seven", "");
    add("hidden.7z", fixture("bundle-hidden.7z"), "hidden", "");
    add("t.tar", tarred(), "t", "");
    add("gz.tar.gz", gz(&tarred()), "gz", "gz.tar!/");
    add("short.tgz", gz(&tarred()), "short", "short.tar!/");
    for kind in ["bz2", "xz", "zst", "lzma"] {
        add(
            &format!("t{kind}.tar.{kind}"),
            fixture(&format!("bundle.tar.{kind}")),
            &format!("t{kind}"),
            &format!("t{kind}.tar!/"),
        );
    }
    // What the content is, not what the name says.
    add("a-cab.7z", fixture("bundle-mszip.cab"), "a-cab", "");
    add("a-seven.zip", fixture("bundle.7z"), "a-seven", "");
    add("a-zip.cab", zipped(), "a-zip", "");
    add("a-tar.tar.gz", tarred(), "a-tar", "");
    add("no-ending", zipped(), "no-ending", "");
    add("a-seven.dat", fixture("bundle.7z"), "a-seven-2", "");
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    let outcome = inbox(&files).status(0);
    let mut names: Vec<&str> = expect.iter().map(|(case, _)| case.as_str()).collect();
    names.sort_unstable();
    assert_eq!(cases(&outcome), names);
    let plain = said(&outcome.case("plain"), "");
    assert_eq!(plain[1][0]["certainty"], "confirmed");
    assert_eq!(plain[1][0]["values"], serde_json::json!({"inf": ["flpydisk.inf"], "update": ["KB5035849"]}));
    for (case, prefix) in &expect {
        // Evidence comes in the order in which an archive has its members.
        let mut own = said(&outcome.case(case), prefix);
        let mut plain = plain.clone();
        for it in [&mut own, &mut plain] {
            it[1][0]["evidence"].as_array_mut().unwrap().sort_by_key(Value::to_string);
        }
        assert_eq!(own, plain, "{case}");
    }
}

#[test]
fn archives_inside_archives_are_read() {
    let persist = "CbsPersist_20240312031407.cab";
    let zip = |name: &str, content: &[u8]| zip_of(&[(name, content)]);
    let files = [
        (
            "a.zip",
            zip("x/b.zip", &zip(persist, &fixture("bundle-mszip.cab"))),
            format!("x/b.zip!/{persist}!/"),
        ),
        ("b.tar.gz", gz(&tar_of(&[("logs/inner.zip", &zipped())])), "b.tar!/logs/inner.zip!/".to_owned()),
        ("c.zip", zip("logs.7z", &fixture("bundle-hidden.7z")), "logs.7z!/".to_owned()),
        ("d.zip", zip("Logs\\mdm.cab", &fixture("bundle-lzx.cab")), "Logs\\mdm.cab!/".to_owned()),
        ("e.zip", zip("t.tar.xz", &fixture("bundle.tar.xz")), "t.tar.xz!/t.tar!/".to_owned()),
        ("f.tgz", gz(&tar_of(&[("p.zip", &fixture("bundle-aes.zip"))])), "f.tar!/p.zip!/".to_owned()),
        ("g/h/logs.tar.zst", fixture("bundle.tar.zst"), "h/logs.tar.zst!/logs.tar!/".to_owned()),
        ("i.zip", zip("CBS.log", &fixture("bundle.7z")), "CBS.log!/".to_owned()),
    ];
    let outcome = inbox(&files.each_ref().map(|(name, content, _)| (*name, content.clone()))).status(0);
    for (name, _, prefix) in &files {
        let case = outcome.case(&name[..1]);
        let prefix = prefix.as_str();
        let evidence = case["findings"][0]["evidence"].to_string();
        assert_eq!(
            (&case["verdict"], &rules(&case)[..]),
            (&"explained".into(), &["driver-keys-missing"][..]),
            "{name}"
        );
        assert_eq!(case["findings"][0]["certainty"], "confirmed", "{name}");
        for member in MEMBERS {
            let path = Value::from(format!("{prefix}{member}")).to_string();
            assert!(evidence.contains(&path), "{name}: no {path} in {evidence}");
        }
    }
}

#[test]
fn single_files_that_were_compressed_are_logs() {
    let log = gz(&log());
    let files =
        [("CBS.log.gz", log.clone()), ("x.zip", zip_of(&[("CBS.log.gz", &log), ("old/CBS.log.gz", &log)]))];
    let outcome = inbox(&files).status(0);
    assert_eq!(cases(&outcome), ["CBS.log", "x"]);
    assert_eq!(outcome.case("CBS.log")["findings"][0]["evidence"][0]["path"], "CBS.log");
    let case = outcome.case("x");
    assert_eq!(case["findings"][0]["occurrences"], 2);
    assert_eq!(case["sources"][1]["path"], "old/CBS.log.gz!/CBS.log");
}

/// With large members, so that two threads share one log, and several members are read at the same time.
#[test]
fn the_number_of_threads_changes_no_byte() {
    let filler = |lines: usize| {
        let mut text: Vec<u8> = Vec::new();
        for number in 0..lines {
            let message = format!(
                "Session: {number}_{} initialized by client X",
                number.wrapping_mul(2_654_435_761) % 99_991
            );
            text.extend(line("Info", "CBS", &message).bytes());
        }
        text
    };
    let large = [filler(28_000), log(), filler(600)].concat();
    let small = [filler(40), log()].concat();
    let unknown =
        line("Error", "CBS", "Failed to resolve package 'x' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]");
    let middle = [filler(9_000), unknown.into_bytes()].concat();
    let (registry, events) = (member("services.reg"), member("System.txt"));
    let inner =
        zip_of(&[("CBS.log", &middle), ("a/CBS.log", &small), ("dism.log", b"x\r\n"), ("c.log", &large)]);
    let bundle = zip_of(&[
        ("1/CBS.log", &small),
        ("2/CBS.log", &large),
        ("inner.zip", &inner),
        ("services.reg", &registry),
        ("CbsPersist.cab", &fixture("bundle-mszip.cab")),
        ("logs.tar.gz", &gz(&tar_of(&[("CBS.log", &middle), ("System.txt", &events)]))),
        ("trace.etl", b"\0\x01"),
        ("bad.zip", &inner[..inner.len() / 2]),
    ]);
    let run = |jobs: &str| {
        let casebook = Casebook::new().file("in/one.zip", &bundle).file("in/two.7z", fixture("bundle.7z"));
        casebook.args(&["analyze", "in", "-j", jobs]).run().status(1)
    };
    let first = run("1");
    let case = first.case("one");
    assert_eq!(rules(&case)[0], "driver-keys-missing");
    assert!(case["sources"].as_array().unwrap().iter().any(|it| it["bytes"].as_u64().unwrap() > 2 << 20));
    for jobs in ["8", "2", "8"] {
        let other = run(jobs);
        for name in ["index.html", "one.html", "one.json", "two.html", "two.json"] {
            let name = format!("reports/{name}");
            assert!(first.text(&name) == other.text(&name), "{name} differs with {jobs} threads");
        }
        assert_eq!((&first.stdout, &first.stderr), (&other.stdout, &other.stderr));
    }
}

// ---- Damaged ----------------------------------------------------------------------------------------------------

/// Archives of several kinds by their endings, without those whose packing keeps no checksum.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![("zip", zipped()), ("tar.gz", gz(&tarred())), ("7z", fixture("bundle.7z"))];
    all.extend(["mszip", "lzx"].map(|it| ("cab", fixture(&format!("bundle-{it}.cab")))));
    all.extend(["tar.bz2", "tar.xz", "tar.lzma"].map(|it| (it, fixture(&format!("bundle.{it}")))));
    let methods = ["deflate64", "bzip2", "lzma", "xz", "ppmd", "zstd", "aes", "zipcrypto"];
    all.extend(methods.map(|it| ("zip", fixture(&format!("bundle-{it}.zip")))));
    all.push(("7z", fixture("bundle-hidden.7z")));
    all
}

/// What the report of a damaged bundle must be: not clean, and with the loss in it, on the page, and on the
/// terminal.
#[track_caller]
fn is_told(outcome: &Outcome, name: &str) {
    let case = outcome.case(name);
    assert_ne!(case["verdict"], "clean", "{name}");
    let skipped = case["skipped"].as_array().unwrap();
    assert!(!skipped.is_empty(), "{name}: {case:#}");
    assert!(outcome.stderr.contains(&format!("{name}: ")), "{name} is not in {}", outcome.stderr);
    let reason = skipped[0]["reason"].as_str().unwrap();
    assert!(["Error", "error", "::", "Archive"].iter().all(|it| !reason.contains(it)), "{name}: {reason}");
}

#[test]
fn archives_that_are_cut_are_never_clean() {
    let mut files = Vec::new();
    for (number, (end, bytes)) in samples().into_iter().enumerate() {
        for part in [0, 3, 30, 60, 90, 97] {
            files.push((format!("c{number}-{part}.{end}"), bytes[..bytes.len() * part / 100].to_vec()));
        }
    }
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    let outcome = inbox(&files).status(1);
    let cases = cases(&outcome);
    assert_eq!(cases.len(), files.len());
    for name in &cases {
        is_told(&outcome, name);
    }
    // Those that are read from their start keep what stands before the cut.
    for number in [0, 1, 3] {
        let case = outcome.case(&format!("c{number}-90"));
        assert_eq!(rules(&case)[..1], ["driver-keys-missing"], "{number}: {case:#}");
    }
}

/// Whatever bit is wrong: either it changes nothing of the content, or the loss is told.
#[test]
fn a_wrong_bit_is_harmless_or_told() {
    let mut files = Vec::new();
    for (number, (end, bytes)) in samples().into_iter().enumerate() {
        for flip in 0..12 {
            let mut bytes = bytes.clone();
            let at = (bytes.len() - 1) * flip / 11;
            bytes[at] ^= 1 << (flip % 8);
            files.push((format!("f{number}-{flip}.{end}"), bytes));
        }
    }
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    let outcome = inbox(&files).status(1);
    for name in cases(&outcome) {
        let case = outcome.case(&name);
        let whole =
            rules(&case) == ["driver-keys-missing"] && case["findings"][0]["certainty"] == "confirmed";
        if !(whole && case["skipped"].as_array().unwrap().is_empty()) {
            is_told(&outcome, &name);
        }
    }
}

/// A log without a failure in what is left of it is not one without a failure.
#[test]
fn a_healthy_log_that_is_damaged_is_not_clean() {
    let mut log = line("Info", "CBS", "TI: --- Initializing Trusted Installer ---");
    for number in 0..400_u32 {
        let id = number.wrapping_mul(2_654_435_761);
        log += &line(
            "Info",
            "CBS",
            &format!(
                "Session: {id}_{number} initialized by client WindowsUpdateAgent, external staging directory: (null)."
            ),
        );
    }
    let log = log.into_bytes();
    let whole = [
        ("zip", zip_of(&[("CBS.log", &log)])),
        ("tar", tar_of(&[("CBS.log", &log)])),
        ("tar.gz", gz(&tar_of(&[("CBS.log", &log)]))),
        ("log.gz", gz(&log)),
    ];
    let mut files = Vec::new();
    for (end, bytes) in &whole {
        let half = bytes.len() / 2;
        let mut wrong = bytes.clone();
        wrong[half..half + 9].fill(0xFF);
        files.push((format!("whole-{}.{end}", &end[end.len() - 2..]), bytes.clone()));
        files.push((format!("cut-{}.{end}", &end[end.len() - 2..]), bytes[..half].to_vec()));
        // A tar archive has no checksum of its content.
        if *end != "tar" {
            files.push((format!("wrong-{}.{end}", &end[end.len() - 2..]), wrong));
        }
    }
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    let outcome = inbox(&files).status(1);
    for name in cases(&outcome) {
        match name.starts_with("whole") {
            true => assert_eq!(outcome.case(&name)["verdict"], "clean", "{name}: {:#}", outcome.case(&name)),
            false => is_told(&outcome, &name),
        }
    }
}

#[test]
fn without_the_password_nothing_is_clean_and_the_rest_is_read() {
    let health = line("Info", "CBS", "TI: --- Initializing Trusted Installer ---");
    for (passwords, reason) in
        [(None, "no password was given"), (Some("wrong\n"), "none of the given passwords")]
    {
        for (inner, content) in
            [("p.zip", "bundle-aes.zip"), ("p.zip", "bundle-zipcrypto.zip"), ("p.7z", "bundle-hidden.7z")]
        {
            let zip = zip_of(&[(inner, &fixture(content)), ("dism/CBS.log", health.as_bytes())]);
            let mut casebook = Casebook::new().file("case.zip", zip).args(&["analyze", "case.zip"]);
            if let Some(passwords) = passwords {
                casebook = casebook.file("p.txt", passwords).args(&["--password-file", "p.txt"]);
            }
            let outcome = casebook.run().status(1);
            let case = outcome.case("case");
            assert_eq!(case["verdict"], "inconclusive", "{content}");
            assert_eq!(case["sources"][0]["path"], "dism/CBS.log");
            let skipped = case["skipped"].to_string();
            assert!(skipped.contains(reason) && skipped.contains("p."), "{content}: {skipped}");
            assert!(outcome.text("reports/case.html").contains(reason), "{content}: not on the page");
        }
    }
}

// ---- Odd --------------------------------------------------------------------------------------------------------

#[test]
fn archives_without_files_are_told() {
    let folder = {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_size(0);
        tar.append_data(&mut header, "Logs/", &b""[..]).unwrap();
        tar.into_inner().unwrap()
    };
    let seven = [&b"7z\xBC\xAF\x27\x1C\0\x04\x8D\x9B\xD5\x0F"[..], &[0; 20]].concat();
    let files = [
        ("zip.zip", zip_of(&[])),
        ("folders.zip", zip_of(&[("Logs/", b""), ("Logs/CBS\\", b"")])),
        ("folders.tar", folder),
        ("zeros.tar", vec![0; 10_240]),
        ("gz.gz", gz(b"")),
        ("seven.7z", seven),
        ("nothing.cab", Vec::new()),
        ("nothing.tar.xz", Vec::new()),
    ];
    let outcome = inbox(&files).status(1);
    let cases = cases(&outcome);
    assert_eq!(cases.len(), files.len());
    for name in cases {
        assert_eq!(outcome.case(&name)["verdict"], "unreadable", "{name}");
        is_told(&outcome, &name);
    }
}

/// Names are shown as they are; none of them is a place on this machine.
#[test]
fn odd_names_and_kinds_of_members() {
    let log = log();
    let names = [
        "CBS.log",
        "CBS.log",
        "/abs/CBS.log",
        "../../up/CBS.log",
        "a\\b\\CBS.log",
        "C:\\W\\CBS.log",
        "CON",
        "NUL.log",
        "COM1.log",
        "x\ny.log",
    ];
    let mut tar = tar::Builder::new(Vec::new());
    let mut append = |name: &str, kind: tar::EntryType, content: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name("CBS.log").unwrap();
        }
        header.set_cksum();
        tar.append(&header, content).unwrap();
    };
    for name in names {
        append(name, tar::EntryType::Regular, &log);
    }
    let links = [
        ("soft.log", tar::EntryType::Symlink),
        ("hard.log", tar::EntryType::Link),
        ("pipe.log", tar::EntryType::Fifo),
        ("console.log", tar::EntryType::Char),
    ];
    for (name, kind) in links {
        append(name, kind, b"");
    }
    let tar = tar.into_inner().unwrap();
    let mut zip = zip_of(&[
        ("NxL.log", &log),
        ("CBS1.log", &log),
        ("CBS2.log", &log),
        ("../CBS.log", &log),
        ("CON", &log),
    ]);
    for (from, to) in [(&b"NxL.log"[..], &b"N\0L.log"[..]), (b"CBS2.log", b"CBS1.log")] {
        for at in memchr::memmem::find_iter(&zip.clone(), from) {
            zip[at..at + to.len()].copy_from_slice(to);
        }
    }
    let outcome = inbox(&[("t.tar.gz", gz(&tar)), ("z.zip", zip)]).status(0);
    for (name, count) in [("t", names.len()), ("z", 5)] {
        let case = outcome.case(name);
        assert_eq!(case["findings"][0]["occurrences"], count, "{name}: {case:#}");
        let paths: std::collections::BTreeSet<_> =
            case["sources"].as_array().unwrap().iter().map(|it| it["path"].to_string()).collect();
        assert_eq!(paths.len(), count, "{name}: each has a path of its own: {paths:?}");
    }
    let told = outcome.case("t")["skipped"].to_string();
    for (name, _) in links {
        assert!(told.contains(name), "{name} is not in {told}");
    }
    let mut left: Vec<_> =
        fs::read_dir(outcome.folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["in", "passwords.txt", "reports"], "nothing is unpacked");
    let page = outcome.text("reports/z.html");
    assert!(!page.contains('\0'), "a zero byte is on the page");
}

#[test]
fn nesting_has_a_limit_that_is_told() {
    let nested = |mut content: Vec<u8>, depth: usize| {
        for number in 0..depth {
            content =
                if number % 2 == 0 { zip_of(&[("n.tar", &content)]) } else { tar_of(&[("n.zip", &content)]) };
        }
        content
    };
    let logs = log();
    let files = [
        ("deep.zip", nested(tar_of(&[("CBS.log", &logs)]), 7)),
        ("deeper.zip", nested(tar_of(&[("CBS.log", &logs)]), 9)),
        ("bomb.gz", (0..40).fold(logs.clone(), |it, _| gz(&it))),
    ];
    let outcome = inbox(&files).status(1);
    assert_eq!(rules(&outcome.case("deep")), ["driver-keys-missing"]);
    for name in ["deeper", "bomb"] {
        is_told(&outcome, name);
        assert!(outcome.case(name)["skipped"].to_string().contains("no deeper ones are opened"));
    }
}

/// What lies in an inbox and is of a kind that is not read makes a case that says so.
#[test]
fn what_is_not_read_in_an_inbox_is_told() {
    let files = [
        ("old.rar", b"Rar!\x1A\x07\x01\0rubbish".to_vec()),
        ("logs.7z.001", b"7z\xBC\xAF\x27\x1C\0\x04rubbish".to_vec()),
        ("logs.7z.002", b"\0\x01\x02\x03".to_vec()),
        ("CBS.log", line("Info", "CBS", "TI: --- Initializing Trusted Installer ---").into_bytes()),
        ("notes.docx", zip_of(&[("word/document.xml", b"<x/>")])),
        ("photo.png", b"\x89PNG\r\n\x1A\n\0\0".to_vec()),
        ("README.md", b"# Put bundles here\n".to_vec()),
    ];
    let outcome = inbox(&files);
    assert_eq!(cases(&outcome), ["in", "old"]);
    assert!(outcome.case("old")["skipped"].to_string().contains("a rar archive, not read by this version"));
    let loose = outcome.case("in");
    assert_eq!(loose["verdict"], "inconclusive");
    assert_eq!(loose["skipped"].as_array().unwrap().len(), 2);
    assert!(loose["skipped"].to_string().contains("one part of a split archive"));
}

#[test]
fn names_of_cases_lose_the_ending_of_their_archive() {
    let content = |name: &str| if name.ends_with(".zip") { zipped() } else { tarred() };
    let names = [
        ("a.tar.gz", "a"),
        ("b.TGZ", "b"),
        ("c.tar.bz2", "c"),
        ("d.tbz2", "d"),
        ("e.tar.xz", "e"),
        ("f.txz", "f"),
        ("g.tar.zst", "g"),
        ("h.tzst", "h"),
        ("i.tar.lzma", "i"),
        ("j.v2.zip", "j.v2"),
        ("k.cab", "k"),
        ("l.7z", "l"),
        ("m.tar", "m"),
        ("n.log.gz", "n.log"),
        ("o.tar.zip", "o.tar"),
        ("p.gz", "p"),
    ];
    let outcome = inbox(&names.map(|(name, _)| (name, content(name)))).status(0);
    assert_eq!(cases(&outcome), names.map(|(_, case)| case));
    for (name, case) in names {
        assert_eq!(outcome.case(case)["source"], format!("in/{name}"));
    }
}
