//! `casebook completions`: what a shell needs to complete commands and options.

use std::io::Write;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use super::{Failure, Status};
use crate::cli::Cli;

pub fn run(shell: Shell) -> Result<Status, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "casebook", &mut script);
    std::io::stdout().write_all(&script).context("cannot print").map_err(Failure::Refused)?;
    Ok(Status::Whole)
}
