//! `casebook rules check`: whether articles keep to the format and to their own samples.

use std::path::PathBuf;

use crate::check::check;
use crate::commands::problems::show;
use crate::commands::terminal::print;
use crate::commands::{Failure, Status};
use crate::rule::{Library, Problem};

pub fn run(paths: &[PathBuf]) -> Result<Status, Failure> {
    let opened = if paths.is_empty() { Library::open(&[]) } else { Library::of(paths) };
    let (library, mut problems) = opened.map_err(|it| Failure::Refused(it.into()))?;
    problems.extend(check(&library));
    problems.sort_by(|one, other| order(one).cmp(&order(other)));
    report(&library, &problems);
    Ok(if problems.is_empty() { Status::Whole } else { Status::Refused })
}

fn order(problem: &Problem) -> (&str, usize, usize) {
    (&problem.place.file, problem.place.line, problem.place.column)
}

fn report(library: &Library, problems: &[Problem]) {
    for problem in problems {
        print(&show(problem));
    }
    let told = match problems.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    print(&format!("{}: {told}", library.describe()));
}
