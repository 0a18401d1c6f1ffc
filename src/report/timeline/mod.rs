//! The timeline of the case page: what happened on the machine, drawn in a lane for each kind of source, once over
//! all of its time and once around the last failure; and a table that says the same.

mod axis;
mod lanes;

use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;

use self::axis::{Axis, Tick};
use self::lanes::{Drawing, Lane, lanes};
use super::evidence::Exhibits;
use super::words::{grouped, time};
use crate::case::{At, Case, Moment, MomentKind};
use crate::code::Code;
use crate::rule::Outcome;

/// More moments than these, the latest, are told as a number; and more rows than that many are folded.
const ROWS: usize = 200;
const OPEN: usize = 12;
/// How much before and after a failure belongs to it, and how far what contains it may widen that.
const BEFORE: SignedDuration = SignedDuration::from_mins(30);
const AFTER: SignedDuration = SignedDuration::from_mins(10);
const WIDEST: SignedDuration = SignedDuration::from_hours(6);

#[derive(Serialize)]
pub struct TimelinePart<'a> {
    pub is_empty: bool,
    clock: &'a str,
    /// In a sentence, what the drawings show.
    about: String,
    views: Vec<View>,
    /// Which kinds of mark there are, for the legend.
    kinds: Vec<Kind>,
    rows: Vec<Row<'a>>,
    folded: bool,
    summary: String,
    /// That there are more; empty where there are not.
    more: String,
}

/// One drawing. Numbers are percents of its width, or pixels from its top.
#[derive(Serialize)]
struct View {
    anchor: &'static str,
    title: &'static str,
    /// From when to when, in words.
    span: String,
    height: u32,
    /// Where the axis is.
    bottom: u32,
    /// Where its two rows of labels stand.
    label: u32,
    context: u32,
    ticks: Vec<Tick>,
    lanes: Vec<Lane>,
    /// What the other drawing shows of this one.
    window: Option<Window>,
}

#[derive(Serialize)]
struct Window {
    x: String,
    width: String,
}

#[derive(Serialize)]
struct Kind {
    kind: &'static str,
    title: &'static str,
}

#[derive(Serialize)]
struct Row<'a> {
    anchor: String,
    time: String,
    ended: String,
    kind: &'static str,
    text: &'a str,
    update: &'a str,
    client: &'a str,
    failed: bool,
    code: String,
    code_name: &'static str,
    path: &'a str,
    at: String,
    /// The piece of evidence on this page that quotes it; empty where none does.
    evidence: String,
}

/// A moment that has a place on the clock.
struct Placed<'a> {
    moment: &'a Moment,
    start: DateTime,
    end: Option<DateTime>,
    /// What its mark leads to, without the `#`.
    target: String,
}

pub fn timeline<'a>(case: &'a Case, exhibits: &Exhibits<'a>) -> TimelinePart<'a> {
    let all = &case.timeline.moments;
    let first_row = all.len().saturating_sub(ROWS);
    let placed: Vec<Placed<'_>> = all
        .iter()
        .enumerate()
        .filter_map(|(at, moment)| {
            let own = if at < first_row { "timeline-rows".to_owned() } else { anchor(at) };
            let target = exhibits.anchor(&moment.path, moment.at).map_or(own, str::to_owned);
            let end = moment.ended.as_deref().and_then(read);
            Some(Placed { moment, start: read(&moment.time)?, end, target })
        })
        .collect();
    let rows: Vec<Row<'_>> =
        all.iter().enumerate().skip(first_row).map(|(at, it)| row(at, it, exhibits)).collect();
    let hidden = case.timeline.count.saturating_sub(rows.len() as u64);
    TimelinePart {
        is_empty: all.is_empty(),
        clock: &case.timeline.clock,
        about: about(&placed),
        views: views(&placed),
        kinds: KINDS
            .into_iter()
            .filter(|(kind, _)| placed.iter().any(|it| it.moment.kind == *kind))
            .map(|(kind, title)| Kind { kind: kind.name(), title })
            .collect(),
        folded: rows.len() > OPEN,
        summary: format!("The same as a table, {} rows", rows.len()),
        more: if hidden == 0 {
            String::new()
        } else {
            format!("The latest {} of {} moments are listed.", rows.len(), grouped(case.timeline.count))
        },
        rows,
    }
}

const KINDS: [(MomentKind, &str); 7] = [
    (MomentKind::Session, "session"),
    (MomentKind::Phase, "phase"),
    (MomentKind::Attempt, "attempt"),
    (MomentKind::Success, "success"),
    (MomentKind::Restart, "restart"),
    (MomentKind::Rollback, "rollback"),
    (MomentKind::Failure, "failure"),
];

fn anchor(at: usize) -> String {
    format!("moment-{}", at + 1)
}

fn row<'a>(at: usize, it: &'a Moment, exhibits: &Exhibits<'a>) -> Row<'a> {
    Row {
        anchor: anchor(at),
        time: time(Some(&it.time)),
        ended: time(it.ended.as_deref()),
        kind: it.kind.name(),
        text: &it.text,
        update: it.update.as_deref().unwrap_or_default(),
        client: it.client.as_deref().unwrap_or_default(),
        failed: is_failure(it),
        code: it.code.map(|it| it.to_string()).unwrap_or_default(),
        code_name: it.code.and_then(Code::name).unwrap_or_default(),
        path: &it.path,
        at: if it.at == At::Nowhere { String::new() } else { it.at.to_string() },
        evidence: exhibits.anchor(&it.path, it.at).unwrap_or_default().to_owned(),
    }
}

fn is_failure(it: &Moment) -> bool {
    matches!(it.kind, MomentKind::Failure | MomentKind::Rollback) || it.outcome == Some(Outcome::Failed)
}

/// A time of the civil calendar; which clock it is of is said once for all.
fn read(time: &str) -> Option<DateTime> {
    time.get(..19)?.parse().ok()
}

/// `8 moments between 2024-03-12 02:58 and 2024-03-14 07:30; the last failure is at …`
fn about(placed: &[Placed<'_>]) -> String {
    let minute = |it: DateTime| it.strftime("%Y-%m-%d %H:%M").to_string();
    let (Some(first), Some(last)) = (placed.iter().map(|it| it.start).min(), latest(placed)) else {
        return String::new();
    };
    let moments = if placed.len() == 1 {
        format!("One moment, at {}", minute(first))
    } else {
        format!("{} moments between {} and {}", placed.len(), minute(first), minute(last))
    };
    match focus(placed) {
        Some(it) if placed.len() > 1 => format!("{moments}; the last failure is at {}.", minute(it.start)),
        _ => format!("{moments}."),
    }
}

fn latest(placed: &[Placed<'_>]) -> Option<DateTime> {
    placed.iter().map(|it| it.end.unwrap_or(it.start).max(it.start)).max()
}

/// The last failure; a failed attempt where nothing else is told to have failed.
fn focus<'p, 'a>(placed: &'p [Placed<'a>]) -> Option<&'p Placed<'a>> {
    let last = |wanted: &dyn Fn(&Moment) -> bool| {
        placed.iter().filter(|it| wanted(it.moment)).max_by_key(|it| it.start)
    };
    last(&|it| it.kind == MomentKind::Failure).or_else(|| last(&is_failure))
}

fn views(placed: &[Placed<'_>]) -> Vec<View> {
    let (Some(first), Some(last)) = (placed.iter().map(|it| it.start).min(), latest(placed)) else {
        return Vec::new();
    };
    let around = focus(placed).and_then(|it| around(it, placed)).filter(|(from, to)| {
        // A closer look at nearly the same is none.
        let whole = first.duration_until(last);
        from.duration_until(*to).as_secs() * 2 < whole.as_secs()
    });
    let mut whole = view("timeline-whole", "The whole time", (first, last), placed);
    let Some((from, to)) = around else {
        return vec![whole];
    };
    let axis = Axis::new(first, last);
    let (left, right) = (axis.place(from.max(first)), axis.place(to.min(last)));
    whole.window =
        Some(Window { x: axis::percent(left - 0.5), width: axis::percent((right - left + 1.0).max(1.5)) });
    let inside: Vec<&Placed<'_>> =
        placed.iter().filter(|it| it.start <= to && it.end.unwrap_or(it.start) >= from).collect();
    let closer = Placed::all(&inside);
    vec![view("timeline-failure", "Around the last failure", (from, to), &closer), whole]
}

impl<'a> Placed<'a> {
    fn all(some: &[&Self]) -> Vec<Self> {
        let copy =
            |it: &&Self| Self { moment: it.moment, start: it.start, end: it.end, target: it.target.clone() };
        some.iter().map(copy).collect()
    }
}

/// The time around a failure, with all of what it happened in.
fn around(failure: &Placed<'_>, placed: &[Placed<'_>]) -> Option<(DateTime, DateTime)> {
    let at = failure.start;
    let (mut from, mut to) = (at.checked_sub(BEFORE).ok()?, at.checked_add(AFTER).ok()?);
    for it in placed.iter().filter(|it| it.start <= at && it.end.is_some_and(|end| end >= at)) {
        let end = it.end.unwrap_or(at);
        if it.start.duration_until(at) <= WIDEST {
            from = from.min(it.start.checked_sub(2.minutes()).ok()?);
        }
        if at.duration_until(end) <= WIDEST {
            to = to.max(end.checked_add(2.minutes()).ok()?);
        }
    }
    Some((from, to))
}

fn view(
    anchor: &'static str,
    title: &'static str,
    (from, to): (DateTime, DateTime),
    placed: &[Placed<'_>],
) -> View {
    let axis = Axis::new(from, to);
    let Drawing { lanes, bottom } = lanes(placed, &axis);
    let minute = |it: DateTime| it.strftime("%Y-%m-%dT%H:%M").to_string();
    View {
        anchor,
        title,
        span: super::words::span(Some(&minute(from)), Some(&minute(to))),
        height: bottom + 40,
        bottom,
        label: bottom + 17,
        context: bottom + 33,
        ticks: axis.ticks(),
        lanes,
        window: None,
    }
}

#[cfg(test)]
mod tests;
