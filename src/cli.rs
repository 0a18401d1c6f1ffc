//! The command line: what can be typed, and what `--help` says of it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Reads support bundles of Windows machines and writes, for each case, what failed, what proves it and which
/// steps fix it.
#[derive(Debug, Parser)]
#[command(name = "casebook", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
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
    /// The rules: list them, check articles
    #[command(subcommand)]
    Rules(Rules),
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

    #[command(flatten)]
    pub library: LibraryArgs,

    /// Passwords for encrypted members, one a line; each is tried
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// End with status 3 if a case has this
    #[arg(long, value_name = "WHAT")]
    pub fail_on: Option<FailOn>,

    /// How many cases are read at the same time; 0 is one for each processor
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    pub jobs: usize,

    /// Print nothing but problems
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FailOn {
    /// Any symptom that a rule knows
    Symptom,
    /// Any failure that no rule explains
    Unexplained,
}

/// Which rules are in force.
#[derive(Debug, Default, Args)]
pub struct LibraryArgs {
    /// Read rule articles from DIR too
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,

    /// Use only the rule ID; may be given several times
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,

    /// Do not use the rule ID; may be given several times
    #[arg(long, value_name = "ID")]
    pub without: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List every rule
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        library: LibraryArgs,
    },
    /// Hold articles to the format and to their own samples
    ///
    /// Exit status: 0 nothing is wrong, 2 something is.
    Check {
        /// Articles or folders of them; without any, the rules that casebook brings along
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
}
