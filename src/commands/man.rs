//! `casebook man`: the manual pages, made of what `--help` says.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::{Man, generate_to};

use super::{Failure, Status};
use crate::cli::Cli;

/// Without a folder, the page of the program itself goes to standard output.
pub fn run(folder: Option<&Path>) -> Result<Status, Failure> {
    let program = Cli::command().disable_help_subcommand(true);
    let written = match folder {
        None => {
            let mut page = Vec::new();
            let made = Man::new(program).render(&mut page);
            made.and_then(|()| io::stdout().write_all(&page)).context("cannot print")
        }
        Some(folder) => fs::create_dir_all(folder)
            .and_then(|()| generate_to(program, folder))
            .with_context(|| format!("{}: cannot be made or written to", folder.display())),
    };
    written.map_err(Failure::Refused)?;
    Ok(Status::Whole)
}
