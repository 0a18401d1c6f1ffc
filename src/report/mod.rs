//! What a case becomes: a page for people, JSON for scripts. Every output reads the same [`Case`]; a new one is
//! one file and one row of [`OUTPUTS`].

mod view_machine;
mod view_story;
mod view;
mod json;
mod words;
mod escape;
mod templates;
mod html;
mod evidence;
mod findings;
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
pub use summary::Summary;
pub use templates::{Own, Templates};
pub use write::write_file;

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
