//! `<case>.html`: the page that is attached to a ticket. It is one file, needs no network, and a strict
//! Content-Security-Policy keeps anything in it from running but its own little script.

use std::io::{self, Write};

use super::page::Page;
use super::{About, Output};
use crate::case::Case;

pub struct Html;

impl Output for Html {
    fn extension(&self) -> &'static str {
        "html"
    }

    fn write(&self, case: &Case, about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        about.templates.render("case", &Page::new(case, about), into)
    }
}
