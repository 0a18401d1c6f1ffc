//! What happened on the machine, on one clock: attempts and sessions, what failed and was undone, restarts, phases
//! of an upgrade, and what ended well after it had failed.

use std::collections::HashSet;

use super::Gathered;
use super::attempts::Made;
use super::clock::{Clock, is_utc};
use super::unexplained::{code_of, ended_by};
use super::updates::{kb_in, time_of};
use crate::case::{At, Attempt, Moment, MomentKind, Timeline};
use crate::code::{Code, setup_result};
use crate::matching::{Owner, Place, Set};
use crate::rule::{Happening, HappeningKind, Outcome};

/// No more moments than these are told.
const TOLD: usize = 400;

/// A moment with the time that its source tells, and how much it tells: 0 is most.
struct Told {
    moment: Moment,
    /// Where in the bundle, to tell what comes first of one second.
    order: (usize, u64),
    time: String,
    weight: u8,
}

impl Gathered<'_> {
    pub(super) fn timeline(&self, attempts: &[Made], clock: &Clock) -> Timeline {
        let mut told: Vec<Told> = self.happened();
        let mut taken: HashSet<(String, At)> = places(&told);
        told.extend(attempts.iter().filter_map(|it| attempt(it, attempts, clock)));
        taken.extend(places(&told));
        // What a line of the story or of an attempt tells better is not told again as a failure.
        let failures = self.failures(clock).into_iter();
        let failures = failures.filter(|it| taken.insert((it.moment.path.clone(), it.moment.at)));
        let failures: Vec<Told> =
            failures.filter(|it| !told.iter().any(|that| is_beside(that, it))).collect();
        told.extend(failures);
        let mut seen = HashSet::new();
        // A log that is twice in the bundle tells nothing twice.
        told.retain(|Told { moment, time, .. }| {
            let Moment { kind, text, update, code, form, .. } = moment;
            seen.insert((*kind, time.clone(), text.clone(), update.clone(), *code, *form))
        });
        let sentence = clock.sentence(told.iter().map(|it| it.time.as_str()));
        for Told { moment, time, .. } in &mut told {
            moment.time = clock.local(time);
            moment.ended = moment.ended.take().map(|it| clock.local(&it));
        }
        let count = told.len() as u64;
        // Of too many, those go that tell least, the oldest of these first.
        let key = |it: &Told| (is_utc(&it.moment.time), it.moment.time.clone(), it.order);
        told.sort_by_cached_key(|it| (it.weight, std::cmp::Reverse(key(it))));
        told.truncate(TOLD);
        told.sort_by_cached_key(key);
        Timeline { moments: told.into_iter().map(|it| it.moment).collect(), count, clock: sentence }
    }

    /// What lines of the story tell.
    fn happened(&self) -> Vec<Told> {
        let blocks = self.library.happenings.iter().enumerate();
        let found = blocks.flat_map(|(number, it)| {
            let sets = self.found(Owner::Happening(number)).into_iter().flat_map(|it| &it.sets);
            sets.map(move |set| (it, set))
        });
        let (steps, others): (Vec<_>, Vec<_>) = found
            .filter(|(it, _)| it.kind != HappeningKind::Clock)
            .partition(|(it, _)| it.kind == HappeningKind::Step);
        let is_failure =
            |it: &&(&Happening, &Set)| matches!(it.0.kind, HappeningKind::Failure | HappeningKind::Rollback);
        // Of the steps, the last one before each failure.
        let before = |end: &Place| {
            let mine = steps.iter().filter(|(_, it)| it.last.source == end.source && it.last.line < end.line);
            mine.max_by_key(|(_, it)| it.last.line).copied()
        };
        let last_steps: Vec<_> =
            others.iter().filter(is_failure).filter_map(|(_, it)| before(&it.last)).collect();
        others.into_iter().chain(last_steps).filter_map(|(it, set)| self.happening(it, set)).collect()
    }

    fn happening(&self, happening: &Happening, set: &Set) -> Option<Told> {
        let value = |name: &str| {
            let value = set.binding.iter().find(|it| it.is_named(name)).map(|it| it.text.trim());
            value.filter(|it| !it.is_empty())
        };
        let (code, extended) = (value("code").and_then(Code::parse).map(Code::as_hresult), value("extended"));
        let mut text = happening.signal.title.clone();
        if let Some(detail) = value("detail") {
            text = format!("{text}: {detail}");
        }
        if let Some((code, extended)) = code.zip(extended) {
            text = format!("{text}: {code} - {extended}");
            let read = setup_result(&format!("{code}-{extended}"));
            let names = read.map(|it| [it.phase, it.operation]).into_iter().flatten().flatten();
            let names: Vec<&str> = names.collect();
            if !names.is_empty() {
                text = format!("{text} ({})", names.join(", "));
            }
        }
        let package = value("package");
        let update = value("update").or(package).and_then(kb_in);
        let (kind, weight) = match happening.kind {
            HappeningKind::Failure if code.is_some_and(|it| !it.is_failure()) => (MomentKind::Phase, 0),
            HappeningKind::Failure => (MomentKind::Failure, 0),
            HappeningKind::Rollback => (MomentKind::Rollback, 0),
            HappeningKind::Phase | HappeningKind::Step => (MomentKind::Phase, 1),
            HappeningKind::Restart | HappeningKind::Clock => (MomentKind::Restart, 2),
        };
        self.moment(
            &set.last,
            weight,
            Moment {
                kind,
                time: String::new(),
                ended: None,
                text,
                update: update.or_else(|| package.map(str::to_owned)),
                client: value("client").map(str::to_owned),
                outcome: None,
                code: code.filter(|it| it.0 != 0),
                path: String::new(),
                at: At::Nowhere,
                form: "",
            },
        )
    }

    /// Failures that logs tell of, each kind with each code once, where it was seen last; and what has ended them.
    fn failures(&self, clock: &Clock) -> Vec<Told> {
        let mut all = Vec::new();
        for (number, signal) in self.library.failures.iter().enumerate() {
            for set in self.found(Owner::Failure(number)).into_iter().flat_map(|it| &it.sets) {
                let often =
                    if set.count > 1 { format!(" ({} times, here last)", set.count) } else { String::new() };
                let moment = |kind, text, code| Moment {
                    kind,
                    time: String::new(),
                    ended: None,
                    text,
                    update: None,
                    client: None,
                    outcome: None,
                    code,
                    path: String::new(),
                    at: At::Nowhere,
                    form: "",
                };
                let text = format!("{}{often}", signal.title);
                all.extend(self.moment(
                    &set.last,
                    0,
                    moment(MomentKind::Failure, text, code_of(&set.binding)),
                ));
                if let Some(success) = ended_by(self.hits, self.library, number, set, clock) {
                    let text = format!("It went well after this had failed: {}", signal.title);
                    all.extend(self.moment(&success.last, 1, moment(MomentKind::Success, text, None)));
                }
            }
        }
        all
    }

    /// A moment at a place that tells its time: without one, nobody can say where it belongs.
    fn moment(&self, place: &Place, weight: u8, moment: Moment) -> Option<Told> {
        let time = place.time.clone()?;
        let source = self.sources.get(place.source)?;
        let (path, at, form) = (source.path.clone(), source.at(place.number), source.format);
        let moment = Moment { path, at, form, ..moment };
        Some(Told { moment, order: (place.source, place.line), time, weight })
    }
}

/// Whether two lines that stand next to one another tell of the same code.
fn is_beside(one: &Told, other: &Told) -> bool {
    const NEXT: u64 = 2;
    one.order.0 == other.order.0
        && one.order.1.abs_diff(other.order.1) <= NEXT
        && one.moment.path == other.moment.path
        && one.moment.code.is_some()
        && one.moment.code == other.moment.code
}

fn places(told: &[Told]) -> HashSet<(String, At)> {
    told.iter().map(|it| (it.moment.path.clone(), it.moment.at)).collect()
}

/// An attempt as a moment, or a session of servicing.
fn attempt(made: &Made, all: &[Made], clock: &Clock) -> Option<Told> {
    let it = &made.attempt;
    let time = it.started.clone().or_else(|| it.ended.clone())?;
    let is_done = matches!(it.outcome, Outcome::Installed | Outcome::Completed | Outcome::Removed);
    let session = made.is_session();
    let (kind, weight) = match it.outcome {
        Outcome::Failed if session => (MomentKind::Session, 0),
        Outcome::Failed => (MomentKind::Attempt, 0),
        _ if is_done && had_failed(it, all, clock) => (MomentKind::Success, 0),
        _ if session => (MomentKind::Session, 3),
        Outcome::Started | Outcome::DownloadStarted => (MomentKind::Attempt, 4),
        _ => (MomentKind::Attempt, 3),
    };
    let what = if session { "A session of servicing" } else { "An attempt to install an update" };
    let title = it.title.as_deref().map_or_else(String::new, |it| format!(": {it}"));
    let moment = Moment {
        kind,
        time: String::new(),
        ended: it.ended.clone().filter(|_| it.started.is_some()),
        text: format!("{what} {}{title}", ending(it.outcome)),
        update: it.update.clone(),
        client: it.client.clone(),
        outcome: Some(it.outcome),
        code: it.code.filter(|it| it.0 != 0),
        path: it.path.clone(),
        at: it.at,
        form: it.form,
    };
    let order = match it.at {
        At::Line(number) | At::Record(_, number) => number,
        At::Nowhere => 0,
    };
    Some(Told { moment, order: (0, order), time, weight })
}

/// Whether an earlier attempt of the same update had failed.
fn had_failed(attempt: &Attempt, all: &[Made], clock: &Clock) -> bool {
    let earlier = |it: &Attempt| {
        let times = time_of(it).zip(time_of(attempt));
        times.and_then(|(one, other)| clock.order(one, other)).is_some_and(|it| it.is_lt())
    };
    let same = |it: &Attempt| attempt.update.is_some() && it.update == attempt.update;
    all.iter().map(|it| &it.attempt).any(|it| it.outcome == Outcome::Failed && same(it) && earlier(it))
}

fn ending(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::DownloadStarted => "began to download",
        Outcome::Started => "began, and its end is not told",
        Outcome::Completed => "ended without an error",
        Outcome::Installed => "ended well: it was installed",
        Outcome::Removed => "ended well: it was removed",
        Outcome::PendingRestart => "waited for a restart",
        Outcome::Failed => "failed",
        Outcome::NotApplicable => "had nothing to do",
        Outcome::Canceled => "was given up",
    }
}
