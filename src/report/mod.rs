//! What a case becomes: a page for people, JSON for scripts. Every output reads the same [`Case`]; a new one is
//! one file and one row of [`OUTPUTS`].

mod view_story;
mod view;
mod json;
mod html;
mod machine;
mod updates;
mod page;
mod index;
mod file_name;
mod write;

use std::io::{self, Write};

use crate::bundle::SkipKind;
use crate::case::{Case, Verdict};
use crate::diagnosis::headline;

pub use file_name::FileNames;
pub use html::Templates;
pub use index::index;
pub use write::{Place, write_file};

/// One form of a report.
pub trait Output: Sync {
    /// The end of the file's name: `html`.
    fn extension(&self) -> &'static str;

    /// Writes the report of one case.
    fn write(&self, case: &Case, about: &About<'_>, into: &mut dyn Write) -> io::Result<()>;
}

/// Every output that is written for a case.
pub static OUTPUTS: &[&dyn Output] = &[&html::Html, &json::Json];

/// The JSON Schema of `<case>.json`.
pub const SCHEMA: &str = include_str!("case.schema.json");

/// The outputs with these extensions; without a choice, all.
pub fn selected(extensions: Option<&[String]>) -> Vec<&'static dyn Output> {
    let wanted = |it: &str| extensions.is_none_or(|all| all.iter().any(|one| one == it));
    OUTPUTS.iter().copied().filter(|it| wanted(it.extension())).collect()
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
    /// The findings' symptoms and their certainty.
    pub symptoms: Vec<(String, &'static str)>,
    /// What could not be read, as sentences.
    pub losses: Vec<String>,
    pub unexplained: usize,
    /// Whether all of it was read.
    pub whole: bool,
}

impl Summary {
    pub fn of(case: &Case, stem: &str) -> Self {
        let machine = &case.machine;
        let told = [
            machine.name.clone(),
            machine.windows.clone(),
            machine.build.as_ref().map(|it| format!("build {it}")),
        ];
        // Of a case that could not be read at all, everything tells why.
        let unreadable = case.verdict == Verdict::Unreadable;
        let lost = case.skipped.iter().filter(|it| unreadable || it.kind == SkipKind::Loss);
        Self {
            name: case.name.clone(),
            stem: stem.to_owned(),
            verdict: case.verdict,
            headline: headline(case),
            machine: told.into_iter().flatten().collect::<Vec<_>>().join(", "),
            symptoms: case.findings.iter().map(|it| (it.symptom.clone(), it.certainty.name())).collect(),
            losses: lost.map(|it| format!("{}: {}", it.path, it.reason)).collect(),
            unexplained: case.unexplained.len(),
            whole: case.whole,
        }
    }
}
