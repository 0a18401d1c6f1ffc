//! `casebook rules list`: what is known, as a table or as JSON.

use serde::Serialize;

use crate::commands::terminal::print;
use crate::commands::{Failure, Status};
use crate::rule::Library;

pub fn run(library: &Library, json: bool) -> Result<Status, Failure> {
    list(library, json).map_err(|it| Failure::Refused(it.into()))?;
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

fn list(library: &Library, json: bool) -> serde_json::Result<()> {
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
    if json {
        print(&serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    let width = rows.iter().map(|it| it.id.len()).max().unwrap_or(0);
    for row in &rows {
        print(&format!("{:<width$}  {:<7}  {}", row.id, row.severity, row.symptom));
    }
    print(&library.describe());
    Ok(())
}
