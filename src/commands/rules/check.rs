//! `casebook rules check`: whether articles keep to the format and to their own samples.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use crate::check::check;
use crate::commands::problems::show;
use crate::commands::{Failure, Status};
use crate::rule::{Library, Problem};

pub fn run(paths: &[PathBuf]) -> Result<Status, Failure> {
    let opened = if paths.is_empty() { Library::open(&[]) } else { Library::of(paths) };
    let (library, mut problems) = opened.map_err(|it| Failure::Refused(it.into()))?;
    problems.extend(check(&library));
    problems.sort_by(|one, other| order(one).cmp(&order(other)));
    report(&library, &problems).map_err(Failure::Refused)?;
    Ok(if problems.is_empty() { Status::Whole } else { Status::Refused })
}

fn order(problem: &Problem) -> (&str, usize, usize) {
    (&problem.place.file, problem.place.line, problem.place.column)
}

fn report(library: &Library, problems: &[Problem]) -> anyhow::Result<()> {
    let mut out = anstream::stdout();
    for problem in problems {
        writeln!(out, "{}", show(problem)).context("cannot print")?;
    }
    let told = match problems.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    writeln!(out, "{}: {told}", library.describe()).context("cannot print")
}
