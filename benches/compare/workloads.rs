//! What is measured: the data, the yardstick (`unzip` to nowhere), casebook with everything on, and the programs
//! that someone without casebook would reach for, where they are installed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::evtx_file::{Written, file};
use crate::generate::{Machine, member, rules, zip_at};
use crate::measure::{Measured, REPORTS};

/// One table row group: the first command is the yardstick.
pub struct Workload {
    pub name: &'static str,
    pub commands: Vec<Measured>,
}

const MB: u64 = 1 << 20;

/// A workload's name, what makes its data in a folder, and what is looked for with which rules.
struct Plan {
    name: &'static str,
    make: fn(&Path) -> io::Result<()>,
    rules: usize,
}

static PLANS: &[Plan] = &[
    Plan { name: "log-400mb", make: one_log, rules: 60 },
    Plan { name: "log-400mb-1000-rules", make: one_log, rules: 1000 },
    Plan { name: "logs-40x10mb", make: forty_logs, rules: 60 },
    Plan { name: "zips-200x2mb", make: many_zips, rules: 60 },
    Plan { name: "export-utf16-20-keys", make: export, rules: 60 },
    Plan { name: "log-utf16-200mb", make: wide_log, rules: 60 },
    Plan { name: "zip-2mb", make: small_zip, rules: 60 },
    Plan { name: "events-64mb", make: events, rules: 60 },
];

/// What takes minutes to make: only with `--large`.
static LARGE: &[Plan] = &[Plan { name: "log-4800mb", make: huge_log, rules: 60 }];

/// Makes the data that is not there yet, and says what to run on it.
pub fn workloads(folder: &Path, only: &str, large: bool) -> io::Result<Vec<Workload>> {
    fs::create_dir_all(folder)?;
    let mut list = Vec::new();
    let plans = PLANS.iter().chain(LARGE.iter().filter(|_| large));
    for plan in plans.filter(|it| it.name.contains(only)) {
        let data = folder.join(plan.name.trim_end_matches("-1000-rules"));
        if !data.is_dir() {
            eprintln!("making {}", data.display());
            let aside = folder.join("unfinished");
            let _ = fs::remove_dir_all(&aside);
            fs::create_dir_all(&aside)?;
            // By a process of its own: the peak of a program counts that of the process which starts it.
            let made =
                Command::new(std::env::current_exe()?).args(["--make", plan.name]).arg(&aside).status()?;
            if !made.success() {
                return Err(io::Error::other(format!("{} failed", plan.name)));
            }
            fs::rename(&aside, &data)?;
        }
        let articles = folder.join(format!("rules-{}", plan.rules));
        fs::create_dir_all(&articles)?;
        fs::write(articles.join("benchmark.md"), rules::article(plan.rules))?;
        fs::write(folder.join("patterns"), PATTERNS.join("\n"))?;
        list.push(Workload { name: plan.name, commands: commands(folder, &data, &articles) });
    }
    Ok(list)
}

/// Makes the data of one workload in this process.
pub fn make(name: &str, folder: &Path) -> io::Result<()> {
    let plan = PLANS.iter().chain(LARGE).find(|it| it.name == name);
    plan.map_or_else(|| Err(io::Error::other("no such workload")), |it| (it.make)(folder))
}

fn commands(folder: &Path, data: &Path, articles: &Path) -> Vec<Measured> {
    let shell = |shown, script: &str| Measured {
        shown,
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), script.to_owned()],
    };
    let (data, patterns) = (data.display(), folder.join("patterns"));
    let patterns = patterns.display();
    let mut list =
        vec![shell("unzip -p", &format!("for it in '{data}'/*.zip; do unzip -p \"$it\"; done >/dev/null"))];
    list.push(Measured {
        shown: "casebook",
        program: env!("CARGO_BIN_EXE_casebook").to_owned(),
        args: ["analyze", "--quiet", "--rules", &articles.display().to_string(), "--output"]
            .into_iter()
            .map(str::to_owned)
            .chain([REPORTS.to_owned(), data.to_string()])
            .collect(),
    });
    if has("rg") {
        let script =
            format!("for it in '{data}'/*.zip; do unzip -p \"$it\" | rg -c -f '{patterns}'; done | cat");
        list.push(shell("unzip -p, rg", &script));
    }
    if has("ugrep") {
        // ugrep stops at the first match unless its output is read.
        list.push(shell("ugrep -z", &format!("ugrep -z -c -f '{patterns}' '{data}'/*.zip | cat")));
    }
    list
}

/// What the peers look for: a few of the lines that casebook looks for among many others.
const PATTERNS: [&str; 6] = [
    r"Failed to find file: .*HRESULT = 0x80070002",
    r"INSTALL index: .* result [1-9]",
    r"Failed execution of queue item Installer: .*0x80070002",
    r"Failed to (resolve|stage|commit|query) (package|manifest|component)",
    r"Exec: cannot .* phase: [0-9]+",
    r"HRESULT = 0x8[0-9a-f]{7}",
];

fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|it| it.success())
}

fn one_log(folder: &Path) -> io::Result<()> {
    zip_at(&folder.join("one.zip"), &mut |zip| {
        member(zip, "Logs/CBS/CBS.log")?;
        Machine::new(0).log(400 * MB, zip)
    })
}

fn forty_logs(folder: &Path) -> io::Result<()> {
    zip_at(&folder.join("forty.zip"), &mut |zip| {
        let mut machine = Machine::new(0);
        for number in 0..40 {
            member(zip, &format!("Logs/CBS/CbsPersist_202403140211{number:02}.log"))?;
            machine.log(10 * MB, zip)?;
        }
        Ok(())
    })
}

fn many_zips(folder: &Path) -> io::Result<()> {
    for number in 0..200 {
        small(&folder.join(format!("INC{number:07}.zip")), number)?;
    }
    Ok(())
}

fn small_zip(folder: &Path) -> io::Result<()> {
    small(&folder.join("INC0042318.zip"), 0)
}

fn small(path: &Path, number: u64) -> io::Result<()> {
    zip_at(path, &mut |zip| {
        member(zip, "Logs/CBS/CBS.log")?;
        Machine::new(number).log(2 * MB, zip)
    })
}

/// Twenty drivers whose INF failed and whose keys are asked for, beside a hundred thousand others.
fn export(folder: &Path) -> io::Result<()> {
    zip_at(&folder.join("export.zip"), &mut |zip| {
        member(zip, "CBS.log")?;
        let mut machine = Machine::new(0);
        machine.asking_log(zip)?;
        member(zip, "services.reg")?;
        machine.export(400_000, zip)
    })
}

/// Events of providers that no rule asks for, in a zip file that packs nothing.
fn events(folder: &Path) -> io::Result<()> {
    let data =
        [("ServiceName", "Fabrikam Agent"), ("State", "running"), ("Reason", "The operation completed.")];
    let chunk = |number: u64| {
        let events = 0..EVENTS;
        let event = |at| Written {
            provider: "Fabrikam-Agent",
            id: 7036,
            level: 4,
            record: number * EVENTS + at + 1,
            time: "2024-03-14T02:11:21",
            log: "System",
            computer: "WKS-0442",
            data: &data,
            user_data: None,
        };
        events.map(event).collect()
    };
    let bytes = file(&(0..1000).map(chunk).collect::<Vec<_>>());
    let mut zip = ZipWriter::new(File::create(folder.join("events.zip"))?);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("System.evtx", stored).map_err(io::Error::other)?;
    zip.write_all(&bytes)?;
    zip.finish()?;
    Ok(())
}

/// Events that nearly fill a chunk of 64 KB.
const EVENTS: u64 = 40;

fn huge_log(folder: &Path) -> io::Result<()> {
    zip_at(&folder.join("huge.zip"), &mut |zip| {
        member(zip, "Logs/CBS/CBS.log")?;
        Machine::new(0).log(4800 * MB, zip)
    })
}

fn wide_log(folder: &Path) -> io::Result<()> {
    zip_at(&folder.join("wide.zip"), &mut |zip| {
        member(zip, "Logs/CBS/CBS.log")?;
        zip.write_all(b"\xFF\xFE")?;
        let mut machine = Machine::new(0);
        for _ in 0..100 {
            let mut text = Vec::new();
            machine.log(MB, &mut text)?;
            let wide: Vec<u8> = text.iter().flat_map(|it| [*it, 0]).collect();
            zip.write_all(&wide)?;
        }
        Ok(())
    })
}
