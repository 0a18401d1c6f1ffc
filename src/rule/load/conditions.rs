//! The conditions of a rule, from their TOML: each key checked, each pattern read.

use std::collections::BTreeMap;

use toml::Spanned;

use crate::source::{self, FORMATS, Format};

use super::Loader;
use crate::rule::kind::Kind;
use crate::rule::pattern::{Pattern, PatternError, unknown_type};
use crate::rule::problem::nearest;
use crate::rule::raw::{OneOrMany, RawCondition, RawLine, Scalar};
use crate::rule::{Condition, FieldTest, Is, NodeTest, RecordTest, Sequence, Template, Test};

/// How far behind the first record of a sequence the last may be, if the rule does not say.
const WITHIN: u64 = 100;

/// Fields that records have beside what a pattern captures.
const FIELDS: [&str; 14] = [
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
    "code",
    "client",
    "outcome",
    "category",
];

impl Loader<'_> {
    pub(super) fn conditions(
        &mut self,
        raw: &[Spanned<RawCondition>],
        captures: &mut BTreeMap<String, Kind>,
    ) -> Vec<Condition> {
        raw.iter().filter_map(|it| self.condition(it.get_ref(), it.span().start, captures)).collect()
    }

    /// One condition; which kind it is follows from the key that it has.
    pub(super) fn condition(
        &mut self,
        raw: &RawCondition,
        at: usize,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<Condition> {
        match (&raw.formats, &raw.event, &raw.registry, &raw.listing) {
            (Some(formats), None, None, None) => {
                self.lines(raw, formats, at, captures).map(Condition::Records)
            }
            (None, Some(provider), None, None) => self.event(raw, provider, captures).map(Condition::Records),
            (None, None, Some(path), None) => self.node(raw, "registry", path, captures).map(Condition::Node),
            (None, None, None, Some(path)) => self.node(raw, "listing", path, captures).map(Condition::Node),
            _ => {
                let message =
                    "a condition has one of the keys `in` (a log line), `event`, `registry` or `listing`";
                self.mistake(at, message);
                None
            }
        }
    }

    fn lines(
        &mut self,
        raw: &RawCondition,
        formats: &Spanned<OneOrMany>,
        at: usize,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<Sequence> {
        let known = self.formats(formats)?;
        let misplaced = [("value", &raw.value), ("is", &raw.is)];
        if let Some((key, value)) =
            misplaced.iter().find_map(|(key, value)| value.as_ref().map(|it| (key, it)))
        {
            self.mistake(value.span().start, format!("`{key}` belongs to a registry or listing condition"));
        }
        let mut first =
            self.record(raw.text.as_ref(), raw.regex.as_ref(), &raw.types, &raw.filters, at, captures)?;
        first.fields.extend(self.data(&raw.data, captures));
        let mut records = vec![first];
        for RawLine { text, regex, types, filters } in raw.then.iter().flat_map(|it| &it.0) {
            records.push(self.record(text.as_ref(), regex.as_ref(), types, filters, at, captures)?);
        }
        let within = raw.within.as_ref().map_or(WITHIN, |it| *it.get_ref());
        if let Some(within) = raw.within.as_ref().filter(|_| records.len() == 1) {
            self.mistake(within.span().start, "`within` says how far a `then` may be: there is none here");
        }
        let mut breakers = Vec::new();
        for RawLine { text, regex, types, filters } in raw.broken_by.iter().flat_map(|it| &it.0) {
            breakers.push(self.record(
                text.as_ref(),
                regex.as_ref(),
                types,
                filters,
                at,
                &mut BTreeMap::new(),
            )?);
        }
        if breakers.len() > 1 {
            self.mistake(at, "`broken_by` is one text or table: join several with a regex");
        }
        Some(Sequence { formats: known, records, within, broken_by: breakers.pop() })
    }

    fn formats(&mut self, names: &Spanned<OneOrMany>) -> Option<Vec<&'static dyn Format>> {
        let mut formats = Vec::new();
        for name in &names.get_ref().0 {
            match source::format(name) {
                Some(format) if format.tree().is_none() => formats.push(format),
                Some(_) => {
                    self.mistake(
                        names.span().start,
                        format!("ask a {name} with a condition of its own: {name} = '…'"),
                    );
                    return None;
                }
                None => {
                    self.mistake(names.span().start, unknown_format(name));
                    return None;
                }
            }
        }
        Some(formats)
    }

    fn record(
        &mut self,
        text: Option<&Spanned<String>>,
        regex: Option<&Spanned<String>>,
        types: &BTreeMap<String, Spanned<String>>,
        filters: &BTreeMap<String, Spanned<OneOrMany>>,
        at: usize,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<RecordTest> {
        let pattern = match (text, regex) {
            (Some(text), None) => {
                if let Some(it) = types.values().next() {
                    self.mistake(
                        it.span().start,
                        "with `match`, the type stands in the placeholder: {name:type}",
                    );
                }
                self.pattern(text, Pattern::from_match(text.get_ref()))?
            }
            (None, Some(regex)) => {
                let kinds =
                    types.iter().filter_map(|(name, it)| Some((name.clone(), self.kind(it)?))).collect();
                self.pattern(regex, Pattern::from_regex(regex.get_ref(), &kinds))?
            }
            _ => {
                self.mistake(at, "a line is found by `match` or by `regex`: write one of them");
                return None;
            }
        };
        let mut fields = Vec::new();
        for (name, test) in filters {
            let captured = pattern.captures.iter().any(|(it, _)| it == name);
            if !captured && !FIELDS.contains(&name.as_str()) {
                let known = pattern.captures.iter().map(|(it, _)| it.as_str()).chain(FIELDS);
                let like = nearest(name, known).map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                self.mistake(
                    test.span().start,
                    format!("`{name}` is neither captured here nor a field{like}"),
                );
            }
            fields.push((name.clone(), FieldTest::Is(parse_test(test.get_ref()))));
        }
        self.add_captures(&pattern, text.or(regex).map_or(at, |it| it.span().start), captures);
        let anchor = pattern.anchor.clone();
        Some(RecordTest { pattern: Some(pattern), fields, anchor })
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
                let quotes = if self.document.text[self.base + written.span().start..].starts_with("'''") {
                    3
                } else {
                    1
                };
                self.mistake(written.span().start + quotes + at, message);
                None
            }
        }
    }

    fn add_captures(&mut self, pattern: &Pattern, at: usize, captures: &mut BTreeMap<String, Kind>) {
        for (name, kind) in &pattern.captures {
            let before = *captures.entry(name.clone()).or_insert(*kind);
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
    fn data(
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

    fn event(
        &mut self,
        raw: &RawCondition,
        provider: &Spanned<String>,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<Sequence> {
        let provider_is = Test { any_of: vec![provider.get_ref().clone()], negated: false };
        let mut fields = vec![("provider".to_owned(), FieldTest::Is(provider_is))];
        if let Some(id) = &raw.id {
            fields.push(("id".to_owned(), FieldTest::Is(parse_test(id.get_ref()))));
        }
        fields.extend(self.data(&raw.data, captures));
        let pattern = match (&raw.text, &raw.regex) {
            (Some(text), _) => Some(self.pattern(text, Pattern::from_match(text.get_ref()))?),
            (None, Some(regex)) => {
                let kinds =
                    raw.types.iter().filter_map(|(name, it)| Some((name.clone(), self.kind(it)?))).collect();
                Some(self.pattern(regex, Pattern::from_regex(regex.get_ref(), &kinds))?)
            }
            (None, None) => None,
        };
        if let Some(pattern) = &pattern {
            self.add_captures(pattern, provider.span().start, captures);
        }
        for (name, test) in &raw.filters {
            fields.push((name.clone(), FieldTest::Is(parse_test(test.get_ref()))));
        }
        let anchor = Some(provider.get_ref().clone());
        let format = source::format("event")?;
        Some(Sequence {
            formats: vec![format],
            records: vec![RecordTest { pattern, fields, anchor }],
            within: WITHIN,
            broken_by: None,
        })
    }

    fn node(
        &mut self,
        raw: &RawCondition,
        format: &'static str,
        path: &Spanned<String>,
        captures: &BTreeMap<String, Kind>,
    ) -> Option<NodeTest> {
        let is = raw.is.as_ref().map_or(Some(Is::Present), |it| Is::parse(it.get_ref()));
        if let (None, Some(word)) = (is, &raw.is) {
            self.mistake(word.span().start, "`is` is present, missing or empty");
        }
        let template = Template::parse(path.get_ref());
        self.template(self.base + path.span().start, &template, captures, false);
        let equals = raw.equals.as_ref().map(|it| Template::parse(&it.get_ref().0));
        if let (Some(equals), Some(written)) = (&equals, &raw.equals) {
            self.template(self.base + written.span().start, equals, captures, false);
            if raw.value.is_none() {
                self.mistake(
                    written.span().start,
                    "`equals` says what a value must be: name it with `value = '…'`",
                );
            }
        }
        let mut filters = Vec::new();
        for (name, test) in &raw.filters {
            // The same name and part as in a template, without its braces.
            let filter = Template::parse(&format!("{{{{{name}}}}}"));
            self.template(self.base + test.span().start, &filter, captures, false);
            filters.push((filter, parse_test(test.get_ref())));
        }
        let value = raw.value.as_ref().map(|it| it.get_ref().clone());
        Some(NodeTest { format, path: template, value, equals, is: is?, filters })
    }
}

pub(super) fn unknown_format(name: &str) -> String {
    let names: Vec<&str> = FORMATS.iter().map(|it| it.name()).collect();
    let like =
        nearest(name, names.iter().copied()).map_or(String::new(), |it| format!("; did you mean `{it}`?"));
    format!("there is no format `{name}`{like} The formats are {}", names.join(", "))
}

fn parse_test(values: &OneOrMany) -> Test {
    if let [one] = &values.0[..]
        && let Some(other) = one.strip_prefix("not ")
    {
        return Test { any_of: vec![other.trim().to_owned()], negated: true };
    }
    Test { any_of: values.0.clone(), negated: false }
}
