//! Blocks of one condition: a `failure`, which tells that something failed, a `fact`, which tells of the machine
//! and may be a value of the registry, an `attempt`, which tells of an update, and a `moment`, which tells what happened.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Loader;
use super::conditions::odd_path;
use crate::rule::article::{Block, Section};
use crate::rule::kind::Kind;
use crate::rule::problem::nearest;
use crate::rule::raw::{RawAttempt, RawCondition, RawEnds, RawHappening, RawRegistryFact};
use crate::rule::{ATTEMPT_VALUES, Attempt, HAPPENING_VALUES, Happening, HappeningKind, Outcome, Tells};
use crate::rule::{Condition, REGISTRY_FACTS, RegistryFact, Sample, Sequence, Signal};
use crate::source;

/// Whether a block asks for a value of the registry.
pub fn asks_registry(block: &Block) -> bool {
    toml::from_str::<toml::Table>(&block.text).is_ok_and(|it| it.contains_key("registry"))
}

impl Loader<'_> {
    pub(super) fn signal(
        &mut self,
        kind: &str,
        section: &Section,
        block: &Block,
        samples: Vec<Sample>,
    ) -> Option<Signal> {
        self.capturing(kind, section, block, samples, None)
    }

    /// A line that looks like a failure: one record, and nothing of it is kept.
    pub(super) fn noise(&mut self, section: &Section, block: &Block, samples: Vec<Sample>) -> Option<Signal> {
        let signal = self.capturing("noise", section, block, samples, Some(&[]))?;
        if signal.test.records.len() > 1 {
            self.mistake(0, "noise is one line: it has no `then`");
        }
        Some(signal)
    }

    /// A block of one condition, which may capture these values only, with what ends a failure.
    fn capturing(
        &mut self,
        kind: &str,
        section: &Section,
        block: &Block,
        samples: Vec<Sample>,
        values: Option<&[&str]>,
    ) -> Option<Signal> {
        // The condition stands in front of its tables and is read for itself: its keys are those of any other.
        let at = block.text.find("\n[[unless]]").map_or(block.text.len(), |it| it + 1);
        let (condition, ends) = block.text.split_at(at);
        let raw: RawCondition = self.toml(&part(block, 0, condition))?;
        let mut captures = BTreeMap::new();
        let condition = self.condition(&raw, 0, &mut captures)?;
        let unknown =
            |it: &&String| !it.starts_with('_') && values.is_some_and(|all| !all.contains(&it.as_str()));
        for name in captures.keys().filter(unknown) {
            let known = values.unwrap_or_default().join(", ");
            self.mistake(
                0,
                format!("nothing is made of `{name}` here: the values are {known}; write {{_}} for it"),
            );
        }
        let Condition::Records(test) = condition else {
            self.mistake(0, "this block finds a line or an event: it has the key `in` or `event`");
            return None;
        };
        let RawEnds { unless } = self.toml(&part(block, at, ends))?;
        if let Some(first) = unless.first().filter(|_| kind != "failure") {
            self.mistake(first.span().start, "[[unless]] ends a failure; nothing else has one here");
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

    /// The key `outcome` is read first; the rest of the block is a condition.
    pub(super) fn attempt(
        &mut self,
        section: &Section,
        block: &Block,
        samples: Vec<Sample>,
    ) -> Option<Attempt> {
        let outcome = toml::from_str::<RawAttempt>(&block.text).ok().and_then(|it| it.outcome);
        let mut rest = block.clone();
        let mut tells = None;
        if let Some(outcome) = outcome {
            take_out(&mut rest, &outcome);
            tells = Tells::parse(outcome.get_ref());
            if tells.is_none() {
                let known = Outcome::ALL.map(Outcome::name).join(", ");
                let at = block.start + outcome.span().start;
                self.problem(
                    at,
                    format!("an outcome is {known}, or {}, where the code decides", Tells::ENDED),
                );
            }
        }
        let signal = self.capturing("attempt", section, &rest, samples, Some(&ATTEMPT_VALUES))?;
        Some(Attempt { signal, tells })
    }

    /// The key `kind` is read first; the rest of the block is a condition.
    pub(super) fn happening(
        &mut self,
        section: &Section,
        block: &Block,
        samples: Vec<Sample>,
    ) -> Option<Happening> {
        let mut rest = block.clone();
        let told = toml::from_str::<RawHappening>(&block.text).ok().and_then(|it| it.kind);
        if let Some(kind) = &told {
            take_out(&mut rest, kind);
        }
        let signal = self.capturing("moment", section, &rest, samples, Some(&HAPPENING_VALUES))?;
        let kind = told.as_ref().and_then(|it| HappeningKind::parse(it.get_ref()));
        if kind.is_none() {
            let at = block.start + told.map_or(0, |it| it.span().start);
            let known = HappeningKind::ALL.map(HappeningKind::name).join(", ");
            self.problem(at, format!("a moment has a kind: {known}"));
        }
        Some(Happening { signal, kind: kind? })
    }

    pub(super) fn registry_fact(&mut self, block: &Block, samples: Vec<Sample>) -> Option<RegistryFact> {
        let raw: RawRegistryFact = self.toml(block)?;
        let (key, word) = (raw.registry.get_ref(), raw.fact.get_ref());
        if let Some(remedy) = odd_path("registry", key) {
            self.mistake(raw.registry.span().start, remedy);
        }
        if key.contains("{{") || key.ends_with(r"\*") {
            self.mistake(raw.registry.span().start, "a fact stands in one key: its path is written out");
        }
        let Some(fact) = REGISTRY_FACTS.into_iter().find(|it| it == word) else {
            let like =
                nearest(word, REGISTRY_FACTS).map_or(String::new(), |it| format!("; did you mean `{it}`?"));
            let known = REGISTRY_FACTS.join(", ");
            self.mistake(
                raw.fact.span().start,
                format!("there is no fact `{word}`{like} The facts are {known}"),
            );
            return None;
        };
        let format = source::format("registry")?;
        let (format, key) = (format.name(), format.path(key));
        let value = raw.value.into_inner();
        let place = self.document.place(block.start);
        Some(RegistryFact { format, key, value, fact, samples, place })
    }
}

/// Makes a comment of the line that a key stands in: what is left is a condition, at the same places.
fn take_out(block: &mut Block, value: &Spanned<String>) {
    let (start, end) = (value.span().start, value.span().end);
    let start = block.text[..start].rfind('\n').map_or(0, |it| it + 1);
    block.text.replace_range(start..end, &"#".repeat(end - start));
}

/// A part of a block, `at` bytes behind its start.
fn part(block: &Block, at: usize, text: &str) -> Block {
    Block { text: text.to_owned(), start: block.start + at, ..block.clone() }
}
