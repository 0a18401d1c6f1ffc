//! Files that are not as one would like them, and disks that are full: each is a sentence in the report or on the
//! terminal, and no report is ever there by half.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::attacks::{healthy, is_well, log};
use super::{Casebook, root, rules};

const PROGRAM: &str = env!("CARGO_BIN_EXE_casebook");

fn skipped(case: &Value) -> String {
    case["skipped"].to_string()
}

/// A pipe, a link out of the inbox, and names that are no text lie in one inbox with healthy cases.
#[test]
fn what_is_no_file_is_told_and_not_opened() {
    let casebook = Casebook::new().file("in/healthy.zip", healthy()).file("in/case/CBS.log", log());
    let folder = casebook.folder.path();
    fs::write(folder.join("secret.log"), log()).unwrap();
    for name in ["in/pipe.zip", "in/case/pipe.log"] {
        assert!(Command::new("mkfifo").arg(folder.join(name)).status().unwrap().success());
    }
    symlink("/dev/zero", folder.join("in/case/zero.log")).unwrap();
    symlink(folder.join("secret.log"), folder.join("in/out.log")).unwrap();
    symlink(folder, folder.join("in/case/loop")).unwrap();
    for (name, content) in
        [(&b"in/case/\xFF.log"[..], log()), (b"in/case/\xFE.log", log()), (b"in/\xFF.zip", healthy())]
    {
        fs::write(folder.join(OsStr::from_bytes(name)), content).unwrap();
    }
    let outcome = casebook.args(&["analyze", "in"]).run();
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    is_well(&outcome.case("healthy"));
    let case = outcome.case("case");
    assert_eq!(rules(&case), ["component-file-missing"]);
    assert_eq!(case["sources"].as_array().unwrap().len(), 3, "{case:#}");
    for told in [
        "pipe.log\",\"reason\":\"neither a file nor a folder",
        "zero.log\",\"reason\":\"a link, not followed",
        "loop\",\"reason\":\"a link",
    ] {
        assert!(skipped(&case).contains(told), "{told}: {}", skipped(&case));
    }
    assert!(skipped(&outcome.case("pipe")).contains("neither a file nor a folder"));
    assert!(skipped(&outcome.case("in")).contains("a link, not followed"));
    assert!(!outcome.case("in").to_string().contains("amd64_a_"), "the link was followed");
}

/// A folder and a file that may not be read cost themselves.
#[test]
fn what_may_not_be_read_is_told() {
    let casebook = Casebook::new()
        .file("in/case/CBS.log", log())
        .file("in/case/locked/dism.log", log())
        .file("in/case/dism.log", log())
        .file("in/healthy.zip", healthy());
    let folder = casebook.folder.path().to_owned();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&folder, 0o777);
    mode(&folder.join("in/case/locked"), 0);
    mode(&folder.join("in/case/dism.log"), 0);
    let mut command = Command::new(PROGRAM);
    command.current_dir(&folder).args(["analyze", "in"]).stdout(Stdio::null()).stderr(Stdio::piped());
    // Nothing is locked for the administrator of a machine.
    if fs::read_dir(folder.join("in/case/locked")).is_ok() {
        command.uid(65_534).gid(65_534);
    }
    let outcome = command.output();
    mode(&folder.join("in/case/locked"), 0o755);
    let outcome = outcome.unwrap();
    let told = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!(outcome.status.code(), Some(1), "{told}");
    let case: Value = serde_json::from_slice(&fs::read(folder.join("reports/case.json")).unwrap()).unwrap();
    assert_eq!(rules(&case), ["component-file-missing"]);
    assert!(skipped(&case).contains("locked\",\"reason\":\"a folder that cannot be opened: "), "{case:#}");
    assert!(skipped(&case).contains("dism.log\",\"reason\":\"cannot be opened: "), "{case:#}");
    is_well(&serde_json::from_slice(&fs::read(folder.join("reports/healthy.json")).unwrap()).unwrap());
}

/// A disk that takes no more: here, files that may not grow beyond half a kilobyte.
#[test]
fn a_full_disk_is_told_and_leaves_no_half_report() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case.zip"), healthy()).unwrap();
    fs::create_dir(folder.path().join("reports")).unwrap();
    fs::write(folder.path().join("reports/case.json"), "{}").unwrap();
    let script = format!("trap '' XFSZ; ulimit -f 1; exec {PROGRAM} analyze case.zip 2>&1");
    let outcome = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&outcome.stdout);
    assert_eq!(outcome.status.code(), Some(1), "{told}");
    assert!(told.contains("reports/case.html: cannot be written: "), "{told}");
    assert!(told.contains("index.html: cannot be written"), "{told}");
    // What was there before is still there, whole.
    let there: Vec<_> =
        fs::read_dir(folder.path().join("reports")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(there, ["case.json"]);
    assert_eq!(fs::read_to_string(folder.path().join("reports/case.json")).unwrap(), "{}");
}

#[test]
fn an_output_that_takes_nothing_is_told() {
    let long = "n".repeat(300);
    for output in ["/proc/casebook", "case.zip/reports", &long] {
        let outcome = Casebook::new()
            .file("case.zip", healthy())
            .args(&["analyze", "case.zip", "--output", output])
            .run()
            .status(2);
        assert!(
            outcome.stderr.contains(output) && outcome.stderr.contains("cannot be made"),
            "{}",
            outcome.stderr
        );
    }
    // A folder stands where a report should: only that case is not written.
    let outcome = Casebook::new()
        .file("case.zip", healthy())
        .file("other.zip", healthy())
        .file("reports/case.html/x", "x")
        .args(&["analyze", "case.zip", "other.zip"])
        .run()
        .status(1);
    assert!(outcome.stderr.contains("reports/case.html: cannot be written"), "{}", outcome.stderr);
    is_well(&outcome.case("other"));
}

#[test]
fn names_as_long_as_a_file_system_takes_give_reports() {
    let name = format!("{}.zip", "ä".repeat(125));
    let outcome = Casebook::new().file(&name, healthy()).args(&["analyze", &name]).run().status(0);
    assert_eq!(fs::read_dir(outcome.path("reports")).unwrap().count(), 3);
}

/// Whenever the program is ended, each report that is there is whole.
#[test]
fn being_killed_leaves_no_half_report() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("in");
    fs::create_dir(&inbox).unwrap();
    for entry in fs::read_dir(root().join("samples")).unwrap().map(|it| it.unwrap().path()) {
        if entry.extension().is_some_and(|it| it == "zip") {
            let stem = entry.file_stem().unwrap().to_str().unwrap();
            (0..3).for_each(|it| _ = fs::copy(&entry, inbox.join(format!("{stem}-{it}.zip"))).unwrap());
        }
    }
    let mut rng = fastrand::Rng::with_seed(9);
    let mut run = Command::new(PROGRAM);
    run.current_dir(folder.path())
        .args(["analyze", "in", "--quiet"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    assert!(run.status().unwrap().success());
    let took = start.elapsed().as_millis() as u64;
    fs::remove_dir_all(folder.path().join("reports")).unwrap();
    let (mut killed, mut whole) = (0, 0);
    for _ in 0..12 {
        let mut child = run.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(rng.u64(..took)));
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        let Ok(reports) = fs::read_dir(folder.path().join("reports")) else { continue };
        for path in reports.map(|it| it.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            match path.extension().and_then(OsStr::to_str) {
                // A name that no reader of reports takes for one.
                Some("tmp") => assert!(name.starts_with(".casebook-"), "{name}"),
                Some("json") => {
                    serde_json::from_str::<Value>(&text).unwrap_or_else(|it| panic!("{name}: {it}"));
                }
                Some("html") => assert!(text.trim_end().ends_with("</html>"), "{name} is cut off"),
                _ => panic!("{name}"),
            }
            whole += 1;
        }
    }
    assert!(killed > 3 && whole > 3, "{killed} were killed, {whole} reports were there");
}
