//! Lines that look like failures and are known to be none, counted source by source. What lies in a session that
//! failed is never counted: there, such a line may be part of what happened.

use std::collections::VecDeque;

use crate::code::Code;
use crate::rule::{Attempt, Outcome, Tells, Value};

/// How many sessions are kept in mind, open ones and ended ones. Many never tell their end; the oldest is then taken
/// for one that did not fail.
const KEPT: usize = 64;

/// How often a kind of noise was met in one source, and where first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noisy {
    /// The source, by its number in the case.
    pub source: usize,
    /// The kind, by its number in the library.
    pub noise: usize,
    pub count: u64,
    /// The number of the first record, as its source has it.
    pub first: u64,
}

/// The noise of one source in the making, by the sessions that it lies in.
#[derive(Debug, Default)]
pub struct Sessions {
    settled: Vec<Noisy>,
    /// What was met since a session began or ended.
    recent: Vec<Noisy>,
    /// In the order in which they began, each with what was met since and before the next one began.
    open: VecDeque<(String, Vec<Noisy>)>,
    /// Those that ended last: more than one line tells of an end.
    ended: VecDeque<String>,
    /// Whether something failed since a session began or ended.
    is_failing: bool,
}

impl Sessions {
    /// One line of noise.
    pub fn note(&mut self, noise: usize, number: u64) {
        if !self.is_failing {
            add(&mut self.recent, Noisy { source: 0, noise, count: 1, first: number });
        }
    }

    /// A line that tells of a failure: what is near it is no noise.
    pub fn failure(&mut self) {
        self.recent.clear();
        self.is_failing = true;
    }

    /// A line of an attempt: its session begins with the first one, and ends with what tells of an end.
    pub fn attempt(&mut self, attempt: &Attempt, values: &[Value]) {
        let value = |name: &str| values.iter().find(|it| it.is_named(name)).map(|it| it.text.as_str());
        let failed = || value("code").and_then(Code::parse).is_some_and(Code::is_failure);
        let key = value("session").or_else(|| value("guid")).or_else(|| value("client"));
        match (attempt.tells, key) {
            (None, Some(key)) => self.begin(key),
            (Some(Tells::Outcome(it)), Some(key)) if it.is_start() => self.begin(key),
            (Some(Tells::Ended), Some(key)) => self.end(key, failed()),
            (Some(Tells::Outcome(Outcome::Failed)), _) => self.failure(),
            _ => {}
        }
    }

    fn begin(&mut self, key: &str) {
        self.settle_recent();
        if self.open.iter().any(|(it, _)| it == key) {
            return;
        }
        self.open.push_back((key.to_owned(), Vec::new()));
        if self.open.len() > KEPT
            && let Some((_, mut counts)) = self.open.pop_front()
        {
            settle(&mut self.settled, &mut counts);
        }
    }

    fn end(&mut self, key: &str, failed: bool) {
        let at = self.open.iter().position(|(it, _)| it == key);
        if failed && (at.is_some() || !self.ended.iter().any(|it| it == key)) {
            // Whatever lies in the open sessions may lie in one that began before the log does.
            self.open.iter_mut().skip(at.unwrap_or(0)).for_each(|(_, counts)| counts.clear());
            self.recent.clear();
        }
        self.settle_recent();
        let Some((key, mut counts)) = at.and_then(|it| self.open.remove(it)) else { return };
        let around = at.and_then(|it| it.checked_sub(1)).and_then(|it| self.open.get_mut(it));
        settle(around.map_or(&mut self.settled, |(_, counts)| counts), &mut counts);
        self.ended.push_back(key);
        if self.ended.len() > KEPT {
            self.ended.pop_front();
        }
    }

    /// What is recent belongs to the session that began last.
    fn settle_recent(&mut self) {
        self.is_failing = false;
        let latest = self.open.back_mut().map_or(&mut self.settled, |(_, counts)| counts);
        settle(latest, &mut self.recent);
    }

    /// All that is noise, now that the source has been seen to its end.
    pub fn finish(mut self) -> Vec<Noisy> {
        let open = self.open.iter_mut().map(|(_, counts)| counts);
        open.chain([&mut self.recent]).for_each(|it| settle(&mut self.settled, it));
        self.settled.sort_by_key(|it| it.noise);
        self.settled
    }
}

fn add(counts: &mut Vec<Noisy>, more: Noisy) {
    match counts.iter_mut().find(|it| it.noise == more.noise) {
        Some(known) => {
            known.count += more.count;
            known.first = known.first.min(more.first);
        }
        None => counts.push(more),
    }
}

fn settle(into: &mut Vec<Noisy>, counts: &mut Vec<Noisy>) {
    counts.drain(..).for_each(|it| add(into, it));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `.` is a line of noise, `!` a failure, `a` the begin of session a, `A` its end, `^A` its failure.
    #[track_caller]
    fn check(story: &str, expect: u64) {
        let mut sessions = Sessions::default();
        let mut failed = false;
        for (number, it) in (1..).zip(story.chars()) {
            match it {
                '.' => sessions.note(0, number),
                '!' => sessions.failure(),
                '^' => failed = true,
                it if it.is_lowercase() => sessions.begin(&it.to_string()),
                it => sessions.end(&it.to_lowercase().to_string(), std::mem::take(&mut failed)),
            }
        }
        assert_eq!(sessions.finish().iter().map(|it| it.count).sum::<u64>(), expect, "{story}");
    }

    #[test]
    fn noise_is_counted_outside_of_failed_sessions() {
        check("..", 2);
        check(".a..A.", 4);
        check(".a..^A.", 2);
        check(".a.b.B.^A.", 2);
        check(".a.b.^B.A.", 4);
        check(".a.b.c.", 4);
        // A session that began before the log does, and one whose end is told twice.
        check("..^A..", 2);
        check("d..c.^C.^C.", 4);
    }

    #[test]
    fn what_is_near_a_failure_is_none() {
        check("..!..", 0);
        check("a..A..!..b..", 4);
        check("a.!.A.", 1);
    }

    #[test]
    fn sessions_that_never_end_fill_no_memory() {
        let mut sessions = Sessions::default();
        for number in 0..10_000 {
            sessions.begin(&format!("{number}"));
            sessions.note(0, number);
        }
        assert_eq!(sessions.open.len(), KEPT);
        sessions.end("9990", true);
        assert_eq!(sessions.finish()[0].count, 9990);
    }
}
