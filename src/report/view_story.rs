//! What of a case in JSON tells the story around its findings: the timeline, known noise, what became of each
//! rule, and what to collect next.

use serde::Serialize;

use super::view::{PlaceView, line};
use crate::case::{Collect, Coverage, Moment, Noise, Timeline};
use crate::code::Code;

#[derive(Serialize)]
pub struct TimelineView<'a> {
    /// Which clock the times are of.
    clock: &'a str,
    /// How many moments there are with those that are not told.
    count: u64,
    moments: Vec<MomentView<'a>>,
}

#[derive(Serialize)]
struct MomentView<'a> {
    kind: &'static str,
    time: &'a str,
    ended: Option<&'a str>,
    text: &'a str,
    update: Option<&'a str>,
    client: Option<&'a str>,
    outcome: Option<&'static str>,
    code: Option<String>,
    code_name: Option<&'static str>,
    source: PlaceView<'a>,
}

#[derive(Serialize)]
pub struct NoiseView<'a> {
    title: &'a str,
    path: &'a str,
    line: Option<u64>,
    occurrences: u64,
}

#[derive(Serialize)]
pub struct CoverageView<'a> {
    rule: &'a str,
    state: &'static str,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
pub struct CollectView<'a> {
    what: &'a str,
    reason: &'a str,
    rules: &'a [String],
    shell: Option<&'static str>,
    commands: &'a [String],
}

pub fn timeline(it: &Timeline) -> TimelineView<'_> {
    TimelineView { clock: &it.clock, count: it.count, moments: it.moments.iter().map(moment).collect() }
}

fn moment(it: &Moment) -> MomentView<'_> {
    MomentView {
        kind: it.kind.name(),
        time: &it.time,
        ended: it.ended.as_deref(),
        text: &it.text,
        update: it.update.as_deref(),
        client: it.client.as_deref(),
        outcome: it.outcome.map(crate::rule::Outcome::name),
        code: it.code.map(|it| it.to_string()),
        code_name: it.code.and_then(Code::name),
        source: PlaceView { path: &it.path, line: line(it.at), form: it.form },
    }
}

pub fn noise(it: &Noise) -> NoiseView<'_> {
    NoiseView { title: &it.title, path: &it.path, line: line(it.at), occurrences: it.occurrences }
}

pub fn coverage(it: &Coverage) -> CoverageView<'_> {
    CoverageView { rule: &it.rule, state: it.state.name(), reason: it.reason.as_deref() }
}

pub fn collect(it: &Collect) -> CollectView<'_> {
    CollectView {
        what: &it.what,
        reason: &it.reason,
        rules: &it.rules,
        shell: it.shell.map(crate::rule::Shell::name),
        commands: &it.commands,
    }
}
