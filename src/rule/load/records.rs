//! What one record must be: its pattern, its fields, and what is captured from it.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Loader;
use crate::rule::kind::Kind;
use crate::rule::pattern::{Pattern, PatternError, unknown_type};
use crate::rule::problem::nearest;
use crate::rule::raw::{OneOrMany, RawCondition, RawLine, Scalar};
use crate::rule::{FieldTest, RecordTest, Test};

/// Fields that records have beside what a pattern captures.
const FIELDS: &[&str] = &[
    "level",
    "component",
    "tag",
    "process",
    "thread",
    "log",
    "provider",
    "id",
    "task",
    "computer",
    "user",
    "event",
    "kind",
    "update",
    "revision",
    "code",
    "client",
    "outcome",
    "category",
    "section",
    "operation",
    "target",
    "utc_offset",
    "file",
    "context",
    "package",
    "state",
    "release_type",
    "install_time",
    "label",
    "value",
    "profile",
    "guid",
    "phase",
    "remediation",
    "failure",
    "details",
    "extend",
    "name",
    "inf",
    "blocking",
    "title",
    "message",
    "block_migration",
    "status",
];

/// The keys that find a record, of a condition or of a `then`.
pub struct Found<'r> {
    pub text: Option<&'r Spanned<String>>,
    pub regex: Option<&'r Spanned<String>>,
    pub types: &'r BTreeMap<String, Spanned<String>>,
    pub filters: Option<&'r BTreeMap<String, Spanned<OneOrMany>>>,
}

impl<'r> Found<'r> {
    pub fn of(raw: &'r RawCondition) -> Self {
        let filters = Some(&raw.filters);
        Self { text: raw.text.as_ref(), regex: raw.regex.as_ref(), types: &raw.types, filters }
    }

    pub fn of_line(raw: &'r RawLine) -> Self {
        let filters = Some(&raw.filters);
        Self { text: raw.text.as_ref(), regex: raw.regex.as_ref(), types: &raw.types, filters }
    }
}

impl Loader<'_> {
    pub(super) fn record(
        &mut self,
        raw: &Found<'_>,
        at: usize,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<RecordTest> {
        let (pattern, written) = match (raw.text, raw.regex) {
            (Some(text), None) => {
                if let Some(it) = raw.types.values().next() {
                    self.mistake(
                        it.span().start,
                        "with `match`, the type stands in the placeholder: {name:type}",
                    );
                }
                (self.pattern(text, Pattern::from_match(text.get_ref()))?, text)
            }
            (None, Some(regex)) => {
                let kinds = raw.types.iter().filter_map(|(name, it)| Some((name.clone(), self.kind(it)?)));
                let kinds = kinds.collect();
                (self.pattern(regex, Pattern::from_regex(regex.get_ref(), &kinds))?, regex)
            }
            _ => {
                self.lack(at, "a line is found by `match` or by `regex`: write one of them");
                return None;
            }
        };
        let mut fields = Vec::new();
        for (name, test) in raw.filters.into_iter().flatten() {
            let captured = pattern.captures.iter().any(|(it, _)| **it == **name);
            if !captured && !FIELDS.contains(&name.as_str()) {
                let known = pattern.captures.iter().map(|(it, _)| &**it).chain(FIELDS.iter().copied());
                let like = nearest(name, known).map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                self.mistake(
                    test.span().start,
                    format!("`{name}` is neither captured here nor a field{like}"),
                );
            }
            fields.push((name.clone(), FieldTest::Is(parse_test(test.get_ref()))));
        }
        self.add_captures(&pattern, written.span().start, captures);
        // A plain text in `then` has no place of its own: that of its condition is told.
        let start = if written.span().is_empty() { at } else { written.span().start };
        let place = self.document.place(self.base + start);
        Some(RecordTest { pattern: Some(pattern), fields, place })
    }

    fn kind(&mut self, name: &Spanned<String>) -> Option<Kind> {
        let kind = Kind::parse(name.get_ref());
        if kind.is_none() {
            self.mistake(name.span().start, unknown_type(name.get_ref()));
        }
        kind
    }

    fn pattern(
        &mut self,
        written: &Spanned<String>,
        pattern: Result<Pattern, PatternError>,
    ) -> Option<Pattern> {
        match pattern {
            Ok(pattern) => Some(pattern),
            Err(PatternError { at, message }) => {
                // The span begins with the quotes; an escape in the text makes the column approximate.
                let start = self.document.text.get(self.base + written.span().start..).unwrap_or_default();
                let quotes = if start.starts_with("'''") { 3 } else { 1 };
                self.mistake(written.span().start + quotes + at, message);
                None
            }
        }
    }

    fn add_captures(&mut self, pattern: &Pattern, at: usize, captures: &mut BTreeMap<String, Kind>) {
        for (name, kind) in &pattern.captures {
            let before = *captures.entry(name.to_string()).or_insert(*kind);
            if before != *kind {
                let message = format!(
                    "`{name}` is a {} elsewhere in this rule, and a {} here",
                    before.name(),
                    kind.name()
                );
                self.mistake(at, message);
            }
        }
    }

    /// Tests on fields: a text without placeholders is what the field must be, one with placeholders is found
    /// in it.
    pub(super) fn data(
        &mut self,
        data: &BTreeMap<String, Spanned<Scalar>>,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Vec<(String, FieldTest)> {
        let mut fields = Vec::new();
        for (name, written) in data {
            let Scalar(text) = written.get_ref();
            let test = match Pattern::from_match(text) {
                Ok(pattern) if text.contains('{') => {
                    self.add_captures(&pattern, written.span().start, captures);
                    FieldTest::Find(pattern)
                }
                Err(PatternError { message, .. }) if text.contains('{') => {
                    self.mistake(written.span().start, message);
                    continue;
                }
                _ => FieldTest::Is(parse_test(&OneOrMany(vec![text.clone()]))),
            };
            fields.push((name.clone(), test));
        }
        fields
    }
}

/// `"x"`, a list of such, or `"not x"`.
pub fn parse_test(values: &OneOrMany) -> Test {
    if let [one] = &values.0[..]
        && let Some(other) = one.strip_prefix("not ")
    {
        return Test { any_of: vec![other.trim().to_owned()], negated: true };
    }
    Test { any_of: values.0.clone(), negated: false }
}
