//! Sequences in the making: records that were found, waiting for the ones that have to follow.

use std::collections::HashMap;

use crate::rule::{Distance, Sequence};
use crate::source::seconds_between;

use super::{Binding, Hit, Hits, Line, Owner};

/// How many records of one kind wait at the same time. A sequence that starts ten thousand times and never
/// ends must not fill the memory.
const WAITING: usize = 200;
/// How many sets of values one match can bring: three kinds of record with many each would multiply.
const COMBINED: usize = super::BINDINGS;

/// The sequences of one source.
pub struct Progress<'l> {
    sequences: &'l [(Owner, &'l Sequence)],
    waiting: HashMap<usize, Vec<Vec<Line>>>,
}

impl<'l> Progress<'l> {
    pub fn new(sequences: &'l [(Owner, &'l Sequence)]) -> Self {
        Self { sequences, waiting: HashMap::new() }
    }

    /// Takes one record that passed tests of the sequence `number`, by their positions in ascending order.
    pub fn take(&mut self, number: usize, passed: Vec<(usize, Line)>, hits: &mut Hits) {
        let (owner, sequence) = self.sequences[number];
        let last = sequence.records.len() - 1;
        let waiting = self.waiting.entry(number).or_insert_with(|| vec![Vec::new(); last]);
        // From the end, so that a record follows others and never itself.
        for (position, line) in passed.into_iter().rev() {
            let near = |it: &Line| it.order < line.order && is_near(it, &line, sequence.within);
            if position > last {
                // What breaks the sequence may also be its end, and its end has been seen to below.
                continue;
            }
            if position == 0 || waiting[position - 1].iter().any(near) {
                if position < last {
                    push(&mut waiting[position], line);
                } else {
                    complete(owner, waiting, line, sequence, hits);
                }
            }
        }
    }

    /// Whether a record could go on with the sequence `number` at this position, or break it.
    pub fn is_waiting(&self, number: usize, position: usize) -> bool {
        let last = self.sequences[number].1.records.len() - 1;
        let waits = |it: &Vec<Vec<Line>>| match position {
            0 => true,
            it_breaks if it_breaks > last => it.iter().any(|it| !it.is_empty()),
            _ => !it[position - 1].is_empty(),
        };
        position == 0 || self.waiting.get(&number).is_some_and(waits)
    }

    /// Forgets what waits for a line that can no longer come: the one at hand is the line `number`.
    pub fn expire(&mut self, number: u64) {
        for (sequence, waiting) in &mut self.waiting {
            if let Distance::Lines(lines) = self.sequences[*sequence].1.within {
                waiting
                    .iter_mut()
                    .for_each(|it| it.retain(|line| line.order.saturating_add(lines) >= number));
            }
        }
    }

    /// Whether nothing has begun.
    pub fn is_idle(&self) -> bool {
        self.waiting.values().flatten().all(Vec::is_empty)
    }

    /// Forgets what waits in the sequence `number`.
    pub fn forget(&mut self, number: usize) {
        self.waiting.remove(&number);
    }
}

/// Whether a record is near enough to a later one. Without times, nothing can be said to be near in time.
fn is_near(one: &Line, later: &Line, within: Distance) -> bool {
    match within {
        Distance::Lines(lines) => later.order.saturating_sub(one.order) <= lines,
        Distance::Seconds(seconds) => match (&one.time, &later.time) {
            (Some(one), Some(later)) => seconds_between(one, later).is_some_and(|it| it <= seconds),
            _ => false,
        },
    }
}

fn push(waiting: &mut Vec<Line>, line: Line) {
    if waiting.len() == WAITING {
        waiting.remove(0);
    }
    waiting.push(line);
}

fn complete(owner: Owner, waiting: &mut [Vec<Line>], end: Line, sequence: &Sequence, hits: &mut Hits) {
    let mut bindings = vec![Binding::new()];
    let mut lines = Vec::new();
    for part in waiting.iter_mut() {
        let near: Vec<Line> = part.drain(..).filter(|it| is_near(it, &end, sequence.within)).collect();
        bindings = combine(&bindings, &near.iter().map(|it| &it.values).collect::<Vec<_>>());
        lines.extend(near);
    }
    let bindings = combine(&bindings, &[&end.values]);
    lines.push(end);
    lines.sort_by_key(|it| it.order);
    // Records that agree in no value do not belong together.
    if !bindings.is_empty() {
        hits.add(owner, sequence.at_least, Hit { source: 0, lines, brings_new: false }, &bindings);
    }
}

/// Every binding together with every set of values, where equal names have equal values.
pub fn combine(bindings: &[Binding], sets: &[&Binding]) -> Vec<Binding> {
    let agree = |binding: &Binding, set: &Binding| {
        set.iter().all(|it| binding.iter().all(|other| other.name != it.name || other.text == it.text))
    };
    let mut combined = Vec::new();
    for binding in bindings {
        for set in sets.iter().filter(|it| agree(binding, it)) {
            let mut both = binding.clone();
            both.extend(set.iter().filter(|it| binding.iter().all(|other| other.name != it.name)).cloned());
            combined.push(both);
            if combined.len() == COMBINED {
                return combined;
            }
        }
    }
    combined
}
