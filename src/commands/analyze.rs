//! `casebook analyze`: bundles in, a report for each case and an index out.

use std::fs;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};

use super::in_force::{InForce, today};
use super::outputs::RunOutputs;
use super::terminal::Terminal;
use super::timings::Timings;
use super::{Failure, Status, templates};
use crate::baseline::Baseline;
use crate::bundle::{Bundle, Inputs, Limits, cases};
use crate::case::Case;
use crate::cli::{Analyze, FailOn, LimitArgs};
use crate::matching::Matcher;
use crate::pipeline::{self, Setup, is_source};
use crate::report::{About, Run, Summary, index, selected, write_file};
use crate::text::printed;
use crate::threads;

pub fn run(args: &Analyze, timings: Option<&Timings>) -> Result<Status, Failure> {
    let refused = |error: anyhow::Error| Failure::Refused(error);
    let (in_force, templates) = threads::both(
        || InForce::new(&args.read.library, args.read.quiet),
        || templates::read(args.read.templates.as_deref()),
    );
    let (InForce { library, config, ids, switched_off }, templates) = (in_force?, templates?);
    let templates = Arc::new(templates);
    let pages = Arc::clone(&templates);
    threads::ahead(move || _ = pages.compile());
    // The program ends with the run: to take these apart would only take time.
    let (library, templates) = (ManuallyDrop::new(library), ManuallyDrop::new(templates));
    let baseline = baseline(args.read.baseline.as_deref(), &ids, args.read.quiet)?;
    let passwords = passwords(args.read.password_file.as_deref()).map_err(refused)?;
    let bundles = bundles(args).map_err(refused)?;
    let cannot_write = || format!("{}: cannot be made or written to", args.output.display());
    fs::create_dir_all(&args.output).with_context(cannot_write).map_err(refused)?;
    tempfile::tempfile_in(&args.output).with_context(cannot_write).map_err(refused)?;

    let (outputs, run_outputs) = selected(config.outputs.as_deref(), &args.format);
    let about = About {
        program: concat!("casebook ", env!("CARGO_PKG_VERSION")).to_owned(),
        rules: library.describe(),
        templates: &templates,
        outputs,
    };
    let limits = limits(&args.read.limits);
    let matcher = Matcher::new(&library).within(limits.evidence, limits.line);
    let setup = Setup {
        library: &library,
        matcher: &matcher,
        limits,
        clock: &clock(),
        passwords,
        switched_off: &switched_off,
        redaction: &config.redaction,
        baseline: &baseline,
        jobs: args.read.jobs,
    };
    let runs =
        RunOutputs::new(&run_outputs, args, bundles.len()).with_context(cannot_write).map_err(refused)?;
    let terminal = Terminal::new(bundles.len(), args.read.quiet, runs.prints_summary());
    let done = |number, case: &Case, summary: &Summary| {
        runs.add(number, case, &about);
        terminal.done(number, summary);
    };
    let outcome = pipeline::run(&bundles, &setup, &about, &args.output, &done);
    terminal.finish();
    let summaries = outcome.map_err(|it| refused(it.into()))?;
    write_file(&args.output, "index.html", &mut |into| index(&summaries, &about, into))
        .with_context(|| format!("{}: cannot be written", args.output.join("index.html").display()))
        .map_err(Failure::Broken)?;
    runs.write(&Run { about: &about, library: &library }, &args.output).map_err(Failure::Broken)?;
    terminal.end(&summaries, &args.output);
    if let Some(it) = timings {
        it.tell(&library);
    }
    Ok(status(&summaries, args.fail_on))
}

/// What was given, as cases. There must be one.
fn bundles(args: &Analyze) -> anyhow::Result<Vec<Bundle>> {
    let inputs = Inputs {
        paths: &args.inputs,
        one_case: args.one_case.as_deref(),
        output: &args.output,
        is_source: &is_source,
    };
    let bundles = cases(&inputs)?;
    if bundles.is_empty() {
        let names = args.inputs.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", ");
        return Err(anyhow!("{names}: no bundle in it (a zip file, a folder or a log)"));
    }
    for folder in args.inputs.iter().filter(|it| args.one_case.is_none() && is_empty(it)) {
        let name = printed(&folder.display().to_string());
        let _ = writeln!(anstream::stderr(), "casebook: {name}: no bundle in it");
    }
    Ok(bundles)
}

/// What a team lives with. A mistake in its file stops the run: what is silently not accepted would be an alarm, and
/// what is accepted by mistake would be silence.
pub fn baseline(file: Option<&Path>, ids: &[String], quiet: bool) -> Result<Baseline, Failure> {
    let Some(file) = file else { return Ok(Baseline::default()) };
    let name = file.display().to_string();
    let text = fs::read_to_string(file)
        .with_context(|| format!("{name}: cannot be read as UTF-8 text"))
        .map_err(Failure::Refused)?;
    let known: Vec<&str> = ids.iter().map(String::as_str).collect();
    let baseline = Baseline::parse(&name, &text, &known, &today()).map_err(Failure::Baseline)?;
    for note in baseline.over().iter().filter(|_| !quiet) {
        let _ = writeln!(anstream::stderr(), "casebook: {}", printed(note));
    }
    Ok(baseline)
}

/// What was asked for with `--fail-on` comes before what could not be read: it is what a job waits for.
fn status(summaries: &[Summary], fail_on: Option<FailOn>) -> Status {
    let met = |it: &Summary| match fail_on {
        Some(FailOn::Symptom) => it.open.0 > 0,
        Some(FailOn::Unexplained) => it.open.1 > 0,
        None => false,
    };
    match () {
        () if summaries.iter().any(met) => Status::Met,
        () if summaries.iter().any(|it| !it.whole) => Status::Partly,
        () => Status::Whole,
    }
}

/// The limits that were given. What is counted in memory fits there.
pub fn limits(args: &LimitArgs) -> Limits {
    let count = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
    Limits {
        member_bytes: args.max_member,
        case_bytes: args.max_case,
        held_bytes: args.max_held,
        ratio: args.max_ratio,
        depth: count(args.max_depth),
        members: count(args.max_members),
        path: count(args.max_path),
        line: count(args.max_line),
        time: Duration::from_secs(args.max_time),
        evidence: count(args.max_evidence),
    }
}

/// How long it has been going on, from now on.
pub fn clock() -> impl Fn() -> Duration + Sync {
    let start = Instant::now();
    move || start.elapsed()
}

/// A folder without anything in it gives no case; nobody should think that it did.
fn is_empty(input: &Path) -> bool {
    input.read_dir().is_ok_and(|mut it| it.next().is_none())
}

pub fn passwords(file: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let bytes = fs::read(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| anyhow!("{}: save the passwords as UTF-8 text, one a line", file.display()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.lines().map(str::to_owned).filter(|it| !it.is_empty()).collect())
}
