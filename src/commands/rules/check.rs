//! `casebook rules check`: whether articles keep to the format and to their own samples.

use std::path::PathBuf;

use crate::check::check;
use crate::commands::problems::show;
use crate::commands::terminal::print;
use crate::commands::{Failure, Status};
use crate::rule::{Library, Problem};

pub fn run(paths: &[PathBuf]) -> Result<Status, Failure> {
    let opened = if paths.is_empty() { Library::open(&[]) } else { Library::of(paths) };
    let (mut library, mut problems) = opened.map_err(|it| Failure::Refused(it.into()))?;
    let (described, files) = (library.describe(), library.files.clone());
    if !paths.is_empty() {
        let (all, more) = library.beside_own();
        library = all;
        problems.extend(more);
    }
    problems.extend(check(&library).into_iter().filter(|it| files.contains(&it.place.file)));
    problems.sort_by(|one, other| order(one).cmp(&order(other)));
    problems.dedup();
    report(&described, &problems);
    Ok(if problems.is_empty() { Status::Whole } else { Status::Refused })
}

fn order(problem: &Problem) -> (&str, usize, usize) {
    (&problem.place.file, problem.place.line, problem.place.column)
}

fn report(library: &str, problems: &[Problem]) {
    for problem in problems {
        print(&show(problem));
    }
    let told = match problems.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    print(&format!("{library}: {told}"));
}
