//! The timeline of a made-up case: its lanes, its marks, its ticks.

use super::*;
use crate::report::templates::example::full;

/// A moment at a time of the 14th.
fn moment(kind: MomentKind, time: &str, ended: Option<&str>) -> Moment {
    let day = |time: &str| format!("2024-03-14T{time}");
    Moment {
        kind,
        time: day(time),
        ended: ended.map(day),
        text: format!("told at {time}"),
        update: None,
        client: None,
        outcome: None,
        code: None,
        path: "CBS.log".to_owned(),
        at: At::Nowhere,
        form: "servicing",
    }
}

fn case(moments: Vec<Moment>) -> Case {
    let mut case = full();
    case.timeline.count = moments.len() as u64;
    case.timeline.moments = moments;
    case
}

/// `kind x` of every mark of a view.
fn marks(view: &View) -> Vec<String> {
    view.lanes.iter().flat_map(|it| &it.marks).map(|it| format!("{} {}", it.kind, it.x)).collect()
}

#[test]
fn a_failure_gets_a_closer_look() {
    let case = case(vec![
        moment(MomentKind::Success, "00:00:00", None),
        moment(MomentKind::Session, "12:00:00", Some("12:20:00")),
        moment(MomentKind::Failure, "12:10:00", None),
        moment(MomentKind::Restart, "20:00:00", None),
    ]);
    let part = timeline(&case, &Exhibits::default());
    let titles: Vec<&str> = part.views.iter().map(|it| it.title).collect();
    assert_eq!(titles, ["Around the last failure", "The whole time"]);
    // Half an hour before it, and to the end of the session that it is in.
    assert_eq!(part.views[0].span, "2024-03-14 11:40 – 12:22");
    assert_eq!(marks(&part.views[0]), ["failure 70.57%"]);
    assert_eq!(marks(&part.views[1]), ["success 2.00%", "failure 60.40%", "restart 98.00%"]);
    assert!(part.views[1].window.is_some());
}

#[test]
fn marks_on_each_other_are_one_that_shows_the_worst() {
    let case = case(vec![
        moment(MomentKind::Restart, "10:00:00", None),
        moment(MomentKind::Failure, "10:00:05", None),
        moment(MomentKind::Success, "10:00:09", None),
        moment(MomentKind::Success, "12:00:00", None),
    ]);
    let part = timeline(&case, &Exhibits::default());
    let first = &part.views.last().unwrap().lanes[0].marks[0];
    assert_eq!((first.kind, first.many, first.target.as_str()), ("failure", true, "moment-2"));
    assert!(
        first.title.starts_with("3 here. 2024-03-14 10:00:00 restart: told at 10:00:00; "),
        "{}",
        first.title
    );
}

#[test]
fn bars_that_overlap_lie_in_rows() {
    let case = case(vec![
        moment(MomentKind::Attempt, "10:00:00", Some("11:00:00")),
        moment(MomentKind::Attempt, "10:30:00", Some("10:40:00")),
        moment(MomentKind::Attempt, "11:30:00", Some("11:40:00")),
    ]);
    let lane = &timeline(&case, &Exhibits::default()).views[0].lanes[0];
    let rows: Vec<u32> = lane.bars.iter().map(|it| it.y).collect();
    assert_eq!((rows[0], rows[2]), (rows[1], rows[0] + 18), "{rows:?}");
}

#[test]
fn a_mark_leads_to_the_line_that_tells_it() {
    let case = full();
    let mut exhibits = Exhibits::default();
    exhibits.show("finding-1", &case.findings[0].evidence);
    let part = timeline(&case, &exhibits);
    let failure = part.rows.iter().find(|it| it.kind == "failure").unwrap();
    assert_eq!(failure.evidence, "finding-1-evidence-1");
    let marks: Vec<&str> = part
        .views
        .iter()
        .flat_map(|it| &it.lanes)
        .flat_map(|it| &it.marks)
        .map(|it| it.target.as_str())
        .collect();
    assert!(marks.contains(&"finding-1-evidence-1"), "{marks:?}");
}

#[test]
fn odd_times_are_told_and_not_drawn() {
    let mut odd = moment(MomentKind::Failure, "10:00:00", None);
    odd.time = "some day".to_owned();
    let lone = case(vec![odd]);
    let part = timeline(&lone, &Exhibits::default());
    assert_eq!((part.views.len(), part.rows.len()), (0, 1));
    let many = (0..1000).map(|_| moment(MomentKind::Failure, "10:00:00", None)).collect();
    let crowd = case(many);
    let part = timeline(&crowd, &Exhibits::default());
    assert_eq!(part.rows.len(), ROWS);
    assert_eq!(part.more, "The latest 200 of 1,000 moments are listed.");
}
