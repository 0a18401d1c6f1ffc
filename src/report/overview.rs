//! What the cases of a run have in common: their causes and codes counted, the same update, driver or component
//! in several of them, and the failures that nothing explains, the rarest first.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::file_name::in_url;
use super::summary::{Failure, Summary, Symptom, Thing, ThingKind};

/// No more lines of a list are shown; how many more there are is told.
const LINES: usize = 60;
/// The lines from here on are folded.
const FOLD: usize = 8;
/// No more cases are named in a line.
const NAMED: usize = 4;

/// One of the lists.
#[derive(Serialize)]
pub struct Group<'a> {
    /// Its anchor in the page, and the word for it in the page's address.
    pub id: &'static str,
    title: &'static str,
    about: &'static str,
    is_chart: bool,
    lines: Vec<Line<'a>>,
    is_folded: bool,
    more: String,
}

/// One line of a list: what some cases share.
#[derive(Serialize)]
struct Line<'a> {
    /// By this number a row of the table tells that the line counts it.
    number: usize,
    /// The same from run to run, so that the address of a view keeps its meaning.
    key: String,
    label: String,
    /// The text of a log line, or a code's name.
    detail: &'a str,
    is_code: bool,
    count: String,
    /// Of the longest bar, in percent.
    share: usize,
    cases: Vec<Link<'a>>,
    more: String,
    /// What unfolds the lines from this one on.
    fold: String,
}

#[derive(Serialize)]
pub struct Link<'a> {
    pub name: &'a str,
    pub page: String,
}

impl<'a> Link<'a> {
    pub fn new(summary: &'a Summary, extension: &str) -> Self {
        Self { name: &summary.name, page: in_url(&format!("{}.{extension}", summary.stem)) }
    }
}

/// What is counted under one key.
struct Entry<'a> {
    key: String,
    label: String,
    detail: &'a str,
    is_code: bool,
    /// Numbers of the cases, in their order.
    cases: Vec<usize>,
}

/// The lists, and for each case the numbers of the lines that count it.
pub struct Overview<'a> {
    pub groups: Vec<Group<'a>>,
    pub lines_of: Vec<Vec<usize>>,
}

impl<'a> Overview<'a> {
    pub fn new(cases: &'a [Summary], extension: &str) -> Self {
        let mut overview = Self { groups: Vec::new(), lines_of: cases.iter().map(|_| Vec::new()).collect() };
        let mut shared = entries(cases, |it| it.things.iter().map(of_thing).collect());
        shared.retain(|it| it.cases.len() > 1);
        most_first(&mut shared);
        overview.list(cases, extension, shared, &SHARED);
        let mut causes =
            entries(cases, |it| it.symptoms.iter().filter(|it| it.is_cause).map(of_cause).collect());
        most_first(&mut causes);
        overview.list(cases, extension, causes, &CAUSES);
        let mut codes = entries(cases, |it| it.codes.iter().map(|it| of_code(*it)).collect());
        most_first(&mut codes);
        overview.list(cases, extension, codes, &CODES);
        let mut failures = entries(cases, |it| it.failures.iter().map(of_failure).collect());
        failures.sort_by(|one, other| (one.cases.len(), &one.label).cmp(&(other.cases.len(), &other.label)));
        overview.list(cases, extension, failures, &FAILURES);
        overview
    }

    fn list(&mut self, cases: &'a [Summary], extension: &str, entries: Vec<Entry<'a>>, words: &Words) {
        if entries.is_empty() {
            return;
        }
        let longest = entries.iter().map(|it| it.cases.len()).max().unwrap_or(1);
        let before: usize = self.groups.iter().map(|it| it.lines.len()).sum();
        let hidden = entries.len().saturating_sub(LINES);
        let mut lines = Vec::new();
        for (at, entry) in entries.into_iter().take(LINES).enumerate() {
            let number = before + at;
            entry.cases.iter().for_each(|it| self.lines_of[*it].push(number));
            lines.push(line(number, entry, cases, extension, longest, words));
        }
        let folded = lines.len().saturating_sub(FOLD);
        if let Some(first) = lines.get_mut(FOLD) {
            first.fold = format!("{folded} more");
        }
        let more = if hidden == 0 { String::new() } else { format!("and {hidden} more, {}", words.rest) };
        let Words { id, title, about, is_chart, .. } = *words;
        self.groups.push(Group { id, title, about, is_chart, lines, is_folded: folded > 0, more });
    }
}

struct Words {
    id: &'static str,
    title: &'static str,
    about: &'static str,
    is_chart: bool,
    /// What is true of those that are not listed.
    rest: &'static str,
}

const SHARED: Words = Words {
    id: "shared",
    title: "In several cases",
    about: "What failed updates and causes have in common.",
    is_chart: false,
    rest: "each in as many cases or fewer",
};
const CAUSES: Words = Words {
    id: "causes",
    title: "Causes",
    about: "In how many cases a cause still stands.",
    is_chart: true,
    rest: "each in as many cases or fewer",
};
const CODES: Words = Words {
    id: "codes",
    title: "Codes",
    about: "Of causes and of unexplained failures.",
    is_chart: true,
    rest: "each in as many cases or fewer",
};
const FAILURES: Words = Words {
    id: "failures",
    title: "Unexplained failures",
    about: "No rule knows them; the rarest first.",
    is_chart: false,
    rest: "each in as many cases or more",
};

fn line<'a>(
    number: usize,
    entry: Entry<'a>,
    cases: &'a [Summary],
    extension: &str,
    longest: usize,
    words: &Words,
) -> Line<'a> {
    let count = entry.cases.len();
    let named = if words.is_chart { 0 } else { NAMED };
    let hidden = count.saturating_sub(named);
    let told = if count == 1 { "1 case".to_owned() } else { format!("{count} cases") };
    let is_failing = words.id == SHARED.id && entry.key.starts_with(ThingKind::Update.name());
    Line {
        number,
        count: if is_failing { format!("fails in {told}") } else { told },
        key: entry.key,
        label: entry.label,
        detail: entry.detail,
        is_code: entry.is_code,
        share: (count * 100).div_ceil(longest),
        cases: entry.cases.iter().take(named).map(|it| Link::new(&cases[*it], extension)).collect(),
        more: if hidden > 0 && named > 0 { format!("and {hidden} more") } else { String::new() },
        fold: String::new(),
    }
}

/// What the cases tell, by key.
fn entries<'a>(cases: &'a [Summary], tell: impl Fn(&'a Summary) -> Vec<Entry<'a>>) -> Vec<Entry<'a>> {
    let mut all: BTreeMap<String, Entry<'a>> = BTreeMap::new();
    for (number, summary) in cases.iter().enumerate() {
        for entry in tell(summary) {
            let one = all.entry(entry.key.clone()).or_insert(entry);
            // A case counts once, however often it tells it.
            if one.cases.last() != Some(&number) {
                one.cases.push(number);
            }
        }
    }
    all.into_values().collect()
}

fn most_first(entries: &mut [Entry<'_>]) {
    entries.sort_by(|one, other| (other.cases.len(), &one.label).cmp(&(one.cases.len(), &other.label)));
}

fn of_thing(it: &Thing) -> Entry<'_> {
    let kind = it.kind.name();
    let detail = if it.kind == ThingKind::Update { "" } else { kind };
    entry(format!("{kind}:{}", it.name), it.name.clone(), detail, true)
}

fn of_cause(it: &Symptom) -> Entry<'_> {
    entry(format!("cause:{}", it.rule), it.text.clone(), "", false)
}

fn of_code(it: crate::code::Code) -> Entry<'static> {
    entry(format!("code:{it}"), it.to_string(), it.name().unwrap_or_default(), true)
}

/// A line of a log is no name: its key is a part of its hash.
fn of_failure(it: &Failure) -> Entry<'_> {
    let code = it.code.map(|it| it.to_string()).unwrap_or_default();
    let hash = Sha256::digest(format!("{code}\n{}", it.text));
    let key = hash.iter().take(4).map(|it| format!("{it:02x}")).collect::<String>();
    let key = format!("failure:{key}");
    match &code[..] {
        "" => entry(key, it.text.clone(), "", it.is_line),
        _ => entry(key, code, &it.text, true),
    }
}

fn entry(key: String, label: String, detail: &str, is_code: bool) -> Entry<'_> {
    Entry { key, label, detail, is_code, cases: Vec::new() }
}
