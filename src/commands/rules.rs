//! `casebook rules`: what is known, and whether articles keep to the format and to their own samples.

use std::io::Write;

use anyhow::Context;
use serde::Serialize;

use super::{Failure, Status};
use crate::check::check;
use crate::cli::Rules;
use crate::rule::{Library, Problem};

pub fn run(args: &Rules) -> Result<Status, Failure> {
    match args {
        Rules::List { json, rules } => {
            let (library, problems) = Library::open(rules).map_err(|it| Failure::Refused(it.into()))?;
            if !problems.is_empty() {
                return Err(Failure::Problems(problems));
            }
            list(&library, *json).map_err(Failure::Refused)?;
            Ok(Status::Whole)
        }
        Rules::Check { paths } => {
            let opened = if paths.is_empty() { Library::open(&[]) } else { Library::of(paths) };
            let (library, mut problems) = opened.map_err(|it| Failure::Refused(it.into()))?;
            problems.extend(check(&library));
            problems.sort_by(|one, other| order(one).cmp(&order(other)));
            report(&library, &problems).map_err(Failure::Refused)?;
            Ok(if problems.is_empty() { Status::Whole } else { Status::Refused })
        }
    }
}

fn order(problem: &Problem) -> (&str, usize, usize) {
    (&problem.place.file, problem.place.line, problem.place.column)
}

fn report(library: &Library, problems: &[Problem]) -> anyhow::Result<()> {
    let mut out = anstream::stdout();
    for problem in problems {
        writeln!(out, "{problem}").context("cannot print")?;
    }
    let told = match problems.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    writeln!(out, "{}: {told}", library.describe()).context("cannot print")
}

/// A row of `rules list --json`.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    symptom: &'a str,
    severity: &'static str,
    codes: Vec<String>,
    file: &'a str,
}

fn list(library: &Library, json: bool) -> anyhow::Result<()> {
    let rows: Vec<Row<'_>> = library
        .rules
        .iter()
        .map(|it| Row {
            id: &it.id,
            symptom: &it.symptom,
            severity: it.severity.name(),
            codes: it.codes.iter().map(ToString::to_string).collect(),
            file: &it.place.file,
        })
        .collect();
    let mut out = anstream::stdout();
    if json {
        return writeln!(out, "{}", serde_json::to_string_pretty(&rows)?).context("cannot print");
    }
    let width = rows.iter().map(|it| it.id.len()).max().unwrap_or(0);
    for row in &rows {
        writeln!(out, "{:<width$}  {:<7}  {}", row.id, row.severity, row.symptom).context("cannot print")?;
    }
    writeln!(out, "{}", library.describe()).context("cannot print")
}
