//! casebook beside the programs people use today, on the same data in the same run: `cargo bench --bench compare`.
//! Prints a table of ratios; docs/performance.md tells how to read it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its table")]

#[path = "../../src/source/event/evtx_file.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
#[allow(clippy::unwrap_used, reason = "what is written here is known")]
mod evtx_file;
#[path = "../generate/mod.rs"]
mod generate;
mod measure;
mod workloads;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use measure::{Figure, measure, median};
use workloads::{Workload, make, workloads};

/// What to run.
struct Choice {
    runs: usize,
    /// Only workloads whose name contains this.
    only: String,
    /// Also what takes minutes to make, and gigabytes of disk.
    large: bool,
}

fn choice() -> Choice {
    let mut choice = Choice { runs: 5, only: String::new(), large: false };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--runs" => choice.runs = args.next().and_then(|it| it.parse().ok()).unwrap_or(choice.runs),
            "--large" => choice.large = true,
            "--bench" => {}
            other => choice.only = other.to_owned(),
        }
    }
    choice
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [command, name, folder] = &args[..]
        && command == "--make"
    {
        return make(name, Path::new(folder)).map_or_else(
            |error| {
                eprintln!("{name}: {error}");
                ExitCode::FAILURE
            },
            |()| ExitCode::SUCCESS,
        );
    }
    let choice = choice();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    match workloads(&folder, &choice.only, choice.large) {
        Ok(workloads) => {
            println!(
                "| workload | command | wall s | CPU s | peak MB | wall / yardstick | CPU / yardstick |"
            );
            println!("|---|---|---|---|---|---|---|");
            for it in &workloads {
                compare(it, choice.runs, &folder.join("reports"));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the data cannot be made in {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

/// Runs every command in turn, so that a busy minute meets all of them. What they write is taken away at the end, where
/// no command waits for it.
fn compare(workload: &Workload, runs: usize, reports: &Path) {
    let mut figures: Vec<Vec<Figure>> = workload.commands.iter().map(|_| Vec::new()).collect();
    for run in 0..=runs {
        for (command, figures) in workload.commands.iter().zip(&mut figures) {
            match measure(command, &reports.join(format!("{}-{run}", workload.name))) {
                // The first run warms the page cache and is not counted.
                Ok(figure) if run > 0 => figures.push(figure),
                Ok(_) => {}
                Err(error) => {
                    eprintln!("{}: {}: {error}", workload.name, command.shown);
                }
            }
        }
    }
    let of = |figures: &[Figure], part: fn(&Figure) -> f64| median(figures.iter().map(part).collect());
    let (wall, cpu) = (of(&figures[0], |it| it.wall), of(&figures[0], |it| it.cpu));
    for (command, figures) in workload.commands.iter().zip(&figures) {
        if figures.is_empty() {
            continue;
        }
        let (this_wall, this_cpu) = (of(figures, |it| it.wall), of(figures, |it| it.cpu));
        println!(
            "| {} | {} | {this_wall:.3} | {this_cpu:.3} | {:.0} | {:.2} | {:.2} |",
            workload.name,
            command.shown,
            of(figures, |it| it.peak),
            this_wall / wall,
            this_cpu / cpu,
        );
    }
    let _ = fs::remove_dir_all(reports);
}
