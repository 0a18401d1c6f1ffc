//! The part of the case page that lists the attempts to install updates, the latest first.

use serde::Serialize;

use super::words::time;
use crate::case::{Attempt, Case};
use crate::code::Code;
use crate::rule::Outcome;

#[derive(Serialize)]
pub struct UpdatesPart<'a> {
    pub rows: Vec<Row<'a>>,
    /// That more of them are known than are shown; empty where all are.
    more: String,
}

#[derive(Serialize)]
pub struct Row<'a> {
    update: &'a str,
    title: &'a str,
    client: &'a str,
    started: String,
    ended: String,
    outcome: &'static str,
    /// Whether it is one that a reader looks for.
    failed: bool,
    code: String,
    code_name: &'static str,
    path: &'a str,
    at: String,
}

pub fn updates(case: &Case) -> UpdatesPart<'_> {
    let shown = case.updates.len() as u64;
    let more = if shown == case.updates_count {
        String::new()
    } else {
        format!("The latest {shown} of {} are listed.", case.updates_count)
    };
    UpdatesPart { rows: case.updates.iter().map(row).collect(), more }
}

fn row(it: &Attempt) -> Row<'_> {
    let title = it.title.as_deref().unwrap_or_default();
    Row {
        update: it.update.as_deref().unwrap_or(if title.is_empty() { "not named" } else { "" }),
        title,
        client: it.client.as_deref().unwrap_or_default(),
        started: time(it.started.as_deref()),
        ended: time(it.ended.as_deref()),
        outcome: word(it.outcome),
        failed: it.outcome == Outcome::Failed,
        code: it.code.map(|it| it.to_string()).unwrap_or_default(),
        code_name: it.code.and_then(Code::name).unwrap_or_default(),
        path: &it.path,
        at: it.at.to_string(),
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::DownloadStarted => "download started, no more is told",
        Outcome::Started => "started, its end is not told",
        Outcome::Completed => "completed",
        Outcome::Installed => "installed",
        Outcome::Removed => "removed",
        Outcome::PendingRestart => "waits for a restart",
        Outcome::Failed => "failed",
        Outcome::NotApplicable => "nothing to do",
        Outcome::Canceled => "canceled",
    }
}
