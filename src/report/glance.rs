//! The questions of whoever opens a case page, answered in a line each with a link to the whole answer.

use serde::Serialize;

use super::words::{counted, span, times};
use crate::case::{Case, Evidence, Finding, Verdict};
use crate::rule::Severity;

/// One question and its answer.
#[derive(Serialize)]
pub struct Glance {
    label: &'static str,
    text: String,
    /// Where the whole answer is.
    link: &'static str,
}

pub fn glance(case: &Case) -> Vec<Glance> {
    let mut all = Vec::new();
    let lead = case.findings.first().filter(|it| it.current && it.severity == Severity::Error);
    if let Some(first) = lead {
        all.push(Glance { label: "What to do", text: steps(first), link: "#finding-1-fix" });
        all.push(Glance { label: "Proof", text: proof(&first.evidence), link: "#finding-1-proof" });
        all.push(Glance { label: "Seen", text: seen(first), link: since(case, "#finding-1") });
    }
    if !case.unexplained.is_empty() {
        let text = counted(
            case.unexplained.len(),
            "failure that no rule explains",
            "failures that no rule explains",
        );
        all.push(Glance { label: "Unexplained", text, link: "#unexplained" });
        if let Some(last) =
            case.unexplained.iter().filter_map(|it| it.last.as_deref()).max().filter(|_| lead.is_none())
        {
            let text = span(Some(last), None);
            all.push(Glance { label: "Last seen", text, link: since(case, "#unexplained") });
        }
    }
    all.push(Glance { label: "Still unknown", text: unknown(case), link: "#not-checked" });
    if !case.collect.is_empty() {
        let text = counted(case.collect.len(), "thing would tell more", "things would tell more");
        all.push(Glance { label: "To collect", text, link: "#collect" });
    }
    all.push(Glance { label: "Customer", text: "reply, ready to paste".to_owned(), link: "#reply" });
    all.push(Glance { label: "Other cases", text: "index of this run".to_owned(), link: "index.html" });
    all
}

fn since(case: &Case, otherwise: &'static str) -> &'static str {
    if case.timeline.moments.is_empty() { otherwise } else { "#timeline" }
}

fn steps(it: &Finding) -> String {
    if it.steps.is_empty() {
        return "the rule names no steps".to_owned();
    }
    let cautions = it.steps.iter().filter(|it| !it.cautions.is_empty()).count();
    let steps = counted(it.steps.len(), "step", "steps");
    if cautions == 0 { steps } else { format!("{steps}, {cautions} with a caution") }
}

/// `CBS.log, line 812, and 2 more`
fn proof(all: &[Evidence]) -> String {
    let Some(first) = all.first() else { return "no line is quoted".to_owned() };
    let file = first.path.rsplit(['/', '\\']).next().unwrap_or_default();
    let at = first.at.to_string();
    let place = if at.is_empty() { file.to_owned() } else { format!("{file}, {at}") };
    if all.len() == 1 { place } else { format!("{place}, and {} more", all.len() - 1) }
}

fn seen(it: &Finding) -> String {
    let count = times(it.occurrences);
    let when = span(it.first.as_deref(), it.last.as_deref());
    if when.is_empty() { count } else { format!("{count}, {when}") }
}

fn unknown(case: &Case) -> String {
    match (case.verdict, case.not_checked.len()) {
        (Verdict::Unreadable, _) => "everything: nothing was read".to_owned(),
        (_, 0) => "nothing: every rule was checked".to_owned(),
        (_, _) => {
            let mut rules: Vec<&str> = case.not_checked.iter().map(|it| it.rule.as_str()).collect();
            rules.sort_unstable();
            rules.dedup();
            counted(rules.len(), "rule undecided", "rules undecided")
        }
    }
}
