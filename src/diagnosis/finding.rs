//! One rule held against one case: whether its conditions are met, how certain that is, and what it says here.

use std::cmp::Ordering;

use crate::case::{Certainty, Evidence, Finding, NotChecked};
use crate::matching::{BINDINGS, List, Owner};
use crate::rule::{Condition, Rule};

use super::values::{Captured, read_all};
use super::{EVIDENCE, Gathered, Truth, steps};

/// What the conditions of a list come to, one by one.
struct Weighed {
    truths: Vec<Truth>,
    reasons: Vec<String>,
    evidence: Vec<Evidence>,
    missing: Vec<String>,
}

impl Gathered<'_> {
    /// The finding of a rule, if its symptom is there.
    pub(super) fn finding(
        &self,
        number: usize,
        rule: &Rule,
        not_checked: &mut Vec<NotChecked>,
    ) -> Option<Finding> {
        if !self.signature_found(number, rule) {
            return None;
        }
        let captured = Captured::of(self, number, rule, &[List::When, List::Add]);
        // A name that two conditions capture stands for one thing.
        if !Captured::of(self, number, rule, &[List::When]).agrees() {
            return None;
        }
        let when = self.weigh(number, rule, List::When, &captured);
        let unless = self.weigh(number, rule, List::Unless, &captured);
        if when.truths.iter().any(|it| *it != Truth::Yes) || unless.truths.contains(&Truth::Yes) {
            return None;
        }
        let confirm = self.weigh(number, rule, List::Confirm, &captured);
        let certainty = match confirmation(&confirm.truths) {
            Confirmation::Contradicted => Certainty::Possible,
            Confirmation::Confirmed => Certainty::Confirmed,
            Confirmation::Silent => Certainty::Likely,
        };
        if certainty != Certainty::Confirmed {
            let told = |missing| NotChecked { rule: rule.id.clone(), symptom: rule.symptom.clone(), missing };
            not_checked.extend(confirm.missing.iter().cloned().map(told));
        }
        let occurrences =
            self.found(Owner::Rule { rule: number, list: List::When, index: 0 }).map_or(1, |it| it.count);
        let mut evidence = when.evidence;
        evidence.extend(self.weigh(number, rule, List::Add, &captured).evidence);
        evidence.truncate(EVIDENCE);
        evidence.extend(confirm.evidence.into_iter().take(EVIDENCE));
        let captured = Captured::of(self, number, rule, &[List::When, List::Add, List::Confirm]);
        let mut reasons = reasons(certainty, confirm.reasons, &confirm.missing);
        if self.overflown(number, rule) {
            reasons
                .push(format!("The first {BINDINGS} different values are told; the log holds more values."));
        }
        Some(Finding {
            rule: rule.id.clone(),
            symptom: rule.symptom.clone(),
            cause: rule.cause.iter().map(|it| read_all(it, &captured)).collect(),
            severity: rule.severity,
            certainty,
            reasons,
            current: true,
            codes: rule.codes.clone(),
            values: captured.told(),
            occurrences,
            evidence,
            steps: steps::fill(rule, &captured),
            references: rule.source.iter().cloned().collect(),
        })
    }

    /// Whether more was captured than is kept.
    fn overflown(&self, number: usize, rule: &Rule) -> bool {
        let owners = (0..rule.when.len()).map(|index| Owner::Rule { rule: number, list: List::When, index });
        owners.filter_map(|it| self.found(it)).any(|it| it.overflown)
    }

    fn weigh(&self, number: usize, rule: &Rule, list: List, captured: &Captured) -> Weighed {
        let mut weighed =
            Weighed { truths: Vec::new(), reasons: Vec::new(), evidence: Vec::new(), missing: Vec::new() };
        for (index, condition) in list.of(rule).iter().enumerate() {
            match condition {
                Condition::Records(_) => {
                    let found = self.found(Owner::Rule { rule: number, list, index });
                    // A line that is not there proves nothing: logs rotate, and exports are cut.
                    weighed.truths.push(if found.is_some() { Truth::Yes } else { Truth::Unknown });
                    for hit in found.iter().flat_map(|it| &it.kept) {
                        weighed.evidence.extend(hit.lines.iter().map(|it| self.evidence(hit.source, it)));
                    }
                }
                Condition::Node(test) => {
                    let decided = self.decide(test, captured);
                    weighed.truths.push(decided.truth);
                    weighed.reasons.extend(decided.reasons);
                    weighed.evidence.extend(decided.evidence);
                    weighed.missing.extend(decided.missing);
                }
            }
        }
        weighed
    }
}

/// What exports and listings say of a symptom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    Confirmed,
    Contradicted,
    Silent,
}

impl Gathered<'_> {
    /// What the answers come to for a rule whose signature was found.
    pub fn confirmation(&self, number: usize, rule: &Rule) -> Confirmation {
        let captured = Captured::of(self, number, rule, &[List::When, List::Add]);
        let in_when = rule.when.iter().any(|it| matches!(it, Condition::Node(_)));
        let list = if in_when { List::When } else { List::Confirm };
        let truths = self.weigh(number, rule, list, &captured).truths;
        // All of a symptom's conditions must hold; of those that confirm it, one is enough.
        if in_when && truths.contains(&Truth::Unknown) { Confirmation::Silent } else { confirmation(&truths) }
    }
}

fn confirmation(truths: &[Truth]) -> Confirmation {
    match () {
        () if truths.contains(&Truth::No) => Confirmation::Contradicted,
        () if truths.contains(&Truth::Yes) => Confirmation::Confirmed,
        () => Confirmation::Silent,
    }
}

fn reasons(certainty: Certainty, mut reasons: Vec<String>, missing: &[String]) -> Vec<String> {
    reasons.insert(0, "The signature of this failure stands in the log.".to_owned());
    match certainty {
        Certainty::Likely if missing.is_empty() => {
            reasons.push("Nothing in the bundle confirms or contradicts it.".to_owned());
        }
        Certainty::Likely => {
            reasons.push(format!("The bundle does not hold what would confirm it ({}).", missing[0]));
        }
        Certainty::Confirmed | Certainty::Possible => {}
    }
    reasons
}

/// The most certain first, then the worst, then the most recent.
pub fn likeliest_first(one: &Finding, other: &Finding) -> Ordering {
    let latest = |it: &Finding| it.evidence.iter().filter_map(|it| it.time.clone()).max();
    other
        .current
        .cmp(&one.current)
        .then(one.severity.cmp(&other.severity))
        .then(one.certainty.cmp(&other.certainty))
        .then(latest(other).cmp(&latest(one)))
        .then(one.rule.cmp(&other.rule))
}
