//! Findings and unexplained failures as the page shows them, each with its steps and its evidence.

use serde::Serialize;

use super::evidence::{Exhibits, Pieces};
use super::told::acceptance;
use super::words::{span, times};
use crate::case::{Case, Finding, Rich, Span, Step, Unexplained, Which};
use crate::code::Code;
use crate::rule::{Severity, Shell};

#[derive(Serialize)]
pub struct FindingPart<'a> {
    pub anchor: String,
    number: usize,
    /// Whether it is what the case is about.
    first: bool,
    rule: &'a str,
    symptom: &'a str,
    cause: Vec<Vec<Inline<'a>>>,
    severity: &'static str,
    certainty: &'static str,
    reasons: &'a [String],
    current: bool,
    /// `accepted until 2027-01-31: reason`; empty where it is not.
    accepted: String,
    codes: Vec<CodePart>,
    echoes: Vec<CodePart>,
    /// `2024-03-12 03:14 – 04:20`
    seen: String,
    values: Vec<ValuePart<'a>>,
    occurrences: u64,
    occurrences_text: String,
    steps: Vec<StepPart<'a>>,
    has_steps: bool,
    evidence: Pieces<'a>,
    has_evidence: bool,
    references: &'a [String],
    related: Vec<RelatedPart<'a>>,
}

#[derive(Serialize)]
struct RelatedPart<'a> {
    rule: &'a str,
    symptom: &'a str,
}

#[derive(Serialize)]
pub struct Inline<'a> {
    code: bool,
    text: &'a str,
}

#[derive(Serialize)]
struct CodePart {
    code: String,
    name: &'static str,
    /// How often it is told; empty where that is told elsewhere.
    times: String,
}

#[derive(Serialize)]
struct ValuePart<'a> {
    name: &'a str,
    values: &'a [String],
}

#[derive(Serialize)]
struct StepPart<'a> {
    /// What no other step has for its box: `finding-1-step-2`.
    anchor: String,
    number: usize,
    text: Vec<Inline<'a>>,
    commands: Vec<CommandPart>,
    cautions: Vec<Vec<Inline<'a>>>,
}

/// Commands for one shell.
#[derive(Serialize)]
pub struct CommandPart {
    shell: &'static str,
    label: &'static str,
    text: String,
}

#[derive(Serialize)]
pub struct UnexplainedPart<'a> {
    anchor: String,
    accepted: String,
    code: String,
    name: &'a str,
    occurrences: u64,
    occurrences_text: String,
    last: String,
    shape: &'a str,
    start: &'a str,
    evidence: Pieces<'a>,
}

/// The finding that stands at this place in the case.
pub fn finding<'a>(case: &Case, at: usize, it: &'a Finding, exhibits: &mut Exhibits<'a>) -> FindingPart<'a> {
    let anchor = format!("finding-{}", at + 1);
    FindingPart {
        number: at + 1,
        first: at == 0 && it.current && it.severity == Severity::Error,
        rule: &it.rule,
        symptom: &it.symptom,
        cause: it.cause.iter().map(inlines).collect(),
        severity: it.severity.name(),
        certainty: it.certainty.name(),
        reasons: &it.reasons,
        current: it.current,
        accepted: accepted(case, Which::Finding(at)),
        codes: it.codes.iter().map(|it| code(*it, String::new())).collect(),
        echoes: it.echoes.iter().map(|(it, count)| code(*it, times(*count))).collect(),
        seen: span(it.first.as_deref(), it.last.as_deref()),
        values: it.values.iter().map(|(name, values)| ValuePart { name, values }).collect(),
        occurrences: it.occurrences,
        occurrences_text: times(it.occurrences),
        steps: it.steps.iter().enumerate().map(|(at, it)| step(&anchor, at, it)).collect(),
        has_steps: !it.steps.is_empty(),
        evidence: exhibits.show(&anchor, &it.evidence),
        has_evidence: !it.evidence.is_empty(),
        references: &it.references,
        related: it.related.iter().map(|(rule, symptom)| RelatedPart { rule, symptom }).collect(),
        anchor,
    }
}

/// That a team lives with it, and why.
fn accepted(case: &Case, which: Which) -> String {
    case.accepted(which).map(acceptance).unwrap_or_default()
}

fn code(it: Code, times: String) -> CodePart {
    CodePart { code: it.to_string(), name: it.name().unwrap_or_default(), times }
}

fn inlines(rich: &Rich) -> Vec<Inline<'_>> {
    rich.iter().map(|Span { code, text }| Inline { code: *code, text }).collect()
}

fn step<'a>(finding: &str, at: usize, it: &'a Step) -> StepPart<'a> {
    StepPart {
        anchor: format!("{finding}-step-{}", at + 1),
        number: at + 1,
        text: inlines(&it.text),
        commands: commands(it.shell, &it.commands),
        cautions: it.cautions.iter().map(inlines).collect(),
    }
}

/// One block, where there are any.
pub fn commands(shell: Option<Shell>, lines: &[String]) -> Vec<CommandPart> {
    let block =
        |shell: Shell| CommandPart { shell: shell.name(), label: shell.label(), text: lines.join("\n") };
    shell.filter(|_| !lines.is_empty()).map(block).into_iter().collect()
}

/// The failure that stands at this place in the case.
pub fn unexplained<'a>(
    case: &Case,
    at: usize,
    it: &'a Unexplained,
    exhibits: &mut Exhibits<'a>,
) -> UnexplainedPart<'a> {
    let anchor = format!("unexplained-{}", at + 1);
    UnexplainedPart {
        accepted: accepted(case, Which::Unexplained(at)),
        code: it.code.map(|it| it.to_string()).unwrap_or_default(),
        name: it.name.as_deref().unwrap_or_default(),
        occurrences: it.occurrences,
        occurrences_text: times(it.occurrences),
        last: span(it.last.as_deref(), None),
        shape: it.shape.as_deref().unwrap_or_default(),
        start: it.start.as_deref().unwrap_or_default(),
        evidence: exhibits.show(&anchor, &it.evidence),
        anchor,
    }
}
