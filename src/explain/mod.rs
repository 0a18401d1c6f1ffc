//! Why a rule speaks of a bundle, or does not: what each of its conditions came to, with the evidence for it or
//! the nearest miss. What holds is told by the same matching and diagnosis that make the reports; the misses are
//! looked for in a pass of their own.

mod words;
mod chain;
mod records;
mod miss;

pub use miss::{Miss, Spot};
pub use words::{condition, list_name, template};

use crate::bundle::{Bundle, Entry, SkipKind};
use crate::case::{At, Certainty};
use crate::diagnosis::{Gathered, Truth, diagnose};
use crate::matching::{List, Owner};
use crate::pipeline::{Setup, gather_one};
use crate::rule::{Condition, NodeTest, Rule, Sequence};
use crate::source::{Taken, identify};
use crate::text::Blocks;

use miss::Probe;

/// What one rule comes to in one bundle.
pub struct Why {
    pub conditions: Vec<Told>,
    pub findings: Vec<Conclusion>,
    /// Why there is no finding, where that does not follow from a condition.
    pub reason: Option<String>,
    /// What could not be read, or only in part.
    pub lost: Vec<String>,
}

/// A finding, as far as it answers the question.
pub struct Conclusion {
    pub certainty: Certainty,
    pub current: bool,
    pub occurrences: u64,
    pub reasons: Vec<String>,
}

/// A condition and what it came to.
pub struct Told {
    pub list: List,
    pub what: String,
    pub outcome: Outcome,
    pub miss: Option<Miss>,
}

pub enum Outcome {
    /// It holds: how often (an answer of an export has no number), and where first.
    Held {
        count: Option<u64>,
        places: Vec<Place>,
    },
    NotHeld {
        places: Vec<Place>,
    },
    /// It could not be asked, for want of this; of nothing, where the log lines before it gave nothing to ask for.
    Unknown {
        missing: Vec<String>,
    },
}

/// A line that proves something.
pub struct Place {
    pub path: String,
    pub line: u64,
    pub text: String,
}

/// Holds the only rule of the library against the bundle.
pub fn why(bundle: &Bundle, setup: &Setup<'_>) -> Option<Why> {
    let rule = setup.library.rules.first()?;
    let mut told = gather_one(bundle, setup, &|gathered| weigh(bundle, rule, gathered))?;
    let sought = |it: &&mut Told| matches!(it.outcome, Outcome::NotHeld { .. });
    let all = List::ALL.iter().flat_map(|it| it.of(rule));
    let mut probes = Vec::new();
    for (told, condition) in told.conditions.iter_mut().zip(all) {
        if let Condition::Records(sequence) = condition
            && sought(&told)
        {
            probes.push((Probe::new(sequence), told));
        }
    }
    look_closer(bundle, setup, &mut probes);
    for (probe, told) in probes {
        told.miss = probe.miss();
    }
    Some(told)
}

fn weigh(bundle: &Bundle, rule: &Rule, gathered: &Gathered<'_>) -> Why {
    let mut conditions = Vec::new();
    let found = |index| gathered.hits.of(Owner::Rule { rule: 0, list: List::When, index }).is_some();
    let raised = rule.when.iter().enumerate().all(|(at, it)| matches!(it, Condition::Node(_)) || found(at));
    for list in List::ALL {
        for (index, it) in list.of(rule).iter().enumerate() {
            let outcome = match it {
                Condition::Records(sequence) => in_records(gathered, sequence, list, index),
                // Exports and listings are asked only about what the logs have raised.
                Condition::Node(_) if !raised => Outcome::Unknown { missing: Vec::new() },
                Condition::Node(test) => in_tree(gathered, rule, test),
            };
            conditions.push(Told { list, what: condition(it), outcome, miss: None });
        }
    }
    let case = diagnose(&bundle.name, &bundle.source, gathered);
    let lost = gathered.skipped.iter().filter(|it| it.kind == SkipKind::Loss);
    let lost = lost.map(|it| format!("{}: {}", it.path, it.reason)).collect();
    let findings: Vec<Conclusion> = case
        .findings
        .into_iter()
        .map(|it| Conclusion {
            certainty: it.certainty,
            current: it.current,
            occurrences: it.occurrences,
            reasons: it.reasons,
        })
        .collect();
    let reason = if findings.is_empty() { reason(rule, &conditions) } else { None };
    Why { conditions, findings, reason, lost }
}

/// Why there is no finding although every condition allows one.
fn reason(rule: &Rule, conditions: &[Told]) -> Option<String> {
    let held = |it: &Told| matches!(it.outcome, Outcome::Held { .. });
    let of = |list: List| conditions.iter().filter(move |it| it.list == list);
    if let Some(missing) = of(List::When).position(|it| !held(it)) {
        return Some(format!("condition {} of `when` does not hold, and all of them must", missing + 1));
    }
    let later = |it: &Condition| matches!(it, Condition::Records(it) if it.later);
    let excluded = of(List::Unless).zip(&rule.unless).any(|(told, it)| held(told) && !later(it));
    if excluded {
        return Some("a condition of `unless` holds: it is not this symptom".to_owned());
    }
    let limited = !rule.applies_to.build.is_empty() || !rule.applies_to.architecture.is_empty();
    let values = "what the conditions captured under one name is not the same value";
    Some(if limited {
        format!("the machine is not one that `applies_to` admits, or {values}")
    } else {
        values.to_owned()
    })
}

fn in_records(gathered: &Gathered<'_>, sequence: &Sequence, list: List, index: usize) -> Outcome {
    let names: Vec<&str> = sequence.formats.iter().map(|it| it.name()).collect();
    if let Some(found) = gathered.hits.of(Owner::Rule { rule: 0, list, index }) {
        let path = |number: usize| gathered.sources.get(number).map_or("", |it| &it.path);
        let first = found.kept.iter().take(1);
        let places = first.flat_map(|hit| {
            hit.lines.iter().map(|it| Place {
                path: path(hit.source).to_owned(),
                line: it.number,
                text: it.text.clone(),
            })
        });
        return Outcome::Held { count: Some(found.count), places: places.collect() };
    }
    if gathered.sources.iter().any(|it| names.contains(&it.format)) {
        return Outcome::NotHeld { places: Vec::new() };
    }
    let missing = sequence.formats.iter().map(|it| format!("{}: {}", it.name(), it.about()));
    Outcome::Unknown { missing: missing.collect() }
}

/// 0 in a source that has neither lines nor records.
fn number(at: At) -> u64 {
    match at {
        At::Line(number) | At::Record(_, number) => number,
        At::Nowhere => 0,
    }
}

fn in_tree(gathered: &Gathered<'_>, rule: &Rule, test: &NodeTest) -> Outcome {
    let decided = gathered.asked(0, rule, test);
    let places = decided.evidence.into_iter().map(|it| {
        let note = it.note.unwrap_or_default();
        // Whether it agrees or contradicts depends on the list; here the outcome says it.
        let text = note.split_once(": ").map_or(note.as_str(), |(_, sentence)| sentence).to_owned();
        Place { path: it.path, line: number(it.at), text }
    });
    let places: Vec<Place> = places.collect();
    match decided.truth {
        Truth::Yes => Outcome::Held { count: None, places },
        Truth::No => Outcome::NotHeld { places },
        Truth::Unknown => Outcome::Unknown { missing: decided.missing },
    }
}

/// Shows every record of the bundle to the probes that are for its format. What is lost on the way was lost
/// before, and is told from there.
fn look_closer(bundle: &Bundle, setup: &Setup<'_>, probes: &mut [(Probe<'_>, &mut Told)]) {
    if probes.is_empty() {
        return;
    }
    bundle.read_in_order(&setup.limits, &setup.passwords, &mut |entry: Entry<'_>| {
        let Taken::Text { format, encoding, mark } = identify(entry.path, entry.head) else { return };
        let wants = |it: &Probe<'_>| it.sequence.formats.iter().any(|it| it.name() == format.name());
        let mut mine: Vec<&mut Probe<'_>> =
            probes.iter_mut().map(|(probe, _)| probe).filter(|it| wants(it)).collect();
        if mine.is_empty() {
            return;
        }
        mine.iter_mut().for_each(|it| it.source());
        let Ok(mut blocks) = Blocks::open(entry.reader, encoding, mark) else { return };
        records::each(format, &mut blocks, &mut |number, text| {
            for probe in &mut mine {
                probe.take(entry.path, number, text, format);
            }
        });
    });
}
