//! The command line: what can be typed, and what `--help` says of it.

mod read;
mod rules;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report;

pub use read::{LibraryArgs, LimitArgs, ReadArgs};
pub use rules::{New, Rules, Why};

/// Reads support bundles of Windows machines and writes, for each case, what failed, what proves it and which
/// steps fix it.
#[derive(Debug, Parser)]
#[command(name = "casebook", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    #[command(flatten)]
    pub log: LogArgs,
}

/// What the program says of its own work, on standard error.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// Say on standard error what is being done; twice for each member too
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Log")]
    pub verbose: u8,

    /// How that is written
    #[arg(long, global = true, value_name = "FORM", default_value_t = LogFormat::Text, help_heading = "Log")]
    pub log_format: LogFormat,

    /// Tell at the end which cases, members and rules took longest
    #[arg(long, global = true, help_heading = "Log")]
    pub timings: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of words
    Text,
    /// A JSON object a line
    Json,
}

impl std::fmt::Display for LogFormat {
    fn fmt(&self, into: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The name is that of the variant: clap makes it, and so it cannot be another one.
        self.to_possible_value().map_or(Ok(()), |it| into.write_str(it.get_name()))
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read bundles and write a report for each case
    ///
    /// A file is one case. A folder is an inbox: each archive and each folder in it is a case, and its loose
    /// logs together are one more.
    ///
    /// Exit status: 0 every case was read whole; 1 some case could not be read, or only in part; 2 nothing
    /// was analyzed (wrong arguments or rules); 3 --fail-on was met.
    Analyze(Analyze),
    /// Watch a folder, and write a report for each bundle that is dropped into it
    ///
    /// Each file and each folder in it is a case, once it is whole: when nothing of it has changed for a
    /// while, or when it was renamed into place. The index is kept over all cases, status.json tells what is
    /// going on, and .casebook in the folder of the reports holds what is known. Ctrl-C ends it after the case
    /// in hand; a second one at once.
    ///
    /// Exit status: 0 it was ended; with --once as of analyze; 2 it could not begin.
    Watch(Watch),
    /// The rules: list them, check articles
    #[command(subcommand)]
    Rules(Rules),
    /// Tell what an error code means, and which rules know it
    ///
    /// A code may be written as in any log: 0x80070002, 80070002, -2147024894, 2147942402,
    /// ERROR_FILE_NOT_FOUND, HRESULT_FROM_WIN32(2), 12002. A result of Windows setup may have its extended
    /// code behind it: 0xC1900101-0x20017, or with blanks around the dash.
    ///
    /// Exit status: 0 every code is told, also one that nothing is known of; 2 an argument is no code.
    Explain(Explain),
    /// Print a JSON Schema (draft 2020-12): of a case's report, or of the rule block of an article
    Schema {
        /// What it describes
        #[arg(value_enum, value_name = "WHAT", default_value_t = Described::Case)]
        what: Described,
    },
    /// Print what a shell needs to complete commands and options
    Completions {
        #[arg(value_enum, value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write a page for each command into a folder
    Man {
        /// Folder for the pages; it is made if it is not there
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Described {
    /// The JSON report of a case, casebook.case/1
    Case,
    /// The rule block of an article, as TOML
    Rule,
}

/// The arguments of `casebook explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Error codes, in any spelling
    #[arg(required = true, value_name = "CODE", allow_negative_numbers = true)]
    pub codes: Vec<String>,

    /// As JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub library: LibraryArgs,
}

/// The arguments of `casebook analyze`.
#[derive(Debug, Args)]
pub struct Analyze {
    /// Zip files, folders or loose logs
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,

    /// Folder for the reports; it is made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = "reports")]
    pub output: PathBuf,

    /// Take all inputs together as the one case NAME, as the attachments of a ticket are
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub one_case: Option<String>,

    /// Write these reports too, parted by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = PossibleValuesParser::new(report::names()))]
    pub format: Vec<String>,

    /// What standard output gets: a line for each case, JSON Lines, or Markdown for the summary of a job
    #[arg(long, value_name = "WHAT")]
    pub print: Option<Print>,

    /// Print annotations for the CI system; in GitHub Actions this is on by itself
    #[arg(long, value_name = "WHERE")]
    pub annotate: Option<Annotate>,

    /// End with status 3 if a case has this
    #[arg(long, value_name = "WHAT")]
    pub fail_on: Option<FailOn>,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// What is printed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Print {
    /// A line for each case
    Summary,
    /// The JSON of each case, one in a line
    Json,
    /// The run in Markdown
    Markdown,
}

/// Where annotations are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Annotate {
    /// GitHub Actions
    Github,
    /// Nowhere
    None,
}

/// The arguments of `casebook watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// The folder that bundles are dropped into; nothing in it is ever changed
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,

    /// Folder for the reports of this one folder; it is made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = "reports")]
    pub output: PathBuf,

    /// How long nothing of a bundle may change before it is taken for whole
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub quiet_for: Duration,

    /// How often the folder is looked through, beside what the system tells of changes in it
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub poll: Duration,

    /// Write these reports of each case too, parted by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = PossibleValuesParser::new(report::case_names()))]
    pub format: Vec<String>,

    /// Take what is there now and whole, then end
    #[arg(long)]
    pub once: bool,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// A time above zero, in seconds: `5`, `0.5`.
fn seconds(text: &str) -> Result<Duration, String> {
    const MOST: f64 = 86_400.0;
    match text.parse::<f64>() {
        Ok(it) if (0.01..=MOST).contains(&it) => Ok(Duration::from_secs_f64(it)),
        _ => Err("a number of seconds, from 0.01 to 86400".to_owned()),
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FailOn {
    /// Any symptom that a rule knows
    Symptom,
    /// Any failure that no rule explains
    Unexplained,
}
