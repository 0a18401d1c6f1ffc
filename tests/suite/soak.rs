//! Bundles are copied slowly, moved, overwritten, cut in half, deleted while they are read, and the watch is killed
//! meanwhile. At the end every bundle has exactly one report, and it is of what the bundle holds now.
//!
//! The small one runs with all tests. The large one:
//! `cargo test --test suite soak -- --ignored --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::watch::{Watcher, bundle, within};
use super::{Casebook, line, zip_of};

/// What is done to a watch.
struct Plan {
    seed: u64,
    drops: usize,
    /// Kills while the first half of the drops goes on.
    kills: usize,
    /// How many drop at the same time.
    hands: usize,
    /// A file is quiet for this long and then goes on, now and then.
    pause: Duration,
}

// Nobody reads what it prints: it must print nothing.
const ARGS: [&str; 5] = ["--quiet-for", "0.3", "--poll", "1", "--quiet"];

/// What one hand has dropped so far, and how.
struct Hand<'h> {
    rng: fastrand::Rng,
    number: usize,
    folder: &'h Path,
    pause: Duration,
    /// Names that lie there.
    there: Vec<String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Hand<'_> {
    fn at(&self, name: &str) -> PathBuf {
        self.folder.join("in").join(name)
    }

    fn new_name(&mut self) -> String {
        let ends = ["zip", "ZIP", "cab"];
        let end = ends[self.rng.usize(..ends.len())];
        let name = format!("Müller {}-{}.{end}", self.number, self.rng.u32(..1_000_000));
        self.there.push(name.clone());
        name
    }

    fn old_name(&mut self) -> Option<String> {
        let choice = self.rng.usize(..self.there.len().max(1));
        self.there.get(choice).cloned()
    }

    /// Some of the same content, most of their own; some large enough that reading takes a while.
    fn content(&mut self) -> Vec<u8> {
        let marker = if self.rng.u8(..8) == 0 { self.rng.u32(..20) } else { self.rng.u32(1_000..) };
        match self.rng.u8(..10) {
            0 => {
                let log = line("Info", "CBS", &format!("Nothing is wrong with {marker}.")).repeat(40_000);
                zip_of(&[("CBS.log", log.as_bytes())])
            }
            _ => bundle(&format!("number {marker}")),
        }
    }

    fn rest(&mut self) {
        std::thread::sleep(Duration::from_millis(self.rng.u64(..40)));
    }

    fn slowly(&mut self, path: &Path, content: &[u8]) {
        let mut file = File::create(path).unwrap();
        for piece in content.chunks(content.len().div_ceil(4).max(1)) {
            file.write_all(piece).unwrap();
            self.rest();
            if self.rng.u8(..12) == 0 {
                std::thread::sleep(self.pause);
            }
        }
    }

    fn moved(&mut self, path: &Path, content: &[u8]) {
        let aside = self.folder.join(format!("aside-{}", self.number));
        fs::write(&aside, content).unwrap();
        fs::rename(aside, path).unwrap();
    }

    fn drop(&mut self) {
        let content = self.content();
        let what = match self.rng.u8(..12) {
            0..=2 => {
                let name = self.new_name();
                self.slowly(&self.at(&name), &content);
                "copied slowly"
            }
            3 | 4 => {
                let name = self.new_name();
                self.moved(&self.at(&name), &content);
                "moved"
            }
            5 => {
                let name = self.new_name();
                let part = self.at(&format!("{name}.part"));
                self.slowly(&part, &content);
                fs::rename(part, self.at(&name)).unwrap();
                "renamed from .part"
            }
            6 | 7 => {
                let name = self.old_name().unwrap_or_else(|| format!("first-{}.zip", self.number));
                let path = self.at(&name);
                if path.is_dir() {
                    let log = line("Info", "CBS", &format!("Something new {}.", self.rng.u32(..)));
                    fs::write(path.join("CBS.log"), log).unwrap();
                } else if self.rng.bool() {
                    self.slowly(&path, &content);
                } else {
                    self.moved(&path, &content);
                }
                if !self.there.contains(&name) {
                    self.there.push(name);
                }
                "overwritten"
            }
            8 => {
                let name = self.new_name();
                fs::write(self.at(&name), &content[..content.len() / 2]).unwrap();
                "half a file"
            }
            9 => {
                let name = self.new_name();
                self.moved(&self.at(&name), &content);
                // Anywhere between its being seen and its report's being written.
                std::thread::sleep(Duration::from_millis(self.rng.u64(..250)));
                fs::remove_file(self.at(&name)).unwrap();
                self.there.retain(|it| *it != name);
                "deleted while read"
            }
            10 => {
                let name = format!("Folder {}-{}", self.number, self.rng.u32(..1_000_000));
                fs::create_dir(self.at(&name)).unwrap();
                for log in ["CBS.log", "deep/x.log"] {
                    let path = self.at(&name).join(log);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    let text = line("Info", "CBS", &format!("Nothing is wrong {}.", self.rng.u32(..)));
                    self.slowly(&path, text.as_bytes());
                }
                self.there.push(name);
                "a folder"
            }
            _ => {
                let Some(name) = self.old_name().filter(|it| self.at(it).is_file()) else {
                    return self.drop();
                };
                let content = fs::read(self.at(&name)).unwrap();
                fs::remove_file(self.at(&name)).unwrap();
                self.rest();
                self.moved(&self.at(&name), &content);
                "dropped again"
            }
        };
        *self.counts.entry(what).or_default() += 1;
        self.rest();
    }
}

/// Memory that a process has now, in KB; where the system does not tell, nothing.
fn memory(id: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    status.lines().find_map(|it| it.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
}

#[expect(clippy::print_stdout, reason = "whoever runs the long one wants the figures")]
fn soak(plan: &Plan) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    let done = AtomicUsize::new(0);
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let start = Instant::now();
    let start_one = || Watcher::start(folder.path(), &ARGS);
    let (mut watcher, mut memories) = (start_one(), Vec::new());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    std::thread::scope(|scope| {
        let hands: Vec<_> = (0..plan.hands)
            .map(|number| {
                let (folder, done) = (folder.path(), &done);
                scope.spawn(move || {
                    let rng = fastrand::Rng::with_seed(plan.seed + number as u64);
                    let (there, counts) = (Vec::new(), BTreeMap::new());
                    let mut hand = Hand { rng, number, folder, pause: plan.pause, there, counts };
                    while done.fetch_add(1, Ordering::Relaxed) < plan.drops {
                        hand.drop();
                    }
                    hand.counts
                })
            })
            .collect();
        let mut killed = 0;
        while hands.iter().any(|it| !it.is_finished()) {
            let dropped = done.load(Ordering::Relaxed);
            if killed < plan.kills && dropped * plan.kills * 2 >= (killed + 1) * plan.drops {
                std::thread::sleep(Duration::from_millis(rng.u64(..200)));
                std::mem::replace(&mut watcher, start_one()).kill();
                killed += 1;
            }
            memories.extend((killed == plan.kills).then(|| memory(watcher.child.id())).flatten());
            std::thread::sleep(Duration::from_millis(20));
        }
        for hand in hands {
            for (what, count) in hand.join().unwrap() {
                *counts.entry(what).or_default() += count;
            }
        }
        assert_eq!(killed, plan.kills, "the drops were over too early");
    });
    let dropped = start.elapsed();
    within(Duration::from_secs(900), "all is done", || is_done(folder.path()));
    let settled = start.elapsed();
    memories.extend(memory(watcher.child.id()));
    assert_eq!(watcher.end(), Some(0));
    let cases = hold(folder.path());
    if let (Some(first), Some(last)) = (memories.get(memories.len() / 4), memories.last()) {
        let most = memories.iter().max().unwrap();
        println!(
            "memory after the last kill: {first} KB at a quarter, {last} KB at the end, at most {most} KB"
        );
        assert!(*last < first + (32 << 10), "memory grows: {memories:?}");
    }
    println!("{counts:?}, {} kills, {cases}; dropped in {dropped:?}, done in {settled:?}", plan.kills);
}

/// Nothing is settling, waits or is being read, and nothing has changed since.
fn is_done(folder: &Path) -> bool {
    let status = || -> Option<Value> {
        serde_json::from_slice(&fs::read(folder.join("reports/status.json")).ok()?).ok()
    };
    let is_idle = || {
        status().is_some_and(|it| {
            let queue = &it["queue"];
            queue["settling"] == 0 && queue["waiting"] == 0 && queue["in_hand"].as_array().unwrap().is_empty()
        })
    };
    // A look at the folder comes at least once a second.
    is_idle() && {
        std::thread::sleep(Duration::from_millis(2500));
        is_idle()
    }
}

fn entries(folder: &Path) -> Vec<Value> {
    let files = fs::read_dir(folder.join("reports/.casebook/cases")).unwrap();
    files.map(|it| serde_json::from_slice(&fs::read(it.unwrap().path()).unwrap()).unwrap()).collect()
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

/// Holds the reports to the bundles that lie there. Gives what there is.
fn hold(folder: &Path) -> String {
    let reports = folder.join("reports");
    let entries = entries(folder);
    // Every report belongs to one case, every case has its reports, and nothing lies about.
    let mut expect: BTreeSet<String> =
        [".casebook", "index.html", "status.json"].iter().map(|it| (*it).to_owned()).collect();
    let index = fs::read_to_string(reports.join("index.html")).unwrap();
    assert_eq!(index.matches("<th scope=\"row\">").count(), entries.len(), "a row for each case");
    for entry in &entries {
        let stem = entry["stem"].as_str().unwrap();
        assert!(!entry["summary"].is_null(), "{stem} was never finished");
        let page = fs::read_to_string(reports.join(format!("{stem}.html"))).unwrap();
        assert!(page.ends_with("</html>\n"), "{stem}.html is half written");
        assert!(
            expect.insert(format!("{stem}.html")) && expect.insert(format!("{stem}.json")),
            "{stem} twice"
        );
    }
    assert_eq!(names(&reports), expect);
    assert_eq!(names(&reports.join(".casebook/aside")), BTreeSet::new());
    let mut hashes = BTreeSet::new();
    for entry in entries.iter().filter(|it| it["gone"].is_null()) {
        assert!(hashes.insert(entry["hash"].as_str().unwrap()), "{entry:#} is there twice");
    }
    // What one run over the folder says is what the reports say, by now.
    let mut run = Command::new(env!("CARGO_BIN_EXE_casebook"));
    run.current_dir(folder).args(["analyze", "in", "--quiet", "-o"]).arg(folder.join("expect"));
    let outcome = run.stderr(Stdio::null()).status().unwrap();
    assert!(outcome.code().unwrap() < 2);
    let mut current = BTreeMap::new();
    for name in names(&folder.join("expect")).into_iter().filter(|it| it.ends_with(".json")) {
        let case: Value =
            serde_json::from_slice(&fs::read(folder.join("expect").join(name)).unwrap()).unwrap();
        current.insert(case["source"].as_str().unwrap().trim_start_matches("in/").to_owned(), case);
    }
    let lie: BTreeSet<String> =
        names(&folder.join("in")).into_iter().filter(|it| !it.ends_with(".part")).collect();
    assert_eq!(current.keys().cloned().collect::<BTreeSet<_>>(), lie);
    for name in &lie {
        let is_of = |it: &&Value| {
            it["bundle"] == name.as_str() && it["gone"].is_null() || !it["copies"][name].is_null()
        };
        let [entry] = entries.iter().filter(is_of).collect::<Vec<_>>()[..] else {
            panic!("{name}: not one case")
        };
        let told = fs::read(reports.join(format!("{}.json", entry["stem"].as_str().unwrap()))).unwrap();
        let told: Value = serde_json::from_slice(&told).unwrap();
        assert_eq!(plain(told), plain(current[name].clone()), "{name}: the report is of something else");
    }
    // A start finds nothing to do.
    let mut run = Casebook::new();
    run.command.current_dir(folder);
    let outcome = run.args(&["watch", "in", "--once", "--quiet-for", "0.1"]).run().status(0);
    assert_eq!(outcome.stdout, "");
    format!("{} bundles, {} cases", lie.len(), entries.len())
}

/// A case but for its name: of bundles with the same content, one gives it.
fn plain(mut case: Value) -> Value {
    let source = case["source"].as_str().unwrap().trim_start_matches("in/").to_owned();
    case["case"] = Value::Null;
    case["source"] = Value::Null;
    serde_json::from_str(&case.to_string().replace(&source, "")).unwrap()
}

#[test]
fn every_bundle_ends_with_one_report() {
    let pause = Duration::from_millis(450);
    soak(&Plan { seed: 7, drops: 60, kills: 3, hands: 4, pause });
}

#[test]
#[ignore = "takes minutes"]
fn two_thousand_drops_and_fifty_kills() {
    let pause = Duration::from_millis(700);
    soak(&Plan { seed: 2026, drops: 2000, kills: 50, hands: 4, pause });
}
