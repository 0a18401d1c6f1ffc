//! `casebook.toml`: what a team has chosen. Its own rules, the rules that it has switched off and why, which
//! reports are written, and what stands in none of them.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::redact::Redaction;
use crate::report::names;
use crate::rule::{Document, Library, Place, Problem, nearest, with_suggestion};
use crate::text::is_day;

/// The file that is looked for in the current folder.
pub const FILE: &str = "casebook.toml";

/// A team's choices, checked.
#[derive(Debug, Default)]
pub struct Config {
    /// Folders with articles.
    pub rules: Vec<PathBuf>,
    /// The reports to write, by name; `None` is those that are always written.
    pub outputs: Option<Vec<String>>,
    pub without: Vec<SwitchedOff>,
    pub redaction: Redaction,
}

/// A rule that is not to be used, up to a day.
#[derive(Debug)]
pub struct SwitchedOff {
    pub id: String,
    pub reason: String,
    /// The last day, `2027-01-31`.
    pub until: Option<String>,
    place: Place,
}

impl SwitchedOff {
    /// Whether it still holds on this day. Written this way, days sort as texts.
    pub fn holds(&self, today: &str) -> bool {
        self.until.as_deref().is_none_or(|it| today <= it)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawConfig {
    rules: Vec<Spanned<String>>,
    outputs: Option<Spanned<Vec<Spanned<String>>>>,
    without: Vec<RawWithout>,
    redact: RawRedact,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWithout {
    id: Spanned<String>,
    reason: Spanned<String>,
    until: Option<Spanned<Day>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawRedact {
    words: Vec<Spanned<String>>,
    patterns: Vec<Spanned<String>>,
}

/// A day in quotes, or as TOML writes it.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a day is written \"2027-01-31\"")]
enum Day {
    Text(String),
    Date(Datetime),
}

impl Config {
    /// Reads the text of the file that is called `file`; folders in it are relative to where it lies.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut document = Document::new(file, text);
        let raw: RawConfig = match toml::from_str(text) {
            Ok(raw) => raw,
            Err(error) => {
                let at = error.span().map_or(0, |it| it.start);
                document.problem(at, with_suggestion(error.message()));
                return Err(document.problems);
            }
        };
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let config = Self {
            rules: folders(&raw.rules, folder, &mut document),
            outputs: raw.outputs.map(|it| outputs(&it, &mut document)),
            without: raw.without.iter().map(|it| switched_off(it, &mut document)).collect(),
            redaction: redaction(&raw.redact, &mut document),
        };
        if document.problems.is_empty() { Ok(config) } else { Err(document.problems) }
    }

    /// What can be told only when the rules are there: whether those that are switched off exist.
    pub fn unknown_ids(&self, library: &Library) -> Vec<Problem> {
        let known = || library.rules.iter().map(|it| it.id.as_str());
        let unknown = self.without.iter().filter(|it| known().all(|id| id != it.id));
        let problem = |it: &SwitchedOff| {
            let message = format!("there is no rule `{}`{}", it.id, like(&it.id, known()));
            Problem { place: it.place.clone(), message }
        };
        unknown.map(problem).collect()
    }
}

fn like<'c>(word: &str, known: impl Iterator<Item = &'c str>) -> String {
    nearest(word, known).map_or(String::new(), |it| format!("; did you mean `{it}`?"))
}

fn folders(raw: &[Spanned<String>], folder: &Path, document: &mut Document<'_>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for it in raw {
        let path = folder.join(it.get_ref());
        if it.get_ref().is_empty() || !path.exists() {
            document.problem(it.span().start, format!("there is no folder {}", path.display()));
        }
        folders.push(path);
    }
    folders
}

fn outputs(raw: &Spanned<Vec<Spanned<String>>>, document: &mut Document<'_>) -> Vec<String> {
    let known = names;
    let names = known().collect::<Vec<_>>().join(", ");
    if raw.get_ref().is_empty() {
        document.problem(raw.span().start, format!("name at least one report: {names}"));
    }
    for it in raw.get_ref().iter().filter(|it| known().all(|known| known != it.get_ref())) {
        let like = like(it.get_ref(), known());
        let message = format!("there is no report `{}`{like} The reports are {names}", it.get_ref());
        document.problem(it.span().start, message);
    }
    raw.get_ref().iter().map(|it| it.get_ref().clone()).collect()
}

fn switched_off(raw: &RawWithout, document: &mut Document<'_>) -> SwitchedOff {
    let reason = raw.reason.get_ref().trim().to_owned();
    if reason.is_empty() {
        document.problem(raw.reason.span().start, "say why: the reason stands in every report");
    }
    let until = raw.until.as_ref().map(|it| match it.get_ref() {
        Day::Text(text) => text.clone(),
        Day::Date(date) => date.to_string(),
    });
    if let (Some(day), Some(written)) = (&until, &raw.until)
        && !is_day(day)
    {
        document.problem(written.span().start, "there is no such day; one is written \"2027-01-31\"");
    }
    let place = document.place(raw.id.span().start);
    SwitchedOff { id: raw.id.get_ref().clone(), reason, until, place }
}

fn redaction(raw: &RawRedact, document: &mut Document<'_>) -> Redaction {
    let mut redaction = Redaction::default();
    for it in &raw.words {
        if it.get_ref().trim().is_empty() {
            document.problem(it.span().start, "an empty word hides nothing");
        } else if let Err(error) = redaction.word(it.get_ref()) {
            document.problem(it.span().start, error);
        }
    }
    for it in &raw.patterns {
        if let Err(error) = redaction.pattern(it.get_ref()) {
            document
                .problem(it.span().start, format!("not a regular expression that hides something: {error}"));
        }
    }
    redaction
}
