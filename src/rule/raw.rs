//! The TOML of a `rule`, `failure` or `fact` block, as it is written. Nothing here is checked but its shape.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

/// What a `rule` block may hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRule {
    pub id: Spanned<String>,
    pub severity: Option<Spanned<String>>,
    #[serde(default)]
    pub codes: Vec<Spanned<Scalar>>,
    #[serde(default)]
    pub echoes: Vec<Spanned<Scalar>>,
    pub source: Option<Spanned<String>>,
    pub applies_to: Option<RawApplies>,
    pub group_by: Option<Spanned<String>>,
    #[serde(default)]
    pub related: Vec<Spanned<String>>,
    #[serde(default)]
    pub explains: Vec<Spanned<String>>,
    #[serde(default)]
    pub when: Vec<Spanned<RawCondition>>,
    #[serde(default)]
    pub confirm: Vec<Spanned<RawCondition>>,
    #[serde(default)]
    pub contradict: Vec<Spanned<RawCondition>>,
    #[serde(default)]
    pub unless: Vec<Spanned<RawCondition>>,
    #[serde(default)]
    pub add: Vec<Spanned<RawCondition>>,
}

/// The machines that a rule is for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawApplies {
    pub build: Option<Spanned<OneOrMany>>,
    pub architecture: Option<Spanned<OneOrMany>>,
}

/// What a `fact` block of the registry holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRegistryFact {
    pub registry: Spanned<String>,
    pub value: Spanned<String>,
    pub fact: Spanned<String>,
}

/// What an `attempt` block holds beside its condition.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawAttempt {
    pub outcome: Option<Spanned<String>>,
}

/// What a `moment` block holds beside its condition.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawHappening {
    pub kind: Option<Spanned<String>>,
}

/// What a condition may hold: the keys of a log line, an event, a registry key or a listed file. A `failure`,
/// `fact` or `attempt` block is one condition on records.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawCondition {
    #[serde(rename = "in")]
    pub formats: Option<Spanned<OneOrMany>>,
    #[serde(rename = "match")]
    pub text: Option<Spanned<String>>,
    pub regex: Option<Spanned<String>>,
    pub types: BTreeMap<String, Spanned<String>>,
    #[serde(rename = "where")]
    pub filters: BTreeMap<String, Spanned<OneOrMany>>,
    pub then: Option<Lines>,
    pub within: Option<Spanned<Scalar>>,
    pub broken_by: Option<Lines>,
    pub at_least: Option<Spanned<u64>>,
    pub later: Option<Spanned<bool>>,
    pub slow: Option<Spanned<bool>>,
    pub event: Option<Spanned<String>>,
    pub id: Option<Spanned<OneOrMany>>,
    pub data: BTreeMap<String, Spanned<Scalar>>,
    pub registry: Option<Spanned<String>>,
    pub listing: Option<Spanned<String>>,
    pub value: Option<Spanned<String>>,
    pub equals: Option<Spanned<Scalar>>,
    pub is: Option<Spanned<String>>,
}

/// What may follow the condition of a `failure` block: what ends it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawEnds {
    pub unless: Vec<Spanned<RawCondition>>,
}

impl RawCondition {
    /// The keys that are there, but for `where`, which every kind of condition has.
    pub fn keys(&self) -> Vec<&'static str> {
        let all = [
            ("in", self.formats.is_some()),
            ("match", self.text.is_some()),
            ("regex", self.regex.is_some()),
            ("types", !self.types.is_empty()),
            ("then", self.then.is_some()),
            ("within", self.within.is_some()),
            ("broken_by", self.broken_by.is_some()),
            ("at_least", self.at_least.is_some()),
            ("later", self.later.is_some()),
            ("slow", self.slow.is_some()),
            ("event", self.event.is_some()),
            ("id", self.id.is_some()),
            ("data", !self.data.is_empty()),
            ("registry", self.registry.is_some()),
            ("listing", self.listing.is_some()),
            ("value", self.value.is_some()),
            ("equals", self.equals.is_some()),
            ("is", self.is.is_some()),
        ];
        all.into_iter().filter(|(_, there)| *there).map(|(key, _)| key).collect()
    }
}

/// One further line of a sequence. Its keys are written out again: spans do not survive `serde(flatten)`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawLine {
    #[serde(rename = "match")]
    pub text: Option<Spanned<String>>,
    pub regex: Option<Spanned<String>>,
    pub types: BTreeMap<String, Spanned<String>>,
    #[serde(rename = "where")]
    pub filters: BTreeMap<String, Spanned<OneOrMany>>,
}

/// A string or a number, as text.
#[derive(Clone, Debug, Default)]
pub struct Scalar(pub String);

/// One string or number, or a list of them.
#[derive(Debug, Default)]
pub struct OneOrMany(pub Vec<String>);

/// `then`: a text, a table, or a list of these.
#[derive(Debug, Default)]
pub struct Lines(pub Vec<RawLine>);

struct Values(&'static str);

impl<'de> Visitor<'de> for Values {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E>(self, it: &str) -> Result<Self::Value, E> {
        Ok(vec![it.to_owned()])
    }

    fn visit_i64<E>(self, it: i64) -> Result<Self::Value, E> {
        Ok(vec![it.to_string()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Scalar(it)) = seq.next_element()? {
            all.push(it);
        }
        Ok(all)
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Values("a text, a number, or a list of them")).map(Self)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut all = from.deserialize_any(Values("a text or a number"))?;
        match (all.pop(), all.is_empty()) {
            (Some(it), true) => Ok(Self(it)),
            _ => Err(serde::de::Error::custom("one text or number is wanted here, not a list")),
        }
    }
}

struct LinesVisitor;

impl<'de> Visitor<'de> for LinesVisitor {
    type Value = Lines;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text to match, a table with match or regex, or a list of these")
    }

    fn visit_str<E>(self, it: &str) -> Result<Lines, E> {
        let text = Some(Spanned::new(0..0, it.to_owned()));
        Ok(Lines(vec![RawLine { text, ..RawLine::default() }]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Lines, A::Error> {
        RawLine::deserialize(MapAccessDeserializer::new(map)).map(|it| Lines(vec![it]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Lines, A::Error> {
        let mut all = Vec::new();
        while let Some(Lines(mut some)) = seq.next_element()? {
            all.append(&mut some);
        }
        Ok(Lines(all))
    }
}

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(LinesVisitor)
    }
}
