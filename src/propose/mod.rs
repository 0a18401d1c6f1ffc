//! A new article, proposed from one line of a log: a pattern that finds such lines, the line as its sample, and
//! TODO sentences where only a person knows what to write. What is proposed has been held to its own sample.

mod origin;
mod pattern;

use std::io::Write;

use crate::check::check;
use crate::rule::{Condition, Library, RecordTest, Value};
use crate::source::{FORMATS, Format};

pub use origin::{Origin, Place};

use pattern::Proposed;

/// An article, ready to be written to a file.
#[derive(Debug)]
pub struct Proposal {
    pub article: String,
    pub id: String,
    /// Whether there is a text of four characters that every match has, so that the line is found fast.
    pub has_anchor: bool,
}

/// What a person may give.
#[derive(Debug, Default)]
pub struct Wishes {
    pub id: Option<String>,
    pub symptom: Option<String>,
}

/// Why nothing can be proposed.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    #[error("there is no format `{name}`; the formats are {known}", known = log_formats().join(", "))]
    NoFormat { name: String },
    #[error("a {name} is asked for a key or a path, not for a line: see [[confirm]] in rules/README.md")]
    NoLog { name: &'static str },
    #[error("the line says nothing: choose one with a message")]
    Empty,
    #[error("`{id}` is no id: an id is lower-case words with hyphens, such as component-file-missing")]
    BadId { id: String },
    #[error("the id `{id}` is taken by a rule that casebook brings along: choose another one with --id")]
    TakenId { id: String },
    #[error("the proposal cannot be tried: {0}")]
    Untried(#[from] std::io::Error),
    #[error("nothing sound could be proposed for this line ({what}): write the rule by hand")]
    Unsound { what: String },
}

/// The formats whose lines a rule can look for.
pub fn log_formats() -> Vec<&'static str> {
    FORMATS.iter().filter(|it| it.tree().is_none()).map(|it| it.name()).collect()
}

/// The format of this name, if its lines can be looked for.
pub fn log_format(name: &str) -> Result<&'static dyn Format, ProposeError> {
    match crate::source::format(name) {
        Some(format) if format.tree().is_none() => Ok(format),
        Some(format) => Err(ProposeError::NoLog { name: format.name() }),
        None => Err(ProposeError::NoFormat { name: name.to_owned() }),
    }
}

/// Proposes an article for the record `origin`.
pub fn propose(origin: &Origin, wishes: &Wishes) -> Result<Proposal, ProposeError> {
    if origin.format.tree().is_some() {
        return Err(ProposeError::NoLog { name: origin.format.name() });
    }
    let text = origin.text();
    let message = origin.message(&text).ok_or(ProposeError::Empty)?;
    let mut proposed = Proposed::of(message);
    let known = Library::open(&[]).map(|(library, _)| library).unwrap_or_default();
    let id = choose_id(wishes.id.as_deref(), &proposed, &known)?;
    let symptom = wishes
        .symptom
        .clone()
        .unwrap_or_else(|| format!("TODO: say in one sentence what is wrong ({})", id.replace('-', " ")));
    let draft = |proposed: &Proposed, values: &[Value], slow: bool| {
        Draft { origin, text: &text, id: &id, symptom: &symptom, slow }.article(proposed, values)
    };
    // A value that comes out otherwise than it stands in the line, or that its type does not accept, is given up.
    loop {
        let (library, problems) = hold(&draft(&proposed, &[], false))?;
        let test = first_test(&library).ok_or_else(|| unsound(&problems))?;
        let found = test.find(text.trim_end(), &|| origin.format.record(&text));
        let values = found.map(|it| it.values).unwrap_or_default();
        let sound = |name: &str, expect: &str| {
            values.iter().any(|it| it.is_named(name) && it.text == expect && it.kind.accepts(&it.text))
        };
        let Some(wrong) = proposed.named().find(|(name, expect)| !sound(name, expect)) else {
            let article = draft(&proposed, &values, test.is_slow());
            let problems = hold(&article)?.1;
            let has_anchor = test.pattern.as_ref().is_some_and(|it| !it.needs().is_empty());
            return if problems.is_empty() {
                Ok(Proposal { article, id, has_anchor })
            } else {
                Err(unsound(&problems))
            };
        };
        let wrong = wrong.0.to_owned();
        proposed.give_up(&wrong);
    }
}

fn unsound(problems: &[String]) -> ProposeError {
    ProposeError::Unsound {
        what: problems.first().cloned().unwrap_or_else(|| "it is not found again".to_owned()),
    }
}

/// The article as casebook will read it, and what is wrong with it.
fn hold(article: &str) -> Result<(Library, Vec<String>), ProposeError> {
    let mut file = tempfile::Builder::new().suffix(".md").tempfile()?;
    file.write_all(article.as_bytes())?;
    file.flush()?;
    let opened = Library::of(&[file.path().to_owned()]);
    let (library, mut problems) = opened.map_err(|it| ProposeError::Unsound { what: it.to_string() })?;
    problems.extend(check(&library));
    Ok((library, problems.into_iter().map(|it| it.message).collect()))
}

fn first_test(library: &Library) -> Option<&RecordTest> {
    match library.rules.first()?.when.first()? {
        Condition::Records(sequence) => sequence.records.first(),
        Condition::Node(_) => None,
    }
}

/// The id that was asked for, or one from the words of the line.
fn choose_id(wish: Option<&str>, proposed: &Proposed, known: &Library) -> Result<String, ProposeError> {
    let taken = |id: &str| known.rules.iter().any(|it| it.id == id);
    let Some(id) = wish else {
        let base = proposed.words();
        let numbered = (2..).map(|it| format!("{base}-{it}"));
        return Ok(std::iter::once(base.clone()).chain(numbered).find(|it| !taken(it)).unwrap_or(base));
    };
    let is_id = |it: &str| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    };
    match id {
        _ if !is_id(id) => Err(ProposeError::BadId { id: id.to_owned() }),
        _ if taken(id) => Err(ProposeError::TakenId { id: id.to_owned() }),
        _ => Ok(id.to_owned()),
    }
}

/// What stands in an article beside the pattern.
struct Draft<'a> {
    origin: &'a Origin,
    text: &'a str,
    id: &'a str,
    symptom: &'a str,
    /// No text in it says quickly where to look.
    slow: bool,
}

impl Draft<'_> {
    fn article(&self, proposed: &Proposed, values: &[Value]) -> String {
        let codes: Vec<String> = proposed.codes.iter().map(|it| format!("\"{it}\"")).collect();
        let codes =
            if codes.is_empty() { String::new() } else { format!("codes = [{}]\n", codes.join(", ")) };
        let fence = fence(self.text);
        let name = self.origin.format.name();
        let expect: String = values
            .iter()
            .filter(|it| !it.is_private())
            .map(|it| format!("=> {} = {}\n", it.name, it.text))
            .collect();
        let named: Vec<String> = proposed.named().map(|(name, _)| format!("`{{{{{name}}}}}`")).collect();
        let named = match &named[..] {
            [] => String::new(),
            names => format!(" The line names {}.", names.join(", ")),
        };
        format!(
            "# TODO: a title for this article\n\n\
             TODO: write what a reader has to know before the symptoms, or delete this paragraph.\n\n\
             ## {symptom}\n\n\
             ```rule\nid = \"{id}\"\nseverity = \"error\"\n{codes}\n[[when]]\n{condition}```\n\n\
             TODO: say what this line means and what comes of it.{named}\n\n\
             {fence}sample {name}\n{sample}\n{expect}{fence}\n\n\
             > TODO: take names of people, machines and customers out of the sample. Add a `counter-sample` for each\n\
             > line that looks alike and is harmless, then delete this note.\n\n\
             ### Fix\n\n\
             1. TODO: write how to save the present state, so that the fix can be undone.\n\
             2. TODO: write the first step of the fix, with its commands.\n",
            symptom = markdown(self.symptom),
            id = self.id,
            condition = self.condition(proposed),
            sample = sample(self.text),
        )
    }

    /// The keys of the condition: an event is asked for by its provider and number.
    fn condition(&self, proposed: &Proposed) -> String {
        let record = self.origin.format.record(self.text);
        let pattern = format!("match = '''{}'''\n{}", proposed.text(), proposed.filter());
        match (record.field("provider"), record.field("id")) {
            (Some(provider), Some(id)) if id.bytes().all(|it| it.is_ascii_digit()) => {
                let provider = provider.replace('\\', "\\\\").replace('"', "\\\"");
                format!("event = \"{provider}\"\nid = {id}\n{pattern}")
            }
            _ => {
                let slow = if self.slow { "slow = true\n" } else { "" };
                format!("in = \"{}\"\n{pattern}{slow}", self.origin.format.name())
            }
        }
    }
}

/// The lines of a sample. One that begins with `=>` would be read as an expected value.
fn sample(text: &str) -> String {
    let line = |it: &str| if it.starts_with("=>") { format!(" {it}") } else { it.to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A fence that is longer than any in the text.
fn fence(text: &str) -> String {
    let run = |it: &str| it.trim_start().len() - it.trim_start().trim_start_matches('`').len();
    "`".repeat(text.lines().map(run).max().unwrap_or(0).max(2) + 1)
}

/// Plain text as Markdown, in one line.
fn markdown(text: &str) -> String {
    let mut escaped = String::new();
    for it in crate::text::one_line(text).trim().chars() {
        if "\\`*_{}[]<>#&|~!".contains(it) {
            escaped.push('\\');
        }
        escaped.push(it);
    }
    escaped
}

#[cfg(test)]
mod tests;
