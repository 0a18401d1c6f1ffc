use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Casebook, Outcome, line, root, zip_of};

/// A watch that goes on, in a folder with `in` and `reports`.
pub struct Watcher {
    pub child: Child,
    out: BufReader<ChildStdout>,
}

impl Watcher {
    pub fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_casebook"))
            .current_dir(folder)
            .env_clear()
            .args(["watch", "in"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// Asks it to end, and gives its exit status.
    pub fn end(mut self) -> Option<i32> {
        self.signal();
        self.child.wait().unwrap().code()
    }

    pub fn signal(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A test that fails leaves nobody behind.
impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so; not longer than a minute.
#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    within(Duration::from_secs(60), what, is_so);
}

#[track_caller]
pub fn within(most: Duration, what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < most, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A bundle in which something failed that is called by this name.
pub fn bundle(name: &str) -> Vec<u8> {
    let log = line("Info", "CBS", "Starting TrustedInstaller initialization.")
        + &line(
            "Error",
            "CBS",
            &format!("Failed to do {name} [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]"),
        );
    zip_of(&[("CBS.log", log.as_bytes())])
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    folder
}

/// One run over the folder of an earlier one.
fn once(folder: tempfile::TempDir, args: &[&str]) -> Outcome {
    let mut casebook = Casebook::new();
    casebook.command.current_dir(folder.path());
    casebook.folder = folder;
    casebook.args(&["watch", "in", "--once", "--quiet-for", "0.1"]).args(args).run()
}

fn read(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The cases whose reports are of this bundle.
fn cases_with(folder: &Path, marker: &str) -> Vec<String> {
    let Ok(reports) = std::fs::read_dir(folder.join("reports")) else { return Vec::new() };
    let paths = reports.map(|it| it.unwrap().path());
    let json =
        paths.filter(|it| it.extension().is_some_and(|it| it == "json") && !it.ends_with("status.json"));
    let with = json.filter(|it| std::fs::read_to_string(it).unwrap().contains(marker));
    let mut names: Vec<_> = with.map(|it| it.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn one_run_takes_what_is_new_or_changed() {
    let folder = folder();
    let at = |name: &str| folder.path().join("in").join(name);
    std::fs::write(at("A.zip"), bundle("one")).unwrap();
    std::fs::write(at("B.zip"), bundle("one")).unwrap();
    let cut = bundle("cut");
    std::fs::write(at("A.cab"), &cut[..cut.len() / 2]).unwrap();
    std::fs::write(at("README.md"), "no bundle").unwrap();
    for name in ["C.zip.part", "D.crdownload", "~$E.zip", ".F.zip"] {
        std::fs::write(at(name), bundle("never")).unwrap();
    }
    std::fs::create_dir(at("G")).unwrap();
    std::fs::write(at("G/CBS.log"), line("Info", "CBS", "Nothing is wrong.")).unwrap();
    std::fs::write(at("H.log"), line("Info", "CBS", "Nothing is wrong here.")).unwrap();

    let first = once(folder, &["--jobs", "1"]).status(1);
    assert_eq!(first.stdout.lines().count(), 4, "{}", first.stdout);
    for name in ["A", "A-2", "G", "H"] {
        assert!(first.text("reports/index.html").contains(&format!("{name}.html")), "{name}");
    }
    assert_ne!(first.case("A")["skipped"].as_array().unwrap().len(), 0, "what fails is told");
    assert_eq!(first.case("A-2")["source"], "in/A.zip");
    assert_eq!(cases_with(first.folder.path(), "never"), [""; 0]);
    assert_eq!(cases_with(first.folder.path(), "do one"), ["A-2"]);

    let second = once(first.folder, &[]).status(0);
    assert_eq!((second.stdout.as_str(), second.stderr.as_str()), ("", ""));

    std::fs::write(second.path("in/A.zip"), bundle("two")).unwrap();
    std::fs::remove_file(second.path("in/A.cab")).unwrap();
    std::fs::remove_file(second.path("in/G/CBS.log")).unwrap();
    std::fs::remove_dir(second.path("in/G")).unwrap();
    std::fs::remove_file(second.path("reports/H.html")).unwrap();
    let third = once(second.folder, &[]).status(0);
    assert_eq!(third.stdout.lines().count(), 3, "{}", third.stdout);
    assert_eq!(cases_with(third.folder.path(), "do two"), ["A-2"]);
    assert_eq!(cases_with(third.folder.path(), "do one"), ["B"], "it was a copy of what A.zip was");
    for name in ["A.html", "G.html", "H.html"] {
        assert!(third.path("reports").join(name).exists(), "{name}: a deleted bundle keeps its report");
    }
    let status = read(third.path("reports/status.json"));
    assert_eq!((&status["state"], &status["cases"]["all"]), (&"stopped".into(), &5.into()));
}

#[test]
fn other_rules_and_a_damaged_state_make_cases_anew() {
    let folder = folder();
    std::fs::write(folder.path().join("in/A.zip"), bundle("one")).unwrap();
    std::fs::write(folder.path().join("in/B.zip"), bundle("two")).unwrap();
    let outcome = once(folder, &[]).status(0);
    let outcome = once(outcome.folder, &["--without", "setup-cancelled"]).status(0);
    assert_eq!(outcome.stdout.lines().count(), 2, "{}", outcome.stdout);
    std::fs::write(outcome.path("reports/.casebook/cases/B.json"), "{\"form\": 1").unwrap();
    let outcome = once(outcome.folder, &["--without", "setup-cancelled"]).status(0);
    assert_eq!(outcome.stdout.lines().count(), 1, "{}", outcome.stdout);
    assert!(outcome.stderr.contains("cases/B.json"), "{}", outcome.stderr);
    assert_eq!(cases_with(outcome.folder.path(), "do two"), ["B"]);
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let refused = |args: &[&str]| {
        let outcome = Casebook::new().file("in/A.zip", bundle("one")).arg("watch").args(args).run().status(2);
        assert!(!outcome.path("in/A.html").exists());
        outcome.stderr
    };
    assert!(refused(&["gone"]).contains("gone: not a folder"), "a folder that is not there");
    assert!(refused(&["in/A.zip"]).contains("not a folder"), "a file");
    assert!(refused(&["in", "-o", "in"]).contains("--output"), "the same folder");
    for args in [["in", "--quiet-for", "0"], ["in", "--poll", "soon"]] {
        assert!(refused(&args).contains("a number of seconds"), "{args:?}");
    }
}

#[test]
fn a_watch_hears_of_drops_and_ends_when_it_is_asked() {
    let folder = folder();
    let at = |name: &str| folder.path().join("in").join(name);
    // Nothing would be whole in time without its being renamed into place.
    let quiet = if cfg!(target_os = "linux") { "600" } else { "0.3" };
    let mut watcher = Watcher::start(folder.path(), &["--quiet-for", quiet]);
    assert_eq!(watcher.line(), "watching in\n");
    until("it is watching", || folder.path().join("reports/status.json").exists());
    std::fs::write(at("A.zip.part"), bundle("one")).unwrap();
    std::fs::rename(at("A.zip.part"), at("A.zip")).unwrap();
    assert!(watcher.line().contains(" A "));
    until("the index tells it", || {
        std::fs::read_to_string(folder.path().join("reports/index.html"))
            .is_ok_and(|it| it.contains("A.html"))
    });
    assert_eq!(watcher.end(), Some(0));
    assert_eq!(read(folder.path().join("reports/status.json"))["state"], "stopped");
}

/// The system tells only of what happens in the folder itself: this is found by looking.
#[test]
fn what_nobody_tells_is_found_by_polling() {
    let folder = folder();
    let deep = folder.path().join("in/G/deep");
    std::fs::create_dir_all(&deep).unwrap();
    let log = |name: &str| {
        line("Error", "CBS", &format!("Failed to do {name} [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]"))
    };
    std::fs::write(deep.join("CBS.log"), log("one")).unwrap();
    let mut watcher = Watcher::start(folder.path(), &["--quiet-for", "0.2", "--poll", "0.3"]);
    watcher.line();
    assert!(watcher.line().contains(" G "));
    std::fs::write(deep.join("CBS.log"), log("another")).unwrap();
    assert!(watcher.line().contains(" G "));
    assert_eq!(cases_with(folder.path(), "do another"), ["G"]);
    assert_eq!(watcher.end(), Some(0));
}

#[test]
fn two_watches_do_not_disturb_each_other() {
    let folder = folder();
    let at = |name: &str| folder.path().join("in").join(name);
    let args = ["--quiet-for", "0.2", "--poll", "0.5"];
    let mut first = Watcher::start(folder.path(), &args);
    assert_eq!(first.line(), "watching in\n");
    let mut second = Watcher::start(folder.path(), &args);
    std::fs::write(at("A.zip"), bundle("one")).unwrap();
    assert!(first.line().contains(" A "));
    let mut third = Casebook::new();
    third.command.current_dir(folder.path());
    let third = third.args(&["watch", "in", "--once"]).run().status(2);
    assert!(third.stderr.contains("another casebook watch"), "{}", third.stderr);
    // The second one takes over when the first is gone, however it went, and takes nothing twice.
    first.kill();
    assert_eq!(second.line(), "watching in\n");
    std::fs::write(at("B.zip"), bundle("two")).unwrap();
    assert!(second.line().contains(" B "));
    assert_eq!(second.end(), Some(0));
    assert_eq!(cases_with(folder.path(), "do one"), ["A"]);
    assert_eq!(cases_with(folder.path(), "do two"), ["B"]);
}

/// What a service manager starts must be what the program takes.
#[test]
fn service_files_call_the_program_as_it_is() {
    let text = |name: &str| std::fs::read_to_string(root().join("packaging").join(name)).unwrap();
    let unit = text("systemd/casebook-watch.service");
    let start = unit.lines().find_map(|it| it.strip_prefix("ExecStart=/usr/local/bin/casebook ")).unwrap();
    let plist = text("launchd/casebook.watch.plist");
    let strings = plist.split("<array>").nth(1).unwrap().split("</array>").next().unwrap();
    let arguments: Vec<&str> =
        strings.split("<string>").skip(2).map(|it| it.split('<').next().unwrap()).collect();
    let container = text("container/Containerfile");
    let command = container.lines().find_map(|it| it.strip_prefix("CMD ")).unwrap();
    let command: Vec<String> = serde_json::from_str(command).unwrap();
    let called = [
        start.split(' ').map(str::to_owned).collect(),
        arguments.into_iter().map(str::to_owned).collect(),
        command,
    ];
    for mut args in called {
        let folder = folder();
        std::fs::write(folder.path().join("in/A.zip"), bundle("one")).unwrap();
        assert_eq!(args[0], "watch");
        args[1] = "in".to_owned();
        let output = args.iter().position(|it| it == "--output").unwrap() + 1;
        args[output] = "reports".to_owned();
        let args: Vec<&str> = args[2..].iter().map(String::as_str).collect();
        let outcome = once(folder, &args).status(0);
        assert!(outcome.path("reports/A.html").exists(), "{args:?}");
    }
}
