//! The library: the articles that casebook brings along, and those of a team's own folders.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::load::{Loaded, load};
use super::problem::nearest;
use super::{Attempt, Happening, Problem, RegistryFact, Rule, Signal};
use crate::threads;

/// The articles under `rules/`, by file name.
static ARTICLES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/articles.rs"));

/// Every rule in force.
#[derive(Debug, Default)]
pub struct Library {
    pub rules: Vec<Rule>,
    /// Lines that tell of a failure, known or not.
    pub failures: Vec<Signal>,
    /// Lines that tell something of the machine.
    pub facts: Vec<Signal>,
    /// Values of the registry that tell something of it.
    pub registry_facts: Vec<RegistryFact>,
    /// Lines that tell of attempts to install an update.
    pub attempts: Vec<Attempt>,
    /// Lines that look like a failure and are known to be none.
    pub noise: Vec<Signal>,
    /// Lines that tell of what happened on the machine.
    pub happenings: Vec<Happening>,
    /// Tells two libraries apart: stands in every report.
    pub hash: String,
    /// The files that its articles stand in.
    pub files: Vec<String>,
}

/// A rule file that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("{path}: cannot be read: {error}", path = path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("{path}:{line}: a rule file is UTF-8, and this line is not: save the file as UTF-8", path = path.display())]
    Encoding { path: PathBuf, line: usize },
    #[error("there is no rule `{id}`{like}: see `casebook rules list`")]
    Unknown { id: String, like: String },
    #[error("no rule is left: every one was switched off")]
    Nothing,
    #[error("{path}: holds no rule file (a Markdown article, .md)", path = path.display())]
    Empty { path: PathBuf },
}

impl Library {
    /// The library that casebook brings along, and the articles under `folders`.
    pub fn open(folders: &[PathBuf]) -> Result<(Self, Vec<Problem>), LibraryError> {
        let mut articles: Vec<(String, String)> =
            ARTICLES.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        for folder in folders {
            articles.extend(read(folder)?);
        }
        Ok(Self::from_articles(&articles))
    }

    /// Only the articles at `paths`.
    pub fn of(paths: &[PathBuf]) -> Result<(Self, Vec<Problem>), LibraryError> {
        let mut articles = Vec::new();
        for path in paths {
            articles.extend(read(path)?);
        }
        Ok(Self::from_articles(&articles))
    }

    /// Only the one article `text`.
    #[cfg(feature = "fuzzing")]
    pub fn of_text(file: &str, text: &str) -> (Self, Vec<Problem>) {
        Self::from_articles(&[(file.to_owned(), text.to_owned())])
    }

    /// This library beside the articles that casebook brings along, as it will be used, and what is wrong with
    /// it then; an article that casebook brings along itself is there once. For the check: ids and related rules
    /// are of all of them.
    pub fn beside_own(self) -> (Self, Vec<Problem>) {
        let is_given = |file: &str| self.files.iter().any(|given| given.replace('\\', "/").ends_with(file));
        let own = ARTICLES.iter().filter(|(file, _)| !is_given(file));
        let own: Vec<_> = own.map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        let (mut all, _) = Self::from_articles(&own);
        all.rules.extend(self.rules);
        all.failures.extend(self.failures);
        all.facts.extend(self.facts);
        all.registry_facts.extend(self.registry_facts);
        all.attempts.extend(self.attempts);
        all.noise.extend(self.noise);
        all.happenings.extend(self.happenings);
        let mut problems = equal_ids(&all.rules);
        problems.retain(|it| self.files.contains(&it.place.file));
        (all, problems)
    }

    fn from_articles(articles: &[(String, String)]) -> (Self, Vec<Problem>) {
        let mut library = Self::default();
        let mut problems = Vec::new();
        let mut hash = Sha256::new();
        let loaded = threads::each(articles, |(file, text)| load(file, text));
        for ((_, text), (loaded, mut found)) in articles.iter().zip(loaded) {
            // Length first, so that no two sets of articles run together.
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
            let Loaded { rules, failures, facts, registry_facts, attempts, noise, happenings } = loaded;
            library.rules.extend(rules);
            library.failures.extend(failures);
            library.facts.extend(facts);
            library.registry_facts.extend(registry_facts);
            library.attempts.extend(attempts);
            library.noise.extend(noise);
            library.happenings.extend(happenings);
            problems.append(&mut found);
        }
        library.hash = hash.finalize().iter().take(4).map(|it| format!("{it:02x}")).collect();
        library.files = articles.iter().map(|(file, _)| file.clone()).collect();
        problems.extend(equal_ids(&library.rules));
        (library, problems)
    }

    /// Keeps only some rules, or leaves some out. Lines that tell of a failure stay: what no rule explains any
    /// more is then told as unexplained.
    pub fn choose(&mut self, only: &[String], without: &[String]) -> Result<(), LibraryError> {
        if let Some(id) = only.iter().chain(without).find(|id| self.rules.iter().all(|it| it.id != **id)) {
            let near = nearest(id, self.rules.iter().map(|it| it.id.as_str()));
            let like = near.map_or_else(String::new, |it| format!(" (did you mean `{it}`?)"));
            return Err(LibraryError::Unknown { id: id.clone(), like });
        }
        self.rules.retain(|it| (only.is_empty() || only.contains(&it.id)) && !without.contains(&it.id));
        if self.rules.is_empty() { Err(LibraryError::Nothing) } else { Ok(()) }
    }

    /// `5 rules, 3f2a9c1e`
    pub fn describe(&self) -> String {
        let rules = if self.rules.len() == 1 { "rule" } else { "rules" };
        format!("{} {rules}, {}", self.rules.len(), self.hash)
    }
}

fn equal_ids(rules: &[Rule]) -> Vec<Problem> {
    let mut first: HashMap<&str, &Rule> = HashMap::new();
    let mut problems = Vec::new();
    for rule in rules {
        if let Some(other) = first.insert(&rule.id, rule) {
            let message =
                format!("the id `{}` is taken by {}:{}", rule.id, other.place.file, other.place.line);
            problems.push(Problem { place: rule.place.clone(), message });
        }
    }
    problems
}

/// The articles of a folder, or the one file.
fn read(path: &Path) -> Result<Vec<(String, String)>, LibraryError> {
    let unreadable = |path: &Path, error| LibraryError::Unreadable { path: path.to_owned(), error };
    let mut articles = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let at = error.path().unwrap_or(path).to_owned();
            unreadable(&at, error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links")))
        })?;
        let name = entry.file_name().to_string_lossy();
        let wanted = entry.depth() == 0 || (name.ends_with(".md") && name != "README.md");
        if wanted && entry.file_type().is_file() {
            let bytes = fs::read(entry.path()).map_err(|error| unreadable(entry.path(), error))?;
            let text = String::from_utf8(bytes).map_err(|error| LibraryError::Encoding {
                path: entry.path().to_owned(),
                line: line_of(error.as_bytes(), error.utf8_error().valid_up_to()),
            })?;
            articles.push((entry.path().display().to_string(), text));
        }
    }
    if articles.is_empty() {
        return Err(LibraryError::Empty { path: path.to_owned() });
    }
    Ok(articles)
}

/// The number of the line that a byte is in.
fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at].iter().filter(|it| **it == b'\n').count()
}
