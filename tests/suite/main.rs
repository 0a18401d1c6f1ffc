//! The program as its users meet it: whole bundles through the binary. Decoders and rules have their tests
//! beside them; a test goes here if it needs more than one module.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

/// The house rules: which way data flows, who prints, how large a file may be.
mod house;
/// What a reader of the code found wrong, and stays mended.
mod review;
/// Samples packed into the zip files of `samples/`.
mod pack;
/// The documents: their examples are run, their options exist, their links lead somewhere.
mod readme;
/// The samples yield what they say they yield.
mod samples;
/// Other values than in the samples: right rule, right values, right commands.
mod variants;
/// Events in every form that they are sent in.
mod ended;
mod events;
/// Binary event logs for tests.
#[path = "../../src/source/event/evtx_file.rs"]
mod evtx_file;
/// What looks like one of the five symptoms and is none.
mod lookalikes;
/// The scoreboard: what is right, missed and false over many small cases.
mod corpus;
/// Which input is which case, and what a run writes, prints and returns.
mod inputs;
/// Articles proposed from a line: what they find, and what is refused.
mod new;
/// Rules shown, and why they speak of a bundle or do not.
mod why;
/// Error codes told, in the spellings of logs.
mod codes;
/// `casebook.toml`: what a team has chosen.
mod config;
/// The schemas say what is written and read.
mod schema;
/// Bundles that mean harm.
mod hostile;
/// The classic attacks on archives, through the program.
mod attacks;
/// Bundles with damage at places that a seed chooses.
mod mutants;
/// Files that cannot be read, disks that are full, and an end at any moment.
#[cfg(unix)]
mod files;
/// Bundles in every kind of archive, whole and damaged.
mod containers;
/// Exports, listings and hives of the registry.
mod registry;
/// One state of a machine in every form that it is sent in.
mod forms;
/// Real data of other people's machines, where it is at hand.
mod real;
/// The formats beside the large logs, by their content and by what rules may ask of them.
mod formats;
/// The index over a run: its rows, and what its cases have in common.
mod index;
/// What a report says of the machine, and where sources disagree.
mod machine;
/// The case page: what it answers, its templates, and what a team may change of them.
mod page;
/// All forms of a report tell the same, and nothing of a bundle harms in any.
mod outputs;
/// What a team lives with.
mod baseline;
/// What is printed for scripts and CI systems, and the examples for these.
mod ci;
/// The attempts to install updates, from whatever tells of them.
mod updates;
/// What happened on a machine, on one clock, and which finding comes first.
mod story;
/// What the program says of itself: version, manual pages, completions, log, times.
mod tool;

/// A folder that takes drops.
#[cfg(unix)]
mod watch;
/// The same, with everything that can happen to it.
#[cfg(unix)]
mod soak;

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The checkout.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A run of the program in a folder of its own, with an environment that no developer's settings reach.
struct Casebook {
    command: Command,
    folder: tempfile::TempDir,
}

/// What a run left behind.
struct Outcome {
    status: i32,
    stdout: String,
    stderr: String,
    folder: tempfile::TempDir,
}

impl Casebook {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        command.current_dir(folder.path()).env_clear();
        Self { command, folder }
    }

    /// Puts a file into the folder.
    fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    /// Runs it to its end. What has not ended after two minutes hangs.
    fn run(mut self) -> Outcome {
        const HANGS: Duration = Duration::from_secs(120);
        let mut child =
            self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let read = |mut pipe: Box<dyn Read + Send>| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                pipe.read_to_end(&mut text).unwrap();
                String::from_utf8(text).unwrap()
            })
        };
        let stdout = read(Box::new(child.stdout.take().unwrap()));
        let stderr = read(Box::new(child.stderr.take().unwrap()));
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > HANGS {
                child.kill().unwrap();
                panic!("{:?} hangs", self.command);
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Outcome {
            status: status.code().unwrap(),
            stdout: stdout.join().unwrap(),
            stderr: stderr.join().unwrap(),
            folder: self.folder,
        }
    }
}

impl Outcome {
    #[track_caller]
    fn status(self, expect: i32) -> Self {
        assert_eq!(self.status, expect, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name))
            .unwrap_or_else(|error| panic!("{name}: {error}\n{}", self.stderr))
    }

    /// The JSON report of a case in `reports`.
    #[track_caller]
    fn case(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(&format!("reports/{name}.json"))).unwrap()
    }
}

/// The ids of the rules that a case's findings are of, in their order.
fn rules(case: &Value) -> Vec<&str> {
    case["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

/// A line of a servicing log, as Windows writes it.
fn line(level: &str, component: &str, message: &str) -> String {
    format!("2024-03-12 03:14:07, {level:<22}{component:<7}{message}\r\n")
}

/// A zip file with these members, in their order.
fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What the program says of one bundle with these members, each of which must be readable.
#[track_caller]
fn diagnose<T: AsRef<[u8]>>(members: &[(&str, T)]) -> Value {
    let members: Vec<_> = members.iter().map(|(name, content)| (*name, content.as_ref())).collect();
    Casebook::new()
        .file("case.zip", zip_of(&members))
        .args(&["analyze", "case.zip"])
        .run()
        .status(0)
        .case("case")
}

/// The finding of a rule.
#[track_caller]
fn finding<'c>(case: &'c Value, rule: &str) -> &'c Value {
    let found = case["findings"].as_array().unwrap().iter().find(|it| it["rule"] == rule);
    found.unwrap_or_else(|| panic!("no finding of {rule} in {case:#}"))
}

/// The strings of a JSON array.
#[track_caller]
fn strings(array: &Value) -> Vec<&str> {
    array
        .as_array()
        .unwrap_or_else(|| panic!("no array: {array}"))
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect()
}

/// All commands of a finding, in their order.
fn commands(finding: &Value) -> Vec<&str> {
    finding["steps"].as_array().unwrap().iter().flat_map(|it| strings(&it["commands"])).collect()
}
