//! `<case>.json`: the case for scripts and CI jobs, in the shape of [`super::view`]; and all cases of a run, one in
//! a line, for what reads from a pipe.

use std::io::{self, Write};

use super::run::{Pieces, Run, RunForm};
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

/// JSON Lines: the same objects, each in a line.
pub struct Lines;

impl RunForm for Lines {
    fn piece(&self, case: &Case, about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        // The log of a CI job takes `##vso[…]` for a command. Number signs stand in texts only, where one can be
        // written as an escape.
        let json = serde_json::to_string(&CaseView::new(case, about))?;
        writeln!(into, "{}", json.replace("##", "#\\u0023"))
    }

    fn assemble(&self, pieces: &mut Pieces<'_>, _run: &Run<'_>, into: &mut dyn Write) -> io::Result<()> {
        pieces.each(&mut |piece| into.write_all(piece))
    }
}
