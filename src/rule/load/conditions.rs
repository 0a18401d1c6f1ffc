//! The conditions of a rule, from their TOML: which kind each is, and whether its keys belong together.

use std::collections::BTreeMap;

use toml::Spanned;

use crate::source::{self, FORMATS, Format};

use super::Loader;
use super::records::{Found, parse_test};
use crate::rule::kind::Kind;
use crate::rule::problem::nearest;
use crate::rule::raw::{OneOrMany, RawCondition, RawLine};
use crate::rule::{Condition, Distance, FieldTest, Is, NodeTest, RecordTest, Sequence, Template, Test};

/// How far behind the first record of a sequence the last may be, if the rule does not say.
const WITHIN: Distance = Distance::Lines(100);

/// The keys of each kind of condition, beside `where`.
const LINE_KEYS: [&str; 11] =
    ["in", "match", "regex", "types", "then", "within", "broken_by", "data", "at_least", "later", "slow"];
const EVENT_KEYS: [&str; 8] = ["event", "id", "data", "match", "regex", "types", "at_least", "later"];
const REGISTRY_KEYS: [&str; 4] = ["registry", "value", "equals", "is"];
const LISTING_KEYS: [&str; 2] = ["listing", "is"];

impl Loader<'_> {
    pub(super) fn conditions(
        &mut self,
        raw: &[Spanned<RawCondition>],
        captures: &mut BTreeMap<String, Kind>,
    ) -> Vec<Condition> {
        let conditions: Vec<Condition> =
            raw.iter().filter_map(|it| self.condition(it.get_ref(), it.span().start, captures)).collect();
        self.incomplete |= conditions.len() < raw.len();
        conditions
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
                self.only(raw, at, "log line", &LINE_KEYS);
                self.lines(raw, formats, at, captures).map(Condition::Records)
            }
            (None, Some(provider), None, None) => {
                self.only(raw, at, "event", &EVENT_KEYS);
                self.event(raw, provider, at, captures).map(Condition::Records)
            }
            (None, None, Some(path), None) => {
                self.only(raw, at, "registry", &REGISTRY_KEYS);
                self.node(raw, "registry", path, captures).map(Condition::Node)
            }
            (None, None, None, Some(path)) => {
                self.only(raw, at, "listing", &LISTING_KEYS);
                self.node(raw, "listing", path, captures).map(Condition::Node)
            }
            _ => {
                let kinds = "`in` (a log line), `event`, `registry` or `listing`";
                self.lack(at, format!("a condition has one of the keys {kinds}"));
                None
            }
        }
    }

    /// Tells the keys that do not belong to this kind of condition: they would be without effect.
    fn only(&mut self, raw: &RawCondition, at: usize, kind: &str, keys: &[&str]) {
        for key in raw.keys().into_iter().filter(|it| !keys.contains(it)) {
            let message =
                format!("`{key}` does not belong to a {kind} condition; its keys are {}", keys.join(", "));
            self.mistake(at, message);
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
        let mut first = self.record(&Found::of(raw), at, captures)?;
        first.fields.extend(self.data(&raw.data, captures));
        let mut records = vec![first];
        for line in raw.then.iter().flat_map(|it| &it.0) {
            records.push(self.record(&Found::of_line(line), at, captures)?);
        }
        let within = raw.within.as_ref().map_or(WITHIN, |it| {
            parse_distance(&it.get_ref().0).unwrap_or_else(|| {
                self.mistake(
                    it.span().start,
                    "a distance is a number of lines, or a time: 300, \"10 minutes\"",
                );
                WITHIN
            })
        });
        if let Some(within) = raw.within.as_ref().filter(|_| records.len() == 1) {
            self.mistake(within.span().start, "`within` says how far a `then` may be: there is none here");
        }
        let breakers: Vec<&RawLine> = raw.broken_by.iter().flat_map(|it| &it.0).collect();
        let broken_by = match breakers[..] {
            [] => None,
            // What breaks a sequence is not part of it: nothing that it captures can be told.
            [line] => Some(self.record(&Found::of_line(line), at, &mut BTreeMap::new())?),
            _ => {
                self.mistake(at, "`broken_by` is one text or table: join several with a regex");
                None
            }
        };
        let (at_least, later) = self.frequency(raw);
        let slow = raw.slow.as_ref().is_some_and(|it| *it.get_ref());
        Some(Sequence { formats: known, records, within, at_least, later, slow, broken_by })
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

    /// How often a condition must be found, and whether after the symptom.
    fn frequency(&mut self, raw: &RawCondition) -> (u64, bool) {
        if let Some(zero) = raw.at_least.as_ref().filter(|it| *it.get_ref() == 0) {
            self.mistake(zero.span().start, "at_least is 1 or more");
        }
        let at_least = raw.at_least.as_ref().map_or(1, |it| *it.get_ref());
        (at_least, raw.later.as_ref().is_some_and(|it| *it.get_ref()))
    }

    fn event(
        &mut self,
        raw: &RawCondition,
        provider: &Spanned<String>,
        at: usize,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<Sequence> {
        let provider_is = Test { any_of: vec![provider.get_ref().clone()], negated: false };
        let mut fields = vec![("provider".to_owned(), FieldTest::Is(provider_is))];
        if let Some(id) = &raw.id {
            fields.push(("id".to_owned(), FieldTest::Is(parse_test(id.get_ref()))));
        }
        fields.extend(self.data(&raw.data, captures));
        let mut record = match (&raw.text, &raw.regex) {
            (None, None) => RecordTest::default(),
            _ => self.record(&Found { filters: None, ..Found::of(raw) }, at, captures)?,
        };
        // Data of events has names of its own, so any may stand in `where`.
        for (name, test) in &raw.filters {
            fields.push((name.clone(), FieldTest::Is(parse_test(test.get_ref()))));
        }
        record.fields = fields;
        let format = source::format("event")?;
        let (at_least, later) = self.frequency(raw);
        let (formats, records) = (vec![format], vec![record]);
        Some(Sequence { formats, records, within: WITHIN, at_least, later, slow: false, broken_by: None })
    }

    fn node(
        &mut self,
        raw: &RawCondition,
        format: &'static str,
        path: &Spanned<String>,
        captures: &BTreeMap<String, Kind>,
    ) -> Option<NodeTest> {
        let is = raw.is.as_ref().map_or(Some(Is::Present), |it| Is::parse(it.get_ref()));
        match (is, &raw.is, &raw.value) {
            (None, Some(word), _) => self.mistake(word.span().start, "`is` is present, missing or empty"),
            (Some(Is::Empty), Some(word), Some(_)) => {
                self.mistake(
                    word.span().start,
                    "a value is present or missing; only a key or folder is empty",
                );
            }
            _ => {}
        }
        if path.get_ref().ends_with(r"\*") && raw.value.is_none() {
            self.mistake(
                path.span().start,
                r"`\*` stands for any key that has a value: name it with `value = '…'`",
            );
        }
        if let Some(remedy) = odd_path(format, path.get_ref()) {
            self.mistake(path.span().start, remedy);
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

/// `300`, `300 lines`, `90 seconds`, `10 minutes`, `2 hours`.
fn parse_distance(text: &str) -> Option<Distance> {
    let (number, unit) = text.trim().split_once(' ').unwrap_or((text.trim(), "lines"));
    let number: u64 = number.parse().ok()?;
    match unit.trim().trim_end_matches('s') {
        "line" => Some(Distance::Lines(number)),
        "second" => Some(Distance::Seconds(number)),
        "minute" => Some(Distance::Seconds(number * 60)),
        "hour" => Some(Distance::Seconds(number * 3600)),
        _ => None,
    }
}

/// What is wrong with a path that no export or listing could ever hold.
pub(super) fn odd_path(format: &str, path: &str) -> Option<&'static str> {
    let root = path.split('\\').next().unwrap_or_default();
    let drive = root.len() == 2 && root.ends_with(':');
    match format {
        _ if root.contains("{{") => None,
        "registry"
            if ["HKLM", "HKCU", "HKCR", "HKU", "HKCC"].contains(&root) || root.starts_with("HKEY_") =>
        {
            None
        }
        "registry" => Some("a key begins with HKLM, HKCU, HKCR, HKU or HKCC and a backslash"),
        _ if drive || path.starts_with(r"\\") => None,
        _ => Some("a path begins with its drive: C:\\Windows, not %windir% or a part of it"),
    }
}
