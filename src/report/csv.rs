//! `casebook.csv`: a run for a spreadsheet, one row for each finding and each unexplained failure, and one for a case
//! without any. RFC 4180, every cell in quotes; UTF-8 with a byte order mark, without which Excel takes it for ANSI.

use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::About;
use super::run::{Pieces, Run, RunForm};
use super::told::{acceptance, place, told};
use crate::case::Case;
use crate::diagnosis::headline;
use crate::text::{cut, no_commands, one_line};

const COLUMNS: [&str; 21] = [
    "case",
    "verdict",
    "headline",
    "read_whole",
    "source",
    "machine",
    "windows",
    "build",
    "rule",
    "symptom",
    "severity",
    "certainty",
    "current",
    "codes",
    "occurrences",
    "values",
    "accepted",
    "place",
    "time",
    "log_line",
    "fix",
];

/// A cell of a spreadsheet holds no more than 32,767 characters.
const CELL: usize = 32_000;

pub struct Csv;

impl RunForm for Csv {
    fn piece(&self, case: &Case, _about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        let mut rows = rows(into);
        let yes = |it: bool| if it { "yes" } else { "no" }.to_owned();
        let machine = &case.machine;
        let of_case = [
            case.name.clone(),
            case.verdict.name().to_owned(),
            headline(case),
            yes(case.whole),
            case.source.clone(),
            machine.name.clone().unwrap_or_default(),
            machine.windows.clone().unwrap_or_default(),
            machine.build.clone().unwrap_or_default(),
        ];
        let all = told(case);
        for it in &all {
            let values = it.values().iter().map(|(name, values)| format!("{name}: {}", values.join("; ")));
            let first = it.evidence.first();
            let of_it = [
                it.rule.to_owned(),
                it.title.clone(),
                it.severity.name().to_owned(),
                it.certainty.to_owned(),
                yes(it.current),
                it.codes(),
                it.occurrences.to_string(),
                values.collect::<Vec<_>>().join("\n"),
                it.accepted.map(acceptance).unwrap_or_default(),
                first.map(place).unwrap_or_default(),
                first.and_then(|it| it.time.clone()).unwrap_or_default(),
                first.map(|it| it.text.clone()).unwrap_or_default(),
                it.fix().join("\n"),
            ];
            rows.write_record(of_case.iter().chain(&of_it).map(|it| cell(it)))?;
        }
        if all.is_empty() {
            let empty = COLUMNS.len() - of_case.len();
            let nothing = std::iter::repeat_n(String::new(), empty);
            rows.write_record(of_case.iter().map(|it| cell(it)).chain(nothing))?;
        }
        rows.flush()
    }

    fn assemble(&self, pieces: &mut Pieces<'_>, _run: &Run<'_>, into: &mut dyn Write) -> io::Result<()> {
        into.write_all("\u{feff}".as_bytes())?;
        let mut head = rows(&mut *into);
        head.write_record(COLUMNS)?;
        head.flush()?;
        drop(head);
        pieces.each(&mut |piece| into.write_all(piece))
    }
}

fn rows(into: &mut dyn Write) -> Writer<&mut dyn Write> {
    WriterBuilder::new().terminator(Terminator::CRLF).quote_style(QuoteStyle::Always).from_writer(into)
}

/// A text of which no spreadsheet makes a formula. Where another sign than the comma parts cells, one may begin inside
/// of a text: behind a semicolon, and on a new line.
fn cell(text: &str) -> String {
    let lines: Vec<String> = cut(text, CELL).0.split('\n').map(one_line).collect();
    let mut told = String::with_capacity(text.len() + 1);
    let mut at_start = true;
    for it in no_commands(&lines.join("\n")).chars() {
        if at_start && matches!(it, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%') {
            told.push('\'');
        }
        at_start = matches!(it, ';' | '\n') || (at_start && matches!(it, ' ' | '"'));
        told.push(it);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "＝1",
            "a;=cmd|' /C calc'!A0",
            "a\n=1",
            "\"=1",
            " =1",
        ] {
            let told = cell(formula);
            let mut parts = told.split([';', '\n']);
            assert!(
                parts.all(|it| !it
                    .trim_start_matches([' ', '"'])
                    .starts_with(['=', '+', '-', '@', '\t', '\r', '＝'])),
                "{formula:?}: {told:?}"
            );
        }
        assert_eq!(cell("C:\\Windows\\a-b=c.dll"), "C:\\Windows\\a-b=c.dll");
        assert_eq!(cell("x\u{1b}[2J\u{202e}"), "x\\u{1b}[2J\\u{202e}");
    }
}
