//! `casebook rules`: one file for each of its commands.

mod check;
mod list;
mod new;
mod show;
mod why;

use std::path::PathBuf;

use super::{Failure, Status, library};
use crate::cli::{LibraryArgs, Rules};
use crate::rule::Library;

pub fn run(args: &Rules) -> Result<Status, Failure> {
    match args {
        Rules::List { json, library: which } => list::run(&library(which)?, *json),
        Rules::Check { paths } => check::run(paths),
        Rules::Show { id, rules } => show::run(id, rules),
        Rules::Why(args) => why::run(args),
        Rules::New(args) => new::run(args),
    }
}

/// The library with this one rule in it.
fn only(id: &str, rules: &[PathBuf]) -> Result<Library, Failure> {
    let args = LibraryArgs { rules: rules.to_vec(), only: vec![id.to_owned()], ..LibraryArgs::default() };
    library(&args)
}
