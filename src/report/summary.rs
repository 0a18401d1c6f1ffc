//! What the index, the terminal and the exit status need of a case when it has been written. A run keeps this
//! of every case until its end, so it is bounded: whatever a bundle holds, it is a few kilobytes.

use crate::bundle::SkipKind;
use crate::case::{Attempt, Case, Certainty, Finding, Unexplained, Verdict, Which};
use crate::code::Code;
use crate::diagnosis::headline;
use crate::rule::{Kind, Outcome, Severity};
use crate::text::cut;

/// No more of each is kept. The likeliest cause and the most frequent failure come first, so the tail goes.
const SYMPTOMS: usize = 12;
const CODES: usize = 16;
const THINGS: usize = 24;
const FAILURES: usize = 16;
/// No more characters of any one text are kept.
const TEXT: usize = 240;
/// How many sentences on what could not be read are kept once they have been told.
const LOSSES: usize = 1;

#[derive(Debug)]
pub struct Summary {
    pub name: String,
    /// The file names of its reports without their extension.
    pub stem: String,
    pub verdict: Verdict,
    pub headline: String,
    pub machine: String,
    /// When something failed last that still stands, as its source tells it.
    pub newest: Option<String>,
    pub symptoms: Vec<Symptom>,
    /// How many there are with those that are not kept.
    pub symptoms_count: usize,
    /// The codes of its causes and of what is unexplained.
    pub codes: Vec<Code>,
    /// What its causes are about, and which updates failed.
    pub things: Vec<Thing>,
    pub failures: Vec<Failure>,
    /// Whether it has more of them than are kept here.
    pub is_cut: bool,
    /// What could not be read, as sentences, and how many there were.
    pub losses: Vec<String>,
    pub lost: usize,
    /// How many findings, and how many unexplained failures, count for a job that asks what is open.
    pub open: (usize, usize),
    pub unexplained: usize,
    /// Whether all of it was read.
    pub whole: bool,
}

/// A finding, in brief.
#[derive(Debug)]
pub struct Symptom {
    pub rule: String,
    pub text: String,
    pub certainty: Certainty,
    /// Whether it makes the case explained: an error that still stands.
    pub is_cause: bool,
}

/// A failure that no finding explains, in brief.
#[derive(Debug)]
pub struct Failure {
    pub code: Option<Code>,
    /// Its line with what differs folded; else the code's name, or what the line says.
    pub text: String,
    pub is_line: bool,
}

/// Something that two machines can have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    pub kind: ThingKind,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ThingKind {
    Update,
    Driver,
    Component,
    Package,
    Service,
}

impl ThingKind {
    pub const ALL: [Self; 5] = [Self::Update, Self::Driver, Self::Component, Self::Package, Self::Service];

    pub fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Driver => "driver",
            Self::Component => "component",
            Self::Package => "package",
            Self::Service => "service",
        }
    }
}

impl Summary {
    /// How many findings and unexplained failures a team lives with.
    pub fn accepted(&self) -> usize {
        let (findings, unexplained) = self.open;
        (self.symptoms_count + self.unexplained).saturating_sub(findings + unexplained)
    }

    pub fn of(case: &Case, stem: &str) -> Self {
        // Of a case that could not be read at all, everything tells why.
        let unreadable = case.verdict == Verdict::Unreadable;
        let lost = case.skipped.iter().filter(|it| unreadable || it.kind == SkipKind::Loss);
        let losses: Vec<String> = lost.map(|it| format!("{}: {}", it.path, it.reason)).collect();
        let open =
            |all: usize, which: fn(usize) -> Which| (0..all).filter(|it| case.counts(which(*it))).count();
        let (codes, more_codes) = codes(case);
        let (things, more_things) = things(case);
        let more = case.findings.len() > SYMPTOMS || case.unexplained.len() > FAILURES;
        Self {
            name: case.name.clone(),
            stem: stem.to_owned(),
            verdict: case.verdict,
            headline: brief(&headline(case)),
            machine: machine(case),
            newest: newest(case),
            symptoms: case.findings.iter().take(SYMPTOMS).map(symptom).collect(),
            codes,
            things,
            failures: case.unexplained.iter().take(FAILURES).map(failure).collect(),
            symptoms_count: case.findings.len(),
            is_cut: more || more_codes || more_things,
            lost: losses.len(),
            losses,
            open: (
                open(case.findings.len(), Which::Finding),
                open(case.unexplained.len(), Which::Unexplained),
            ),
            unexplained: case.unexplained.len(),
            whole: case.whole,
        }
    }

    /// Lets go of what is of no more use when the case has been told on the terminal.
    pub fn settle(&mut self) {
        self.lost = self.losses.len();
        self.losses.truncate(LOSSES);
        self.losses.iter_mut().for_each(|it| *it = brief(it));
        self.losses.shrink_to_fit();
    }
}

fn is_cause(it: &Finding) -> bool {
    it.current && it.severity == Severity::Error
}

fn machine(case: &Case) -> String {
    let machine = &case.machine;
    let build = machine.build.as_ref().map(|it| format!("build {it}"));
    let told = [machine.name.clone(), machine.windows.clone(), build];
    brief(&told.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn symptom(it: &Finding) -> Symptom {
    Symptom {
        rule: it.rule.clone(),
        text: brief(&it.symptom),
        certainty: it.certainty,
        is_cause: is_cause(it),
    }
}

fn failure(it: &Unexplained) -> Failure {
    let name = || it.name.clone().unwrap_or_else(|| "a failure without a code".to_owned());
    let text = it.shape.clone().unwrap_or_else(name);
    Failure { code: it.code, text: brief(&text), is_line: it.shape.is_some() }
}

fn codes(case: &Case) -> (Vec<Code>, bool) {
    let of_causes = case.findings.iter().filter(|it| is_cause(it)).flat_map(|it| it.codes.iter().copied());
    distinct(of_causes.chain(case.unexplained.iter().filter_map(|it| it.code)), CODES)
}

fn things(case: &Case) -> (Vec<Thing>, bool) {
    let values = case.findings.iter().filter(|it| is_cause(it)).flat_map(|it| &it.values);
    let of_causes = values.flat_map(|(name, values)| values.iter().filter_map(|it| thing(name, it)));
    distinct(failing(&case.updates).chain(of_causes), THINGS)
}

/// The updates whose latest attempt failed. The attempts come with the latest first.
fn failing(attempts: &[Attempt]) -> impl Iterator<Item = Thing> {
    let ended = attempts.iter().filter(|it| !it.outcome.is_start());
    let mut latest: Vec<&Attempt> = Vec::new();
    for it in ended.filter(|it| it.update.is_some()) {
        if !latest.iter().any(|one| one.update == it.update) {
            latest.push(it);
        }
    }
    let failed = latest.into_iter().filter(|it| it.outcome == Outcome::Failed);
    failed.filter_map(|it| thing("package", it.update.as_deref()?))
}

/// A captured value as something that another machine can have too. The name under which a rule captures it says
/// what it is, and it must look so.
fn thing(captured_as: &str, value: &str) -> Option<Thing> {
    let is = |kind: Kind| kind.accepts(value) && value.len() <= TEXT;
    let kind = match captured_as {
        "kb" | "update" | "package" if is(Kind::Kb) => ThingKind::Update,
        "kb" | "update" | "package" if is(Kind::Package) => {
            return Some(of_package(value));
        }
        // Windows counts the drivers of others on each machine anew: the same number is not the same driver.
        "inf" | "driver" if is(Kind::Inf) && !is_numbered(value) => ThingKind::Driver,
        "component" if is(Kind::Component) => ThingKind::Component,
        "service" if is(Kind::Service) => ThingKind::Service,
        _ => return None,
    };
    let name = match kind {
        ThingKind::Update => value.to_uppercase(),
        ThingKind::Driver => value.to_lowercase(),
        _ => value.to_owned(),
    };
    Some(Thing { kind, name })
}

/// `Package_for_KB5034768~…` is that update.
fn of_package(value: &str) -> Thing {
    let number = |it: &str| it.chars().take_while(char::is_ascii_digit).collect::<String>();
    let update = value.split_once("_KB").map(|(_, it)| format!("KB{}", number(it)));
    match update.filter(|it| Kind::Kb.accepts(it)) {
        Some(name) => Thing { kind: ThingKind::Update, name },
        None => Thing { kind: ThingKind::Package, name: value.to_owned() },
    }
}

fn is_numbered(inf: &str) -> bool {
    let inf = inf.to_ascii_lowercase();
    let number = inf.strip_prefix("oem").and_then(|it| it.strip_suffix(".inf"));
    number.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}

/// The newest time that a source gives of a cause or of an unexplained failure.
fn newest(case: &Case) -> Option<String> {
    let causes = case.findings.iter().filter(|it| is_cause(it)).map(|it| (&it.last, &it.evidence));
    let all = causes.chain(case.unexplained.iter().map(|it| (&it.last, &it.evidence)));
    all.filter_map(|(last, evidence)| {
        last.as_deref().or_else(|| evidence.iter().filter_map(|it| it.time.as_deref()).max())
    })
    .max()
    .map(str::to_owned)
}

/// The first of them, each once, and whether there are more.
fn distinct<T: PartialEq>(all: impl Iterator<Item = T>, limit: usize) -> (Vec<T>, bool) {
    let mut list = Vec::new();
    for it in all {
        if list.contains(&it) {
            continue;
        }
        if list.len() == limit {
            return (list, true);
        }
        list.push(it);
    }
    (list, false)
}

fn brief(text: &str) -> String {
    match cut(text, TEXT) {
        (text, false) => text.to_owned(),
        (text, true) => format!("{text}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(captured_as: &str, value: &str, expect: Option<(&str, &str)>) {
        let found = thing(captured_as, value);
        assert_eq!(found.as_ref().map(|it| (it.kind.name(), it.name.as_str())), expect, "{value}");
    }

    #[test]
    fn what_two_machines_can_have_in_common() {
        check("update", "kb5034768", Some(("update", "KB5034768")));
        check("package", "Package_for_KB5034768~31bf3856ad364e35~amd64~~1.2", Some(("update", "KB5034768")));
        let rollup = "Package_for_RollupFix~31bf3856ad364e35~amd64~~14393.4889.1.2";
        check("package", rollup, Some(("package", rollup)));
        check("inf", "FlpyDisk.inf", Some(("driver", "flpydisk.inf")));
        check(
            "service",
            "clr_optimization_v4.0.30319_32",
            Some(("service", "clr_optimization_v4.0.30319_32")),
        );
        // A number that each machine gives anew, and what does not look as it should.
        check("inf", "oem12.inf", None);
        check("component", "<script>", None);
        check("update", "[redacted]", None);
        check("file", "gdi32full.dll", None);
    }
}
