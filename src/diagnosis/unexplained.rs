//! What failed and is neither explained by a finding nor ended by a later success.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::case::{At, Certainty, Evidence, Unexplained};
use crate::code::Code;
use crate::matching::{Binding, Hit, Hits, List, Owner, Set};
use crate::rule::{Library, Rule, Severity, Signal, Value};

use super::Gathered;
use super::clock::Clock;
use super::order::{Judged, is_wrapper, share};
use super::start::{Start, shape};
use super::troubles::Troubles;

/// How many lines of evidence an unexplained failure keeps.
const EVIDENCE: usize = 12;
/// Of the lines before a failure, so many of the last are told whatever they say, and so many that tell of trouble.
const LAST: usize = 3;
const TELLING: usize = 9;

/// The sets of values of the failure `number` that no later success ends. What a success captures, the failure
/// must have captured too.
pub fn standing<'h>(hits: &'h Hits, library: &Library, number: usize, clock: &Clock) -> Vec<&'h Set> {
    let Some(found) = hits.of(Owner::Failure(number)) else { return Vec::new() };
    found.sets.iter().filter(|it| ended_by(hits, library, number, it, clock).is_none()).collect()
}

/// The later success that ends the failure `number` with these values.
pub fn ended_by<'h>(
    hits: &'h Hits,
    library: &Library,
    number: usize,
    set: &Set,
    clock: &Clock,
) -> Option<&'h Set> {
    let unless = library.failures.get(number).map_or(0, |it| it.unless.len());
    let owners = (0..unless).map(|index| Owner::Success { failure: number, index });
    let mut successes = owners.filter_map(|it| hits.of(it)).flat_map(|it| &it.sets);
    successes.find(|it| clock.is_after(&it.last, &set.last) && holds(&set.binding, it.binding.iter()))
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
    /// The failures that no finding explains, by code: a cause before what only passes it on, then the most frequent
    /// first.
    pub(super) fn unexplained(
        &self,
        judged: &[Judged<'_>],
        troubles: &Troubles,
        clock: &Clock,
        start: &Start<'_>,
    ) -> Vec<Unexplained> {
        let explained = self.explained(judged);
        let causes: Vec<&Set> =
            judged.iter().filter(|it| explains(it)).flat_map(|it| it.sets.clone()).collect();
        let mut list: Vec<Open<'_>> = Vec::new();
        for (number, signal) in self.library.failures.iter().enumerate() {
            let Some(found) = self.found(Owner::Failure(number)) else { continue };
            for set in standing(self.hits, self.library, number, clock) {
                let code = code_of(&set.binding);
                let hits: Vec<&Hit> = found.kept.iter().filter(|it| belongs(it, set)).collect();
                let known = code.map_or_else(|| explained.title(&signal.title), |it| explained.code(it));
                let passed_on = || code.is_some_and(is_wrapper) && share(&[set], &causes, troubles, clock);
                let over = || troubles.cure(set, code.as_slice(), clock).is_some();
                if !known && !explained.matches(&hits, set.count) && !passed_on() && !over() {
                    // Where none of them was kept, others of its kind show what they look like.
                    let hits = if hits.is_empty() { found.kept.iter().collect() } else { hits };
                    self.list(&mut list, signal, code, Some(set), set.count, &hits);
                }
            }
            if found.overflown {
                // More values than are kept: what they are is not known, and so nothing explains them.
                let told: u64 = found.sets.iter().map(|it| it.count).sum();
                self.list(&mut list, signal, None, None, found.count.saturating_sub(told).max(1), &[]);
            }
        }
        let mut list = fold(list, troubles, clock);
        for Open { entry, sets } in &mut list {
            entry.evidence.sort_by(|one, other| (&one.path, one.at).cmp(&(&other.path, other.at)));
            entry.evidence.dedup_by(|one, other| (&one.path, one.at) == (&other.path, other.at));
            entry.evidence.truncate(EVIDENCE);
            let latest = |one, other| if clock.is_after(other, one) { other } else { one };
            let last = sets.iter().map(|it| &it.last).filter(|it| it.time.is_some()).reduce(latest);
            entry.last = last.and_then(|it| it.time.clone());
            if let Some(first) = entry.evidence.first() {
                let form = self.sources.iter().find(|it| it.path == first.path).map_or("", |it| it.format);
                (entry.shape, entry.start) = (shape(form, &first.text), start.command(first));
            }
            entry.evidence.iter_mut().for_each(|it| it.before = telling(&it.before));
        }
        let mut list: Vec<Unexplained> = list.into_iter().map(|it| it.entry).collect();
        let key = |it: &Unexplained| (it.code.is_some_and(is_wrapper), Reverse(it.occurrences), it.code);
        list.sort_by_key(key);
        list
    }

    /// Adds to what is listed under a code, or under the heading of a failure without one.
    fn list<'h>(
        &self,
        list: &mut Vec<Open<'h>>,
        signal: &Signal,
        code: Option<Code>,
        set: Option<&'h Set>,
        count: u64,
        hits: &[&Hit],
    ) {
        let name = code.map_or_else(|| Some(signal.title.clone()), |it| it.name().map(str::to_owned));
        let at = list
            .iter()
            .map(|it| &it.entry)
            .position(|it| it.code == code && (code.is_some() || it.name == name));
        let at = at.unwrap_or_else(|| {
            let (occurrences, evidence, shape, last, start) = (0, Vec::new(), None, None, None);
            let entry = Unexplained { code, name, occurrences, evidence, shape, last, start };
            list.push(Open { entry, sets: Vec::new() });
            list.len() - 1
        });
        let Some(Open { entry, sets }) = list.get_mut(at) else { return };
        sets.extend(set);
        entry.occurrences += count;
        let ends = hits.iter().filter_map(|it| Some((it.source, it.lines.last()?)));
        entry.evidence.extend(ends.map(|(source, line)| self.evidence(source, line)));
    }

    /// What is contradicted explains nothing, nor does a mere warning; what is history explains its own.
    fn explained(&self, judged: &[Judged<'_>]) -> Explained<'_> {
        let rules = self.library.rules.iter().enumerate();
        let of = |it: &Judged<'_>| rules.clone().find(|(_, rule)| rule.id == it.rule.id);
        let mut records = HashSet::new();
        for it in judged.iter().filter(|it| explains(it) || !it.finding.current) {
            let Some((rule, _)) = of(it) else { continue };
            let places: HashSet<_> = it.finding.evidence.iter().map(|it| (it.path.as_str(), it.at)).collect();
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
        let rules = judged.iter().filter(|it| explains(it)).filter_map(of).map(|(_, it)| it).collect();
        Explained { rules, records }
    }
}

/// A failure in the making, with what it was found in.
struct Open<'h> {
    entry: Unexplained,
    sets: Vec<&'h Set>,
}

/// Whether a finding accounts for what failed: a mere warning, and what is contradicted, does not.
fn explains(judged: &Judged<'_>) -> bool {
    let it = &judged.finding;
    it.severity == Severity::Error && it.certainty != Certainty::Possible
}

/// Puts codes that only pass on another failure under that one, where all of them lie within it.
fn fold<'h>(list: Vec<Open<'h>>, troubles: &Troubles, clock: &Clock) -> Vec<Open<'h>> {
    let (passed_on, mut roots): (Vec<_>, Vec<_>) =
        list.into_iter().partition(|it| it.entry.code.is_some_and(is_wrapper));
    for wrapper in passed_on {
        let root = roots.iter_mut().find(|it| {
            it.entry.code.is_some_and(|it| !is_wrapper(it)) && share(&wrapper.sets, &it.sets, troubles, clock)
        });
        let Some(root) = root else {
            roots.push(wrapper);
            continue;
        };
        let told = wrapper.entry.code.map(|it| it.to_string()).unwrap_or_default();
        let often = wrapper.entry.occurrences;
        let note = format!("the same failure, passed on as {told} ({often} in all)");
        let one = wrapper.entry.evidence.into_iter().next_back();
        root.entry.evidence.extend(one.map(|it| Evidence { note: Some(note), ..it }));
    }
    roots
}

/// Of the lines before a failure, the last ones and those that tell of trouble.
fn telling(before: &[String]) -> Vec<String> {
    let speaks = |line: &String| {
        let line = line.to_ascii_lowercase();
        ["fail", "error", "0x8", "0xc", "cannot"].iter().any(|it| line.contains(it))
    };
    let rest = before.len().saturating_sub(LAST);
    let telling: Vec<&String> = before[..rest].iter().filter(|it| speaks(it)).collect();
    let from = telling.len().saturating_sub(TELLING);
    telling[from..].iter().copied().chain(&before[rest..]).cloned().collect()
}

pub fn code_of(values: &[Value]) -> Option<Code> {
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
