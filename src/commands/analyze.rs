//! `casebook analyze`: bundles in, a report for each case and an index out.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow};

use super::in_force::InForce;
use super::terminal::Terminal;
use super::timings::Timings;
use super::{Failure, Status};
use crate::bundle::{Inputs, Limits, cases};
use crate::cli::{Analyze, FailOn};
use crate::matching::Matcher;
use crate::pipeline::{self, Setup, is_source};
use crate::report::{About, Summary, Templates, index, selected, write_file};
use crate::text::one_line;

pub fn run(args: &Analyze, timings: Option<&Timings>) -> Result<Status, Failure> {
    let refused = |error: anyhow::Error| Failure::Refused(error);
    let InForce { library, config, switched_off } = InForce::new(&args.read.library, args.read.quiet)?;
    let passwords = passwords(args.read.password_file.as_deref()).map_err(refused)?;
    let inputs = Inputs {
        paths: &args.inputs,
        one_case: args.one_case.as_deref(),
        output: &args.output,
        is_source: &is_source,
    };
    let bundles = cases(&inputs).map_err(|it| refused(it.into()))?;
    if bundles.is_empty() {
        let names = args.inputs.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", ");
        return Err(refused(anyhow!("{names}: no bundle in it (a zip file, a folder or a log)")));
    }
    for folder in args.inputs.iter().filter(|it| args.one_case.is_none() && is_empty(it)) {
        let _ = writeln!(
            anstream::stderr(),
            "casebook: {}: no bundle in it",
            one_line(&folder.display().to_string())
        );
    }
    let cannot_write = || format!("{}: cannot be made or written to", args.output.display());
    fs::create_dir_all(&args.output).with_context(cannot_write).map_err(refused)?;
    tempfile::tempfile_in(&args.output).with_context(cannot_write).map_err(refused)?;

    let templates = Templates::new().map_err(|it| refused(it.into()))?;
    let about = About {
        program: concat!("casebook ", env!("CARGO_PKG_VERSION")).to_owned(),
        rules: library.describe(),
        templates: &templates,
        outputs: selected(config.outputs.as_deref()),
    };
    let matcher = Matcher::new(&library);
    let limits = Limits::default();
    let setup = Setup {
        library: &library,
        matcher: &matcher,
        limits,
        passwords,
        switched_off: &switched_off,
        redaction: &config.redaction,
        jobs: args.read.jobs,
    };
    let terminal = Terminal::new(bundles.len(), args.read.quiet);
    let done = |number, summary: &Summary| terminal.done(number, summary);
    let outcome = pipeline::run(&bundles, &setup, &about, &args.output, &done);
    terminal.finish();
    let summaries = outcome.map_err(|it| refused(it.into()))?;
    write_file(&args.output, "index.html", &mut |into| index(&summaries, &about, into))
        .with_context(|| format!("{}: cannot be written", args.output.join("index.html").display()))
        .map_err(Failure::Broken)?;
    terminal.end(&summaries, &args.output);
    if let Some(it) = timings {
        it.tell(&library);
    }
    Ok(status(&summaries, args.fail_on))
}

/// What was asked for with `--fail-on` comes before what could not be read: it is what a job waits for.
fn status(summaries: &[Summary], fail_on: Option<FailOn>) -> Status {
    let met = |it: &Summary| match fail_on {
        Some(FailOn::Symptom) => !it.symptoms.is_empty(),
        Some(FailOn::Unexplained) => it.unexplained > 0,
        None => false,
    };
    match () {
        () if summaries.iter().any(met) => Status::Met,
        () if summaries.iter().any(|it| !it.whole) => Status::Partly,
        () => Status::Whole,
    }
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
