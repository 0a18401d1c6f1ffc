//! Blocks of one condition: a `failure`, which tells that something failed, and a `fact`, which tells of the machine
//! and may be a value of the registry.

use std::collections::BTreeMap;

use super::Loader;
use super::conditions::odd_path;
use crate::rule::article::{Block, Section};
use crate::rule::problem::nearest;
use crate::rule::raw::{RawCondition, RawRegistryFact};
use crate::rule::{Condition, REGISTRY_FACTS, RegistryFact, Sample, Signal};
use crate::source;

/// Whether a block asks for a value of the registry.
pub fn asks_registry(block: &Block) -> bool {
    toml::from_str::<toml::Table>(&block.text).is_ok_and(|it| it.contains_key("registry"))
}

impl Loader<'_> {
    pub(super) fn signal(
        &mut self,
        section: &Section,
        block: &Block,
        samples: Vec<Sample>,
    ) -> Option<Signal> {
        let raw: RawCondition = self.toml(block)?;
        let Condition::Records(test) = self.condition(&raw, 0, &mut BTreeMap::new())? else {
            self.mistake(0, "this block finds a line or an event: it has the key `in` or `event`");
            return None;
        };
        let place = self.document.place(block.start);
        Some(Signal { title: section.heading.clone(), test, samples, place })
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
