//! Where servicing, an update or an upgrade failed: each time with the stretch of its source that belongs to it,
//! and what ended it well later. By this a cause is told from what only happened beside it.

use std::collections::HashMap;

use super::Gathered;
use super::attempts::Line;
use super::clock::Clock;
use crate::case::{At, Attempt};
use crate::code::Code;
use crate::matching::{Owner, Place, Set};
use crate::rule::{HappeningKind, Outcome};

/// Several sources tell of one failure within so many seconds.
const NEAR: u64 = 600;
/// More failures than these are not looked at: the latest count.
const MOST: usize = 500;
/// Clients that only ever install: what they end without an error is installed.
const INSTALLERS: [&str; 2] = ["WindowsUpdateAgent", "UpdateAgentLCU"];

/// One failure of servicing, an update or an upgrade.
#[derive(Debug)]
pub struct Trouble {
    source: usize,
    /// The first and last place in the scanned text that belongs to it.
    from: u64,
    to: u64,
    /// Where the failure itself is told.
    end: Place,
    pub codes: Vec<Code>,
    /// What it was about: updates and packages.
    names: Vec<String>,
    clients: Vec<String>,
    /// The later success of the same, in words.
    pub cured: Option<String>,
}

impl Trouble {
    /// Whether a place of the bundle belongs to it: in its own stretch, or in another source at its time.
    pub fn holds(&self, place: &Place, clock: &Clock) -> bool {
        if place.source == self.source {
            return (self.from..=self.to).contains(&place.line);
        }
        let times = place.time.as_deref().zip(self.end.time.as_deref());
        times.is_some_and(|(one, other)| clock.are_within(one, other, NEAR))
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Troubles {
    pub all: Vec<Trouble>,
    /// Which of them are the most recent failure, as several sources may tell it.
    latest: Vec<usize>,
}

impl Troubles {
    /// Whether something at these places, or with these codes, belongs to the most recent failure.
    pub fn is_of_latest(&self, places: &[&Place], codes: &[Code], clock: &Clock) -> bool {
        self.latest.iter().map(|it| &self.all[*it]).any(|it| {
            places.iter().any(|place| it.holds(place, clock)) || it.codes.iter().any(|it| codes.contains(it))
        })
    }

    /// Those that a set of values was found in, if its first and its last place are in any.
    pub fn around<'t>(&'t self, set: &Set, clock: &Clock) -> Option<(&'t Trouble, &'t Trouble)> {
        let of = |place: &Place| self.all.iter().rev().find(|it| it.holds(place, clock));
        Some((of(&set.first)?, of(&set.last)?))
    }

    /// The later success that has ended everything that was found with these values, which is about one of `codes`.
    /// Nothing, where some of it lies outside, or in a failure that was never ended; nothing either where what was
    /// found has no code: what else was seen while an update failed goes on when that is installed.
    pub fn cure(&self, set: &Set, codes: &[Code], clock: &Clock) -> Option<&str> {
        let of = |place: &Place| {
            let shares = |it: &Trouble| it.codes.iter().any(|it| codes.contains(it));
            let mine = self.all.iter().filter(|it| it.holds(place, clock));
            let mine: Vec<&Trouble> = mine.filter(|it| it.source == place.source || shares(it)).collect();
            mine.iter().all(|it| it.cured.is_some()).then(|| mine.last().copied()).flatten()
        };
        let (first, last) = (of(&set.first)?, of(&set.last)?);
        let between =
            |it: &&Trouble| !clock.is_after(&first.end, &it.end) && !clock.is_after(&it.end, &last.end);
        let over = !codes.is_empty() && self.all.iter().filter(between).all(|it| it.cured.is_some());
        last.cured.as_deref().filter(|_| over)
    }

    /// Whether the failures that a set of values was found in end with one of these codes.
    pub fn end_with(&self, set: &Set, codes: &[Code], clock: &Clock) -> bool {
        self.around(set, clock).is_some_and(|(first, last)| {
            [first, last].iter().all(|it| it.codes.iter().any(|it| codes.contains(it)))
        })
    }
}

impl Gathered<'_> {
    /// The failures that lines of attempts and of the story tell of, and which of `attempts` ended them well.
    pub(super) fn troubles(&self, attempts: &[Attempt], clock: &Clock) -> Troubles {
        let mut all = self.of_attempts();
        self.add_others(&mut all);
        all.sort_by_key(|it| (it.source, it.from));
        let newest = (0..all.len())
            .reduce(|best, it| if clock.is_after(&all[best].end, &all[it].end) { best } else { it });
        let told_too = |it: &usize| {
            let end = |at: usize| all[at].end.time.as_deref();
            let near = newest.and_then(|newest| end(newest).zip(end(*it)));
            newest == Some(*it) || near.is_some_and(|(one, other)| clock.are_within(one, other, NEAR))
        };
        let latest = (0..all.len()).filter(told_too).collect();
        let starts = self.good_starts();
        for trouble in &mut all {
            trouble.cured = attempts.iter().find(|it| cures(it, trouble, &starts, clock)).map(told);
        }
        Troubles { all, latest }
    }

    /// Where Windows started and all that had waited for it went well.
    fn good_starts(&self) -> Vec<&Place> {
        let blocks = self.library.happenings.iter().enumerate();
        let restarts = blocks.filter(|(_, it)| it.kind == HappeningKind::Restart);
        let sets =
            restarts.filter_map(|(number, _)| self.found(Owner::Happening(number))).flat_map(|it| &it.sets);
        let good = |it: &&Set| {
            let code = it.binding.iter().find(|it| it.is_named("code")).and_then(|it| Code::parse(&it.text));
            code.is_some_and(|it| it.as_hresult().0 == 0)
        };
        sets.filter(good).map(|it| &it.last).collect()
    }

    fn of_attempts(&self) -> Vec<Trouble> {
        let mut by_source: HashMap<usize, Vec<Line<'_>>> = HashMap::new();
        for line in self.lines_of_updates() {
            by_source.entry(line.place.source).or_default().push(line);
        }
        let mut sources: Vec<_> = by_source.into_iter().collect();
        sources.sort_by_key(|(source, _)| *source);
        let mut all = Vec::new();
        for (source, mut lines) in sources {
            lines.sort_by_key(|it| it.place.line);
            all.extend(of_source(source, &lines));
        }
        all
    }

    /// What fails without an attempt that anybody tells of, such as an upgrade: all that stands before it in its
    /// source, back to the failure before, belongs to it.
    fn add_others(&self, all: &mut Vec<Trouble>) {
        let mut ends: Vec<(&Place, Option<Code>)> = Vec::new();
        for (number, it) in self.library.happenings.iter().enumerate() {
            let tells = matches!(it.kind, HappeningKind::Failure | HappeningKind::Rollback);
            let found = self.found(Owner::Happening(number)).filter(|_| tells);
            for set in found.into_iter().flat_map(|it| &it.sets) {
                let code = set.binding.iter().find(|it| it.is_named("code"));
                let code = code.and_then(|it| Code::parse(&it.text)).map(Code::as_hresult);
                if code.is_none_or(Code::is_failure) {
                    ends.push((&set.last, code));
                }
            }
        }
        ends.sort_by_key(|(it, _)| (it.source, it.line));
        for (end, code) in ends.into_iter().rev().take(MOST).rev() {
            let inside = all.iter_mut().find(|it| {
                it.source == end.source && (it.from..=it.to.saturating_add(50)).contains(&end.line)
            });
            if let Some(trouble) = inside {
                trouble.to = trouble.to.max(end.line);
                trouble.codes.extend(code.filter(|it| !trouble.codes.contains(it)));
                continue;
            }
            let before = all.iter().filter(|it| it.source == end.source && it.to < end.line);
            let from = before.map(|it| it.to + 1).max().unwrap_or_default();
            all.push(Trouble {
                source: end.source,
                from,
                to: end.line,
                end: end.clone(),
                codes: code.into_iter().collect(),
                names: Vec::new(),
                clients: Vec::new(),
                cured: None,
            });
        }
    }
}

/// The failures of one source, from its lines in their order.
fn of_source(source: usize, lines: &[Line<'_>]) -> Vec<Trouble> {
    let mut all: Vec<Trouble> = Vec::new();
    let mut sessions: HashMap<&str, (u64, u64)> = HashMap::new();
    for line in lines {
        if let Some(session) = line.session {
            let at = line.place.line;
            sessions.entry(session).and_modify(|it| it.1 = at).or_insert((at, at));
        }
    }
    let failures = lines.iter().enumerate().filter(|(_, it)| it.outcome == Some(Outcome::Failed));
    for (at, line) in failures.rev().take(MOST).collect::<Vec<_>>().into_iter().rev() {
        // A report of a failure names no session: it is of the one that was begun last.
        let session = line.session.or_else(|| lines[..at].iter().rev().find_map(|it| it.session));
        let stretch = session.and_then(|it| sessions.get(it)).copied();
        let stretch = stretch.filter(|(from, _)| *from <= line.place.line);
        let start = lines[..at].iter().rev().find(|it| it.outcome.is_some_and(Outcome::is_start));
        let (from, to) = stretch.unwrap_or_else(|| {
            let from = start.map_or(line.place.line, |it| it.place.line);
            (from, line.place.line)
        });
        let to = to.max(line.place.line);
        if let Some(same) = all.iter_mut().find(|it| it.from == from && it.to == to) {
            same.codes.extend(line.code.filter(|it| !same.codes.contains(it)));
            same.end = line.place.clone();
            continue;
        }
        let mine = |it: &&Line<'_>| {
            (from..=to).contains(&it.place.line)
                && (session.is_none() || it.session.is_none() || it.session == session)
        };
        let of_it: Vec<&Line<'_>> = lines.iter().filter(mine).collect();
        let names =
            of_it.iter().flat_map(|it| it.update.clone().into_iter().chain(it.package.map(str::to_owned)));
        all.push(Trouble {
            source,
            from,
            to,
            end: line.place.clone(),
            codes: line.code.into_iter().collect(),
            names: names.collect(),
            clients: of_it.iter().filter_map(|it| it.client).map(str::to_owned).collect(),
            cured: None,
        });
    }
    all
}

/// Whether an attempt is a later success of what failed. That something "ended without an error" is one only where its
/// client never does anything but install; that it waited for a restart, where a start went well after it.
fn cures(attempt: &Attempt, trouble: &Trouble, starts: &[&Place], clock: &Clock) -> bool {
    let named = |it: &String| trouble.names.iter().any(|that| that.eq_ignore_ascii_case(it));
    let client = attempt.client.as_ref();
    let only_installs =
        || client.is_some_and(|it| INSTALLERS.contains(&it.as_str()) && trouble.clients.contains(it));
    let started = || {
        let later = |it: &&&Place| {
            let times = it.time.as_deref().zip(attempt.ended.as_deref());
            times.and_then(|(one, other)| clock.order(one, other)).is_some_and(|it| it.is_gt())
        };
        starts.iter().any(|it| later(&it))
    };
    let installed = match attempt.outcome {
        Outcome::Installed => true,
        Outcome::Completed => only_installs(),
        Outcome::PendingRestart => only_installs() && started(),
        _ => false,
    };
    let times = attempt.ended.as_deref().zip(trouble.end.time.as_deref());
    let later = times.and_then(|(one, other)| clock.order(one, other)).is_some_and(|it| it.is_gt());
    installed && later && attempt.update.as_ref().is_some_and(named)
}

/// `KB5034768 was installed later (CBS.log, line 812, 2024-03-12T03:14:07)`
fn told(attempt: &Attempt) -> String {
    let name = attempt.update.as_deref().unwrap_or("the same update");
    let at = if attempt.at == At::Nowhere { String::new() } else { format!(", {}", attempt.at) };
    let time = attempt.ended.as_deref().map_or_else(String::new, |it| format!(", {it}"));
    format!("{name} was installed later ({}{at}{time})", attempt.path)
}
