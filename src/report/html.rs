//! `<case>.html`: the page that is attached to a ticket. It is one file, needs no network, and a strict
//! Content-Security-Policy keeps anything in it from running but its own little script.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use handlebars::Handlebars;
use sha2::{Digest, Sha256};

use super::page::Page;
use super::{About, Output};
use crate::case::Case;
use crate::text::visible;

/// The templates, with the style and the script that stand in every page.
pub struct Templates {
    registry: Handlebars<'static>,
    pub style: &'static str,
    pub script: &'static str,
    pub index_style: &'static str,
    pub index_script: &'static str,
    pub csp: String,
}

/// A template of the program's own that cannot be read: a fault of the build, found by the first test.
#[derive(Debug, thiserror::Error)]
#[error("template {name}: {error}")]
pub struct TemplateFault {
    name: &'static str,
    error: Box<handlebars::TemplateError>,
}

const TEMPLATES: [(&str, &str); 4] = [
    ("case", include_str!("../../templates/case.hbs")),
    ("index", include_str!("../../templates/index.hbs")),
    ("finding", include_str!("../../templates/finding.hbs")),
    ("evidence", include_str!("../../templates/evidence.hbs")),
];

impl Templates {
    pub fn new() -> Result<Self, TemplateFault> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        // A partial must not indent the lines of a command.
        registry.set_prevent_indent(true);
        registry.register_escape_fn(escape);
        for (name, text) in TEMPLATES {
            registry
                .register_template_string(name, text)
                .map_err(|error| TemplateFault { name, error: Box::new(error) })?;
        }
        let style = include_str!("../../templates/style.css");
        let script = include_str!("../../templates/script.js");
        let index_style = include_str!("../../templates/index.css");
        let index_script = include_str!("../../templates/index.js");
        let hashes = |texts: [&str; 2]| {
            texts.map(|it| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(it)))).join(" ")
        };
        let csp = format!(
            "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
            hashes([style, index_style]),
            hashes([script, index_script])
        );
        Ok(Self { registry, style, script, index_style, index_script, csp })
    }

    pub fn render(&self, name: &str, data: &impl serde::Serialize, into: &mut dyn Write) -> io::Result<()> {
        self.registry.render_to_write(name, data, into).map_err(io::Error::other)
    }
}

/// Text as HTML: nothing of it is markup, in text and in quoted attributes, and what cannot be seen is
/// written out.
fn escape(text: &str) -> String {
    handlebars::html_escape(&visible(text))
}

pub struct Html;

impl Output for Html {
    fn extension(&self) -> &'static str {
        "html"
    }

    fn write(&self, case: &Case, about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        about.templates.render("case", &Page::new(case, about), into)
    }
}
