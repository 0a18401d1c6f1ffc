//! Which finding comes first: what still stands before history, what belongs to the most recent failure before
//! what happened beside it, a cause before what only passes it on.

use std::cmp::Reverse;

use super::Gathered;
use super::clock::Clock;
use super::troubles::Troubles;
use crate::case::{Certainty, Finding};
use crate::code::Code;
use crate::matching::{Owner, Set};
use crate::rule::Rule;

/// Codes that say only that something else failed: a call, a shutdown, an abort, an installer.
const WRAPPERS: [Code; 4] = [Code(0x8000_4005), Code(0x8007_045B), Code(0x8000_4004), Code(0x800F_0922)];

/// A finding with what it was found in.
pub struct Judged<'g> {
    pub finding: Finding,
    pub rule: &'g Rule,
    /// What the conditions of its symptom captured, and where.
    pub sets: Vec<&'g Set>,
}

/// Whether a code tells no cause where there is another one beside it.
pub fn is_wrapper(code: Code) -> bool {
    WRAPPERS.contains(&code)
}

impl Gathered<'_> {
    /// Puts findings into their order, and tells of each since when it is, what it accounts for, and whether a later
    /// success of the same has made it history.
    pub(super) fn order(&self, judged: &mut [Judged<'_>], troubles: &Troubles, clock: &Clock) {
        for it in judged.iter_mut() {
            it.settle(troubles, clock);
            it.finding.echoes = self.echoes(it, troubles, clock);
        }
        judged.sort_by_cached_key(|it| {
            let finding = &it.finding;
            let codes: Vec<Code> = it.rule.codes.iter().copied().filter(|it| !is_wrapper(*it)).collect();
            let places: Vec<_> = it.sets.iter().flat_map(|it| [&it.first, &it.last]).collect();
            let tied = troubles.all.is_empty() || troubles.is_of_latest(&places, &codes, clock);
            (
                !finding.current,
                finding.severity,
                finding.certainty == Certainty::Possible,
                !tied,
                only_passes_on(it.rule),
                // Within one failure the surest comes first, else the most recent.
                if tied { finding.certainty } else { Certainty::Confirmed },
                Reverse(finding.last.as_deref().map(|it| clock.local(it))),
                finding.certainty,
                finding.rule.clone(),
            )
        });
    }

    /// Codes of failures that only repeat a finding: those that its rule names, and wrappers within the same failure.
    fn echoes(&self, judged: &Judged<'_>, troubles: &Troubles, clock: &Clock) -> Vec<(Code, u64)> {
        let mut echoes: Vec<(Code, u64)> = Vec::new();
        for number in 0..self.library.failures.len() {
            for set in self.found(Owner::Failure(number)).into_iter().flat_map(|it| &it.sets) {
                let Some(code) = super::unexplained::code_of(&set.binding) else { continue };
                let named = judged.rule.echoes.contains(&code);
                let passed_on = || is_wrapper(code) && share(&[set], &judged.sets, troubles, clock);
                if judged.rule.codes.contains(&code) || !(named || passed_on()) {
                    continue;
                }
                match echoes.iter_mut().find(|(it, _)| *it == code) {
                    Some((_, count)) => *count += set.count,
                    None => echoes.push((code, set.count)),
                }
            }
        }
        echoes
    }
}

impl Judged<'_> {
    fn settle(&mut self, troubles: &Troubles, clock: &Clock) {
        let finding = &mut self.finding;
        let earliest = |one, other| if clock.is_after(one, other) { other } else { one };
        let latest = |one, other| if clock.is_after(other, one) { other } else { one };
        let first = self.sets.iter().map(|it| &it.first).filter(|it| it.time.is_some()).reduce(earliest);
        let last = self.sets.iter().map(|it| &it.last).filter(|it| it.time.is_some()).reduce(latest);
        finding.first = first.and_then(|it| it.time.clone());
        finding.last = last.and_then(|it| it.time.clone());
        // It must be what those updates failed with: other things were only seen meanwhile.
        let codes: Vec<Code> = self.rule.codes.iter().chain(&self.rule.echoes).copied().collect();
        let cure =
            |it: &&Set| troubles.cure(it, &codes, clock).filter(|_| troubles.end_with(it, &codes, clock));
        let cures: Option<Vec<&str>> = self.sets.iter().map(cure).collect();
        if let Some(cure) = cures.as_ref().and_then(|it| it.last()).filter(|_| finding.current) {
            finding.current = false;
            finding.reasons.push(format!("It is history: {cure}."));
        }
    }
}

/// Whether all of these were found within failures that some of those were found in too.
pub fn share(these: &[&Set], those: &[&Set], troubles: &Troubles, clock: &Clock) -> bool {
    let common = |set: &&Set| {
        troubles.around(set, clock).is_some_and(|(first, last)| {
            let holds = |trouble: &super::troubles::Trouble| {
                those.iter().any(|it| trouble.holds(&it.first, clock) || trouble.holds(&it.last, clock))
            };
            holds(first) && holds(last)
        })
    };
    !these.is_empty() && these.iter().all(common)
}

/// Whether a rule is about nothing but wrappers.
fn only_passes_on(rule: &Rule) -> bool {
    !rule.codes.is_empty() && rule.codes.iter().all(|it| is_wrapper(*it))
}
