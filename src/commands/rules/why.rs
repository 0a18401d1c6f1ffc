//! `casebook rules why`: what each condition of a rule came to in one bundle, on the terminal.

use std::io::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use anyhow::Context;

use super::only;
use crate::baseline::Baseline;
use crate::bundle::{Inputs, Limits, cases};
use crate::cli::Why as Args;
use crate::commands::analyze::{clock, passwords};
use crate::commands::{Failure, Status};
use crate::explain::{Miss, Outcome, Place, Spot, Told, Why, list_name, why};
use crate::matching::Matcher;
use crate::pipeline::{Setup, is_source};
use crate::redact::Redaction;
use crate::text::{cut, one_line};

/// How much of a line is shown on either side of where it stopped.
const AROUND: usize = 70;

pub fn run(args: &Args) -> Result<Status, Failure> {
    let library = only(&args.rule, &args.rules)?;
    let passwords = passwords(args.password_file.as_deref()).map_err(Failure::Refused)?;
    let file = args.bundle.is_file();
    let name =
        args.bundle.file_name().map_or_else(|| "case".to_owned(), |it| it.to_string_lossy().into_owned());
    let paths = [args.bundle.clone()];
    // A folder is one case here: one rule is held against one machine.
    let one_case = if file { None } else { Some(name.as_str()) };
    let output = Path::new("");
    let bundles = cases(&Inputs { paths: &paths, one_case, output, is_source: &is_source })
        .map_err(|it| Failure::Refused(it.into()))?;
    let matcher = Matcher::new(&library);
    let setup = Setup {
        library: &library,
        matcher: &matcher,
        limits: Limits::default(),
        clock: &clock(),
        passwords,
        switched_off: &[],
        redaction: &Redaction::default(),
        baseline: &Baseline::default(),
        jobs: 1,
    };
    let told = bundles.first().and_then(|it| why(it, &setup));
    let Some(told) = told else { return Ok(Status::Partly) };
    let symptom = library.rules.first().map_or("", |it| &it.symptom);
    let text = format!("{}: {}\n\n{}", args.rule, one_line(symptom), page(&told));
    anstream::stdout().write_all(text.as_bytes()).context("cannot print").map_err(Failure::Refused)?;
    for lost in &told.lost {
        let _ = writeln!(anstream::stderr(), "casebook: {}", one_line(lost));
    }
    Ok(if told.lost.is_empty() { Status::Whole } else { Status::Partly })
}

fn page(why: &Why) -> String {
    let bold = Style::new().bold();
    let mut page: String = why.conditions.iter().map(condition).collect();
    for it in &why.findings {
        let history = if it.current { "" } else { ", history" };
        let times = times(it.occurrences);
        page += &format!("\n{bold}Finding: {}{history}{bold:#}, found {times}\n", it.certainty.name());
        for reason in &it.reasons {
            page += &format!("  {}\n", one_line(reason));
        }
    }
    if let Some(reason) = &why.reason {
        page += &format!("\n{bold}No finding{bold:#}: {}.\n", one_line(reason));
    }
    page
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn condition(told: &Told) -> String {
    let style = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    let (color, word, behind, places) = match &told.outcome {
        Outcome::Held { count, places } => {
            let count = count.map_or_else(String::new, |it| format!(", {}", times(it)));
            (style(AnsiColor::Green), "held", count, &places[..])
        }
        Outcome::NotHeld { places } => (style(AnsiColor::Yellow), "not held", String::new(), &places[..]),
        Outcome::Unknown { missing } if missing.is_empty() => {
            let why = ": what the logs say gives nothing to ask for".to_owned();
            (style(AnsiColor::Yellow), "not asked", why, &[][..])
        }
        Outcome::Unknown { missing } => {
            let missing = format!(", for want of {}", one_line(&missing.join("; ")));
            (style(AnsiColor::Yellow), "could not be asked", missing, &[][..])
        }
    };
    let mut text = format!("{}: {}\n", list_name(told.list), one_line(&told.what));
    text += &format!("  {color}{word}{color:#}{behind}\n");
    text.extend(places.iter().map(place));
    match (&told.outcome, &told.miss) {
        (Outcome::NotHeld { places }, None) if places.is_empty() => text += "  nothing comes near it\n",
        (_, Some(it)) => text += &miss(it),
        _ => {}
    }
    text
}

fn place(place: &Place) -> String {
    let (shown, more) = cut(place.text.lines().next().unwrap_or_default(), 2 * AROUND);
    let more = if more { "…" } else { "" };
    let number = if place.line == 0 { String::new() } else { format!(":{}", place.line) };
    format!("    {}{number}: {}{more}\n", one_line(&place.path), one_line(shown))
}

fn miss(miss: &Miss) -> String {
    match miss {
        Miss::Stopped { at, expected } => {
            format!("  nearest miss:\n{}    expected `{}`\n", caret(at), one_line(expected))
        }
        Miss::Refused { at, field, value, wanted } => {
            let value =
                value.as_ref().map_or_else(|| "not there".to_owned(), |it| format!("`{}`", one_line(it)));
            let (field, wanted) = (one_line(field), one_line(wanted));
            format!(
                "  the line is there, but `where` refuses it: {field} is {value}, and must be: {wanted}\n{}",
                line(at)
            )
        }
        Miss::Seldom { at, count, needed } => {
            format!("  found {}, and needed at least {needed} times; first:\n{}", times(*count), line(at))
        }
        Miss::Alone { first, next, near } => {
            let near = near.as_ref().map_or_else(String::new, |it| self::miss(it));
            format!(
                "  the start of the sequence is there:\n{}  and after it not {}\n{near}",
                line(first),
                one_line(next)
            )
        }
        Miss::Far { first, then, apart, within } => {
            format!(
                "  the parts are {apart} apart, and at most {within} are allowed:\n{}{}",
                line(first),
                line(then)
            )
        }
        Miss::Broken { first, by, then } => {
            let (first, by, then) = (line(first), line(by), line(then));
            format!("  `broken_by` stands between the parts:\n{first}{by}{then}")
        }
        Miss::Differ { first, then } => {
            let (first, then) = (line(first), line(then));
            format!("  the parts are there, but not all near enough with the same values:\n{first}{then}")
        }
    }
}

fn line(at: &Spot) -> String {
    place(&Place { path: at.path.clone(), line: at.line, text: at.text.clone() })
}

/// The line with a caret under the place where it stopped. Of a long line, what stands around that place.
fn caret(at: &Spot) -> String {
    let (before, behind) = at.text.split_at(at.stop);
    let skip = before.chars().count().saturating_sub(AROUND);
    let start = before.char_indices().nth(skip).map_or(before.len(), |(at, _)| at);
    let dots = if skip > 0 { "…" } else { "" };
    let shown = format!("{dots}{}", one_line(&before[start..]));
    let (rest, more) = cut(behind, AROUND);
    let more = if more { "…" } else { "" };
    let width = shown.chars().count();
    let place = format!("{}:{}", one_line(&at.path), at.line);
    format!("    {place}\n    {shown}{}{more}\n    {:width$}^\n", one_line(rest), "")
}
