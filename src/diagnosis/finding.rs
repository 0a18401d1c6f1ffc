//! One rule held against one case: whether its conditions are met, how certain that is, and what it says here.

use crate::case::{Certainty, Evidence, Finding, NotChecked};
use crate::matching::{BINDINGS, List, Owner, Set, combine};
use crate::rule::{Condition, Rule, Value};

use super::clock::Clock;
use super::order::Judged;
use super::values::{Captured, read_all};
use super::{EVIDENCE, Gathered, Truth, steps};

/// What the conditions of a list come to, one by one.
#[derive(Default)]
struct Weighed {
    truths: Vec<Truth>,
    reasons: Vec<String>,
    evidence: Vec<Evidence>,
    missing: Vec<String>,
}

/// What a finding is about: a rule, and one value of it where the rule groups by that.
struct Subject<'s> {
    number: usize,
    rule: &'s Rule,
    group: Option<Value>,
}

impl Subject<'_> {
    fn owner(&self, list: List, index: usize) -> Owner {
        Owner::Rule { rule: self.number, list, index }
    }

    /// Whether captured values belong to it.
    fn includes(&self, values: &[Value]) -> bool {
        let Some(group) = &self.group else { return true };
        values.iter().all(|it| it.name != group.name || it.text == group.text)
    }
}

impl<'g> Gathered<'g> {
    /// The findings of a rule: none where its symptom is not there, one, or one for each value it groups by.
    pub(super) fn findings(
        &self,
        number: usize,
        rule: &'g Rule,
        clock: &Clock,
        not_checked: &mut Vec<NotChecked>,
    ) -> Vec<Judged<'g>> {
        if !self.signature_found(number, rule) || self.is_for_others(rule) {
            return Vec::new();
        }
        let captured = Captured::of(self, number, rule, &[List::When]);
        // A name that two conditions capture stands for one thing.
        if !captured.agrees() {
            return Vec::new();
        }
        let groups: Vec<Option<Value>> = match &rule.group_by {
            None => vec![None],
            Some(name) => captured.instances(&[name]).into_iter().map(|mut it| it.pop()).collect(),
        };
        let one = |group| {
            let subject = Subject { number, rule, group };
            let finding = self.finding(&subject, clock, not_checked)?;
            let sets = (0..rule.when.len()).flat_map(|it| self.sets(&subject, List::When, it)).collect();
            Some(Judged { finding, rule, sets })
        };
        groups.into_iter().filter_map(one).collect()
    }

    fn finding(
        &self,
        subject: &Subject<'_>,
        clock: &Clock,
        not_checked: &mut Vec<NotChecked>,
    ) -> Option<Finding> {
        let Subject { number, rule, group } = subject;
        let all = |lists: &[List]| Captured::of(self, *number, rule, lists).narrowed(group.as_ref());
        let captured = all(&[List::When, List::Add]);
        let when = self.weigh(subject, List::When, &captured);
        let unless = self.weigh(subject, List::Unless, &captured);
        if when.truths.iter().any(|it| *it != Truth::Yes) || unless.truths.contains(&Truth::Yes) {
            return None;
        }
        let mut confirm = self.weigh(subject, List::Confirm, &captured);
        let contradict = self.weigh(subject, List::Contradict, &captured);
        if contradict.truths.contains(&Truth::Yes) {
            confirm.truths.push(Truth::No);
            confirm.reasons.push("Other evidence speaks against it.".to_owned());
        }
        let certainty = match confirmation(&confirm.truths) {
            Confirmation::Contradicted => Certainty::Possible,
            Confirmation::Confirmed => Certainty::Confirmed,
            Confirmation::Silent => Certainty::Likely,
        };
        if certainty != Certainty::Confirmed {
            let told = |missing| NotChecked { rule: rule.id.clone(), symptom: rule.symptom.clone(), missing };
            not_checked.extend(confirm.missing.iter().cloned().map(told));
        }
        let overtaken = self.overtaken(subject, clock);
        let mut reasons = reasons(certainty, confirm.reasons, &confirm.missing);
        reasons.extend(self.more_reasons(subject, overtaken.as_deref()));
        let mut evidence = when.evidence;
        evidence.extend(self.weigh(subject, List::Add, &captured).evidence);
        evidence.truncate(EVIDENCE);
        evidence.extend(confirm.evidence.into_iter().chain(contradict.evidence).take(EVIDENCE));
        let captured = all(&[List::When, List::Add, List::Confirm]);
        Some(Finding {
            rule: rule.id.clone(),
            symptom: rule.symptom.clone(),
            cause: rule.cause.iter().map(|it| read_all(it, &captured)).collect(),
            severity: rule.severity,
            certainty,
            reasons,
            current: overtaken.is_none(),
            codes: rule.codes.clone(),
            echoes: Vec::new(),
            first: None,
            last: None,
            values: captured.told(),
            occurrences: self.occurrences(subject),
            evidence,
            steps: steps::fill(rule, &captured),
            references: rule.source.iter().cloned().collect(),
            related: self.related(rule),
        })
    }

    /// What else is to be said of it: that a later success has overtaken it, and that more was captured than is told.
    fn more_reasons(&self, subject: &Subject<'_>, success: Option<&str>) -> Vec<String> {
        let history = success.map(|it| format!("A later success has overtaken it: it is history ({it})."));
        let more = self
            .overflown(subject)
            .then(|| format!("The first {BINDINGS} different values are told; the log holds more values."));
        history.into_iter().chain(more).collect()
    }

    /// How often the symptom's first condition was found for the subject.
    fn occurrences(&self, subject: &Subject<'_>) -> u64 {
        let found = self.found(subject.owner(List::When, 0));
        match (found, &subject.group) {
            (None, _) => 1,
            (Some(found), None) => found.count,
            (Some(found), Some(_)) => {
                found.sets.iter().filter(|it| subject.includes(&it.binding)).map(|it| it.count).sum()
            }
        }
    }

    /// Whether the machine is known to be another than the rule is for.
    pub(super) fn is_for_others(&self, rule: &Rule) -> bool {
        if rule.applies_to.build.is_empty() && rule.applies_to.architecture.is_empty() {
            return false;
        }
        let (builds, architectures) = (&rule.applies_to.build, &rule.applies_to.architecture);
        let facts = self.facts();
        let told = self.builds();
        // Where sources disagree, the rule may be for the machine that one of them tells of.
        let admitted = |it: &u32| builds.iter().any(|that| (that.least..=that.most).contains(it));
        let other_build = !told.is_empty() && !told.iter().any(admitted);
        let mut known = facts.iter().filter(|it| it.name == "architecture").peekable();
        let other = known.peek().is_some()
            && !known.any(|it| architectures.iter().any(|that| it.value.eq_ignore_ascii_case(that)));
        (!builds.is_empty() && other_build) || (!architectures.is_empty() && other)
    }

    /// What a condition captured of the subject.
    fn sets(&self, subject: &Subject<'_>, list: List, index: usize) -> Vec<&'g Set> {
        let found = self.hits.of(subject.owner(list, index));
        found.into_iter().flat_map(|it| &it.sets).filter(|it| subject.includes(&it.binding)).collect()
    }

    /// Where each match of the symptom is followed by what the rule calls a later success of the same thing: that
    /// success.
    fn overtaken(&self, subject: &Subject<'_>, clock: &Clock) -> Option<String> {
        let later = subject.rule.unless.iter().enumerate().filter(|(_, it)| is_later(it));
        let owners: Vec<Owner> = later.map(|(index, _)| subject.owner(List::Unless, index)).collect();
        let found = || owners.iter().filter_map(|it| self.found(*it));
        let successes: Vec<&Set> =
            found().flat_map(|it| &it.sets).filter(|it| subject.includes(&it.binding)).collect();
        let same = |one: &Set, other: &Set| {
            !combine(std::slice::from_ref(&one.binding), &[&other.binding]).is_empty()
        };
        let ends = |it: &&Set| {
            successes.iter().find(|that| clock.is_after(&that.last, &it.last) && same(it, that)).copied()
        };
        let failures = self.sets(subject, List::When, 0);
        let ends: Vec<&Set> = failures.iter().map(ends).collect::<Option<_>>()?;
        let success = &ends.last()?.last;
        let kept = found().flat_map(|it| &it.kept).filter(|it| it.source == success.source);
        let text = kept.flat_map(|it| &it.lines).find(|it| it.order == success.line).map(|it| &it.text);
        Some(self.told_place(success, text.map_or("", String::as_str)))
    }

    /// The symptoms of the rules that a reader of this one should know.
    fn related(&self, rule: &Rule) -> Vec<(String, String)> {
        let symptom =
            |id: &String| self.library.rules.iter().find(|it| it.id == *id).map(|it| it.symptom.clone());
        rule.related.iter().filter_map(|id| Some((id.clone(), symptom(id)?))).collect()
    }

    /// Whether more was captured than is kept.
    fn overflown(&self, subject: &Subject<'_>) -> bool {
        let owners = (0..subject.rule.when.len()).map(|index| subject.owner(List::When, index));
        owners.filter_map(|it| self.found(it)).any(|it| it.overflown)
    }

    fn weigh(&self, subject: &Subject<'_>, list: List, captured: &Captured) -> Weighed {
        let mut weighed = Weighed::default();
        for (index, condition) in list.of(subject.rule).iter().enumerate() {
            match condition {
                // What comes later does not exclude the symptom: it makes it history.
                Condition::Records(_) if is_later(condition) => {}
                Condition::Records(_) => {
                    let found = self.found(subject.owner(list, index));
                    let found = found.filter(|it| it.sets.iter().any(|it| subject.includes(&it.binding)));
                    // A line that is not there proves nothing: logs rotate, and exports are cut.
                    weighed.truths.push(if found.is_some() { Truth::Yes } else { Truth::Unknown });
                    for hit in found.iter().flat_map(|it| &it.kept) {
                        let lines = hit.lines.iter().filter(|it| subject.includes(&it.values));
                        weighed.evidence.extend(lines.map(|it| self.evidence(hit.source, it)));
                    }
                }
                Condition::Node(test) => {
                    let decided = self.decide(test, captured, list == List::Contradict);
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

fn is_later(condition: &Condition) -> bool {
    matches!(condition, Condition::Records(sequence) if sequence.later)
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
        let subject = Subject { number, rule, group: None };
        let truths = self.weigh(&subject, list, &captured).truths;
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
