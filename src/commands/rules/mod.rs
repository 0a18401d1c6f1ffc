//! `casebook rules`: one file for each of its commands.

mod check;
mod list;

use super::{Failure, Status, library};
use crate::cli::Rules;

pub fn run(args: &Rules) -> Result<Status, Failure> {
    match args {
        Rules::List { json, library: which } => list::run(&library(which)?, *json),
        Rules::Check { paths } => check::run(paths),
    }
}
