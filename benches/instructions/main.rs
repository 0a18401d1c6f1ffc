//! How many instructions the program needs for work that is always the same, held to the counts in `expected.tsv`:
//! `cargo bench --bench instructions`. No clock is read, so a busy machine counts what an idle one does.

#![expect(clippy::print_stdout, reason = "a benchmark shows its table on the terminal")]

#[path = "../generate/mod.rs"]
mod generate;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use generate::{Machine, rules};

/// A count may grow or fall by this many percent. Runs differ by less than a third of one.
const TOLERANCE: f64 = 5.0;

const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/expected.tsv");

fn main() -> ExitCode {
    if let Some(why) = missing() {
        println!("instructions are not counted: {why}");
        return ExitCode::SUCCESS;
    }
    match compare() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("instructions cannot be counted: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Why nothing can be counted here. valgrind shows the program a processor without AVX-512, whatever the real one
/// has, but it cannot add AVX2 to one that lacks it: other searchers would run there.
fn missing() -> Option<&'static str> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Some("the expected counts are those of Linux on x86-64");
    }
    let mut valgrind = Command::new("valgrind");
    if !valgrind.arg("--version").stdout(Stdio::null()).status().is_ok_and(|it| it.success()) {
        return Some("valgrind is not installed (apt-get install valgrind)");
    }
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    (!processor.contains(" avx2 ")).then_some("the expected counts are those of a processor with AVX2")
}

/// Counts every workload and says whether all are near what is expected.
fn compare() -> io::Result<bool> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("instructions");
    fs::create_dir_all(&folder)?;
    let compiler = compiler();
    let known = fs::read_to_string(EXPECTED).unwrap_or_default();
    let same_compiler = known.contains(&compiler);
    let (mut good, mut file) = (true, head(&compiler));
    println!("| workload | instructions | expected | change |\n|---|---|---|---|");
    for (name, args) in workloads(&folder)? {
        let count = count(&folder, &args)?;
        let _ = writeln!(file, "{name}\t{count}");
        let expected = known.lines().find_map(|it| it.strip_prefix(name)?.trim().parse::<u64>().ok());
        let Some(expected) = expected else {
            println!("| {name} | {count} | none | new |");
            good = false;
            continue;
        };
        let change = (count as f64 / expected as f64 - 1.0) * 100.0;
        println!("| {name} | {count} | {expected} | {change:+.2} % |");
        good &= change.abs() <= TOLERANCE;
    }
    if std::env::var_os("CASEBOOK_UPDATE").is_some() {
        fs::write(EXPECTED, file)?;
        return Ok(true);
    }
    if !good && !same_compiler {
        println!("made with another compiler than the expected counts, so nothing follows from a change:");
    }
    if !good {
        println!("more than {TOLERANCE} % from what is expected. If that is meant, or better than before:");
        println!("CASEBOOK_UPDATE=1 cargo bench --bench instructions");
    }
    Ok(good || !same_compiler)
}

fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output().map(|it| it.stdout).unwrap_or_default();
    String::from_utf8_lossy(&version).trim().to_owned()
}

fn head(compiler: &str) -> String {
    format!(
        "# Instructions of the whole program under valgrind, one thread. Written by\n# CASEBOOK_UPDATE=1 cargo bench --bench instructions\n# x86-64 with AVX2 (valgrind hides AVX-512), {compiler}\n"
    )
}

/// What is counted: a name and the arguments of the program.
fn workloads(folder: &Path) -> io::Result<Vec<(&'static str, Vec<String>)>> {
    let (log, export) = (folder.join("log"), folder.join("export"));
    fs::create_dir_all(&log)?;
    fs::create_dir_all(&export)?;
    let mut machine = Machine::new(0);
    machine.log(4 << 20, &mut fs::File::create(log.join("CBS.log"))?)?;
    machine.asking_log(&mut fs::File::create(export.join("CBS.log"))?)?;
    machine.export(8000, &mut fs::File::create(export.join("services.reg"))?)?;
    let articles = folder.join("rules");
    fs::create_dir_all(&articles)?;
    fs::write(articles.join("benchmark.md"), rules::article(1000))?;
    let samples = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
    let analyze = |more: &[&str], input: &Path| -> Vec<String> {
        let reports = folder.join("reports").display().to_string();
        let fixed = ["analyze", "--quiet", "--jobs", "1", "--output", &reports];
        let input = input.display().to_string();
        fixed.iter().chain(more).chain(&[input.as_str()]).map(|it| (*it).to_owned()).collect()
    };
    Ok(vec![
        ("start-up", vec!["rules".to_owned(), "list".to_owned()]),
        ("samples", analyze(&[], &samples)),
        ("log-4mb", analyze(&["--one-case", "log"], &log)),
        (
            "log-4mb-1000-rules",
            analyze(&["--one-case", "log", "--rules", &articles.display().to_string()], &log),
        ),
        ("export-utf16", analyze(&["--one-case", "export"], &export)),
    ])
}

/// The instructions of one run.
fn count(folder: &Path, args: &[String]) -> io::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", env!("CARGO_BIN_EXE_casebook")])
        .args(args)
        // Neither a team's configuration nor the environment's size is part of the work.
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let count = told.lines().find_map(|it| it.split_once("Collected : ")?.1.trim().parse().ok());
    count.ok_or_else(|| io::Error::other(format!("valgrind did not count: {told}")))
}
