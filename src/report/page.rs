//! What the templates of the case page get: the case cut into the pieces that the page shows.

use serde::Serialize;

use super::About;
use super::machine::{MachinePart, machine};
use super::told::acceptance;
use super::updates::{UpdatesPart, updates};
use crate::case::{Case, Evidence, Finding, Rich, Source, Span, Step, Unexplained, Which};
use crate::diagnosis::headline;
use crate::text::cut;

/// More of one line than this is not shown on the page; the log has the rest.
const TEXT: usize = 2000;
const AROUND: usize = 300;
/// More pieces of evidence than this are told as a number.
const EVIDENCE: usize = 40;

#[derive(Serialize)]
pub struct Page<'a> {
    csp: &'a str,
    style: &'a str,
    script: &'a str,
    program: &'a str,
    rules: &'a str,
    case: &'a str,
    source: &'a str,
    verdict: &'static str,
    headline: String,
    machine: MachinePart<'a>,
    findings: Vec<FindingPart<'a>>,
    updates: UpdatesPart<'a>,
    updates_count: String,
    unexplained: Vec<UnexplainedPart<'a>>,
    not_checked: Vec<NotCheckedPart<'a>>,
    sources: Vec<SourcePart<'a>>,
    skipped: Vec<SkippedPart<'a>>,
    has: Has,
}

/// Which sections have anything in them.
#[derive(Serialize)]
struct Has {
    findings: bool,
    machine: bool,
    updates: bool,
    unexplained: bool,
    not_checked: bool,
    sources: bool,
    skipped: bool,
    evidence: bool,
}

#[derive(Serialize)]
struct FindingPart<'a> {
    anchor: String,
    number: usize,
    first: bool,
    rule: &'a str,
    symptom: &'a str,
    cause: Vec<Vec<Inline>>,
    severity: &'static str,
    certainty: &'static str,
    reasons: &'a [String],
    current: bool,
    /// `accepted until 2027-01-31: reason`; empty where it is not.
    accepted: String,
    codes: Vec<CodePart>,
    values: Vec<ValuePart<'a>>,
    occurrences: u64,
    occurrences_text: String,
    steps: Vec<StepPart>,
    has_steps: bool,
    evidence: Vec<EvidencePart<'a>>,
    evidence_more: String,
    references: &'a [String],
    related: Vec<RelatedPart<'a>>,
}

#[derive(Serialize)]
struct RelatedPart<'a> {
    rule: &'a str,
    symptom: &'a str,
}

#[derive(Serialize)]
struct Inline {
    code: bool,
    text: String,
}

#[derive(Serialize)]
struct CodePart {
    code: String,
    name: &'static str,
}

#[derive(Serialize)]
struct ValuePart<'a> {
    name: &'a str,
    values: &'a [String],
}

#[derive(Serialize)]
struct StepPart {
    number: usize,
    text: Vec<Inline>,
    commands: Vec<CommandPart>,
    cautions: Vec<Vec<Inline>>,
}

#[derive(Serialize)]
struct CommandPart {
    shell: &'static str,
    label: &'static str,
    text: String,
}

#[derive(Serialize)]
struct EvidencePart<'a> {
    path: &'a str,
    at: String,
    time: &'a str,
    note: &'a str,
    before: Vec<&'a str>,
    text: Vec<Marked<'a>>,
    after: Vec<&'a str>,
    cut: bool,
}

#[derive(Serialize)]
struct Marked<'a> {
    mark: bool,
    text: &'a str,
}

#[derive(Serialize)]
struct UnexplainedPart<'a> {
    anchor: String,
    accepted: String,
    code: String,
    name: &'a str,
    occurrences: u64,
    occurrences_text: String,
    evidence: Vec<EvidencePart<'a>>,
}

#[derive(Serialize)]
struct NotCheckedPart<'a> {
    rule: &'a str,
    symptom: &'a str,
    missing: &'a str,
}

#[derive(Serialize)]
struct SourcePart<'a> {
    path: &'a str,
    format: &'static str,
    bytes: String,
    records: String,
    span: String,
}

#[derive(Serialize)]
struct SkippedPart<'a> {
    path: &'a str,
    reason: &'a str,
}

impl<'a> Page<'a> {
    pub fn new(case: &'a Case, about: &'a About<'a>) -> Self {
        let machine = machine(case);
        Self {
            csp: &about.templates.csp,
            style: about.templates.style,
            script: about.templates.script,
            program: &about.program,
            rules: &about.rules,
            case: &case.name,
            source: &case.source,
            verdict: case.verdict.name(),
            headline: headline(case),
            has: Has {
                findings: !case.findings.is_empty(),
                machine: !machine.rows.is_empty(),
                updates: !case.updates.is_empty(),
                unexplained: !case.unexplained.is_empty(),
                not_checked: !case.not_checked.is_empty(),
                sources: !case.sources.is_empty(),
                skipped: !case.skipped.is_empty(),
                evidence: case.findings.iter().any(|it| !it.evidence.is_empty())
                    || !case.unexplained.is_empty(),
            },
            machine,
            findings: case.findings.iter().enumerate().map(|(at, it)| finding(case, at, it)).collect(),
            updates: updates(case),
            updates_count: grouped(case.updates_count),
            unexplained: case
                .unexplained
                .iter()
                .enumerate()
                .map(|(at, it)| unexplained(case, at, it))
                .collect(),
            not_checked: case
                .not_checked
                .iter()
                .map(|it| NotCheckedPart { rule: &it.rule, symptom: &it.symptom, missing: &it.missing })
                .collect(),
            sources: case.sources.iter().map(source).collect(),
            skipped: case
                .skipped
                .iter()
                .map(|it| SkippedPart { path: &it.path, reason: &it.reason })
                .collect(),
        }
    }
}

fn finding<'a>(case: &Case, at: usize, it: &'a Finding) -> FindingPart<'a> {
    let more = it.evidence.len().saturating_sub(EVIDENCE) as u64;
    FindingPart {
        anchor: format!("finding-{}", at + 1),
        number: at + 1,
        first: at == 0,
        rule: &it.rule,
        symptom: &it.symptom,
        cause: it.cause.iter().map(inlines).collect(),
        severity: it.severity.name(),
        certainty: it.certainty.name(),
        reasons: &it.reasons,
        current: it.current,
        accepted: accepted(case, Which::Finding(at)),
        codes: it
            .codes
            .iter()
            .map(|it| CodePart { code: it.to_string(), name: it.name().unwrap_or_default() })
            .collect(),
        values: it.values.iter().map(|(name, values)| ValuePart { name, values }).collect(),
        occurrences: it.occurrences,
        occurrences_text: times(it.occurrences),
        steps: it.steps.iter().enumerate().map(|(at, it)| step(at, it)).collect(),
        has_steps: !it.steps.is_empty(),
        evidence: it.evidence.iter().take(EVIDENCE).map(evidence).collect(),
        evidence_more: if more == 0 { String::new() } else { format!("and {} more lines", grouped(more)) },
        references: &it.references,
        related: it.related.iter().map(|(rule, symptom)| RelatedPart { rule, symptom }).collect(),
    }
}

/// That a team lives with it, and why.
fn accepted(case: &Case, which: Which) -> String {
    case.accepted(which).map(acceptance).unwrap_or_default()
}

fn inlines(rich: &Rich) -> Vec<Inline> {
    rich.iter().map(|Span { code, text }| Inline { code: *code, text: text.clone() }).collect()
}

fn step(at: usize, it: &Step) -> StepPart {
    let block = it.shell.map(|shell| CommandPart {
        shell: shell.name(),
        label: shell.label(),
        text: it.commands.join("\n"),
    });
    StepPart {
        number: at + 1,
        text: inlines(&it.text),
        commands: block.into_iter().collect(),
        cautions: it.cautions.iter().map(inlines).collect(),
    }
}

fn evidence(it: &Evidence) -> EvidencePart<'_> {
    let (text, is_cut) = cut(&it.text, TEXT);
    EvidencePart {
        path: &it.path,
        at: it.at.to_string(),
        time: it.time.as_deref().unwrap_or_default(),
        note: it.note.as_deref().unwrap_or_default(),
        before: around(&it.before),
        text: marked(text, &it.marks),
        after: around(&it.after),
        cut: is_cut,
    }
}

fn around(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| cut(line, AROUND).0).collect()
}

/// The text cut at the edges of its marks.
fn marked<'a>(text: &'a str, marks: &[(usize, usize)]) -> Vec<Marked<'a>> {
    let mut sorted = marks.to_vec();
    sorted.sort_unstable();
    let mut parts = Vec::new();
    let mut at = 0;
    for (start, end) in sorted {
        let sound = start >= at && start < end && text.is_char_boundary(start) && text.is_char_boundary(end);
        if sound && end <= text.len() {
            parts.push(Marked { mark: false, text: &text[at..start] });
            parts.push(Marked { mark: true, text: &text[start..end] });
            at = end;
        }
    }
    parts.push(Marked { mark: false, text: &text[at..] });
    parts.retain(|it| !it.text.is_empty());
    parts
}

fn unexplained<'a>(case: &Case, at: usize, it: &'a Unexplained) -> UnexplainedPart<'a> {
    UnexplainedPart {
        anchor: format!("unexplained-{}", at + 1),
        accepted: accepted(case, Which::Unexplained(at)),
        code: it.code.map(|it| it.to_string()).unwrap_or_default(),
        name: it.name.as_deref().unwrap_or_default(),
        occurrences: it.occurrences,
        occurrences_text: times(it.occurrences),
        evidence: it.evidence.iter().map(evidence).collect(),
    }
}

fn source(it: &Source) -> SourcePart<'_> {
    let minute = |time: &str| time.get(..16).unwrap_or(time).replace('T', " ");
    let span = match (&it.first, &it.last) {
        (Some(first), Some(last)) if first.get(..10) == last.get(..10) => {
            format!("{} – {}", minute(first), last.get(11..16).unwrap_or_default())
        }
        (Some(first), Some(last)) => format!("{} – {}", minute(first), minute(last)),
        (Some(one), None) | (None, Some(one)) => minute(one),
        (None, None) => String::new(),
    };
    SourcePart {
        path: &it.path,
        format: it.format,
        bytes: grouped(it.bytes),
        records: grouped(it.records),
        span,
    }
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{} times", grouped(count)),
    }
}

/// `1,193,169`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([grouped(7), grouped(1234), grouped(1_193_169)], ["7", "1,234", "1,193,169"]);
    }

    #[test]
    fn marks_cut_the_text() {
        let parts = marked("a größe b", &[(2, 9), (1, 3), (40, 50)]);
        let told: Vec<_> = parts.iter().map(|it| (it.mark, it.text)).collect();
        // The first of two that overlap wins.
        assert_eq!(told, [(false, "a"), (true, " g"), (false, "röße b")]);
    }
}
