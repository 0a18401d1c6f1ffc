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
mod clock;
mod troubles;
mod order;
mod timeline;
mod coverage;
mod collect;
mod start;

use crate::bundle::{SkipKind, Skipped};
use crate::case::{At, Case, Evidence, Finding, NotChecked, Source, Verdict};
use crate::matching::{Answer, Found, Hits, Line, Owner, Place, Question};
use crate::rule::{Condition, Library, Rule};
use crate::source::{Layout, format, layout, not_collected};
use crate::text::cut;

use start::Start;

pub use clock::Clock;
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
    let clock = gathered.clock();
    let mut not_checked = Vec::new();
    let mut judged = Vec::new();
    for (number, rule) in gathered.library.rules.iter().enumerate() {
        let found = gathered.findings(number, rule, &clock, &mut not_checked);
        if found.is_empty() {
            not_checked.extend(gathered.unseen(rule));
        }
        judged.extend(found);
    }
    not_checked.sort();
    not_checked.dedup();
    let made = gathered.attempts(&clock);
    let attempts: Vec<_> = made.iter().map(|it| it.attempt.clone()).collect();
    let troubles = gathered.troubles(&attempts, &clock);
    gathered.order(&mut judged, &troubles, &clock);
    let start = Start { case: source };
    let unexplained = gathered.unexplained(&judged, &troubles, &clock, &start);
    let findings: Vec<Finding> = judged.into_iter().map(|it| it.finding).collect();
    let verdict = verdict::verdict(gathered, &findings, &unexplained);
    let timeline = gathered.timeline(&made, &clock);
    let (updates, updates_count) = updates::told(attempts, &clock);
    let coverage = gathered.coverage(&not_checked);
    let collect = gathered.collect(verdict, &findings, &unexplained, &not_checked);
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
        timeline,
        noise: gathered.noise(),
        coverage,
        collect,
        layout: gathered.layout(),
        accepted: Vec::new(),
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

    /// `CBS.log, line 812, 2024-03-12T03:14:07: what it says`
    fn told_place(&self, place: &Place, text: &str) -> String {
        const SHOWN: usize = 160;
        let Some(source) = self.sources.get(place.source) else { return "in its log".to_owned() };
        let at = match source.at(place.number) {
            At::Nowhere => String::new(),
            at => format!(", {at}"),
        };
        let time = place.time.as_deref().map_or_else(String::new, |it| format!(", {it}"));
        let message = format(source.format).map_or("", |it| it.record(text).message.trim());
        let (shown, _) = cut(message.lines().next().unwrap_or_default().trim(), SHOWN);
        let said = if shown.is_empty() { String::new() } else { format!(": {shown}") };
        format!("{}{at}{time}{said}", source.path)
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
