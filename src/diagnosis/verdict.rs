//! The verdict over a case, and the sentence that says it. Silence is not health: a case is clean only where a
//! failure would have been seen.

use crate::bundle::{SkipKind, Skipped};
use crate::case::{Case, Certainty, Finding, Unexplained, Verdict};
use crate::rule::Severity;
use crate::source::{recognize, unread};

use super::Gathered;

pub fn verdict(gathered: &Gathered<'_>, findings: &[Finding], unexplained: &[Unexplained]) -> Verdict {
    let explained = findings.iter().any(|it| it.current && it.severity == Severity::Error);
    match () {
        () if explained => Verdict::Explained,
        () if !unexplained.is_empty() => Verdict::Unexplained,
        () if gathered.sources.is_empty() => Verdict::Unreadable,
        () if failures_would_show(gathered) => Verdict::Clean,
        () => Verdict::Inconclusive,
    }
}

/// Formats in which a failure may stand, and many others never would: their silence says nothing of health.
const PARTIAL: [&str; 1] = ["configmgr"];

/// Whether a failure would have been seen: some source is of a format in which failures are told and was read
/// whole, and nothing that might tell of one was passed over.
fn failures_would_show(gathered: &Gathered<'_>) -> bool {
    let telling = |format: &str| {
        let signals = gathered.library.failures.iter().map(|it| &it.test);
        !PARTIAL.contains(&format) && signals.flat_map(|it| &it.formats).any(|it| it.name() == format)
    };
    let seen = gathered.sources.iter().any(|it| it.whole && it.records > 0 && telling(it.format));
    // An empty CBS.log is not a CBS.log without failures.
    let nothing_lost = |it: &Skipped| match it.kind {
        SkipKind::Harmless => true,
        SkipKind::Empty => !telling(recognize(&it.path, "").name()) && unread(&it.path, b"", true).is_none(),
        SkipKind::Loss | SkipKind::Blind => false,
    };
    seen && gathered.skipped.iter().all(nothing_lost)
}

/// The verdict as a sentence.
pub fn headline(case: &Case) -> String {
    let skipped =
        case.skipped.iter().filter(|it| matches!(it.kind, SkipKind::Loss | SkipKind::Blind)).count();
    let unread = match skipped {
        0 => String::new(),
        1 => " One member could not be read.".to_owned(),
        count => format!(" {count} members could not be read."),
    };
    let sentence = match case.verdict {
        Verdict::Explained => explained(&case.findings),
        Verdict::Unexplained => match &case.unexplained[..] {
            [Unexplained { code: Some(code), .. }] => {
                format!("Something failed with {code}, and no rule knows why.")
            }
            [Unexplained { name: Some(name), .. }] => format!("{name}, and no rule knows why."),
            list => format!("{} failures were found that no rule explains.", list.len()),
        },
        Verdict::Clean => clean(&case.findings),
        Verdict::Inconclusive => {
            "Nothing can be said: what was read could not show a failure, or was not read whole.".to_owned()
        }
        Verdict::Unreadable => "Nothing could be read.".to_owned(),
    };
    sentence + &unread
}

fn clean(findings: &[Finding]) -> String {
    let noted = findings.first().map_or_else(String::new, |it| {
        let past = if it.current { "Noted" } else { "History" };
        format!(" {past}: {}.", it.symptom)
    });
    format!("No failure that still stands: the logs that would show one were read whole.{noted}")
}

fn explained(findings: &[Finding]) -> String {
    let Some(first) = findings.first() else { return String::new() };
    let sure = match first.certainty {
        Certainty::Confirmed => "Confirmed",
        Certainty::Likely => "Likely",
        Certainty::Possible => "Possible",
    };
    let others = findings.iter().skip(1).filter(|it| it.severity == Severity::Error).count();
    let more = match others {
        0 => String::new(),
        1 => " One further cause was found.".to_owned(),
        count => format!(" {count} further causes were found."),
    };
    format!("{sure}: {}.{more}", first.symptom)
}
