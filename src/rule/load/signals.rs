//! `failure` and `fact` blocks: one condition on records, and for a failure what ends it where it is found later.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Loader;
use crate::rule::article::{Block, Section};
use crate::rule::kind::Kind;
use crate::rule::raw::{RawCondition, RawEnds};
use crate::rule::{Condition, Sample, Sequence, Signal};

impl Loader<'_> {
    pub(super) fn signal(
        &mut self,
        kind: &str,
        section: &Section,
        block: &Block,
        samples: Vec<Sample>,
    ) -> Option<Signal> {
        // The condition stands in front of its tables and is read for itself: its keys are those of any other.
        let at = block.text.find("\n[[unless]]").map_or(block.text.len(), |it| it + 1);
        let (condition, ends) = block.text.split_at(at);
        let raw: RawCondition = self.toml(&part(block, 0, condition))?;
        let mut captures = BTreeMap::new();
        let Condition::Records(test) = self.condition(&raw, 0, &mut captures)? else {
            self.mistake(0, "this block finds a line or an event: it has the key `in` or `event`");
            return None;
        };
        let RawEnds { unless } = self.toml(&part(block, at, ends))?;
        if let Some(first) = unless.first().filter(|_| kind == "fact") {
            self.mistake(first.span().start, "[[unless]] ends a failure; a fact has none");
        }
        let unless = unless.iter().filter_map(|it| self.success(it, &captures)).collect();
        let place = self.document.place(block.start);
        Some(Signal { title: section.heading.clone(), test, unless, samples, place })
    }

    /// What ends a failure. What it captures must be what the failure has captured: else it would end none.
    fn success(
        &mut self,
        raw: &Spanned<RawCondition>,
        captures: &BTreeMap<String, Kind>,
    ) -> Option<Sequence> {
        let at = raw.span().start;
        let mut of_success = BTreeMap::new();
        let Condition::Records(sequence) = self.condition(raw.get_ref(), at, &mut of_success)? else {
            self.mistake(at, "a failure is ended by a line or an event: the keys are `in` or `event`");
            return None;
        };
        if !sequence.later {
            self.mistake(at, "what ends a failure comes later: write `later = true`");
        }
        if let Some(name) = of_success.keys().find(|it| !captures.contains_key(*it)) {
            self.mistake(at, format!("`{name}` is not captured by the failure, so nothing would fit it"));
        }
        Some(sequence)
    }
}

/// A part of a block, `at` bytes behind its start.
fn part(block: &Block, at: usize, text: &str) -> Block {
    Block { text: text.to_owned(), start: block.start + at, ..block.clone() }
}
