//! What becomes of lines: which of them belong to one attempt, and what is never said of it.

use super::*;

/// A line at a minute of one hour.
struct At {
    minute: usize,
    outcome: Option<Outcome>,
    code: u32,
    /// Package, title, client, session, guid.
    values: [&'static str; 5],
}

fn at(minute: usize, outcome: Outcome, code: u32, values: [&'static str; 5]) -> At {
    At { minute, outcome: Some(outcome), code, values }
}

/// The attempts as `outcome code started ended`, with minutes for times.
fn told(lines: &[At]) -> Vec<String> {
    let time = |minute: usize| Some(format!("2024-03-12T03:{minute:02}:00"));
    let places: Vec<Place> =
        lines.iter().map(|it| Place { time: time(it.minute), ..Place::default() }).collect();
    let lines: Vec<Line<'_>> = lines
        .iter()
        .zip(&places)
        .map(|(it, place)| {
            let value = |at: usize| Some(it.values[at]).filter(|it| !it.is_empty());
            let update =
                value(0).or(value(1)).map(|it| if it.contains("KB5034768") { "KB5034768" } else { it });
            let update = update.map(str::to_owned);
            let code = it.outcome.filter(|it| !it.is_start()).map(|_| Code(it.code));
            let (package, title, client, session, guid) = (value(0), value(1), value(2), value(3), value(4));
            Line {
                outcome: it.outcome,
                update,
                package,
                title,
                client,
                session,
                guid,
                code,
                place,
                path: "CBS.log",
                at: crate::case::At::Nowhere,
                form: "cbs",
            }
        })
        .collect();
    let minute = |it: Option<&String>| it.map_or("-".to_owned(), |it| it[14..16].to_owned());
    let one = |it: &Made| {
        let Attempt { started, ended, outcome, code, .. } = &it.attempt;
        let code = code.map_or(0, |it| it.0);
        format!("{} {code:x} {} {}", outcome.name(), minute(started.as_ref()), minute(ended.as_ref()))
    };
    History::of(&lines).iter().map(one).collect()
}

use Outcome::{Completed, DownloadStarted, Failed, Installed, PendingRestart, Started};

const MISSING: u32 = 0x8007_0002;
const STORE: u32 = 0x800F_0831;

fn of_package(session: &'static str) -> [&'static str; 5] {
    ["KB5034768", "", "", session, ""]
}

fn session(id: &'static str) -> [&'static str; 5] {
    ["", "", "", id, ""]
}

#[test]
fn an_attempt_without_an_end_is_started_and_not_failed() {
    assert_eq!(told(&[at(1, Started, 0, of_package("1"))]), ["started 0 01 -"]);
    let title = ["", "Update", "", "", ""];
    assert_eq!(told(&[at(1, DownloadStarted, 0, title)]), ["download-started 0 01 -"]);
    let twice = [at(1, Started, 0, title), at(9, Started, 0, title), at(10, Installed, 0, title)];
    assert_eq!(told(&twice), ["started 0 01 -", "installed 0 09 10"]);
}

#[test]
fn start_and_end_are_one() {
    let title = ["", "Update", "", "", ""];
    let lines = [at(1, DownloadStarted, 0, title), at(2, Started, 0, title), at(5, Failed, MISSING, title)];
    assert_eq!(told(&lines), ["failed 80070002 02 05"]);
    let other = at(3, Failed, MISSING, ["", "Another", "", "", ""]);
    assert_eq!(told(&[at(2, Started, 0, title), other]), ["started 0 02 -", "failed 80070002 - 03"]);
}

#[test]
fn a_success_after_a_failure_is_another_attempt() {
    let title = ["", "Update", "", "", ""];
    let lines = [
        at(1, Started, 0, title),
        at(2, Failed, MISSING, title),
        at(20, Started, 0, title),
        at(25, Installed, 0, title),
    ];
    assert_eq!(told(&lines), ["failed 80070002 01 02", "installed 0 20 25"]);
    // Without its start too.
    assert_eq!(told(&[at(2, Failed, MISSING, title), at(3, Installed, 0, title)]).len(), 2);
}

#[test]
fn what_only_repeats_an_end_is_no_further_attempt() {
    let package = of_package("");
    let near = [at(1, Failed, MISSING, package), at(2, Failed, MISSING, package)];
    assert_eq!(told(&near), ["failed 80070002 - 01"]);
    let far = [at(1, Failed, MISSING, package), at(40, Failed, MISSING, package)];
    assert_eq!(told(&far).len(), 2);
    let other = [at(1, Failed, MISSING, package), at(2, Failed, STORE, package)];
    assert_eq!(told(&other).len(), 2);
}

#[test]
fn sessions_of_servicing() {
    let start = || at(1, Started, 0, of_package("7"));
    let restart = at(2, Completed, 0, of_package("7"));
    // The report of a failure has no session, and its end says the same again.
    let failed = [
        start(),
        at(3, Failed, MISSING, of_package("")),
        at(3, Failed, MISSING, of_package("7")),
        at(3, Failed, MISSING, session("7")),
    ];
    assert_eq!(told(&failed), ["failed 80070002 01 03"]);
    assert_eq!(
        told(&[start(), restart, at(3, PendingRestart, 0, session("7"))]),
        ["pending-restart 0 01 03"]
    );
    let rolled_back = [
        start(),
        at(2, PendingRestart, 0, of_package("7")),
        at(40, Failed, MISSING, of_package("")),
        at(41, Failed, MISSING, session("7")),
    ];
    assert_eq!(told(&rolled_back), ["failed 80070002 01 40"]);
    // What failed stays failed, whatever its session says.
    let stays = [start(), at(2, Failed, MISSING, of_package("7")), at(3, Completed, 0, session("7"))];
    assert_eq!(told(&stays), ["failed 80070002 01 02"]);
}

#[test]
fn a_session_that_only_looks_is_none() {
    let client = At { minute: 0, outcome: None, code: 0, values: ["", "", "DISM", "7", ""] };
    assert_eq!(told(&[client, at(1, Completed, 0, session("7"))]), [""; 0]);
    assert_eq!(told(&[at(1, Failed, MISSING, session("7"))]), ["failed 80070002 - 01"]);
}

#[test]
fn an_end_without_a_name_is_of_the_only_one_under_way() {
    let guid = |it: &'static str| ["", "", "", "", it];
    let nameless = || at(2, Failed, MISSING, [""; 5]);
    let one = [at(1, Started, 0, guid("{a}")), nameless(), at(2, Failed, MISSING, guid("{a}"))];
    assert_eq!(told(&one), ["failed 80070002 01 02"]);
    let two = [at(1, Started, 0, guid("{a}")), at(1, Started, 0, guid("{b}")), nameless()];
    assert_eq!(told(&two), ["started 0 01 -", "started 0 01 -", "failed 80070002 - 02"]);
    let later = [nameless(), at(3, Failed, MISSING, guid("{a}"))];
    assert_eq!(told(&later), ["failed 80070002 - 02"]);
}

#[test]
fn the_update_client_and_servicing_begin_one_attempt() {
    let title = ["", "Update (KB5034768)", "", "", ""];
    let both = [
        at(1, Started, 0, title),
        at(5, Started, 0, of_package("")),
        at(9, PendingRestart, 0, of_package("")),
    ];
    assert_eq!(told(&both), ["pending-restart 0 01 09"]);
    let installed = at(30, Installed, 0, title);
    let all: Vec<At> = both.into_iter().chain([installed]).collect();
    assert_eq!(told(&all), ["installed 0 01 30"]);
}
