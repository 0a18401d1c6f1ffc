//! What failed and is neither explained by a finding nor ended by a later success.

use std::collections::HashSet;

use crate::case::{At, Certainty, Finding, Unexplained};
use crate::code::Code;
use crate::matching::{Binding, Hit, Hits, List, Owner, Set};
use crate::rule::{Library, Rule, Severity, Signal, Value};

use super::Gathered;

/// How many lines of evidence an unexplained failure keeps.
const EVIDENCE: usize = 12;

/// The sets of values of the failure `number` that no later success ends. What a success captures, the failure
/// must have captured too.
pub fn standing<'h>(hits: &'h Hits, library: &Library, number: usize) -> Vec<&'h Set> {
    let Some(found) = hits.of(Owner::Failure(number)) else { return Vec::new() };
    let unless = library.failures.get(number).map_or(0, |it| it.unless.len());
    let owners = (0..unless).map(|index| Owner::Success { failure: number, index });
    let successes: Vec<&Set> = owners.filter_map(|it| hits.of(it)).flat_map(|it| &it.sets).collect();
    let ended = |set: &Set| {
        successes.iter().any(|it| it.last.is_after(&set.last) && holds(&set.binding, it.binding.iter()))
    };
    found.sets.iter().filter(|it| !ended(it)).collect()
}

/// Whether each of `values` is among those of a binding.
fn holds<'v>(binding: &Binding, mut values: impl Iterator<Item = &'v Value>) -> bool {
    values
        .all(|it| binding.iter().any(|that| that.name == it.name && that.text.eq_ignore_ascii_case(&it.text)))
}

/// What the findings of a case account for.
struct Explained<'a> {
    rules: Vec<&'a Rule>,
    /// The records that show them: the number of the source, and where in it.
    records: HashSet<(usize, u64)>,
}

impl Explained<'_> {
    fn code(&self, code: Code) -> bool {
        self.rules.iter().any(|it| it.codes.contains(&code) || it.echoes.contains(&code))
    }

    fn title(&self, title: &str) -> bool {
        self.rules.iter().any(|it| it.explains.iter().any(|it| it == title))
    }

    /// Whether each match of the failure with these values is a record that shows a finding. Of what was not
    /// kept, nothing is known.
    fn matches(&self, hits: &[&Hit], count: u64) -> bool {
        let shown =
            |it: &&Hit| it.lines.last().is_some_and(|end| self.records.contains(&(it.source, end.order)));
        hits.len() as u64 == count && hits.iter().all(shown)
    }
}

impl Gathered<'_> {
    /// The failures that no finding explains, by code.
    pub(super) fn unexplained(&self, findings: &[Finding]) -> Vec<Unexplained> {
        let explained = self.explained(findings);
        let mut list: Vec<Unexplained> = Vec::new();
        for (number, signal) in self.library.failures.iter().enumerate() {
            let Some(found) = self.found(Owner::Failure(number)) else { continue };
            for set in standing(self.hits, self.library, number) {
                let code = code_of(&set.binding);
                let hits: Vec<&Hit> = found.kept.iter().filter(|it| belongs(it, set)).collect();
                let known = code.map_or_else(|| explained.title(&signal.title), |it| explained.code(it));
                if !known && !explained.matches(&hits, set.count) {
                    // Where none of them was kept, others of its kind show what they look like.
                    let hits = if hits.is_empty() { found.kept.iter().collect() } else { hits };
                    self.list(&mut list, signal, code, set.count, &hits);
                }
            }
            if found.overflown {
                // More values than are kept: what they are is not known, and so nothing explains them.
                let told: u64 = found.sets.iter().map(|it| it.count).sum();
                self.list(&mut list, signal, None, found.count.saturating_sub(told).max(1), &[]);
            }
        }
        for entry in &mut list {
            entry.evidence.sort_by(|one, other| (&one.path, one.at).cmp(&(&other.path, other.at)));
            entry.evidence.dedup_by(|one, other| (&one.path, one.at) == (&other.path, other.at));
            entry.evidence.truncate(EVIDENCE);
        }
        // The most frequent first; equal ones in the order of their codes.
        list.sort_by(|one, other| (other.occurrences, one.code).cmp(&(one.occurrences, other.code)));
        list
    }

    /// Adds to what is listed under a code, or under the heading of a failure without one.
    fn list(
        &self,
        list: &mut Vec<Unexplained>,
        signal: &Signal,
        code: Option<Code>,
        count: u64,
        hits: &[&Hit],
    ) {
        let name = code.map_or_else(|| Some(signal.title.clone()), |it| it.name().map(str::to_owned));
        let at = list.iter().position(|it| it.code == code && (code.is_some() || it.name == name));
        let at = at.unwrap_or_else(|| {
            let (occurrences, evidence, shape, last, start) = (0, Vec::new(), None, None, None);
            list.push(Unexplained { code, name, occurrences, evidence, shape, last, start });
            list.len() - 1
        });
        let Some(entry) = list.get_mut(at) else { return };
        entry.occurrences += count;
        let ends = hits.iter().filter_map(|it| Some((it.source, it.lines.last()?)));
        entry.evidence.extend(ends.map(|(source, line)| self.evidence(source, line)));
    }

    /// What is contradicted explains nothing, nor does a mere warning; what is history explains its own.
    fn explained(&self, findings: &[Finding]) -> Explained<'_> {
        let sure = |it: &Finding| it.severity == Severity::Error && it.certainty != Certainty::Possible;
        let rules = self.library.rules.iter().enumerate();
        let of = |it: &Finding| rules.clone().find(|(_, rule)| rule.id == it.rule);
        let mut records = HashSet::new();
        for finding in findings.iter().filter(|it| sure(it) || !it.current) {
            let Some((rule, _)) = of(finding) else { continue };
            let places: HashSet<_> = finding.evidence.iter().map(|it| (it.path.as_str(), it.at)).collect();
            let owners = (0..).take(self.library.rules[rule].when.len());
            let found = owners.filter_map(|index| self.found(Owner::Rule { rule, list: List::When, index }));
            for (source, line) in
                found.flat_map(|it| &it.kept).flat_map(|it| it.lines.iter().map(|line| (it.source, line)))
            {
                let place = match self.sources.get(source) {
                    Some(it) => (it.path.as_str(), it.at(line.number)),
                    None => ("", At::Line(line.number)),
                };
                if places.contains(&place) {
                    records.insert((source, line.order));
                }
            }
        }
        let rules = findings.iter().filter(|it| sure(it)).filter_map(of).map(|(_, it)| it).collect();
        Explained { rules, records }
    }
}

fn code_of(values: &[Value]) -> Option<Code> {
    let value = values.iter().find(|it| it.is_named("code"))?;
    Code::parse(&value.text).map(Code::as_hresult)
}

/// Whether a match brought this set of values.
fn belongs(hit: &Hit, set: &Set) -> bool {
    let of_it = |values: &Binding| holds(&set.binding, values.iter());
    match &hit.lines[..] {
        // Of one line, all values are its set; of several, each set has some.
        [line] => of_it(&line.values) && holds(&line.values, set.binding.iter()),
        lines => holds(&lines.iter().flat_map(|it| it.values.clone()).collect(), set.binding.iter()),
    }
}
