//! A run in Markdown, for `$GITHUB_STEP_SUMMARY` and its like: a table of the cases, and what each that is not clean
//! comes to. GitHub refuses a summary of more than 1 MiB as a whole, so what does not fit is told as a number.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::text::{code, code_cell, plain};
use super::{entry, head};
use crate::case::{Case, Verdict};
use crate::diagnosis::headline;
use crate::report::About;
use crate::report::run::{Pieces, Run, RunForm};
use crate::report::told::told;

/// What the table may take, and all of it: somewhat under 1 MiB, for what else a job writes there.
const TABLE: usize = 400 << 10;
const ALL: usize = 1000 << 10;
/// A case that takes more than this is told in its own file only.
const CASE: usize = 60 << 10;

pub struct Summary;

/// What is needed of one case.
#[derive(Serialize, Deserialize)]
struct Kept {
    verdict: String,
    row: String,
    /// Nothing, where the row says all.
    section: String,
}

impl RunForm for Summary {
    fn piece(&self, case: &Case, _about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        let accepted = case.accepted.iter().filter(|it| it.holds).count();
        let accepted = if accepted == 0 { String::new() } else { format!(" ({accepted} accepted)") };
        let row = format!(
            "| {} | {}{accepted} | {} |\n",
            case.verdict.name(),
            // A bar ends the cell, in code too.
            plain(&headline(case).replace('|', "/")),
            code_cell(&case.name),
        );
        let section = if case.verdict == Verdict::Clean && told(case).is_empty() {
            String::new()
        } else {
            section(case)
        };
        let kept = Kept { verdict: case.verdict.name().to_owned(), row, section };
        serde_json::to_writer(into, &kept)?;
        Ok(())
    }

    fn assemble(&self, pieces: &mut Pieces<'_>, run: &Run<'_>, into: &mut dyn Write) -> io::Result<()> {
        let mut counts = [0_usize; Verdict::ALL.len()];
        let mut each = |look: &mut dyn FnMut(Kept) -> io::Result<()>| {
            pieces.each(&mut |piece| look(serde_json::from_slice(piece)?))
        };
        each(&mut |it| {
            for (verdict, count) in Verdict::ALL.iter().zip(&mut counts) {
                *count += usize::from(verdict.name() == it.verdict);
            }
            Ok(())
        })?;
        let total: usize = counts.iter().sum();
        let told = Verdict::ALL.iter().zip(counts).filter(|(_, count)| *count > 0);
        let told: Vec<String> = told.map(|(it, count)| format!("{count} {}", it.name())).collect();
        let cases = if total == 1 { "1 case".to_owned() } else { format!("{total} cases") };
        let mut used = 0;
        let mut write = |text: &str, limit: usize| {
            let fits = used + text.len() <= limit;
            if fits {
                used += text.len();
                into.write_all(text.as_bytes())?;
            }
            io::Result::Ok(fits)
        };
        write(&format!("# casebook: {cases}: {}\n\n", told.join(", ")), ALL)?;
        write("| Verdict | What it is | Case |\n|---|---|---|\n", ALL)?;
        let mut left = 0_usize;
        each(&mut |it| {
            left += usize::from(!write(&it.row, TABLE)?);
            Ok(())
        })?;
        if left > 0 {
            write(&format!("\n{left} more cases are in the run's index.\n"), ALL)?;
        }
        let mut left = 0_usize;
        each(&mut |it| {
            left += usize::from(!write(&it.section, ALL - 1024)?);
            Ok(())
        })?;
        if left > 0 {
            write(
                &format!(
                    "\n{left} more cases are told in their own files only: all of them do not fit here.\n"
                ),
                ALL,
            )?;
        }
        write(
            &format!("\n---\n\nWritten by {} with {}.\n", plain(&run.about.program), plain(&run.about.rules)),
            ALL,
        )?;
        Ok(())
    }
}

/// A case with its findings, as far as they fit.
fn section(case: &Case) -> String {
    let mut section = format!("\n# {}\n\n{}", code(&case.name), head(case));
    let mut left = 0_usize;
    for it in told(case) {
        let entry = entry(&it);
        if section.len() + entry.len() <= CASE {
            section += &format!("\n{entry}");
        } else {
            left += 1;
        }
    }
    if left > 0 {
        section += &format!("\n{left} more are told in the case's own file.\n");
    }
    for it in case.skipped.iter().take(20) {
        section += &format!("\nNot read: {}: {}\n", code(&it.path), plain(&it.reason));
    }
    section
}
