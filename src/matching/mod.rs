//! Records in, hits out. A block of text is scanned for the literal texts of all rules at once; only where one
//! occurs is a record cut out, parsed, and held against the rules that want it. Nothing here knows a format
//! by name.

mod plan;
mod prefilter;
mod lines;
mod ledger;
mod scan;
mod sequence;
mod owner;
mod noise;
mod questions;

pub use ledger::{Ledger, Scanned};
pub use noise::Noisy;
pub use owner::{List, Owner};
pub use questions::{Answer, Asked, Question, Want, ask, ask_tree};
pub use scan::{Scanner, scan};
pub use sequence::combine;

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use crate::rule::{Attempt, Condition, Library, Sequence, Value};
use crate::source::{FORMATS, Format, Providers, seconds_between};
use crate::text::LINE_LIMIT;

use prefilter::Prefilter;

/// All that is looked for in records: made once, used by every thread.
pub struct Matcher<'l> {
    sequences: Vec<(Owner, &'l Sequence)>,
    attempts: &'l [Attempt],
    /// Made when the first source of a format is met.
    prefilters: HashMap<&'static str, OnceLock<Prefilter>>,
    providers: HashMap<&'static str, Providers>,
    /// How many matches of a sequence are kept with their text, and how long a line may be.
    evidence: usize,
    line: usize,
}

impl<'l> Matcher<'l> {
    pub fn new(library: &'l Library) -> Self {
        let mut sequences = Vec::new();
        for (rule, it) in library.rules.iter().enumerate() {
            for list in List::ALL {
                for (index, condition) in list.of(it).iter().enumerate() {
                    if let Condition::Records(sequence) = condition {
                        sequences.push((Owner::Rule { rule, list, index }, sequence));
                    }
                }
            }
        }
        sequences.extend(library.failures.iter().enumerate().map(|(at, it)| (Owner::Failure(at), &it.test)));
        for (failure, it) in library.failures.iter().enumerate() {
            let success = |(index, it)| (Owner::Success { failure, index }, it);
            sequences.extend(it.unless.iter().enumerate().map(success));
        }
        sequences.extend(library.facts.iter().enumerate().map(|(at, it)| (Owner::Fact(at), &it.test)));
        let attempts = library.attempts.iter().enumerate();
        sequences.extend(attempts.map(|(at, it)| (Owner::Attempt(at), &it.signal.test)));
        let happenings = library.happenings.iter().enumerate();
        sequences.extend(happenings.map(|(at, it)| (Owner::Happening(at), &it.signal.test)));
        // Noise is looked for last: what shows something else is none.
        sequences.extend(library.noise.iter().enumerate().map(|(at, it)| (Owner::Noise(at), &it.test)));
        let prefilters = FORMATS.iter().map(|it| (it.name(), OnceLock::new())).collect();
        let providers = FORMATS.iter().map(|it| (it.name(), providers(&sequences, *it))).collect();
        let attempts = &library.attempts;
        Self { sequences, attempts, prefilters, providers, evidence: KEPT, line: LINE_LIMIT }
    }

    /// With other limits: how many matches of a sequence are kept with their text, and how long a line may be
    /// to be matched in one piece.
    pub fn within(self, evidence: usize, line: usize) -> Self {
        Self { evidence, line, ..self }
    }

    fn prefilter(&self, format: &dyn Format) -> &Prefilter {
        self.prefilters[format.name()].get_or_init(|| Prefilter::new(&self.sequences, format))
    }

    /// Whose records are looked for in a format.
    pub fn providers(&self, format: &dyn Format) -> &Providers {
        &self.providers[format.name()]
    }

    /// Whether records of the format are looked for at all.
    pub fn wants(&self, format: &dyn Format) -> bool {
        self.sequences.iter().any(|(_, it)| it.formats.iter().any(|it| it.name() == format.name()))
    }
}

/// Whose records the sequences of a format ask for.
fn providers(sequences: &[(Owner, &Sequence)], format: &dyn Format) -> Providers {
    let mut names = BTreeSet::new();
    let mine = sequences.iter().filter(|(_, it)| it.formats.iter().any(|it| it.name() == format.name()));
    for test in mine.flat_map(|(_, it)| it.records.iter().chain(&it.broken_by)) {
        match test.providers() {
            Some(of) => names.extend(of.iter().cloned()),
            None => return Providers::All,
        }
    }
    Providers::These(names.into_iter().collect())
}

/// What was found for each sequence, over all sources of a case.
#[derive(Debug)]
pub struct Hits {
    by_owner: HashMap<Owner, Found>,
    /// Lines that look like failures and are none, by source and kind.
    pub noise: Vec<Noisy>,
    /// How many matches of a sequence are kept with their text.
    most: usize,
}

impl Default for Hits {
    fn default() -> Self {
        Self::keeping(KEPT)
    }
}

/// What was found for one sequence.
#[derive(Debug, Default)]
pub struct Found {
    /// How often, exactly.
    pub count: u64,
    /// How often it must be found to hold.
    at_least: u64,
    /// The first ones, and those that brought new values.
    pub kept: Vec<Hit>,
    /// Every distinct set of captured values; those of every match, where each counts by itself.
    pub sets: Vec<Set>,
    /// Whether there were more sets of values than are kept.
    pub overflown: bool,
    each: bool,
    /// Where in the list a set of values stands.
    places: HashMap<String, usize>,
    /// The values at hand, as they stand there.
    key: String,
    /// How many matches are kept with their text.
    most: usize,
    /// How many bytes the sets of values take.
    bytes: usize,
}

/// One set of values that was captured.
#[derive(Clone, Debug)]
pub struct Set {
    pub binding: Binding,
    /// How often.
    pub count: u64,
    /// Where first and where last.
    pub first: Place,
    pub last: Place,
}

impl Set {
    fn bytes(&self) -> usize {
        bytes_of(&self.binding)
    }
}

/// How much memory values take, roughly.
fn bytes_of(binding: &Binding) -> usize {
    binding.iter().map(|it| 64 + it.text.len()).sum()
}

/// Where a match ends, to tell which of two came later.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub source: usize,
    /// Where in the text that was scanned.
    pub line: u64,
    /// Where in the source: the number of its line, or of its event.
    pub number: u64,
    pub time: Option<String>,
}

impl Clone for Place {
    fn clone(&self) -> Self {
        Self { time: self.time.clone(), ..*self }
    }

    /// The last match moves on with each: its time is written over the one before.
    fn clone_from(&mut self, other: &Self) {
        (self.source, self.line, self.number) = (other.source, other.line, other.number);
        self.time.clone_from(&other.time);
    }
}

impl Place {
    /// Whether this is later than `other`, as far as the sources tell: by their times, or within one source by
    /// its order.
    pub fn is_after(&self, other: &Self) -> bool {
        match (&self.time, &other.time) {
            (Some(this), Some(that)) if this != that => is_later(this, that),
            _ => self.source == other.source && self.line > other.line,
        }
    }
}

/// Whether a time is later than another one. A time in UTC and one of the machine's clock are in a certain order only
/// where they are further apart than a clock can be from UTC.
fn is_later(this: &str, that: &str) -> bool {
    const FURTHEST: u64 = 14 * 3600;
    let of_one_clock = this.ends_with('Z') == that.ends_with('Z');
    this > that && (of_one_clock || seconds_between(this, that).is_some_and(|it| it > FURTHEST))
}

/// The values that one match captured.
pub type Binding = Vec<Value>;

/// One match of a sequence: its records, in order.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The source it was found in, by its number in the case.
    pub source: usize,
    pub lines: Vec<Line>,
    /// Whether its values were the first of their kind in the source.
    brings_new: bool,
}

/// A matched record, with what stands around it.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Where it stands in its source: the number of its line, or of its event.
    pub number: u64,
    /// Where it stands in the text that was scanned, which may be made of the source.
    pub order: u64,
    pub time: Option<String>,
    pub text: String,
    pub before: Vec<String>,
    pub after: Vec<String>,
    /// Where the captured values stand in the text.
    pub marks: Vec<(usize, usize)>,
    pub values: Vec<Value>,
}

/// How many matches of a sequence are kept with their text, and how many distinct sets of values. The count
/// is exact whatever is kept, and a log full of matches cannot fill the memory.
const KEPT: usize = 40;
pub const BINDINGS: usize = 5000;
/// What the values of one sequence may take: those of a log may be as long as its lines.
const BYTES: usize = 2 << 20;

impl Hits {
    /// Nothing yet; of each sequence, so many matches will be kept with their text.
    pub fn keeping(most: usize) -> Self {
        Self { by_owner: HashMap::new(), noise: Vec::new(), most }
    }

    /// How many bytes the text takes that is kept, roughly.
    pub fn weight(&self) -> u64 {
        self.by_owner.values().map(Found::weight).sum()
    }

    /// What was found for a condition, if it was found often enough.
    pub fn of(&self, owner: Owner) -> Option<&Found> {
        self.by_owner.get(&owner).filter(|it| it.count >= it.at_least)
    }

    fn of_mut(&mut self, owner: Owner, at_least: u64) -> &mut Found {
        let found = self.by_owner.entry(owner).or_default();
        found.at_least = at_least;
        found.most = self.most;
        found.each = owner.wants_each();
        found
    }

    fn add(&mut self, owner: Owner, at_least: u64, hit: Hit, bindings: &[Binding]) {
        let found = self.of_mut(owner, at_least);
        let end = hit.lines.last();
        let last = end.map(|it| Place {
            source: hit.source,
            line: it.order,
            number: it.number,
            time: it.time.clone(),
        });
        let brings_new = found.note(bindings, &last.unwrap_or_default());
        if found.keeps(brings_new) {
            found.kept.push(Hit { brings_new, ..hit });
        }
    }

    /// Takes over what was found in the source that is number `source` of the case. Sources are taken in their
    /// order, whatever order they were read in.
    pub fn take(&mut self, source: usize, hits: Self) {
        self.noise.extend(hits.noise.into_iter().map(|it| Noisy { source, ..it }));
        for (owner, found) in hits.by_owner {
            let into = self.of_mut(owner, found.at_least);
            into.count += found.count;
            into.overflown |= found.overflown;
            for set in found.sets {
                let (first, last) = (Place { source, ..set.first }, Place { source, ..set.last });
                if !into.counts_again(&set.binding, set.count, (&first, &last)) {
                    into.add_set(Set { first, last, ..set });
                }
            }
            for hit in found.kept {
                if into.keeps(hit.brings_new) {
                    into.kept.push(Hit { source, ..hit });
                }
            }
        }
    }
}

impl Found {
    fn weight(&self) -> u64 {
        let around = |it: &Line| it.before.iter().chain(&it.after).map(String::len).sum::<usize>();
        let lines = self.kept.iter().flat_map(|it| &it.lines).map(|it| 256 + it.text.len() + around(it));
        (self.bytes + lines.sum::<usize>()) as u64
    }

    /// Counts a match, and says whether it brings values that were not there before.
    fn note(&mut self, bindings: &[Binding], last: &Place) -> bool {
        self.count += 1;
        let mut brings_new = false;
        for binding in bindings {
            // A log may be full of the same values: what is not kept is not copied.
            if !self.counts_again(binding, 1, (last, last)) {
                let (binding, first, last) = (binding.clone(), last.clone(), last.clone());
                brings_new |= self.add_set(Set { binding, count: 1, first, last });
            }
        }
        brings_new
    }

    /// Whether values were there before; then it is counted how often.
    fn counts_again(&mut self, binding: &Binding, count: u64, (first, last): (&Place, &Place)) -> bool {
        if self.each {
            return false;
        }
        // Of a pattern with alternatives, equal texts may have other names.
        self.key.clear();
        for part in binding.iter().flat_map(|it| [&*it.name, &it.text]) {
            self.key.push_str(part);
            self.key.push('\0');
        }
        let Some(at) = self.places.get(&self.key) else { return false };
        let set = &mut self.sets[*at];
        set.count += count;
        if set.first.is_after(first) {
            set.first.clone_from(first);
        }
        if last.is_after(&set.last) {
            set.last.clone_from(last);
        }
        true
    }

    /// Adds values that were not there before. Whether they are of a new kind and kept.
    fn add_set(&mut self, set: Set) -> bool {
        let is_full = self.sets.len() == BINDINGS || self.bytes > BYTES;
        self.overflown |= is_full;
        if self.each && is_full {
            // The latest are told first: what is older goes.
            self.sets.sort_by(|one, other| one.last.time.cmp(&other.last.time));
            self.sets.drain(..self.sets.len().div_ceil(2));
            self.bytes = self.sets.iter().map(Set::bytes).sum();
        } else if is_full {
            return false;
        }
        self.bytes += set.bytes();
        if !self.each {
            self.bytes += self.key.len();
            self.places.insert(self.key.clone(), self.sets.len());
        }
        self.sets.push(set);
        !self.each
    }

    /// Whether one more match is kept with its text.
    fn keeps(&self, brings_new: bool) -> bool {
        !self.each && self.kept.len() < self.most / 2 || (brings_new && self.kept.len() < self.most)
    }
}

#[cfg(any(test, feature = "fuzzing"))]
pub mod naive;
#[cfg(test)]
mod tests;
