//! `casebook watch`: a folder that takes drops. What is to be done is decided in [`crate::watch`]; here it is
//! done: the folder is looked at, bundles are given to workers, and what comes back is written down.

mod folder;
mod store;
mod tour;
mod wake;
mod work;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow};
use sha2::{Digest, Sha256};

use super::analyze::{baseline, clock, limits, passwords};
use super::in_force::{InForce, day};
use super::terminal::problem_line;
use super::timings::Timings;
use super::{Failure, Status, templates};
use crate::cli::Watch as Args;
use crate::matching::Matcher;
use crate::pipeline::{self, Setup};
use crate::report::{About, selected};
use crate::watch::{Known, Making};

use folder::Folder;
use store::Store;
use tour::Tour;
use wake::{Wake, stop_flag};
use work::{Bench, Job};

const PROGRAM: &str = concat!("casebook ", env!("CARGO_PKG_VERSION"));
/// How soon a signal is heard.
const TICK: Duration = Duration::from_millis(100);

pub fn run(args: &Args, timings: Option<&Timings>) -> Result<Status, Failure> {
    let refused = |error: anyhow::Error| Failure::Refused(error);
    let in_force = InForce::new(&args.read.library, args.read.quiet)?;
    let passwords = passwords(args.read.password_file.as_deref()).map_err(refused)?;
    let stop = stop_flag().map_err(refused)?;
    let (folder, store) = open(args).map_err(refused)?;
    if !wait_for_lock(args, &store, &stop).map_err(refused)? {
        return Ok(Status::Whole);
    }
    let InForce { library, config, ids, switched_off } = &in_force;
    let baseline = baseline(args.read.baseline.as_deref(), ids, args.read.quiet)?;
    let templates = templates::read(args.read.templates.as_deref())?;
    let about = About {
        program: PROGRAM.to_owned(),
        rules: library.describe(),
        templates: &templates,
        outputs: selected(config.outputs.as_deref(), &args.format).0,
    };
    let limits = limits(&args.read.limits);
    let matcher = Matcher::new(library).within(limits.evidence, limits.line);
    let setup = Setup {
        library,
        matcher: &matcher,
        limits,
        clock: &clock(),
        passwords,
        switched_off,
        redaction: &config.redaction,
        baseline: &baseline,
        jobs: args.read.jobs,
    };
    let (entries, damaged) = store
        .load()
        .with_context(|| format!("{}: the state cannot be read", args.output.display()))
        .map_err(refused)?;
    let known = Known::new(entries, making(args, &in_force, &about), config.redaction.clone());
    let (sender, wakes) = mpsc::channel();
    let bench = Bench { folder: &folder, store: &store, about: &about };
    let done = sender.clone();
    let work = |job: Job, worker: &pipeline::Worker<'_>| {
        // The watch is there until all work is done.
        let _ = done.send(Wake::Did(Box::new(bench.work(job, worker))));
    };
    let outcome = pipeline::serve(&setup, &work, |give, threads| {
        let mut tour = Tour::new(args, &bench, &config.redaction, known, sender);
        for name in damaged {
            tour.trouble(format!(".casebook/cases/{name}: not a state of this version; its bundle is new"));
        }
        tour.run(&wakes, &stop, give, threads)
    });
    if let Some(it) = timings {
        it.tell(library);
    }
    outcome.map_err(|it| refused(it.into()))
}

fn open(args: &Args) -> anyhow::Result<(Folder, Store)> {
    let name = args.folder.display();
    args.folder
        .read_dir()
        .with_context(|| format!("{name}: not a folder that can be read; make it first"))?;
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("{}: cannot be made or written to", args.output.display()))?;
    let folder = Folder::new(&args.folder, &args.output);
    if folder.is_output() {
        return Err(anyhow!("{name}: reports would be taken for bundles; name another folder with --output"));
    }
    Ok((folder, Store::open(&args.output)?))
}

/// Only one watch writes to a folder of reports. Another one waits until it ends, and then takes its place.
/// Says whether it is to go on.
fn wait_for_lock(args: &Args, store: &Store, stop: &AtomicBool) -> anyhow::Result<bool> {
    let output = args.output.display();
    let mut is_told = false;
    let (_nobody, sends) = mpsc::channel::<()>();
    while !store.lock()? {
        if args.once {
            return Err(anyhow!("{output}: another casebook watch is at work there; nothing was analyzed"));
        }
        if !is_told {
            problem_line(&format!(
                "{output}: another casebook watch is at work there; waiting until it ends"
            ));
            is_told = true;
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let _ = sends.recv_timeout(TICK);
    }
    Ok(true)
}

/// What the cases are made with, so that they are made again with anything else.
fn making(args: &Args, in_force: &InForce, about: &About<'_>) -> Making {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    part(&about.program);
    part(&in_force.library.hash);
    for rule in &in_force.library.rules {
        part(&rule.id);
    }
    for it in &in_force.switched_off {
        part(&format!("{}: {}", it.rule, it.missing));
    }
    for it in &about.outputs {
        part(it.extension());
    }
    part(&format!("{:?} {:?}", in_force.config.redaction, limits(&args.read.limits)));
    for path in [&args.read.templates, &args.read.baseline].into_iter().flatten() {
        part(&Folder::new(path, path).hash(path));
    }
    let made_by = hash.finalize().iter().take(8).map(|it| format!("{it:02x}")).collect();
    Making { made_by, passwords: args.read.password_file.as_deref().map_or(String::new(), stamp) }
}

/// Which password file there is; nothing that tells of the passwords in it.
fn stamp(file: &Path) -> String {
    let modified = |it: SystemTime| it.duration_since(UNIX_EPOCH).map_or(0, |it| it.as_nanos());
    let told = file.metadata().and_then(|it| Ok((it.len(), modified(it.modified()?))));
    told.map_or(String::new(), |(length, time)| format!("{length} {time}"))
}

/// `2024-03-14T02:11:21Z`
fn time(seconds: u64) -> String {
    let of_day = seconds % 86_400;
    format!("{}T{:02}:{:02}:{:02}Z", day(seconds / 86_400), of_day / 3600, of_day / 60 % 60, of_day % 60)
}
