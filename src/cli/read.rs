//! What `analyze` and `watch` have in common: how bundles are read, by which rules, and what one case may cost.

use std::path::PathBuf;

use clap::Args;

/// How bundles are read.
#[derive(Debug, Args)]
pub struct ReadArgs {
    #[command(flatten)]
    pub library: LibraryArgs,

    /// Passwords for encrypted members, one a line; each is tried
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// Templates of your own, which take the place of those of the same name (docs/templates.md)
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,

    /// What does not count for --fail-on: accepted findings with their reasons, or an earlier run's JSON
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// How many cases are read at the same time; 0 is one for each processor
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    pub jobs: usize,

    /// Print nothing but problems
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    pub limits: LimitArgs,
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
