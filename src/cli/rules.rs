//! What can be typed behind `casebook rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::LibraryArgs;

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
