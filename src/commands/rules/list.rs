//! `casebook rules list`: what is known, as a table or as JSON.

use std::io::Write;

use anyhow::Context;
use serde::Serialize;

use crate::commands::{Failure, Status};
use crate::rule::Library;

pub fn run(library: &Library, json: bool) -> Result<Status, Failure> {
    list(library, json).map_err(Failure::Refused)?;
    Ok(Status::Whole)
}

/// A row of `rules list --json`.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    symptom: &'a str,
    severity: &'static str,
    codes: Vec<String>,
    file: &'a str,
}

fn list(library: &Library, json: bool) -> anyhow::Result<()> {
    let rows: Vec<Row<'_>> = library
        .rules
        .iter()
        .map(|it| Row {
            id: &it.id,
            symptom: &it.symptom,
            severity: it.severity.name(),
            codes: it.codes.iter().map(ToString::to_string).collect(),
            file: &it.place.file,
        })
        .collect();
    let mut out = anstream::stdout();
    if json {
        return writeln!(out, "{}", serde_json::to_string_pretty(&rows)?).context("cannot print");
    }
    let width = rows.iter().map(|it| it.id.len()).max().unwrap_or(0);
    for row in &rows {
        writeln!(out, "{:<width$}  {:<7}  {}", row.id, row.severity, row.symptom).context("cannot print")?;
    }
    writeln!(out, "{}", library.describe()).context("cannot print")
}
