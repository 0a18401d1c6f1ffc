//! `index.html`: the cases of a run, one row each.

use std::io::{self, Write};

use serde::Serialize;

use super::{About, Summary};
use crate::case::Verdict;

#[derive(Serialize)]
struct Page<'a> {
    csp: &'a str,
    style: &'a str,
    script: &'a str,
    program: &'a str,
    rules: &'a str,
    cases: Vec<Row<'a>>,
    counts: Vec<Count>,
    total: String,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    page: String,
    verdict: &'static str,
    headline: &'a str,
    machine: &'a str,
    symptoms: Vec<Symptom<'a>>,
    skipped: usize,
}

#[derive(Serialize)]
struct Symptom<'a> {
    text: &'a str,
    certainty: &'static str,
}

#[derive(Serialize)]
struct Count {
    verdict: &'static str,
    count: usize,
}

/// Writes the index over all cases of the run.
pub fn index(cases: &[Summary], about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
    // Where no pages are written, a row leads to what is.
    let page = about.outputs.first().map_or("html", |it| it.extension());
    let rows = cases.iter().map(|it| Row {
        name: &it.name,
        page: super::file_name::in_url(&format!("{}.{page}", it.stem)),
        verdict: it.verdict.name(),
        headline: &it.headline,
        machine: &it.machine,
        // A single symptom is what the headline says already.
        symptoms: it
            .symptoms
            .iter()
            .filter(|_| it.symptoms.len() > 1 || it.verdict != Verdict::Explained)
            .map(|(text, certainty)| Symptom { text, certainty })
            .collect(),
        skipped: it.losses.len(),
    });
    let counts = Verdict::ALL.into_iter().map(|verdict| Count {
        verdict: verdict.name(),
        count: cases.iter().filter(|it| it.verdict == verdict).count(),
    });
    let page = Page {
        csp: &about.templates.csp,
        style: &about.templates.style,
        script: &about.templates.script,
        program: &about.program,
        rules: &about.rules,
        cases: rows.collect(),
        counts: counts.filter(|it| it.count > 0).collect(),
        total: if cases.len() == 1 { "1 case".to_owned() } else { format!("{} cases", cases.len()) },
    };
    about.templates.render("index", &page, into)
}
