//! What a case becomes: a page for people, JSON for scripts; and what a run becomes. Every output reads the same
//! [`Case`]; a new one is one file and one row, of [`OUTPUTS`] if it is written for each case, of [`RUN_OUTPUTS`] if
//! it is one file for all of them.

mod view_machine;
mod view_story;
mod view;
mod view_accepted;
mod told;
mod json;
mod words;
mod escape;
mod templates;
mod html;
mod evidence;
mod findings;
mod markdown;
mod run;
mod csv;
mod junit;
mod sarif;
mod annotations;
mod machine;
mod updates;
mod ledger;
mod timeline;
mod reply;
mod glance;
mod page;
mod summary;
mod overview;
mod index;
mod file_name;
mod write;

use std::io::{self, Write};

use crate::case::Case;

pub use file_name::FileNames;
pub use index::index;
pub use run::{Run, RunForm, RunOutput, Runs};
pub use summary::{Failure, Summary, Symptom, Thing, ThingKind};
pub use templates::{Own, Templates};
pub use write::{Place, write_file};

/// One form of a report.
pub trait Output: Sync {
    /// What it is called: `markdown`.
    fn name(&self) -> &'static str {
        self.extension()
    }

    /// The end of the file's name: `html`.
    fn extension(&self) -> &'static str;

    /// Writes the report of one case.
    fn write(&self, case: &Case, about: &About<'_>, into: &mut dyn Write) -> io::Result<()>;
}

/// Every output that can be written for a case.
pub static OUTPUTS: &[&dyn Output] = &[&html::Html, &json::Json, &markdown::Markdown];

/// How many of them, from the first on, are written without being asked for.
const ALWAYS: usize = 2;

/// Every output that can be written for a run.
pub static RUN_OUTPUTS: &[RunOutput] = &[
    RunOutput { name: "sarif", file: "casebook.sarif", form: &sarif::Sarif },
    RunOutput { name: "junit", file: "casebook.junit.xml", form: &junit::JUnit },
    RunOutput { name: "csv", file: "casebook.csv", form: &csv::Csv },
];

/// The names of all outputs.
pub fn names() -> impl Iterator<Item = &'static str> {
    OUTPUTS.iter().map(|it| it.name()).chain(RUN_OUTPUTS.iter().map(|it| it.name))
}

/// The names of those for a case.
pub fn case_names() -> impl Iterator<Item = &'static str> {
    OUTPUTS.iter().map(|it| it.name())
}

/// What is printed of a run instead of the summary: every case's JSON, a line each; and Markdown.
pub static JSON_LINES: &dyn RunForm = &json::Lines;
pub static MARKDOWN_SUMMARY: &dyn RunForm = &markdown::Summary;
/// What GitHub shows beside a workflow.
pub static GITHUB_ANNOTATIONS: &dyn RunForm = &annotations::GitHub;

/// The JSON Schema of `<case>.json`.
pub const SCHEMA: &str = include_str!("case.schema.json");

/// The outputs for each case and for the run: those that were chosen, or else those that are always written, and
/// `more`.
pub fn selected(
    chosen: Option<&[String]>,
    more: &[String],
) -> (Vec<&'static dyn Output>, Vec<&'static RunOutput>) {
    let named = |name: &str| chosen.into_iter().flatten().chain(more).any(|it| it == name);
    let cases = OUTPUTS.iter().enumerate();
    let cases = cases.filter(|(at, it)| named(it.name()) || (chosen.is_none() && *at < ALWAYS));
    (cases.map(|(_, it)| *it).collect(), RUN_OUTPUTS.iter().filter(|it| named(it.name)).collect())
}

/// What a report says of its own making.
pub struct About<'a> {
    /// `casebook 0.1.0`
    pub program: String,
    /// `5 rules, 3f2a9c1e`
    pub rules: String,
    pub templates: &'a Templates,
    /// What is written for each case.
    pub outputs: Vec<&'static dyn Output>,
}
