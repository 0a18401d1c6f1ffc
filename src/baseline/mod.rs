//! What a team lives with: findings and failures that it has accepted, each with a reason and up to a day, and
//! those that an earlier run had told already. They are told as ever, but no job fails because of them.

mod place;
mod read;

use std::collections::BTreeMap;

use crate::case::{Accepted, Case, Which};
use crate::code::Code;

/// The entries of a file, checked.
#[derive(Debug, Default)]
pub struct Baseline(Vec<Entry>);

/// What is accepted.
#[derive(Debug)]
struct Entry {
    what: What,
    case: Option<String>,
    reason: String,
    until: Option<String>,
    holds: bool,
    /// Out of a report of an earlier run, in which what a team hides is hidden already.
    reported: bool,
}

#[derive(Debug)]
enum What {
    /// Findings of a rule whose values are all among these; a value that is not named may be anything.
    Rule { id: String, values: BTreeMap<String, Vec<String>> },
    /// The unexplained failure with a code.
    Code(Code),
    /// The unexplained failure of this name.
    Failure(String),
}

impl Baseline {
    /// Marks what is accepted in a case.
    pub fn apply(&self, case: &mut Case) {
        self.mark(case, false);
    }

    /// The same for a case in which what is hidden is hidden, by earlier reports, which are of such cases.
    pub fn apply_reported(&self, case: &mut Case) {
        self.mark(case, true);
    }

    fn mark(&self, case: &mut Case, reported: bool) {
        let findings = (0..case.findings.len()).map(Which::Finding);
        let all: Vec<Which> = findings.chain((0..case.unexplained.len()).map(Which::Unexplained)).collect();
        for which in all {
            let entries = || self.0.iter().filter(|it| it.reported == reported && it.is_of(case, which));
            // One that holds comes before one whose day is over.
            let Some(entry) = entries().find(|it| it.holds).or_else(|| entries().next()) else { continue };
            if case.accepted(which).is_none_or(|it| !it.holds && entry.holds) {
                case.accepted.retain(|it| it.which != which);
                let Entry { reason, until, holds, .. } = entry;
                let (reason, until) = (reason.clone(), until.clone());
                case.accepted.push(Accepted { which, reason, until, holds: *holds });
            }
        }
    }

    /// What was accepted up to a day that is over, as sentences.
    pub fn over(&self) -> Vec<String> {
        let over = self.0.iter().filter(|it| !it.holds);
        over.map(|it| {
            let until = it.until.as_deref().unwrap_or_default();
            format!("{} was accepted until {until} and counts again: {}", it.what.name(), it.reason)
        })
        .collect()
    }
}

impl Entry {
    fn is_of(&self, case: &Case, which: Which) -> bool {
        self.case.as_ref().is_none_or(|it| *it == case.name) && self.what.is(case, which)
    }
}

impl What {
    fn is(&self, case: &Case, which: Which) -> bool {
        match (self, which) {
            (Self::Rule { id, values }, Which::Finding(number)) => {
                case.findings.get(number).is_some_and(|finding| {
                    finding.rule == *id
                        && values.iter().all(|(name, admitted)| {
                            let found = finding.values.iter().filter(|(it, _)| it == name);
                            found.flat_map(|(_, it)| it).all(|it| admitted.contains(it))
                        })
                })
            }
            (Self::Code(code), Which::Unexplained(number)) => {
                let found = case.unexplained.get(number).and_then(|it| it.code);
                found.is_some_and(|it| it.as_hresult() == code.as_hresult())
            }
            (Self::Failure(name), Which::Unexplained(number)) => {
                case.unexplained.get(number).is_some_and(|it| it.name.as_ref() == Some(name))
            }
            _ => false,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Rule { id, .. } => id.clone(),
            Self::Code(code) => code.to_string(),
            Self::Failure(name) => name.clone(),
        }
    }
}
