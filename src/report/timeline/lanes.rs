//! The lanes of the timeline: a row of bars for each kind of what lasts, a row of marks for what happens at once.
//! Marks that would lie on each other become one, which shows the worst of them and says how many they are.

use std::fmt::Write as _;

use serde::Serialize;

use super::axis::{Axis, percent};
use super::{Placed, is_failure};
use crate::case::MomentKind;
use crate::rule::Outcome;
use crate::text::cut;

/// What is nearer than this to the mark before it, in percents of the width, is told with it.
const NEAR: f64 = 1.6;
const SHORTEST: f64 = 0.6;
/// In how many rows bars that overlap are drawn.
const OVERLAPS: usize = 3;
/// More lanes than this share the last one.
const LANES: usize = 8;
/// In pixels: the name of a lane, a row in it, the room below it.
const NAME: u32 = 18;
const ROW: u32 = 18;
const GAP: u32 = 10;
/// How many names of one mark are told.
const TOLD: usize = 4;
const LONGEST: usize = 120;

#[derive(Serialize)]
pub struct Lane {
    name: String,
    /// Where its name stands, and where it begins.
    label: u32,
    top: u32,
    pub bars: Vec<Bar>,
    pub marks: Vec<Mark>,
}

#[derive(Serialize)]
pub struct Bar {
    x: String,
    width: String,
    pub y: u32,
    kind: &'static str,
    failed: bool,
    target: String,
    title: String,
}

#[derive(Serialize)]
pub struct Mark {
    pub x: String,
    y: u32,
    pub kind: &'static str,
    pub many: bool,
    pub target: String,
    pub title: String,
}

pub struct Drawing {
    pub lanes: Vec<Lane>,
    pub bottom: u32,
}

/// Moments in one row that are told as one.
struct Cluster<'p, 'a> {
    start: f64,
    end: f64,
    all: Vec<&'p Placed<'a>>,
}

pub fn lanes(placed: &[Placed<'_>], axis: &Axis) -> Drawing {
    let mut names: Vec<&str> = Vec::new();
    for it in placed {
        if !names.contains(&it.moment.form) {
            names.push(it.moment.form);
        }
    }
    // The same order in every drawing.
    names.sort_unstable();
    let mut lanes = Vec::new();
    let mut top = 4;
    for (at, name) in names.iter().take(LANES).enumerate() {
        let shared = at + 1 == LANES && names.len() > LANES;
        let of = |form: &str| if shared { names[at..].contains(&form) } else { form == *name };
        let own: Vec<&Placed<'_>> = placed.iter().filter(|it| of(it.moment.form)).collect();
        let name = if shared { "other sources".to_owned() } else { lane_name(name, &own) };
        let (lane, height) = lane(name, top, &own, axis);
        lanes.push(lane);
        top += height;
    }
    Drawing { lanes, bottom: top }
}

/// `cbs: CBS.log`, where it is one source.
fn lane_name(form: &str, own: &[&Placed<'_>]) -> String {
    let first = own.first().map_or("", |it| it.moment.path.as_str());
    let file = first.rsplit(['/', '\\']).next().unwrap_or_default();
    if file.is_empty() || own.iter().any(|it| it.moment.path != first) {
        return form.to_owned();
    }
    format!("{form}: {}", cut(file, 48).0)
}

fn lane(name: String, top: u32, own: &[&Placed<'_>], axis: &Axis) -> (Lane, u32) {
    let mut y = top + NAME;
    let mut lane = Lane { name, label: top + 12, top, bars: Vec::new(), marks: Vec::new() };
    for kind in [MomentKind::Session, MomentKind::Phase, MomentKind::Attempt] {
        let row: Vec<_> = own.iter().filter(|it| it.moment.kind == kind).copied().collect();
        for row in rows_of_bars(row, axis) {
            lane.bars.extend(row.iter().map(|it| bar(it, kind, y)));
            y += ROW;
        }
    }
    let row: Vec<_> = own.iter().filter(|it| !lasts(it.moment.kind)).copied().collect();
    if !row.is_empty() {
        lane.marks.extend(marks(row, axis).iter().map(|it| mark(it, y + ROW / 2)));
        y += ROW;
    }
    (lane, y + GAP - top)
}

fn lasts(kind: MomentKind) -> bool {
    matches!(kind, MomentKind::Session | MomentKind::Phase | MomentKind::Attempt)
}

/// What lasts, in as few rows as its overlaps need; where that is too many, what overlaps is one bar of the last.
fn rows_of_bars<'p, 'a>(mut all: Vec<&'p Placed<'a>>, axis: &Axis) -> Vec<Vec<Cluster<'p, 'a>>> {
    all.sort_by_key(|it| it.start);
    let mut rows: Vec<Vec<Cluster<'_, '_>>> = Vec::new();
    for it in all {
        let start = axis.place(it.start);
        let end = it.end.map_or(start, |end| axis.place(end)).max(start + SHORTEST);
        let own = Cluster { start, end, all: vec![it] };
        let free = rows.iter().position(|row| row.last().is_none_or(|last| last.end <= start));
        match free.or((rows.len() < OVERLAPS).then_some(rows.len())) {
            Some(at) if at < rows.len() => rows[at].push(own),
            Some(_) => rows.push(vec![own]),
            None => {
                if let Some(last) = rows.last_mut().and_then(|it| it.last_mut()) {
                    last.end = last.end.max(end);
                    last.all.push(it);
                }
            }
        }
    }
    rows
}

/// What happens at once, those together that would lie on each other.
fn marks<'p, 'a>(mut all: Vec<&'p Placed<'a>>, axis: &Axis) -> Vec<Cluster<'p, 'a>> {
    all.sort_by_key(|it| it.start);
    let mut clusters: Vec<Cluster<'_, '_>> = Vec::new();
    for it in all {
        let start = axis.place(it.start);
        match clusters.last_mut().filter(|last| start < last.start + NEAR) {
            Some(last) => last.all.push(it),
            None => clusters.push(Cluster { start, end: start, all: vec![it] }),
        }
    }
    clusters
}

impl Cluster<'_, '_> {
    /// What a reader looks for first: a failure, then what undid it.
    fn worst(&self) -> &Placed<'_> {
        let rank = |it: &Placed<'_>| match it.moment.kind {
            MomentKind::Failure => 4,
            MomentKind::Rollback => 3,
            _ if is_failure(it.moment) => 2,
            MomentKind::Restart => 1,
            _ => 0,
        };
        // Of several, the first: it is what the others follow from.
        self.all.iter().rev().max_by_key(|it| rank(it)).copied().unwrap_or(self.all[0])
    }

    /// `03:14:07 failure: …`, for each of the first few.
    fn title(&self) -> String {
        let mut title = String::new();
        if self.all.len() > 1 {
            // Writing to a String cannot fail.
            let _ = write!(title, "{} here. ", self.all.len());
        }
        for (at, it) in self.all.iter().take(TOLD).enumerate() {
            let between = if at > 0 { "; " } else { "" };
            let _ = write!(title, "{between}{}", told(it));
        }
        if self.all.len() > TOLD {
            title.push_str("; …");
        }
        title
    }
}

fn told(it: &Placed<'_>) -> String {
    let mut told = it.start.strftime("%Y-%m-%d %H:%M:%S ").to_string();
    if let Some(end) = it.end {
        let _ = write!(told, "to {} ", end.strftime("%H:%M:%S"));
    }
    told.push_str(it.moment.kind.name());
    let _ = write!(told, ": {}", cut(&it.moment.text, LONGEST).0);
    if let Some(update) = it.moment.update.as_deref().filter(|update| !it.moment.text.contains(update)) {
        let _ = write!(told, ", {update}");
    }
    if let Some(code) = it.moment.code.map(|it| it.to_string()).filter(|it| !told.contains(it.as_str())) {
        let _ = write!(told, ", {code}");
    }
    told
}

fn bar(it: &Cluster<'_, '_>, kind: MomentKind, y: u32) -> Bar {
    Bar {
        x: percent(it.start),
        width: percent(it.end - it.start),
        y: y + 4,
        kind: kind.name(),
        failed: it.all.iter().any(|it| it.moment.outcome == Some(Outcome::Failed)),
        target: it.worst().target.clone(),
        title: it.title(),
    }
}

fn mark(it: &Cluster<'_, '_>, y: u32) -> Mark {
    let worst = it.worst();
    Mark {
        // Where the first of them is.
        x: percent(it.start),
        y,
        kind: worst.moment.kind.name(),
        many: it.all.len() > 1,
        target: worst.target.clone(),
        title: it.title(),
    }
}
