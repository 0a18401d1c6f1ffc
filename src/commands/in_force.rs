//! What is in force in a run: the rules, and the choices of `casebook.toml` and the command line together.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::anyhow;

use super::Failure;
use crate::case::NotChecked;
use crate::cli::LibraryArgs;
use crate::config::{Config, FILE};
use crate::rule::Library;
use crate::text::printed;

pub struct InForce {
    pub library: Library,
    pub config: Config,
    /// The ids of all rules, also of those that are not used in this run.
    pub ids: Vec<String>,
    /// The rules that are switched off, as every report tells them.
    pub switched_off: Vec<NotChecked>,
}

impl InForce {
    /// Mistakes in articles or in the configuration stop the run before anything is read: a rule that is
    /// silently left out would be a symptom that is silently not looked for.
    pub fn new(args: &LibraryArgs, quiet: bool) -> Result<Self, Failure> {
        let refused = |error: anyhow::Error| Failure::Refused(error);
        let config = read(args.config.as_deref())?;
        let folders: Vec<_> = config.rules.iter().chain(&args.rules).cloned().collect();
        let (mut library, problems) = Library::open(&folders).map_err(|it| refused(it.into()))?;
        if !problems.is_empty() {
            return Err(Failure::Problems(problems));
        }
        let unknown = config.unknown_ids(&library);
        if !unknown.is_empty() {
            return Err(Failure::Configuration(unknown));
        }
        let mut off: Vec<(String, String)> =
            args.without.iter().map(|it| (it.clone(), "--without on the command line".to_owned())).collect();
        let today = today();
        let mut notes = Vec::new();
        for it in &config.without {
            let until = it.until.as_ref().map_or(String::new(), |day| format!(" until {day}"));
            if it.holds(&today) {
                notes.push(format!("rule {} is switched off{until}: {}", it.id, it.reason));
                off.push((it.id.clone(), it.reason.clone()));
            } else {
                notes.push(format!(
                    "rule {} was switched off{until} and is in force again: {}",
                    it.id, it.reason
                ));
            }
        }
        let told = |(id, reason): &(String, String)| {
            let rule = library.rules.iter().find(|it| it.id == *id)?;
            let missing = format!("switched off: {reason}");
            Some(NotChecked { rule: id.clone(), symptom: rule.symptom.clone(), missing })
        };
        let switched_off = off.iter().filter_map(told).collect();
        let without: Vec<String> = off.into_iter().map(|(id, _)| id).collect();
        let ids = library.rules.iter().map(|it| it.id.clone()).collect();
        library.choose(&args.only, &without).map_err(|it| refused(it.into()))?;
        for note in notes.iter().filter(|_| !quiet) {
            let _ = writeln!(anstream::stderr(), "casebook: {}", printed(note));
        }
        Ok(Self { library, config, ids, switched_off })
    }
}

/// The file that was named, or the one in the current folder if it is there.
fn read(named: Option<&Path>) -> Result<Config, Failure> {
    let path = named.unwrap_or(Path::new(FILE));
    match fs::read_to_string(path) {
        Ok(text) => Config::parse(&path.display().to_string(), &text).map_err(Failure::Configuration),
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Ok(Config::default()),
        Err(error) => Err(Failure::Refused(anyhow!("{}: cannot be read: {error}", path.display()))),
    }
}

/// `2024-03-14`, in UTC.
pub fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
    day(since / 86_400)
}

/// The day of the calendar that is so many days after 1970-01-01. Years are counted from March on, so that the
/// leap day is the last of its year (Howard Hinnant, "chrono-compatible low-level date algorithms").
pub fn day(days: u64) -> String {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        let days = [0, 58, 59, 11_016, 11_017, 19_782, 20_833, 47_540, 47_541];
        let expect = [
            "1970-01-01",
            "1970-02-28",
            "1970-03-01",
            "2000-02-29",
            "2000-03-01",
            "2024-02-29",
            "2027-01-15",
            "2100-02-28",
            "2100-03-01",
        ];
        assert_eq!(days.map(day), expect);
    }
}
