//! `casebook rules check`: whether articles keep to the format and to their own samples.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::check::check;
use crate::commands::problems::show;
use crate::commands::terminal::print;
use crate::commands::{Failure, Status};
use crate::rule::{Library, Problem};

pub fn run(paths: &[PathBuf]) -> Result<Status, Failure> {
    let refused = |it: crate::rule::LibraryError| Failure::Refused(it.into());
    let (given, _) =
        if paths.is_empty() { Library::open(&[]) } else { Library::of(paths) }.map_err(refused)?;
    let (library, mut problems) =
        if paths.is_empty() { Library::open(&[]) } else { Library::beside_own(paths) }.map_err(refused)?;
    let files: HashSet<&str> = given.files.iter().map(String::as_str).collect();
    problems.extend(check(&library).into_iter().filter(|it| files.contains(it.place.file.as_str())));
    problems.sort_by(|one, other| order(one).cmp(&order(other)));
    problems.dedup();
    report(&given, &problems);
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
