//! `casebook schema`: the shape of what casebook writes and reads, for scripts and editors.

use std::io::Write;

use anyhow::Context;

use super::{Failure, Status};
use crate::cli::Described;
use crate::report;
use crate::rule;

pub fn run(what: Described) -> Result<Status, Failure> {
    let schema = match what {
        Described::Case => report::SCHEMA,
        Described::Rule => rule::SCHEMA,
    };
    write!(anstream::stdout(), "{schema}").context("cannot print").map_err(Failure::Refused)?;
    Ok(Status::Whole)
}
