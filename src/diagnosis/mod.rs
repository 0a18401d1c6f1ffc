//! From what was matched to what is said: which findings stand and how certain they are, what failed and is
//! not explained, what could not be checked, and the verdict over all of it.

mod values;
mod steps;
mod nodes;
mod finding;
mod verdict;
mod machine;
mod registry;
mod updates;
mod attempts;

use crate::bundle::{SkipKind, Skipped};
use crate::case::{Case, Certainty, Evidence, Finding, NotChecked, Source, Unexplained, Verdict};
use crate::code::Code;
use crate::matching::{Answer, Found, Hits, Line, Owner, Question, Set};
use crate::rule::{Condition, Library, Rule, Severity};
use crate::source::{Layout, layout, not_collected};

pub use finding::Confirmation;
pub use nodes::{of_fact, questions};
pub use verdict::headline;

/// What was gathered from a bundle.
pub struct Gathered<'a> {
    pub library: &'a Library,
    pub hits: &'a Hits,
    pub sources: &'a [Source],
    pub skipped: &'a [Skipped],
    /// The computer names that sources told.
    pub computers: &'a [String],
    pub answers: &'a Answers,
}

/// Every question that was asked, with what each source answered.
#[derive(Default)]
pub struct Answers {
    pub asked: Vec<(Question, Vec<Answer>)>,
}

/// What a condition comes to. What the bundle lacks is unknown, and unknown is never evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    Yes,
    No,
    Unknown,
}

/// How many lines of evidence a finding, and an unexplained failure, keeps.
const EVIDENCE: usize = 60;
const UNEXPLAINED_EVIDENCE: usize = 12;

/// The case that `name` and `source` become.
pub fn diagnose(name: &str, source: &str, gathered: &Gathered<'_>) -> Case {
    let mut not_checked = Vec::new();
    let mut findings = Vec::new();
    for (number, rule) in gathered.library.rules.iter().enumerate() {
        let found = gathered.findings(number, rule, &mut not_checked);
        if found.is_empty() {
            not_checked.extend(gathered.unseen(rule));
        }
        findings.extend(found);
    }
    findings.sort_by(finding::likeliest_first);
    not_checked.sort();
    not_checked.dedup();
    let unexplained = gathered.unexplained(&findings);
    let verdict = verdict::verdict(gathered, &findings, &unexplained);
    let (updates, updates_count) = gathered.updates();
    Case {
        name: name.to_owned(),
        source: source.to_owned(),
        verdict,
        machine: gathered.machine(),
        findings,
        unexplained,
        updates,
        updates_count,
        not_checked,
        sources: gathered.sources.to_vec(),
        skipped: gathered.skipped.iter().map(told).collect(),
        layout: gathered.layout(),
        whole: verdict != Verdict::Unreadable && gathered.skipped.iter().all(|it| it.kind != SkipKind::Loss),
    }
}

/// What was skipped; the name of an empty member may say that the collector found nothing to collect.
fn told(skipped: &Skipped) -> Skipped {
    let named = not_collected(&skipped.path).filter(|_| skipped.kind == SkipKind::Empty);
    let reason =
        named.map(|(what, code)| format!("{what} could not be collected ({code}): nothing is known of it"));
    Skipped { reason: reason.unwrap_or_else(|| skipped.reason.clone()), ..skipped.clone() }
}

impl Gathered<'_> {
    fn found(&self, owner: Owner) -> Option<&Found> {
        self.hits.of(owner)
    }

    /// What made the bundle, by the names of all its members.
    fn layout(&self) -> Option<Layout> {
        let sources = self.sources.iter().map(|it| it.path.as_str());
        layout(&sources.chain(self.skipped.iter().map(|it| it.path.as_str())).collect::<Vec<_>>())
    }

    /// The sources that could have answered a condition on records.
    fn has_format(&self, names: &[&str]) -> bool {
        self.sources.iter().any(|it| names.contains(&it.format))
    }

    /// What a rule without a finding needed and the bundle did not have.
    fn unseen(&self, rule: &Rule) -> Vec<NotChecked> {
        let told =
            |missing: String| NotChecked { rule: rule.id.clone(), symptom: rule.symptom.clone(), missing };
        let sequences = rule.when.iter().filter_map(|it| match it {
            Condition::Records(sequence) => Some(sequence),
            Condition::Node(_) => None,
        });
        let mut missing = Vec::new();
        for sequence in sequences {
            let names: Vec<&str> = sequence.formats.iter().map(|it| it.name()).collect();
            if !self.has_format(&names) {
                missing.push(told(format!("{}: {}", names[0], sequence.formats[0].about())));
            }
            let partly = self.sources.iter().filter(|it| names.contains(&it.format) && !it.whole);
            missing.extend(partly.map(|it| {
                told(format!("{}: the rest of {}, which was read in part only", it.format, it.path))
            }));
        }
        missing
    }

    fn evidence(&self, source: usize, line: &Line) -> Evidence {
        Evidence {
            path: self.sources.get(source).map(|it| it.path.clone()).unwrap_or_default(),
            line: line.number,
            time: line.time.clone(),
            note: None,
            before: line.before.clone(),
            text: line.text.clone(),
            after: line.after.clone(),
            marks: line.marks.clone(),
        }
    }

    /// The failures that no finding explains, by code.
    fn unexplained(&self, findings: &[Finding]) -> Vec<Unexplained> {
        let explained = |code: Code| {
            let of = |id: &str| self.library.rules.iter().find(|it| it.id == id);
            // What is contradicted explains nothing, nor does a mere warning; what is history explains its own.
            let sure = |it: &&Finding| it.severity == Severity::Error && it.certainty != Certainty::Possible;
            let standing = findings.iter().filter(sure);
            standing
                .filter_map(|it| of(&it.rule))
                .any(|it| it.codes.contains(&code) || it.echoes.contains(&code))
        };
        let mut list: Vec<Unexplained> = Vec::new();
        for (number, signal) in self.library.failures.iter().enumerate() {
            let Some(found) = self.found(Owner::Failure(number)) else { continue };
            let code_of = |values: &[crate::rule::Value]| {
                let value = values.iter().find(|it| it.is_named("code"))?;
                Code::parse(&value.text).map(Code::as_hresult)
            };
            for Set { binding, count, .. } in &found.sets {
                let code = code_of(binding);
                if code.is_some_and(explained) {
                    continue;
                }
                let name = code.map_or_else(|| Some(signal.title.clone()), |it| it.name().map(str::to_owned));
                match list.iter_mut().find(|it| it.code == code && (code.is_some() || it.name == name)) {
                    Some(entry) => entry.occurrences += count,
                    None => list.push(Unexplained { code, name, occurrences: *count, evidence: Vec::new() }),
                }
            }
            for hit in &found.kept {
                let Some(line) = hit.lines.last() else { continue };
                let code = code_of(&line.values);
                let here = list.iter_mut().find(|it| {
                    it.code == code && (code.is_some() || it.name.as_deref() == Some(&signal.title))
                });
                if let Some(entry) = here {
                    entry.evidence.push(self.evidence(hit.source, line));
                }
            }
        }
        for entry in &mut list {
            entry.evidence.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
            entry.evidence.dedup_by(|one, other| (&one.path, one.line) == (&other.path, other.line));
            entry.evidence.truncate(UNEXPLAINED_EVIDENCE);
        }
        // The most frequent first; equal ones in the order of their codes.
        list.sort_by(|one, other| (other.occurrences, one.code).cmp(&(one.occurrences, other.code)));
        list
    }
}

#[cfg(test)]
mod tests;
