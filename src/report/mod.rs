//! What a case becomes: a page for people, JSON for scripts; and what a run becomes. Every output reads the same
//! [`Case`]; a new one is one file and one row, of [`OUTPUTS`] if it is written for each case, of [`RUN_OUTPUTS`] if
//! it is one file for all of them.

mod view_story;
mod view;
mod view_accepted;
mod told;
mod json;
mod html;
mod markdown;
mod run;
mod csv;
mod junit;
mod sarif;
mod annotations;
mod machine;
mod updates;
mod page;
mod index;
mod file_name;
mod write;

use std::io::{self, Write};

use crate::bundle::SkipKind;
use crate::case::{Case, Verdict, Which};
use crate::diagnosis::headline;

pub use file_name::FileNames;
pub use html::Templates;
pub use index::index;
pub use run::{Run, RunForm, RunOutput, Runs};
pub use write::write_file;

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

/// What the index, the terminal and the exit status need of a case when it has been written.
#[derive(Debug)]
pub struct Summary {
    pub name: String,
    /// The file names of its reports without their extension.
    pub stem: String,
    pub verdict: Verdict,
    pub headline: String,
    pub machine: String,
    /// How many findings, and how many unexplained failures, count for a job that asks what is open.
    pub open: (usize, usize),
    /// The findings' symptoms and their certainty.
    pub symptoms: Vec<(String, &'static str)>,
    /// What could not be read, as sentences.
    pub losses: Vec<String>,
    pub unexplained: usize,
    /// Whether all of it was read.
    pub whole: bool,
}

impl Summary {
    /// How many findings and unexplained failures a team lives with.
    pub fn accepted(&self) -> usize {
        let (findings, unexplained) = self.open;
        (self.symptoms.len() + self.unexplained).saturating_sub(findings + unexplained)
    }

    pub fn of(case: &Case, stem: &str) -> Self {
        let machine = &case.machine;
        let told = [
            machine.name.clone(),
            machine.windows.clone(),
            machine.build.as_ref().map(|it| format!("build {it}")),
        ];
        // Of a case that could not be read at all, everything tells why.
        let open =
            |all: usize, which: fn(usize) -> Which| (0..all).filter(|it| case.counts(which(*it))).count();
        let unreadable = case.verdict == Verdict::Unreadable;
        let lost = case.skipped.iter().filter(|it| unreadable || it.kind == SkipKind::Loss);
        Self {
            name: case.name.clone(),
            stem: stem.to_owned(),
            verdict: case.verdict,
            headline: headline(case),
            machine: told.into_iter().flatten().collect::<Vec<_>>().join(", "),
            open: (
                open(case.findings.len(), Which::Finding),
                open(case.unexplained.len(), Which::Unexplained),
            ),
            symptoms: case.findings.iter().map(|it| (it.symptom.clone(), it.certainty.name())).collect(),
            losses: lost.map(|it| format!("{}: {}", it.path, it.reason)).collect(),
            unexplained: case.unexplained.len(),
            whole: case.whole,
        }
    }
}
