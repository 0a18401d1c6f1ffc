//! The templates of the pages, with their style, their script and the words of the reply. A team's own files take the
//! place of the program's, file by file, and are tried on made-up cases before anything is read.

mod checks;
pub mod example;
mod pieces;
mod spliced;

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use handlebars::{Handlebars, RenderError, RenderErrorReason, Template};
use sha2::{Digest, Sha256};

use self::checks::check;
use self::spliced::{Line, splice};
use super::escape::escape;
use super::reply::Phrases;
use super::{About, Output, Summary, html, index};
use crate::rule::{Place, Problem};
use crate::text::one_line;

pub struct Templates {
    /// The engine with its pages. The program's own are compiled when they are asked for, which may be while bundles are
    /// read; a team's are compiled before anything is.
    engine: OnceLock<Result<Handlebars<'static>, String>>,
    /// Where each line of a template that is made of several files was written.
    lines: HashMap<&'static str, Vec<Line>>,
    files: Vec<File>,
    pub style: String,
    pub script: String,
    pub index_style: String,
    pub index_script: String,
    pub csp: String,
    pub phrases: Phrases,
}

/// One file of the templates.
struct File {
    name: &'static str,
    /// How it is called in messages.
    path: String,
    text: String,
}

/// A file of a team's own.
pub struct Own {
    pub name: String,
    pub path: String,
    pub text: String,
}

/// The files that there are.
const FILES: [(&str, &str); 11] = [
    ("case.hbs", include_str!("../../../templates/case.hbs")),
    ("index.hbs", include_str!("../../../templates/index.hbs")),
    ("finding.hbs", include_str!("../../../templates/finding.hbs")),
    ("evidence.hbs", include_str!("../../../templates/evidence.hbs")),
    ("command.hbs", include_str!("../../../templates/command.hbs")),
    ("timeline.hbs", include_str!("../../../templates/timeline.hbs")),
    ("style.css", include_str!("../../../templates/style.css")),
    ("script.js", include_str!("../../../templates/script.js")),
    ("index.css", include_str!("../../../templates/index.css")),
    ("index.js", include_str!("../../../templates/index.js")),
    ("reply.toml", super::reply::ENGLISH),
];

/// What is rendered by itself: all others are parts of these.
const PAGES: [&str; 2] = ["case", "index"];

impl Templates {
    /// Those of the program.
    pub fn new() -> Result<Self, Vec<Problem>> {
        Self::with(Vec::new())
    }

    /// Those of the program, but for what a team has of its own.
    pub fn with(own: Vec<Own>) -> Result<Self, Vec<Problem>> {
        let tried = !own.is_empty();
        let problems = check(&own);
        if !problems.is_empty() {
            return Err(problems);
        }
        let templates = Self::build(files(own), tried)?;
        match tried.then(|| templates.fault()).flatten() {
            Some(problem) => Err(vec![problem]),
            None => Ok(templates),
        }
    }

    /// Of the program's own, no mistake is looked for: its tests do that.
    fn build(files: Vec<File>, is_own: bool) -> Result<Self, Vec<Problem>> {
        let text = |name: &str| files.iter().find(|it| it.name == name).map_or("", |it| it.text.as_str());
        let reply = files.iter().find(|it| it.name == "reply.toml").map_or("", |it| it.path.as_str());
        let mut problems: Vec<Problem> = files.iter().filter(|_| is_own).filter_map(File::syntax).collect();
        let phrases = match Phrases::parse(reply, text("reply.toml")) {
            Ok(phrases) if problems.is_empty() => phrases,
            Ok(_) => return Err(problems),
            Err(more) => {
                problems.extend(more);
                return Err(problems);
            }
        };
        let own = |name| text(name).to_owned();
        let mut templates = Self {
            engine: OnceLock::new(),
            lines: HashMap::new(),
            style: own("style.css"),
            script: own("script.js"),
            index_style: own("index.css"),
            index_script: own("index.js"),
            csp: csp(text),
            files,
            phrases,
        };
        if is_own {
            templates.compile_own()?;
        }
        Ok(templates)
    }

    /// With a team's own: what is wrong with one must be told with its line.
    fn compile_own(&mut self) -> Result<(), Vec<Problem>> {
        let mut engine = engine();
        let named = self.files.iter().enumerate().filter_map(|(at, it)| Some((at, it.template()?)));
        for (at, name) in named {
            let (whole, made_of) = splice(&self.files, at);
            engine.register_template_string(name, whole).map_err(|error| {
                let line = error.pos().and_then(|(line, _)| made_of.get(line - 1));
                let file = &self.files[line.map_or(at, |it| it.file)];
                vec![file.problem(line.map_or(1, |it| it.line), &error.reason().to_string())]
            })?;
            self.lines.insert(name, made_of);
        }
        self.engine = OnceLock::from(Ok(engine));
        Ok(())
    }

    /// Compiles what is not compiled yet, so that the first page need not wait for it.
    pub fn compile(&self) -> Result<&Handlebars<'static>, &str> {
        self.engine.get_or_init(|| compiled(&self.files)).as_ref().map_err(String::as_str)
    }

    pub fn render(&self, name: &str, data: &impl serde::Serialize, into: &mut dyn Write) -> io::Result<()> {
        let engine = self.compile().map_err(io::Error::other)?;
        engine.render_to_write(name, data, into).map_err(io::Error::other)
    }

    /// What is wrong with the templates, as far as made-up cases bring it to light.
    fn fault(&self) -> Option<Problem> {
        let about = About {
            program: "casebook".to_owned(),
            rules: "no rules".to_owned(),
            templates: self,
            outputs: vec![&html::Html],
        };
        let cases = example::cases();
        let summaries: Vec<Summary> = cases.iter().map(|it| Summary::of(it, "example")).collect();
        let mut outcomes = cases.iter().map(|it| html::Html.write(it, &about, &mut io::sink()));
        let failed = outcomes.find_map(Result::err);
        let failed = failed.or_else(|| index(&summaries, &about, &mut io::sink()).err())?;
        let error = failed.get_ref().and_then(|it| it.downcast_ref::<RenderError>());
        Some(
            error.map_or_else(
                || self.files[0].problem(1, &failed.to_string()),
                |error| self.problem_of(error),
            ),
        )
    }

    fn problem_of(&self, error: &RenderError) -> Problem {
        let line = error.line_no.unwrap_or(1);
        let made_of = error.template_name.as_deref().and_then(|name| self.lines.get(name));
        let place = made_of.and_then(|it| it.get(line - 1));
        let message = match error.reason() {
            RenderErrorReason::MissingVariable(Some(name)) => {
                format!("a page has nothing that is called `{name}` here: see docs/templates.md")
            }
            reason => reason.to_string(),
        };
        self.files[place.map_or(0, |it| it.file)].problem(place.map_or(1, |it| it.line), &message)
    }
}

fn engine() -> Handlebars<'static> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    // A partial must not indent the lines of a command.
    engine.set_prevent_indent(true);
    engine.register_escape_fn(escape);
    engine
}

/// The program's own pages.
fn compiled(files: &[File]) -> Result<Handlebars<'static>, String> {
    let named = files.iter().enumerate().filter_map(|(at, it)| Some((at, it.template()?)));
    let pages = named.filter(|(_, name)| PAGES.contains(name));
    let mut engine = engine();
    for (at, name) in pages {
        let compiled = pieces::compile(&splice(files, at).0)
            .map_err(|it| files[at].problem(1, &it.reason().to_string()).to_string())?;
        engine.register_template(name, compiled);
    }
    Ok(engine)
}

/// A page runs and shows nothing but what is in these files.
fn csp<'a>(text: impl Fn(&str) -> &'a str) -> String {
    let hashes = |names: &[&str]| {
        let hash = |name: &&str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text(name))));
        names.iter().map(hash).collect::<Vec<_>>().join(" ")
    };
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hashes(&["style.css", "index.css"]),
        hashes(&["script.js", "index.js"])
    )
}

/// All files, a team's in the place of the program's.
fn files(own: Vec<Own>) -> Vec<File> {
    let mut files: Vec<File> = FILES
        .iter()
        .map(|(name, text)| File { name, path: format!("templates/{name}"), text: (*text).to_owned() })
        .collect();
    for it in own {
        if let Some(file) = files.iter_mut().find(|file| file.name == it.name) {
            (file.path, file.text) = (it.path, it.text);
        }
    }
    files
}

impl File {
    /// What a template of it is called.
    fn template(&self) -> Option<&'static str> {
        self.name.strip_suffix(".hbs")
    }

    fn problem(&self, line: usize, message: &str) -> Problem {
        let text = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_owned();
        let place = Place { file: self.path.clone(), line, column: 1, text };
        Problem { place, message: one_line(message) }
    }

    fn syntax(&self) -> Option<Problem> {
        self.template()?;
        let error = Template::compile(&self.text).err()?;
        let mut problem = self.problem(error.pos().map_or(1, |it| it.0), &error.reason().to_string());
        problem.place.column = error.pos().map_or(1, |it| it.1.max(1));
        Some(problem)
    }
}

#[cfg(test)]
mod tests;
