//! From what was matched to what is said: which findings stand and how certain they are, what failed and is
//! not explained, what could not be checked, and the verdict over all of it.

mod values;
mod steps;
mod nodes;
mod finding;
mod unexplained;
mod verdict;
mod machine;
mod registry;
mod updates;
mod attempts;
mod noise;

use crate::bundle::{SkipKind, Skipped};
use crate::case::{At, Case, Evidence, NotChecked, Source, Timeline, Verdict};
use crate::matching::{Answer, Found, Hits, Line, Owner, Question};
use crate::rule::{Condition, Library, Rule};
use crate::source::{Layout, layout, not_collected};

pub use finding::Confirmation;
pub use nodes::{of_fact, questions};
pub use unexplained::standing;
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

/// How many lines of evidence a finding keeps.
const EVIDENCE: usize = 60;

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
        timeline: Timeline::default(),
        noise: gathered.noise(),
        coverage: Vec::new(),
        collect: Vec::new(),
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
            at: self.sources.get(source).map_or(At::Line(line.number), |it| it.at(line.number)),
            time: line.time.clone(),
            note: None,
            before: line.before.clone(),
            text: line.text.clone(),
            after: line.after.clone(),
            marks: line.marks.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
