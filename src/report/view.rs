//! The shape of a case in JSON, `casebook.case/1`. Scripts rely on it: keys are added, never changed or left
//! out. The case itself stays free to change.

use serde::Serialize;
use serde_json::{Map, Value};

use super::About;
use super::view_accepted::{AcceptedView, accepted};
use super::view_machine::{MachineView, machine};
use super::view_story::{
    CollectView, CoverageView, NoiseView, TimelineView, collect, coverage, noise, timeline,
};
use crate::bundle::Skipped;
use crate::case::{At, Attempt, Case, Evidence, Finding, NotChecked, Rich, Source, Step, Unexplained};
use crate::code::Code;

#[derive(Serialize)]
pub struct CaseView<'a> {
    schema: &'static str,
    case: &'a str,
    source: &'a str,
    verdict: &'static str,
    machine: MachineView<'a>,
    findings: Vec<FindingView<'a>>,
    unexplained: Vec<UnexplainedView<'a>>,
    not_checked: Vec<NotCheckedView<'a>>,
    sources: Vec<SourceView<'a>>,
    skipped: Vec<SkippedView<'a>>,
    made_by: MadeByView<'a>,
    layout: Option<LayoutView>,
    updates: Vec<AttemptView<'a>>,
    /// How many there are with those that are not told.
    updates_count: u64,
    timeline: TimelineView<'a>,
    noise: Vec<NoiseView<'a>>,
    coverage: Vec<CoverageView<'a>>,
    collect: Vec<CollectView<'a>>,
    accepted: Vec<AcceptedView<'a>>,
}

/// One attempt to install an update.
#[derive(Serialize)]
struct AttemptView<'a> {
    update: Option<&'a str>,
    title: Option<&'a str>,
    client: Option<&'a str>,
    started: Option<&'a str>,
    ended: Option<&'a str>,
    outcome: &'static str,
    code: Option<String>,
    code_name: Option<&'static str>,
    source: PlaceView<'a>,
}

#[derive(Serialize)]
pub struct PlaceView<'a> {
    pub path: &'a str,
    pub line: Option<u64>,
    pub form: &'static str,
}

/// What made the bundle.
#[derive(Serialize)]
struct LayoutView {
    name: &'static str,
    lacks: &'static [&'static str],
}

/// The program and the rules that the report was made with.
#[derive(Serialize)]
struct MadeByView<'a> {
    program: &'a str,
    rules: &'a str,
}

#[derive(Serialize)]
struct FindingView<'a> {
    rule: &'a str,
    symptom: &'a str,
    cause: String,
    severity: &'static str,
    certainty: &'static str,
    current: bool,
    codes: Vec<CodeView>,
    /// In order of appearance.
    values: Map<String, Value>,
    occurrences: u64,
    evidence: Vec<EvidenceView<'a>>,
    steps: Vec<StepView<'a>>,
    references: &'a [String],
    reasons: &'a [String],
    /// Rules that belong to it, by id.
    related: Vec<&'a str>,
    /// Codes that only repeat it.
    echoes: Vec<EchoView>,
    first: Option<&'a str>,
    last: Option<&'a str>,
}

#[derive(Serialize)]
struct CodeView {
    code: String,
    name: Option<&'static str>,
}

#[derive(Serialize)]
struct EchoView {
    code: String,
    name: Option<&'static str>,
    occurrences: u64,
}

#[derive(Serialize)]
struct EvidenceView<'a> {
    path: &'a str,
    line: Option<u64>,
    time: Option<&'a str>,
    text: &'a str,
    before: &'a [String],
    after: &'a [String],
    note: Option<&'a str>,
    record: Option<u64>,
}

#[derive(Serialize)]
struct StepView<'a> {
    text: String,
    commands: &'a [String],
    shell: Option<&'static str>,
    caution: Option<String>,
}

#[derive(Serialize)]
struct UnexplainedView<'a> {
    code: Option<String>,
    name: Option<&'a str>,
    occurrences: u64,
    evidence: Vec<EvidenceView<'a>>,
    shape: Option<&'a str>,
    last: Option<&'a str>,
    start: Option<&'a str>,
}

#[derive(Serialize)]
struct NotCheckedView<'a> {
    rule: &'a str,
    missing: &'a str,
}

#[derive(Serialize)]
struct SourceView<'a> {
    path: &'a str,
    format: &'static str,
    bytes: u64,
    records: u64,
}

#[derive(Serialize)]
struct SkippedView<'a> {
    path: &'a str,
    reason: &'a str,
}

/// Rich text without its marks.
pub fn plain(rich: &Rich) -> String {
    rich.iter().map(|it| it.text.as_str()).collect()
}

impl<'a> CaseView<'a> {
    pub fn new(case: &'a Case, about: &'a About<'a>) -> Self {
        Self {
            schema: "casebook.case/1",
            case: &case.name,
            source: &case.source,
            verdict: case.verdict.name(),
            machine: machine(&case.machine),
            findings: case.findings.iter().map(finding).collect(),
            unexplained: case.unexplained.iter().map(unexplained).collect(),
            not_checked: case
                .not_checked
                .iter()
                .map(|NotChecked { rule, missing, .. }| NotCheckedView { rule, missing })
                .collect(),
            sources: case.sources.iter().map(source).collect(),
            skipped: case
                .skipped
                .iter()
                .map(|Skipped { path, reason, .. }| SkippedView { path, reason })
                .collect(),
            made_by: MadeByView { program: &about.program, rules: &about.rules },
            layout: case.layout.map(|it| LayoutView { name: it.name, lacks: it.lacks }),
            updates: case.updates.iter().map(attempt).collect(),
            updates_count: case.updates_count,
            timeline: timeline(&case.timeline),
            noise: case.noise.iter().map(noise).collect(),
            coverage: case.coverage.iter().map(coverage).collect(),
            collect: case.collect.iter().map(collect).collect(),
            accepted: case.accepted.iter().map(accepted).collect(),
        }
    }
}

fn attempt(it: &Attempt) -> AttemptView<'_> {
    AttemptView {
        update: it.update.as_deref(),
        title: it.title.as_deref(),
        client: it.client.as_deref(),
        started: it.started.as_deref(),
        ended: it.ended.as_deref(),
        outcome: it.outcome.name(),
        code: it.code.map(|it| it.to_string()),
        code_name: it.code.and_then(Code::name),
        source: PlaceView { path: &it.path, line: line(it.at), form: it.form },
    }
}

pub fn line(at: At) -> Option<u64> {
    if let At::Line(number) = at { Some(number) } else { None }
}

/// The number of a record in a source without lines.
fn record(at: At) -> Option<u64> {
    if let At::Record(_, number) = at { Some(number) } else { None }
}

fn finding(it: &Finding) -> FindingView<'_> {
    let list = |values: &Vec<String>| Value::Array(values.iter().cloned().map(Value::String).collect());
    FindingView {
        rule: &it.rule,
        symptom: &it.symptom,
        cause: it.cause.iter().map(plain).collect::<Vec<_>>().join("\n\n"),
        severity: it.severity.name(),
        certainty: it.certainty.name(),
        current: it.current,
        codes: it.codes.iter().map(|it| code(*it)).collect(),
        values: it.values.iter().map(|(name, values)| (name.clone(), list(values))).collect(),
        occurrences: it.occurrences,
        evidence: it.evidence.iter().map(evidence).collect(),
        steps: it.steps.iter().map(step).collect(),
        references: &it.references,
        reasons: &it.reasons,
        related: it.related.iter().map(|(id, _)| id.as_str()).collect(),
        echoes: it.echoes.iter().map(|(code, count)| echo(*code, *count)).collect(),
        first: it.first.as_deref(),
        last: it.last.as_deref(),
    }
}

fn echo(code: Code, occurrences: u64) -> EchoView {
    EchoView { code: code.to_string(), name: code.name(), occurrences }
}

fn code(it: Code) -> CodeView {
    CodeView { code: it.to_string(), name: it.name() }
}

fn evidence(it: &Evidence) -> EvidenceView<'_> {
    EvidenceView {
        path: &it.path,
        line: line(it.at),
        time: it.time.as_deref(),
        text: &it.text,
        before: &it.before,
        after: &it.after,
        note: it.note.as_deref(),
        record: record(it.at),
    }
}

fn step(it: &Step) -> StepView<'_> {
    let caution =
        (!it.cautions.is_empty()).then(|| it.cautions.iter().map(plain).collect::<Vec<_>>().join("\n"));
    StepView {
        text: plain(&it.text),
        commands: &it.commands,
        shell: it.shell.map(crate::rule::Shell::name),
        caution,
    }
}

fn unexplained(it: &Unexplained) -> UnexplainedView<'_> {
    UnexplainedView {
        code: it.code.map(|it| it.to_string()),
        name: it.name.as_deref(),
        occurrences: it.occurrences,
        evidence: it.evidence.iter().map(evidence).collect(),
        shape: it.shape.as_deref(),
        last: it.last.as_deref(),
        start: it.start.as_deref(),
    }
}

fn source(it: &Source) -> SourceView<'_> {
    SourceView { path: &it.path, format: it.format, bytes: it.bytes, records: it.records }
}
