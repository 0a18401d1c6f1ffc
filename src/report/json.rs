//! `<case>.json`: the case for scripts and CI jobs, in the shape of [`super::view`].

use std::io::{self, Write};

use super::view::CaseView;
use super::{About, Output};
use crate::case::Case;

pub struct Json;

impl Output for Json {
    fn extension(&self) -> &'static str {
        "json"
    }

    fn write(&self, case: &Case, about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *into, &CaseView::new(case, about))?;
        into.write_all(b"\n")
    }
}
