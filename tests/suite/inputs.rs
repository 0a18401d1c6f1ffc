//! Which input is which case, and what a run writes, prints and returns: the contract with users and scripts.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use serde_json::Value;
use zip::unstable::write::FileOptionsExt as _;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{Casebook, Outcome, line, root, rules, zip_of};

/// A log with one of the five symptoms.
fn sick() -> String {
    healthy()
        + &line("Info", "CBS", "INSTALL index: 55, phase: 2, result 2, inf: flpydisk.inf")
        + &line(
            "Info",
            "CBS",
            "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        )
}

fn healthy() -> String {
    line("Info", "CBS", "TI: --- Initializing Trusted Installer ---")
        + &line(
            "Info",
            "CBS",
            "Session: 31033555_3320119381 initialized by client WindowsUpdateAgent, external staging directory: (null).",
        )
}

/// A log of a failure that no rule knows.
fn unknown() -> String {
    healthy()
        + &line(
            "Error",
            "CBS",
            "Failed to resolve package 'x' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]",
        )
}

fn zipped(log: &str) -> Vec<u8> {
    zip_of(&[("CBS.log", log.as_bytes())])
}

fn analyze(files: &[(&str, Vec<u8>)], args: &[&str]) -> Outcome {
    let casebook = files.iter().fold(Casebook::new(), |it, (path, content)| it.file(path, content));
    casebook.arg("analyze").args(args).run()
}

/// The names of the cases that a run wrote reports of, as the reports have them.
#[track_caller]
fn cases(outcome: &Outcome) -> BTreeSet<String> {
    let names = listed(&outcome.path("reports"));
    let json = names.iter().filter_map(|it| it.strip_suffix(".json"));
    json.map(|it| outcome.case(it)["case"].as_str().unwrap().to_owned()).collect()
}

fn listed(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[track_caller]
fn has_cases(outcome: &Outcome, expect: &[&str]) {
    let expect: BTreeSet<String> = expect.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(cases(outcome), expect, "{}", outcome.stdout);
}

fn paths(case: &Value) -> Vec<&str> {
    case["sources"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect()
}

// ---- Which input is which case ------------------------------------------------------------------------------

#[test]
fn files_and_folders_in_one_call() {
    let reg = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM]\r\n";
    let files = [
        ("a.zip", zipped(&sick())),
        ("sub/b.tar.zip", zipped(&healthy())),
        ("c.log", healthy().into()),
        ("d.reg", reg.into()),
        ("inbox/E.zip", zipped(&sick())),
        ("inbox/F/x/y/CBS.log", sick().into()),
        ("inbox/F/inner.zip", zipped(&healthy())),
        ("inbox/CBS.log", healthy().into()),
        ("inbox/services.txt", reg.into()),
        ("inbox/README.md", "# Read me\n\nPut bundles here.\n".into()),
        ("inbox/notes.txt", "Called them back at 10.\n".into()),
    ];
    let outcome = analyze(&files, &["a.zip", "sub/b.tar.zip", "c.log", "d.reg", "inbox"]).status(0);
    has_cases(&outcome, &["a", "b.tar", "c", "d", "E", "F", "inbox"]);
    assert_eq!(outcome.case("inbox")["source"], "inbox");
    assert_eq!(paths(&outcome.case("inbox")), ["CBS.log", "services.txt"]);
    assert_eq!(outcome.case("E")["source"], "inbox/E.zip");
    let mut folder = outcome.case("F");
    assert_eq!(folder["source"], "inbox/F");
    folder["sources"].as_array_mut().unwrap().sort_by_key(|it| it["path"].to_string());
    assert_eq!(paths(&folder), ["inner.zip!/CBS.log", "x/y/CBS.log"]);
    assert_eq!(outcome.case("a")["verdict"], "explained");
}

#[test]
fn the_reports_in_the_inbox_are_no_bundle() {
    let files = [("inbox/A.zip", zipped(&sick())), ("inbox/B/CBS.log", sick().into())];
    let args = ["inbox", "--output", "inbox/reports"];
    let first = analyze(&files, &args).status(0);
    let again = Casebook { folder: first.folder, ..Casebook::new() };
    let mut again = again;
    again.command.current_dir(again.folder.path());
    let again = again.arg("analyze").args(&args).run().status(0);
    assert_eq!(listed(&again.path("inbox/reports")), ["A.html", "A.json", "B.html", "B.json", "index.html"]);
    assert_eq!(again.stdout, first.stdout);
}

#[test]
fn one_case_of_all_inputs() {
    let files = [
        ("a/CBS.zip", zipped(&sick())),
        ("b/CBS.zip", zipped(&healthy())),
        ("c/sub/setupact.log", line("Info", "MOUPG", "SetupHost::Initialize").into()),
        ("System.txt", "no log\n".into()),
    ];
    let outcome =
        analyze(&files, &["--one-case", "INC 7/β", "a/CBS.zip", "b/CBS.zip", "c", "System.txt"]).status(0);
    has_cases(&outcome, &["INC 7/β"]);
    let names = listed(&outcome.path("reports"));
    assert_eq!(names.len(), 3, "{names:?}");
    let json = names.iter().find(|it| it.ends_with(".json")).unwrap();
    let case = outcome.case(json.strip_suffix(".json").unwrap());
    assert_eq!(rules(&case), ["driver-keys-missing"]);
    assert_eq!(paths(&case).len(), 4);
    assert_eq!(paths(&case).into_iter().collect::<BTreeSet<_>>().len(), 4, "each has a path of its own");
}

#[test]
fn equal_names_are_numbered_in_path_order() {
    let files = [
        ("b/X.zip", zipped(&unknown())),
        ("a/X.zip", zipped(&sick())),
        ("c/X.log", healthy().into()),
        ("d/x.zip", zipped(&sick())),
    ];
    let outcome = analyze(&files, &["c/X.log", "b/X.zip", "a/X.zip", "d/x.zip"]).status(0);
    has_cases(&outcome, &["X", "X-2", "X-3", "x"]);
    for (name, source) in [("X", "a/X.zip"), ("X-2", "b/X.zip"), ("X-3", "c/X.log")] {
        assert_eq!(outcome.case(name)["source"], source);
    }
    let names = listed(&outcome.path("reports"));
    let lower: BTreeSet<_> = names.iter().map(|it| it.to_lowercase()).collect();
    assert_eq!(lower.len(), names.len(), "files of two cases that differ only in case: {names:?}");
}

/// Absolute paths are not shown, but their order is the same.
#[test]
fn equal_names_of_absolute_paths_are_numbered_in_path_order() {
    let mut casebook = Casebook::new().file("b/X.zip", zipped(&unknown())).file("a/X.zip", zipped(&sick()));
    let folder = casebook.folder.path().to_owned();
    casebook = casebook.arg("analyze").arg(folder.join("b/X.zip")).arg(folder.join("a/X.zip"));
    let outcome = casebook.run().status(0);
    assert_eq!(outcome.case("X")["verdict"], "explained", "a/X.zip comes before b/X.zip");
    assert_eq!(outcome.case("X-2")["verdict"], "unexplained");
}

#[test]
fn names_keep_their_characters() {
    let names =
        ["INC 42 (copy) & more", "Größe-日本", "index", "CON", "100% #1;'x'", "a.b.c", "-dash", "{{rule}}"];
    let casebook =
        names.iter().fold(Casebook::new(), |it, name| it.file(&format!("in/{name}.zip"), zipped(&sick())));
    let outcome = casebook.args(&["analyze", "in"]).run().status(0);
    has_cases(&outcome, &names);
    let index = outcome.text("reports/index.html");
    for name in listed(&outcome.path("reports")) {
        let plain = |it: char| it.is_alphanumeric() || "-_.()+@=".contains(it);
        assert!(name.chars().all(plain), "{name} is no safe file name");
        assert!(!name.to_lowercase().starts_with("con."), "{name} is a device");
    }
    let rows = index.split_once("</tbody>").unwrap().0;
    assert_eq!(rows.matches("driver are missing").count(), names.len(), "the index is not overwritten");
    assert!(outcome.path("reports/index.html").is_file());
}

// ---- What is in a bundle ------------------------------------------------------------------------------------

#[test]
fn members_keep_their_own_paths() {
    let inner = zip_of(&[("Logs\\CBS\\CBS.log", sick().as_bytes()), ("b.log", healthy().as_bytes())]);
    let middle = zip_of(&[("inner.zip", &inner), ("x y/CBS.log", healthy().as_bytes())]);
    let outer = zip_of(&[
        ("Windows-Logs.zip", &middle),
        ("CBS.log", healthy().as_bytes()),
        ("cbs.log", healthy().as_bytes()),
        ("a\\CBS.log", healthy().as_bytes()),
        ("a/CBS.log", healthy().as_bytes()),
        ("größe/日本/CBS.log", healthy().as_bytes()),
        ("./CBS.log", healthy().as_bytes()),
        ("../../etc/CBS.log", healthy().as_bytes()),
        ("C:\\Windows\\CBS.log", healthy().as_bytes()),
    ]);
    let outcome = analyze(&[("case.zip", outer)], &["case.zip"]).status(0);
    let case = outcome.case("case");
    let expect = [
        "Windows-Logs.zip!/inner.zip!/Logs\\CBS\\CBS.log",
        "Windows-Logs.zip!/inner.zip!/b.log",
        "Windows-Logs.zip!/x y/CBS.log",
        "CBS.log",
        "cbs.log",
        "a\\CBS.log",
        "a/CBS.log",
        "größe/日本/CBS.log",
        "./CBS.log",
        "../../etc/CBS.log",
        "C:\\Windows\\CBS.log",
    ];
    assert_eq!(paths(&case), expect);
    assert_eq!(case["findings"][0]["evidence"][0]["path"], expect[0]);
    assert_eq!(listed(outcome.folder.path()), ["case.zip", "reports"], "nothing is unpacked");
}

#[test]
fn one_name_twice_is_read_twice() {
    let mut bytes = zip_of(&[("CBS1.log", healthy().as_bytes()), ("CBS2.log", sick().as_bytes())]);
    for at in memchr::memmem::find_iter(&bytes.clone(), b"CBS2.log") {
        bytes[at + 3] = b'1';
    }
    let case = analyze(&[("case.zip", bytes)], &["case.zip"]).status(0).case("case");
    assert_eq!(rules(&case), ["driver-keys-missing"]);
    let told = paths(&case);
    assert!(told.len() == 2 && told[0] != told[1], "{told:?}");
}

#[test]
fn stored_deflated_and_zip64_members() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for (name, options) in [
        ("stored.log", options.compression_method(zip::CompressionMethod::Stored)),
        ("deflated.log", options.compression_method(zip::CompressionMethod::Deflated)),
        ("large.log", options.compression_method(zip::CompressionMethod::Stored).large_file(true)),
        ("large-deflated.log", options.large_file(true)),
    ] {
        writer.start_file(name, options).unwrap();
        writer.write_all(sick().as_bytes()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let case = analyze(&[("case.zip", bytes)], &["case.zip"]).status(0).case("case");
    assert_eq!(paths(&case).len(), 4);
    assert_eq!(case["findings"][0]["occurrences"], 4);
}

/// Names in the machine's code page, without the flag for UTF-8.
#[test]
fn names_that_are_not_utf8() {
    let mut bytes = zip_of(&[("gr__e/CBS.log", sick().as_bytes())]);
    for at in memchr::memmem::find_iter(&bytes.clone(), b"gr__e") {
        bytes[at + 2..at + 4].copy_from_slice(b"\x81\xff");
    }
    let case = analyze(&[("case.zip", bytes)], &["case.zip"]).status(0).case("case");
    assert_eq!(rules(&case), ["driver-keys-missing"]);
    assert!(paths(&case)[0].ends_with("/CBS.log"));
}

// ---- Bad input ----------------------------------------------------------------------------------------------

/// A case that could not be read (whole): told in the report and on standard error, and by the status.
#[track_caller]
fn is_lossy(outcome: Outcome, verdict: &str, reason: &str) -> Value {
    let outcome = outcome.status(1);
    let case = outcome.case("case");
    assert_eq!(case["verdict"], verdict);
    let skipped = case["skipped"].to_string();
    assert!(skipped.contains(reason), "{reason:?} is not in {skipped}");
    assert!(!outcome.stderr.is_empty() && !outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    assert!(outcome.text("reports/case.html").contains(reason), "the page does not tell it");
    case
}

#[test]
fn zip_files_that_are_none() {
    is_lossy(analyze(&[("case.zip", Vec::new())], &["case.zip"]), "unreadable", "empty");
    is_lossy(analyze(&[("case.zip", zip_of(&[]))], &["case.zip"]), "unreadable", "without members");
    is_lossy(analyze(&[("case.zip", b"404 Not Found\n".to_vec())], &["case.zip"]), "unreadable", "not a");
    let text = analyze(&[("case.zip", sick().into())], &["case.zip"]).status(1).case("case");
    assert!(
        text["verdict"] == "unreadable" || rules(&text) == ["driver-keys-missing"],
        "{}",
        text["verdict"]
    );
}

/// Whoever reads the report must learn why there is nothing in it.
#[test]
fn a_case_without_anything_readable_says_why() {
    let folders = zip_of(&[("Logs/", b""), ("Logs/CBS/", b"")]);
    let trace = zip_of(&[("Logs/WindowsUpdate.20240312.etl", b"\0\x01\x02\x03\0\0")]);
    for (what, bundle, path) in [("folders only", folders, ""), ("a trace", trace, ".etl")] {
        let outcome = analyze(&[("case.zip", bundle)], &["case.zip"]);
        let case = outcome.case("case");
        assert_eq!(case["verdict"], "unreadable", "{what}");
        let skipped = case["skipped"].as_array().unwrap();
        assert!(!skipped.is_empty(), "{what}: the report does not say what was not read");
        assert!(skipped[0]["path"].as_str().unwrap().ends_with(path), "{what}");
        // A status that is not 0 is a problem, and problems are told.
        assert_eq!(outcome.status == 0, outcome.stderr.is_empty(), "{what}: status {}", outcome.status);
    }
}

#[test]
fn a_truncated_zip_is_read_as_far_as_it_goes() {
    let random: Vec<u8> =
        (0..200_000_u32).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let whole = zip_of(&[("CBS.log", sick().as_bytes()), ("trace.bin", &random)]);
    for part in [whole.len() / 2, whole.len() - 1, whole.len() - 10] {
        let outcome = analyze(&[("case.zip", whole[..part].to_vec())], &["case.zip"]);
        let case = is_lossy(outcome, "explained", "not a whole zip file");
        assert_eq!(rules(&case), ["driver-keys-missing"]);
    }
    let healthy = zip_of(&[("CBS.log", healthy().as_bytes()), ("trace.bin", &random)]);
    is_lossy(
        analyze(&[("case.zip", healthy[..healthy.len() / 2].to_vec())], &["case.zip"]),
        "inconclusive",
        "",
    );
}

fn encrypted() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer.start_file("dism.log", options).unwrap();
    writer.write_all(line("Info", "DISM", "API: PID=1 TID=2 x").as_bytes()).unwrap();
    writer.start_file("CBS.log", options.with_deprecated_encryption("geheim ß".as_bytes()).unwrap()).unwrap();
    writer.write_all(sick().as_bytes()).unwrap();
    writer.start_file("aes/CBS.log", options.with_aes_encryption(zip::AesMode::Aes256, "geheim ß")).unwrap();
    writer.write_all(sick().as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn encrypted_members() {
    let with = |passwords: &[u8]| {
        let files = [("case.zip", encrypted()), ("passwords.txt", passwords.to_vec())];
        analyze(&files, &["case.zip", "--password-file", "passwords.txt"])
    };
    let without = is_lossy(analyze(&[("case.zip", encrypted())], &["case.zip"]), "inconclusive", "encrypted");
    assert_eq!(paths(&without), ["dism.log"], "the others are read");
    let wrong = is_lossy(with(b"one\ntwo\n"), "inconclusive", "none of the given passwords");
    assert!(!wrong.to_string().contains("geheim"));
    // As editors write such files.
    for right in [
        "geheim ß",
        "wrong\ngeheim ß\n",
        "wrong\r\ngeheim ß\r\n",
        "\u{feff}geheim ß\r\n",
        "\n\ngeheim ß\nwrong",
    ] {
        let outcome = with(right.as_bytes());
        assert_eq!(outcome.status, 0, "{right:?}: {}", outcome.stderr);
        assert_eq!(outcome.case("case")["findings"][0]["occurrences"], 2, "{right:?}");
        for name in listed(&outcome.path("reports")) {
            assert!(!outcome.text(&format!("reports/{name}")).contains("geheim"), "{name} holds a password");
        }
    }
    let missing = analyze(&[("case.zip", encrypted())], &["case.zip", "--password-file", "no.txt"]).status(2);
    assert!(missing.stderr.contains("no.txt") && !missing.path("reports").exists(), "{}", missing.stderr);
}

#[test]
fn one_bad_case_stops_no_other() {
    let files = [
        ("in/a.zip", zipped(&sick())),
        ("in/b.zip", b"PK\x03\x04 rubbish".to_vec()),
        ("in/c.zip", Vec::new()),
        ("in/d.zip", zipped(&healthy())),
    ];
    let outcome = analyze(&files, &["in"]).status(1);
    has_cases(&outcome, &["a", "b", "c", "d"]);
    let verdicts: Vec<_> = ["a", "b", "c", "d"].map(|it| outcome.case(it)["verdict"].clone()).to_vec();
    assert_eq!(verdicts, ["explained", "unreadable", "unreadable", "clean"]);
    assert!(outcome.stderr.contains("b: ") && outcome.stderr.contains("c: "), "{}", outcome.stderr);
    assert!(!outcome.stdout.contains("rubbish"));
}

/// Nothing is analyzed, nothing is written, and one sentence says why.
#[track_caller]
fn is_refused(outcome: Outcome, told: &[&str]) {
    let outcome = outcome.status(2);
    for it in told {
        assert!(outcome.stderr.contains(it), "{it:?} is not in: {}", outcome.stderr);
    }
    assert_eq!(outcome.stdout, "");
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    assert!(!outcome.path("reports").is_dir(), "reports were begun");
}

#[test]
fn what_cannot_be_begun_is_refused() {
    let good = || vec![("a.zip", zipped(&sick()))];
    is_refused(analyze(&good(), &["a.zip", "no-such.zip"]), &["no-such.zip", "no such file"]);
    is_refused(analyze(&good(), &["a.zip", "--fail-on", "anything"]), &["symptom", "unexplained"]);
    is_refused(analyze(&good(), &["a.zip", "--no-such-option"]), &["--no-such-option"]);
    is_refused(analyze(&good(), &[]), &["INPUT"]);
    let mut there = good();
    there.push(("reports", b"a file".to_vec()));
    is_refused(analyze(&there, &["a.zip"]), &["reports"]);
    let mut below = good();
    below.push(("out", b"a file".to_vec()));
    is_refused(analyze(&below, &["a.zip", "--output", "out/reports"]), &["out"]);
}

#[test]
fn a_broken_rule_is_named_with_its_place() {
    let article = fs::read_to_string(root().join("rules/windows-update/0x80070002.md")).unwrap();
    let typo = article.replacen("severity = \"error\"", "sevrity = \"error\"", 1);
    let number = typo.lines().position(|it| it.starts_with("sevrity")).unwrap() + 1;
    let outcome = analyze(
        &[("a.zip", zipped(&sick())), ("rules/x/typo.md", typo.into())],
        &["a.zip", "--rules", "rules"],
    );
    is_refused(outcome, &[&format!("typo.md:{number}:1: ")]);
}

/// An article must be UTF-8: in another encoding its patterns would not match what they say.
#[test]
fn an_article_in_another_encoding_is_refused() {
    let article = fs::read(root().join("rules/windows-update/0x80070002.md")).unwrap();
    let text = String::from_utf8(article).unwrap().replace("id = \"", "id = \"my-");
    let broken = [text.as_bytes(), b"\nGr\xfc\xdfe\n"].concat();
    let files = [("a.zip", zipped(&sick())), ("rules/mine.md", broken)];
    is_refused(analyze(&files, &["a.zip", "--rules", "rules"]), &["mine.md:", "UTF-8"]);
}

// ---- What is printed and written -----------------------------------------------------------------------------

#[test]
fn results_and_problems_go_their_own_ways() {
    let files = [("in/a.zip", zipped(&sick())), ("in/b.zip", b"rubbish".to_vec())];
    let outcome = analyze(&files, &["in"]).status(1);
    assert!(
        outcome.stdout.lines().any(|it| it.starts_with("explained") && it.contains(" a ")),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stdout.lines().any(|it| it.starts_with("unreadable") && it.contains(" b ")),
        "{}",
        outcome.stdout
    );
    assert!(
        !outcome.stdout.contains('\u{1b}') && !outcome.stderr.contains('\u{1b}'),
        "no colour into a pipe"
    );
    assert!(outcome.stderr.contains("b.zip"), "{}", outcome.stderr);
    let quiet = analyze(&files, &["in", "--quiet"]).status(1);
    assert_eq!(quiet.stdout, "");
    assert_eq!(quiet.stderr, outcome.stderr);
}

#[test]
fn fail_on() {
    let case = |log: &str, on: &str, status| {
        analyze(&[("a.zip", zipped(log))], &["a.zip", "--fail-on", on]).status(status);
    };
    case(&sick(), "symptom", 3);
    case(&sick(), "unexplained", 0);
    case(&unknown(), "unexplained", 3);
    case(&unknown(), "symptom", 0);
    case(&healthy(), "symptom", 0);
    case(&healthy(), "unexplained", 0);
    let beside_bad = [("in/a.zip", zipped(&sick())), ("in/b.zip", b"rubbish".to_vec())];
    analyze(&beside_bad, &["in", "--fail-on", "symptom"]).status(3);
    analyze(&beside_bad, &["in", "--fail-on", "unexplained"]).status(1);
}

#[test]
fn no_report_tells_of_the_machine_that_made_it() {
    let inner = zip_of(&[("CBS.log", sick().as_bytes())]);
    let files = [
        ("in/a.zip", zip_of(&[("inner.zip", &inner), ("broken.zip", b"PK\x03\x04")])),
        ("in/F/CBS.log", sick().into()),
        ("in/CBS.log", healthy().into()),
        ("in/bad.zip", b"rubbish".to_vec()),
        ("b.zip", encrypted()),
    ];
    let mut casebook = files.iter().fold(Casebook::new(), |it, (path, content)| it.file(path, content));
    let folder = casebook.folder.path().to_owned();
    casebook = casebook.arg("analyze").arg(folder.join("in")).arg(folder.join("b.zip"));
    casebook = casebook.arg("--output").arg(folder.join("out"));
    let absolute = casebook.run().status(1);
    let here = folder.to_str().unwrap();
    let names = listed(&absolute.path("out"));
    assert_eq!(names.len(), 11, "{names:?}");
    for name in &names {
        assert!(!absolute.text(&format!("out/{name}")).contains(here), "{name} holds {here}");
        assert!(!name.starts_with('.') && !name.ends_with(".tmp"), "{name} was left over");
    }
    // Relative paths tell the same, but for where the bundles lie.
    let relative = analyze(&files, &["in", "b.zip"]).status(1);
    for name in names.iter().filter(|it| it.ends_with(".json")) {
        let mut one: Value = serde_json::from_str(&absolute.text(&format!("out/{name}"))).unwrap();
        let mut other: Value = serde_json::from_str(&relative.text(&format!("reports/{name}"))).unwrap();
        (one["source"], other["source"]) = (Value::Null, Value::Null);
        assert_eq!(one, other, "{name}");
    }
    assert_eq!(listed(relative.folder.path()), ["b.zip", "in", "reports"], "nothing else is left");
}

#[test]
fn a_relative_source_is_told_as_given() {
    let files = [("a/b/c.zip", zipped(&sick()))];
    assert_eq!(analyze(&files, &["a/b/c.zip"]).status(0).case("c")["source"], "a/b/c.zip");
    assert_eq!(
        analyze(&files, &["./a/b/c.zip"]).status(0).case("c")["source"]
            .as_str()
            .unwrap()
            .trim_start_matches("./"),
        "a/b/c.zip"
    );
    assert_eq!(analyze(&files, &["a"]).status(0).case("b")["source"], "a/b");
}

#[test]
fn the_same_input_gives_the_same_bytes_in_any_order() {
    let mut files = Vec::new();
    for number in 0..12 {
        let log = [sick(), healthy(), unknown()][number % 3].clone();
        files.push((
            format!("in/case {number}.zip"),
            zip_of(&[("CBS.log", log.as_bytes()), ("x.bin", b"\0\x01\x02\x03\0")]),
        ));
    }
    files.push(("in/CBS.log".to_owned(), sick().into()));
    let run = |files: &[(String, Vec<u8>)], jobs: &str| {
        let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
        analyze(&files, &["in", "--jobs", jobs]).status(0)
    };
    let one = run(&files, "1");
    files.reverse();
    let other = run(&files, "7");
    let names = listed(&one.path("reports"));
    assert_eq!(names, listed(&other.path("reports")));
    for name in names {
        let name = format!("reports/{name}");
        assert!(one.text(&name) == other.text(&name), "{name} differs");
    }
    assert_eq!(one.stdout, other.stdout);
}

// ---- The JSON of a case ----------------------------------------------------------------------------------------

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap_or_else(|| panic!("no object: {object}")).keys().map(String::as_str).collect()
}

/// The contract's keys come first and in its order; others may follow.
#[track_caller]
fn has_keys(object: &Value, expect: &[&str]) {
    let found: Vec<_> = keys(object).into_iter().filter(|it| expect.contains(it)).collect();
    assert_eq!(found, expect, "in {object:#}");
}

#[test]
fn keys_in_the_order_of_the_contract() {
    let log = sick()
        + &line(
            "Error",
            "CBS",
            "Failed to resolve package 'x' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]",
        );
    let files = [
        ("in/all.zip", zip_of(&[("CBS.log", log.as_bytes()), ("a.etl", b"\0\x01\x02")])),
        ("in/nothing.zip", Vec::new()),
    ];
    let outcome = analyze(&files, &["in"]).status(1);
    for name in ["all", "nothing"] {
        let case = outcome.case(name);
        has_keys(
            &case,
            &[
                "schema",
                "case",
                "source",
                "verdict",
                "machine",
                "findings",
                "unexplained",
                "not_checked",
                "sources",
                "skipped",
                "made_by",
            ],
        );
        assert_eq!(case["schema"], "casebook.case/1");
        has_keys(&case["machine"], &["name", "windows", "build", "architecture"]);
        for it in case["skipped"].as_array().unwrap() {
            has_keys(it, &["path", "reason"]);
        }
    }
    let case = outcome.case("all");
    let evidence = ["path", "line", "time", "text", "before", "after"];
    let found = &case["findings"][0];
    has_keys(
        found,
        &[
            "rule",
            "symptom",
            "cause",
            "severity",
            "certainty",
            "current",
            "codes",
            "values",
            "occurrences",
            "evidence",
            "steps",
            "references",
        ],
    );
    has_keys(&found["codes"][0], &["code", "name"]);
    has_keys(&found["evidence"][0], &evidence);
    assert_eq!(found["evidence"][0]["time"], "2024-03-12T03:14:07");
    for step in found["steps"].as_array().unwrap() {
        has_keys(step, &["text", "commands", "shell", "caution"]);
        assert!(step["shell"].is_null() == step["commands"].as_array().unwrap().is_empty(), "{step}");
    }
    let unexplained = &case["unexplained"][0];
    has_keys(unexplained, &["code", "name", "occurrences", "evidence"]);
    assert_eq!(
        (&unexplained["code"], &unexplained["name"]),
        (&"0x800f0831".into(), &"CBS_E_STORE_CORRUPTION".into())
    );
    has_keys(&unexplained["evidence"][0], &evidence);
    has_keys(&case["not_checked"][0], &["rule", "missing"]);
    has_keys(&case["sources"][0], &["path", "format", "bytes", "records"]);
    assert_eq!(case["sources"][0]["bytes"], log.len());
    assert_eq!(case["sources"][0]["records"], log.lines().count());
}
