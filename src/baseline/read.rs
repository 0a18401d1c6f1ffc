//! The file of a baseline, JSON: `{"accepted": [...]}` that a person writes, or the reports of an earlier run.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::place::{Into, place};
use super::{Baseline, Entry, What};
use crate::code::Code;
use crate::rule::{Document, Problem, nearest};
use crate::text::is_day;

/// What an entry may say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    rule: Option<String>,
    code: Option<String>,
    failure: Option<String>,
    case: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, Values>,
    reason: String,
    until: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "values are texts: \"a\", or [\"a\", \"b\"]")]
enum Values {
    One(String),
    All(Vec<String>),
}

/// What is read of a report.
#[derive(Deserialize)]
struct Report {
    case: String,
    findings: Vec<Found>,
    unexplained: Vec<Failure>,
}

#[derive(Deserialize)]
struct Found {
    rule: String,
    values: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Failure {
    code: Option<String>,
    name: Option<String>,
}

impl Baseline {
    /// Reads the text of the file that is called `file`. `known` are the ids of all rules, and `today` is a day.
    pub fn parse(file: &str, text: &str, known: &[&str], today: &str) -> Result<Self, Vec<Problem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut document = Document::new(file, text);
        let mut entries = Vec::new();
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let mut count = 0;
        loop {
            let from = values.byte_offset();
            match values.next() {
                None => break,
                Some(Err(error)) => {
                    let at = offset(text, error.line(), error.column());
                    document.problem(at, format!("not JSON: {error}"));
                    break;
                }
                Some(Ok(value)) => {
                    let part = Part { document: &mut document, from, known, today };
                    part.read(&value, &mut entries);
                }
            }
            count += 1;
        }
        if count == 0 && document.problems.is_empty() {
            document.problem(0, FORM);
        }
        if document.problems.is_empty() { Ok(Self(entries)) } else { Err(document.problems) }
    }
}

const FORM: &str =
    "write {\"accepted\": [{\"rule\": …, \"reason\": …}]}, or give the <case>.json of an earlier run";

/// One of the values of the file.
struct Part<'d, 't> {
    document: &'d mut Document<'t>,
    from: usize,
    known: &'d [&'d str],
    today: &'d str,
}

impl Part<'_, '_> {
    fn read(mut self, value: &Value, entries: &mut Vec<Entry>) {
        if value["schema"] == "casebook.case/1" {
            match Report::deserialize(value) {
                Ok(report) => entries.extend(known(&report)),
                Err(error) => self.problem(&[], format!("not a report of casebook: {error}")),
            }
            return;
        }
        let list = value["accepted"].as_array().filter(|_| value.as_object().is_some_and(|it| it.len() == 1));
        let Some(list) = list else { return self.problem(&[], FORM) };
        for (number, it) in list.iter().enumerate() {
            let here = [Into::Member("accepted"), Into::Item(number)];
            match Raw::deserialize(it) {
                Ok(raw) => entries.extend(self.entry(raw, &here)),
                Err(error) => self.problem(&here, error.to_string()),
            }
        }
    }

    fn problem(&mut self, path: &[Into<'_>], message: impl std::convert::Into<String>) {
        let at = self.from + place(&self.document.text[self.from..], path);
        self.document.problem(at, message);
    }

    fn entry(&mut self, raw: Raw, here: &[Into<'_>; 2]) -> Option<Entry> {
        let wrong = self.document.problems.len();
        let under = |key| [here[0], here[1], Into::Member(key)];
        if raw.reason.trim().is_empty() {
            self.problem(&under("reason"), "say why: the reason stands in every report");
        }
        if raw.until.as_ref().is_some_and(|it| !is_day(it)) {
            self.problem(&under("until"), "there is no such day; one is written \"2027-01-31\"");
        }
        let has_values = !raw.values.is_empty();
        let what = match (raw.rule, raw.code, raw.failure) {
            (Some(id), None, None) => {
                if !self.known.contains(&id.as_str()) {
                    let like = nearest(&id, self.known.iter().copied());
                    let like = like.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                    self.problem(&under("rule"), format!("there is no rule `{id}`{like}"));
                }
                let all = |it| match it {
                    Values::One(one) => vec![one],
                    Values::All(all) => all,
                };
                Some(What::Rule {
                    id,
                    values: raw.values.into_iter().map(|(name, it)| (name, all(it))).collect(),
                })
            }
            (None, Some(code), None) => {
                let read = Code::parse(&code);
                if read.is_none() {
                    self.problem(&under("code"), format!("`{code}` is no error code"));
                }
                read.map(What::Code)
            }
            (None, None, Some(name)) => Some(What::Failure(name)),
            _ => {
                self.problem(here, "name what is accepted: one of `rule`, `code` and `failure`");
                None
            }
        };
        if has_values && !matches!(what, Some(What::Rule { .. })) {
            self.problem(&under("values"), "only findings of a `rule` have values");
        }
        let holds = raw.until.as_deref().is_none_or(|it| self.today <= it);
        let (case, until, reason) = (raw.case, raw.until, raw.reason.trim().to_owned());
        let entry = Entry { what: what?, case, reason, until, holds, reported: false };
        (self.document.problems.len() == wrong).then_some(entry)
    }
}

/// All that a report of an earlier run tells.
fn known(report: &Report) -> Vec<Entry> {
    let entry = |what| Entry {
        what,
        case: Some(report.case.clone()),
        // Not which file: no report tells what lay where on a machine, and its name may have to be hidden.
        reason: "an earlier run told it already".to_owned(),
        until: None,
        holds: true,
        reported: true,
    };
    let rules =
        report.findings.iter().map(|it| What::Rule { id: it.rule.clone(), values: it.values.clone() });
    let failures = report.unexplained.iter().filter_map(|it| {
        let code = it.code.as_deref().and_then(Code::parse).map(What::Code);
        code.or_else(|| it.name.clone().map(What::Failure))
    });
    rules.chain(failures).map(entry).collect()
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    start + column.saturating_sub(1)
}
