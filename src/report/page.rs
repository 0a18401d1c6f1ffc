//! What the templates of the case page get: the case cut into the pieces that the page shows.

use serde::Serialize;

use super::About;
use super::evidence::Exhibits;
use super::findings::{FindingPart, UnexplainedPart, finding, unexplained};
use super::glance::{Glance, glance};
use super::ledger::{
    CollectPart, CoveragePart, Listed, NoisePart, NotCheckedPart, SkippedPart, SourcePart, collect, coverage,
    noise, not_checked, skipped, sources,
};
use super::machine::{MachinePart, machine};
use super::reply::{ReplyPart, reply};
use super::timeline::{TimelinePart, timeline};
use super::updates::{UpdatesPart, updates};
use super::words::grouped;
use crate::case::Case;
use crate::diagnosis::headline;

/// More findings, or failures, than these stand only in the JSON.
const FINDINGS: usize = 200;
const FAILURES: usize = 100;

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
    glance: Vec<Glance>,
    machine: MachinePart<'a>,
    /// What still stands, the likeliest cause first, and what a later success has overtaken.
    findings: Vec<FindingPart<'a>>,
    history: Vec<FindingPart<'a>>,
    findings_more: String,
    unexplained: Vec<UnexplainedPart<'a>>,
    unexplained_more: String,
    timeline: TimelinePart<'a>,
    reply: ReplyPart,
    updates: UpdatesPart<'a>,
    updates_count: String,
    collect: Vec<CollectPart<'a>>,
    not_checked: Vec<NotCheckedPart<'a>>,
    coverage: Vec<CoveragePart>,
    noise: Listed<NoisePart<'a>>,
    sources: Listed<SourcePart<'a>>,
    skipped: Listed<SkippedPart<'a>>,
    has: Has,
}

/// Which sections have anything in them.
#[derive(Serialize)]
struct Has {
    findings: bool,
    history: bool,
    machine: bool,
    updates: bool,
    unexplained: bool,
    timeline: bool,
    collect: bool,
    not_checked: bool,
    coverage: bool,
    noise: bool,
    sources: bool,
    skipped: bool,
    evidence: bool,
}

impl<'a> Page<'a> {
    pub fn new(case: &'a Case, about: &'a About<'a>) -> Self {
        let mut exhibits = Exhibits::default();
        let shown = case.findings.iter().take(FINDINGS).enumerate();
        let (current, past): (Vec<_>, Vec<_>) = shown.partition(|(_, it)| it.current);
        let findings: Vec<_> =
            current.into_iter().map(|(at, it)| finding(case, at, it, &mut exhibits)).collect();
        // What failed before what is history, when room is short.
        let failures: Vec<_> = case
            .unexplained
            .iter()
            .take(FAILURES)
            .enumerate()
            .map(|(at, it)| unexplained(case, at, it, &mut exhibits))
            .collect();
        let history: Vec<_> = past.into_iter().map(|(at, it)| finding(case, at, it, &mut exhibits)).collect();
        let machine = machine(case);
        let has = Has::of(case, !findings.is_empty(), !history.is_empty(), !machine.rows.is_empty());
        Self {
            csp: &about.templates.csp,
            style: &about.templates.style,
            script: &about.templates.script,
            program: &about.program,
            rules: &about.rules,
            case: &case.name,
            source: &case.source,
            verdict: case.verdict.name(),
            headline: headline(case),
            glance: glance(case),
            machine,
            timeline: timeline(case, &exhibits),
            reply: reply(case, &about.templates.phrases),
            updates: updates(case),
            updates_count: grouped(case.updates_count),
            findings_more: more(case.findings.len(), FINDINGS, "findings"),
            unexplained_more: more(case.unexplained.len(), FAILURES, "failures"),
            findings,
            history,
            unexplained: failures,
            collect: collect(case),
            not_checked: not_checked(case),
            coverage: coverage(case),
            noise: noise(case),
            sources: sources(case),
            skipped: skipped(case),
            has,
        }
    }
}

impl Has {
    fn of(case: &Case, findings: bool, history: bool, machine: bool) -> Self {
        Self {
            findings,
            history,
            machine,
            updates: !case.updates.is_empty(),
            unexplained: !case.unexplained.is_empty(),
            timeline: !case.timeline.moments.is_empty(),
            collect: !case.collect.is_empty(),
            not_checked: !case.not_checked.is_empty(),
            coverage: !case.coverage.is_empty(),
            noise: !case.noise.is_empty(),
            sources: !case.sources.is_empty(),
            skipped: !case.skipped.is_empty(),
            evidence: case.findings.iter().any(|it| !it.evidence.is_empty()) || !case.unexplained.is_empty(),
        }
    }
}

/// That a list goes on elsewhere; nothing where it does not.
fn more(count: usize, shown: usize, what: &str) -> String {
    match count.saturating_sub(shown) {
        0 => String::new(),
        left => format!("{} more {what} stand in the JSON report of this case.", grouped(left as u64)),
    }
}
