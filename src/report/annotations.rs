//! What GitHub shows beside a workflow: `::error title=…::message`, one line each, for whoever looks at a job before
//! its reports. GitHub shows ten of each kind for a step, and so no more are printed.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::About;
use super::run::{Pieces, Run, RunForm};
use super::told::{acceptance, place, told};
use crate::bundle::SkipKind;
use crate::case::{Case, Verdict};
use crate::rule::Severity;
use crate::text::{cut, one_line};

/// How many of a kind GitHub shows for a step.
const SHOWN: usize = 10;
/// More characters of a message than this are not shown.
const MESSAGE: usize = 1000;

pub struct GitHub;

#[derive(Serialize, Deserialize)]
struct Annotation {
    kind: String,
    title: String,
    message: String,
}

impl RunForm for GitHub {
    fn piece(&self, case: &Case, _about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        for it in annotations(case) {
            serde_json::to_writer(&mut *into, &it)?;
            into.write_all(b"\n")?;
        }
        Ok(())
    }

    fn assemble(&self, pieces: &mut Pieces<'_>, _run: &Run<'_>, into: &mut dyn Write) -> io::Result<()> {
        for kind in ["error", "warning", "notice"] {
            let mut count = 0_usize;
            pieces.each(&mut |piece| {
                for line in piece.split(|it| *it == b'\n').filter(|it| !it.is_empty()) {
                    let it: Annotation = serde_json::from_slice(line)?;
                    if it.kind == kind {
                        count += 1;
                        // The last place is for how many there are.
                        if count < SHOWN {
                            let (title, message) = (property(&it.title), data(&it.message));
                            writeln!(into, "::{kind} title={title}::{message}")?;
                        }
                    }
                }
                Ok(())
            })?;
            if count >= SHOWN {
                let more = count - (SHOWN - 1);
                writeln!(into, "::{kind} title=casebook::{more} more are told in the reports")?;
            }
        }
        Ok(())
    }
}

fn annotations(case: &Case) -> Vec<Annotation> {
    let mut all = Vec::new();
    for it in told(case) {
        let kind = match () {
            () if !it.current || it.is_accepted() || it.severity == Severity::Note => "notice",
            () if it.severity == Severity::Warning => "warning",
            () => "error",
        };
        let mut message = vec![it.title.clone()];
        message.push(format!("Rule {}, seen {} times.", it.rule, it.occurrences));
        if !it.certainty.is_empty() {
            message.push(format!("Certainty: {}.", it.certainty));
        }
        if !it.codes.is_empty() {
            message.push(format!("Codes: {}.", it.codes()));
        }
        if !it.current {
            message.push("Overtaken by a later success.".to_owned());
        }
        message.extend(it.accepted.map(acceptance));
        message.extend(it.evidence.first().map(|it| format!("See {}.", place(it))));
        all.push(Annotation {
            kind: kind.to_owned(),
            title: format!("{}: {}", case.name, it.rule),
            message: message.join("\n"),
        });
    }
    // What was not read could have told of a failure: nobody should take silence for health.
    let lost = case.skipped.iter().filter(|it| matches!(it.kind, SkipKind::Loss | SkipKind::Blind));
    for it in lost {
        let message = format!("{}: {}", it.path, it.reason);
        all.push(Annotation {
            kind: "warning".to_owned(),
            title: format!("{}: not read", case.name),
            message,
        });
    }
    if matches!(case.verdict, Verdict::Inconclusive | Verdict::Unreadable) {
        let message = format!("Verdict: {}. This is not a clean result.", case.verdict.name());
        all.push(Annotation { kind: "warning".to_owned(), title: case.name.clone(), message });
    }
    all
}

/// A message: its lines are lines on the page and none in the log.
fn data(text: &str) -> String {
    let text = cut(text, MESSAGE).0;
    let lines: Vec<String> = text.split('\n').map(one_line).collect();
    lines.join("\n").replace('%', "%25").replace('\n', "%0A").replace("##", "#\\u{23}")
}

/// The value of a property ends at a comma or a colon.
fn property(text: &str) -> String {
    let one = one_line(cut(text, MESSAGE).0);
    data(&one).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_but_its_end() {
        assert_eq!(data("50%\r\n::error::x"), "50%25\\u{d}%0A::error::x");
        assert_eq!(property("a:b, c%\nd"), "a%3Ab%2C c%25\\nd");
        assert_eq!(property("\u{1b}[2J##vso[x]"), "\\u{1b}[2J#\\u{23}vso[x]");
    }
}
