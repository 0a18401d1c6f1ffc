//! What each command does, from its arguments to its exit status. Only here are clock, environment and exit
//! status known, and only here is anything printed.

mod analyze;
mod completions;
mod outputs;
mod explain;
mod in_force;
mod log;
mod man;
mod problems;
mod rules;
mod schema;
mod templates;
mod terminal;
mod timings;
mod watch;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::cli::{Cli, Command, LibraryArgs};
use crate::rule::{Library, Problem};
use crate::text::{no_commands, visible};

use in_force::InForce;

/// How a run ended; the contract with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Every case was read whole.
    Whole = 0,
    /// Some case could not be read, or only in part.
    Partly = 1,
    /// Nothing was analyzed: arguments or rules are wrong.
    Refused = 2,
    /// `--fail-on` was met.
    Met = 3,
}

/// Why a command could not do its work, as far as the exit status depends on it.
enum Failure {
    /// Wrong arguments or rules: nothing was begun.
    Refused(anyhow::Error),
    /// Rule articles with mistakes.
    Problems(Vec<Problem>),
    /// A `casebook.toml` with mistakes.
    Configuration(Vec<Problem>),
    /// Templates of a team's own with mistakes.
    Templates(Vec<Problem>),
    /// A baseline with mistakes.
    Baseline(Vec<Problem>),
    /// The reports could not be written to their end.
    Broken(anyhow::Error),
}

/// Runs the program on the arguments it was called with.
pub fn main() -> ExitCode {
    let cli = parse();
    let timings = log::start(&cli.log);
    let outcome = match &cli.command {
        Command::Analyze(args) => analyze::run(args, timings.as_ref()),
        Command::Watch(args) => watch::run(args, timings.as_ref()),
        Command::Rules(args) => rules::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Schema { what } => schema::run(*what),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { output } => man::run(output.as_deref()),
    };
    let status = match outcome {
        Ok(status) => status,
        Err(failure) => tell(&failure),
    };
    ExitCode::from(status as u8)
}

/// What was typed. The version tells the rules that are built in, too: they decide what a report says.
fn parse() -> Cli {
    let mut command = Cli::command();
    if std::env::args_os().any(|it| it == "--version" || it == "-V") {
        let rules = Library::open(&[]).map_or_else(|error| error.to_string(), |(it, _)| it.describe());
        command = command.version(format!("{} ({rules})", env!("CARGO_PKG_VERSION")));
    }
    Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
}

/// The rules in force, for commands that need nothing else of the configuration.
fn library(args: &LibraryArgs) -> Result<Library, Failure> {
    InForce::new(args, false).map(|it| it.library)
}

fn tell(failure: &Failure) -> Status {
    let mut err = anstream::stderr();
    let mistakes = match failure {
        // If even the error stream is gone, the exit status still says it.
        Failure::Refused(error) | Failure::Broken(error) => {
            let _ = writeln!(err, "casebook: {}", no_commands(&visible(&format!("{error:#}"))));
            None
        }
        Failure::Problems(problems) => Some(("rules", problems)),
        Failure::Configuration(problems) => Some(("configuration", problems)),
        Failure::Templates(problems) => Some(("templates", problems)),
        Failure::Baseline(problems) => Some(("baseline", problems)),
    };
    if let Some((what, problems)) = mistakes {
        for problem in problems {
            let _ = writeln!(err, "{}", problems::show(problem));
        }
        let (count, s) = (problems.len(), if problems.len() == 1 { "" } else { "s" });
        let _ = writeln!(err, "casebook: {count} mistake{s} in the {what}; nothing was analyzed");
    }
    if matches!(failure, Failure::Broken(_)) { Status::Partly } else { Status::Refused }
}
