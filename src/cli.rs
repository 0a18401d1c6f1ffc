//! The command line: what can be typed, and what `--help` says of it.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report;

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
        into.write_str(if *self == Self::Text { "text" } else { "json" })
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

    #[command(flatten)]
    pub library: LibraryArgs,

    /// Passwords for encrypted members, one a line; each is tried
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// Templates of your own, which take the place of those of the same name (docs/templates.md)
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,

    /// Write these reports too, parted by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = PossibleValuesParser::new(report::names()))]
    pub format: Vec<String>,

    /// What standard output gets: a line for each case, JSON Lines, or Markdown for the summary of a job
    #[arg(long, value_name = "WHAT")]
    pub print: Option<Print>,

    /// Print annotations for the CI system; in GitHub Actions this is on by itself
    #[arg(long, value_name = "WHERE")]
    pub annotate: Option<Annotate>,

    /// What does not count for --fail-on: accepted findings with their reasons, or an earlier run's JSON
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// End with status 3 if a case has this
    #[arg(long, value_name = "WHAT")]
    pub fail_on: Option<FailOn>,

    /// How many cases are read at the same time; 0 is one for each processor
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    pub jobs: usize,

    /// Print nothing but problems
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    pub limits: LimitArgs,
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

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FailOn {
    /// Any symptom that a rule knows
    Symptom,
    /// Any failure that no rule explains
    Unexplained,
}

/// What one case may cost. A size is a number of bytes, or of these with K, M, G or T behind it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits of a case: meeting one is told in its report, and the run goes on")]
pub struct LimitArgs {
    /// Bytes that one member or file may have
    #[arg(long, value_name = "SIZE", default_value = "32G", value_parser = size, hide_short_help = true)]
    pub max_member: u64,

    /// Bytes that all members of archives may unpack to
    #[arg(long, value_name = "SIZE", default_value = "64G", value_parser = size, hide_short_help = true)]
    pub max_case: u64,

    /// How many times as large as its files a case may unpack to; less than 1G is always allowed
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = positive, hide_short_help = true)]
    pub max_ratio: u64,

    /// Members of all archives together
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = positive, hide_short_help = true)]
    pub max_members: u64,

    /// Archives inside archives
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = positive, hide_short_help = true)]
    pub max_depth: u64,

    /// Bytes held in memory at once: archives inside archives, and registry hives
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = size, hide_short_help = true)]
    pub max_held: u64,

    /// Bytes of a member's path
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = positive, hide_short_help = true)]
    pub max_path: u64,

    /// Bytes of a line that is matched in one piece: 64K to 16M
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = line, hide_short_help = true)]
    pub max_line: u64,

    /// Seconds that a case may take each time it is gone through; the only limit that a slower machine meets earlier
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = positive, hide_short_help = true)]
    pub max_time: u64,

    /// Matches of a condition that are kept with their text; all are counted
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = evidence, hide_short_help = true)]
    pub max_evidence: u64,
}

fn positive(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("give a whole number from 1 on".to_owned()),
        Ok(number) => Ok(number),
    }
}

fn evidence(text: &str) -> Result<u64, String> {
    positive(text).and_then(|it| within(it, 2, 1000, "give a whole number from 2 to 1000"))
}

fn line(text: &str) -> Result<u64, String> {
    size(text).and_then(|it| within(it, 64 << 10, 16 << 20, "give a size from 64K to 16M"))
}

fn within(number: u64, least: u64, most: u64, otherwise: &str) -> Result<u64, String> {
    if (least..=most).contains(&number) { Ok(number) } else { Err(otherwise.to_owned()) }
}

/// `4096`, `512M`, `2G`
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("give a number of bytes, or one with K, M, G or T behind it: 512M".to_owned()),
    };
    let number = positive(digits)?;
    number.checked_mul(1 << shift).ok_or_else(|| "that is more than there can be".to_owned())
}

/// Which rules are in force.
#[derive(Debug, Default, Args)]
pub struct LibraryArgs {
    /// A team's choices: its rules, rules that are switched off, which reports, what is hidden in them
    ///
    /// Without this, casebook.toml in the current folder is read if it is there.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

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
    /// Show the article of one rule: its symptom, conditions and fix
    ///
    /// Exit status: 0 it is shown, 2 there is no such rule.
    Show {
        /// The rule's id: see `casebook rules list`
        #[arg(value_name = "ID")]
        id: String,
        /// Read rule articles from DIR too
        #[arg(long, value_name = "DIR")]
        rules: Vec<PathBuf>,
    },
    /// Tell why a rule speaks of a bundle, or does not
    ///
    /// Each condition is told with what it came to: the line that holds it, or the nearest miss, which is the
    /// line that matched furthest, and where it stopped.
    ///
    /// Exit status: 0 the bundle was read whole, 1 it was not, 2 wrong arguments or rules.
    Why(Why),
    /// Propose an article for a line of a log
    ///
    /// The article's pattern, codes and sample are made from the line; TODO stands where a person has to
    /// write. Without --from and --line, casebook asks for what it needs.
    ///
    /// Exit status: 0 the article is written, 2 it is not.
    New(New),
}

/// The arguments of `casebook rules new`.
#[derive(Debug, Args)]
pub struct New {
    /// The line: CBS.log:812, FOLDER/CBS.log:812, CASE.zip!/CBS.log:812, A.zip!/B.zip!/CBS.log:812
    #[arg(long, value_name = "FILE:LINE", conflicts_with_all = ["line", "format"])]
    pub from: Option<String>,

    /// The line itself, copied from a log of --format
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub line: Option<String>,

    /// Which log --line comes from: cbs, dism, setup, event and so on
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,

    /// The rule's id; without it, one is made from the words of the line
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,

    /// What is wrong, in one sentence: the heading of the symptom
    #[arg(long, value_name = "TEXT")]
    pub symptom: Option<String>,

    /// Write to this new file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The arguments of `casebook rules why`.
#[derive(Debug, Args)]
pub struct Why {
    /// The bundle: a zip file, a folder or a log, taken as one case
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,

    /// The rule's id: see `casebook rules list`
    #[arg(long, value_name = "ID")]
    pub rule: String,

    /// Read rule articles from DIR too
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,

    /// Passwords for encrypted members, one a line; each is tried
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}
