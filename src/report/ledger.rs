//! What was read, what was not, and what that means: the sections that end the page. A reader who doubts it finds
//! here whether it was looked for.

use std::collections::BTreeMap;

use serde::Serialize;

use super::findings::{CommandPart, commands};
use super::words::{counted, grouped, sentence, span, times};
use crate::bundle::Skipped;
use crate::case::{Case, Collect, Noise, RuleState, Source};

/// More rows than this stand only in the JSON, and more than that many are folded.
const ROWS: usize = 300;
const OPEN: usize = 12;
/// More symptoms that lack the same are folded.
const FEW: usize = 3;

/// A list, as far as a page can carry it.
#[derive(Serialize)]
pub struct Listed<T> {
    pub rows: Vec<T>,
    folded: bool,
    /// What folds them away: `40 members`.
    summary: String,
    /// How many stand only in the JSON, as a sentence; empty where none do.
    more: String,
}

impl<T> Listed<T> {
    pub fn new<'c, I>(all: &'c [I], one: &str, many: &str, row: impl FnMut(&'c I) -> T) -> Self {
        let left = all.len().saturating_sub(ROWS);
        Self {
            rows: all.iter().take(ROWS).map(row).collect(),
            folded: all.len() > OPEN,
            summary: counted(all.len(), one, many),
            more: if left == 0 {
                String::new()
            } else {
                format!("{} more stand in the JSON report of this case.", grouped(left as u64))
            },
        }
    }
}

#[derive(Serialize)]
pub struct SourcePart<'a> {
    path: &'a str,
    format: &'static str,
    bytes: String,
    records: String,
    span: String,
    whole: bool,
}

#[derive(Serialize)]
pub struct SkippedPart<'a> {
    path: &'a str,
    reason: &'a str,
}

/// Rules that lack the same.
#[derive(Serialize)]
pub struct NotCheckedPart<'a> {
    missing: &'a str,
    count: String,
    folded: bool,
    rules: Vec<RulePart<'a>>,
}

#[derive(Serialize)]
struct RulePart<'a> {
    rule: &'a str,
    symptom: &'a str,
}

/// Something to ask the customer for.
#[derive(Serialize)]
pub struct CollectPart<'a> {
    what: String,
    reason: &'a str,
    commands: Vec<CommandPart>,
}

#[derive(Serialize)]
pub struct NoisePart<'a> {
    title: &'a str,
    path: &'a str,
    at: String,
    occurrences_text: String,
}

/// Rules of which the same is to say.
#[derive(Serialize)]
pub struct CoveragePart {
    state: String,
    reason: String,
    count: String,
    /// Their ids, with commas.
    rules: String,
}

pub fn sources(case: &Case) -> Listed<SourcePart<'_>> {
    Listed::new(&case.sources, "source", "sources", |it: &Source| SourcePart {
        path: &it.path,
        format: it.format,
        bytes: grouped(it.bytes),
        records: grouped(it.records),
        span: span(it.first.as_deref(), it.last.as_deref()),
        whole: it.whole,
    })
}

pub fn skipped(case: &Case) -> Listed<SkippedPart<'_>> {
    Listed::new(&case.skipped, "member", "members", |it: &Skipped| SkippedPart {
        path: &it.path,
        reason: &it.reason,
    })
}

/// What could not be checked, by what is missing, in the order of the case.
pub fn not_checked(case: &Case) -> Vec<NotCheckedPart<'_>> {
    let mut parts: Vec<NotCheckedPart<'_>> = Vec::new();
    let mut places = BTreeMap::new();
    for it in &case.not_checked {
        let place = *places.entry(it.missing.as_str()).or_insert(parts.len());
        if place == parts.len() {
            let (missing, count) = (it.missing.as_str(), String::new());
            parts.push(NotCheckedPart { missing, count, folded: false, rules: Vec::new() });
        }
        parts[place].rules.push(RulePart { rule: &it.rule, symptom: &it.symptom });
    }
    for it in &mut parts {
        it.count = counted(it.rules.len(), "symptom", "symptoms");
        it.folded = it.rules.len() > FEW;
    }
    parts
}

pub fn collect(case: &Case) -> Vec<CollectPart<'_>> {
    case.collect
        .iter()
        .map(|it: &Collect| CollectPart {
            what: sentence(&it.what),
            reason: &it.reason,
            commands: commands(it.shell, &it.commands),
        })
        .collect()
}

pub fn noise(case: &Case) -> Listed<NoisePart<'_>> {
    Listed::new(&case.noise, "kind of line", "kinds of lines", |it: &Noise| NoisePart {
        title: &it.title,
        path: &it.path,
        at: it.at.to_string(),
        occurrences_text: times(it.occurrences),
    })
}

/// What became of the rules: one row for all of which the same is to say.
pub fn coverage(case: &Case) -> Vec<CoveragePart> {
    let mut groups: BTreeMap<(RuleState, &str), Vec<&str>> = BTreeMap::new();
    for it in &case.coverage {
        groups.entry((it.state, it.reason.as_deref().unwrap_or_default())).or_default().push(&it.rule);
    }
    groups
        .into_iter()
        .map(|((state, reason), rules)| CoveragePart {
            state: state.name().replace('-', " "),
            reason: reason.to_owned(),
            count: grouped(rules.len() as u64),
            rules: rules.join(", "),
        })
        .collect()
}
