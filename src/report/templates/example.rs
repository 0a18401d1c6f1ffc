//! Made-up cases that have everything a page can show, and one of each verdict that has nothing: templates are tried on
//! them, and so are the pages in tests.

use crate::bundle::{SkipKind, Skipped};
use crate::case::{
    Accepted, At, Attempt, Case, Certainty, Collect, Conflict, Coverage, Evidence, Fact, Finding, Machine,
    Moment, MomentKind, Noise, NotChecked, RuleState, Source, Span, Step, Timeline, Unexplained, Verdict,
    Which,
};
use crate::code::Code;
use crate::rule::{Outcome, Severity, Shell};
use crate::source::Layout;

const LOG: &str = "INC0042318.zip!/Logs/CBS/CBS.log";
const NOT_FOUND: Code = Code(0x8007_0002);

/// One case that has everything, and one of each verdict that has nothing.
pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Verdict::ALL.into_iter().map(bare).collect();
    cases.push(full());
    cases
}

/// A case of which nothing is known.
pub fn bare(verdict: Verdict) -> Case {
    Case {
        name: "INC0042318".to_owned(),
        source: "INC0042318.zip".to_owned(),
        verdict,
        machine: Machine::default(),
        findings: Vec::new(),
        unexplained: Vec::new(),
        updates: Vec::new(),
        updates_count: 0,
        not_checked: Vec::new(),
        sources: Vec::new(),
        skipped: Vec::new(),
        timeline: Timeline::default(),
        noise: Vec::new(),
        coverage: Vec::new(),
        collect: Vec::new(),
        layout: None,
        accepted: Vec::new(),
        whole: true,
    }
}

/// A case that has something for every place of a page.
pub fn full() -> Case {
    Case {
        machine: machine(),
        findings: vec![finding(true), finding(false)],
        unexplained: vec![unexplained(Some(Code(0x800F_0831))), unexplained(None)],
        updates: vec![attempt()],
        updates_count: 2,
        not_checked: vec![NotChecked {
            rule: "driver-keys-missing".to_owned(),
            symptom: "The registry keys of a driver are missing".to_owned(),
            missing: r"registry: HKLM\SYSTEM\CurrentControlSet\Services".to_owned(),
        }],
        sources: vec![source(), Source { first: None, last: None, whole: false, ..source() }],
        skipped: vec![Skipped {
            path: "INC0042318.zip!/memory.dmp".to_owned(),
            reason: "a memory dump: not read".to_owned(),
            kind: SkipKind::Blind,
        }],
        timeline: timeline(),
        noise: vec![Noise {
            title: "A package that is not for this machine".to_owned(),
            path: LOG.to_owned(),
            occurrences: 12,
            at: At::Line(40),
        }],
        coverage: coverage(),
        collect: vec![collect()],
        layout: Some(Layout { name: "a collector", lacks: &["It does not export the registry."] }),
        accepted: vec![accepted(Which::Finding(0)), accepted(Which::Unexplained(0))],
        whole: false,
        ..bare(Verdict::Explained)
    }
}

fn accepted(which: Which) -> Accepted {
    let (reason, until) = ("The machine is replaced in spring.".to_owned(), Some("2027-01-31".to_owned()));
    Accepted { which, reason, until, holds: true }
}

fn machine() -> Machine {
    let text = |it: &str| Some(it.to_owned());
    let fact = |value: &str, line| Fact {
        name: "build",
        value: value.to_owned(),
        path: LOG.to_owned(),
        at: At::Line(line),
    };
    Machine {
        name: text("SRV09"),
        windows: text("Windows Server 2016"),
        build: text("14393.6451"),
        architecture: text("amd64"),
        edition: text("ServerStandard"),
        language: text("de-DE"),
        time_zone: text("W. Europe Standard Time"),
        utc_offset: text("+0100"),
        servicing_stack: text("10.0.14393.6450"),
        facts: vec![fact("14393.6451", 2)],
        conflicts: vec![Conflict { fact: "build", values: vec![fact("14393", 2), fact("17763", 900)] }],
    }
}

fn rich(text: &str, code: &str) -> Vec<Span> {
    let span = |code, text: &str| Span { code, text: text.to_owned() };
    vec![span(false, text), span(true, code), span(false, ".")]
}

fn finding(current: bool) -> Finding {
    Finding {
        rule: "component-file-missing".to_owned(),
        symptom: "A file of the component store is missing".to_owned(),
        cause: vec![rich("Servicing needs a file that is gone from ", r"C:\Windows\WinSxS")],
        severity: Severity::Error,
        certainty: Certainty::Confirmed,
        reasons: vec!["The log and the listing of the folder agree.".to_owned()],
        current,
        codes: vec![NOT_FOUND],
        echoes: vec![(Code(0x8007_3712), 3)],
        first: Some("2024-03-12T03:14:07".to_owned()),
        last: Some("2024-03-14T02:11:21".to_owned()),
        values: vec![("file".to_owned(), vec!["bootmgfw.efi".to_owned(), "memtest.efi".to_owned()])],
        occurrences: 6,
        evidence: (0..6).map(evidence).collect(),
        steps: vec![step(Shell::Cmd), step(Shell::Powershell), step(Shell::Reg), Step::default()],
        references: vec!["https://learn.microsoft.com/windows-server/".to_owned()],
        related: vec![("servicing-folder-missing".to_owned(), "A folder does not exist".to_owned())],
    }
}

fn step(shell: Shell) -> Step {
    Step {
        text: rich("Put the file back into ", r"C:\Windows\WinSxS\x86_a"),
        shell: Some(shell),
        commands: vec![r"copy D:\sources\bootmgfw.efi C:\Windows\WinSxS\x86_a".to_owned(), "exit".to_owned()],
        cautions: vec![rich("This changes the component store of ", "SRV09")],
    }
}

pub fn evidence(number: u64) -> Evidence {
    let line = "2024-03-14 02:11:21, Error                 CSI    00000009 (F) STATUS_OBJECT_NAME_NOT_FOUND #1# \
                from Windows::Rtl::SystemImplementation::CFile::Open bootmgfw.efi[gle=0xc0000034]";
    let at = line.find("bootmgfw").unwrap_or(0);
    Evidence {
        path: LOG.to_owned(),
        at: At::Line(812 + number),
        time: Some("2024-03-14T02:11:21".to_owned()),
        note: Some("missing: bootmgfw.efi".to_owned()),
        before: vec!["2024-03-14 02:11:20, Info                  CBS    Exec: Processing started".to_owned()],
        text: if number == 5 { line.repeat(30) } else { line.to_owned() },
        after: vec!["2024-03-14 02:11:22, Info                  CBS    Exec: Processing failed".to_owned()],
        marks: vec![(at, at + "bootmgfw.efi".len())],
    }
}

fn unexplained(code: Option<Code>) -> Unexplained {
    Unexplained {
        code,
        name: Some("CBS_E_STORE_CORRUPTION".to_owned()),
        occurrences: 4,
        evidence: vec![evidence(100)],
        shape: Some("Failed to pin deployment … [HRESULT = …]".to_owned()),
        last: Some("2024-03-14T02:11:22".to_owned()),
        start: Some("casebook rules new --from INC0042318.zip!/Logs/CBS/CBS.log:912".to_owned()),
    }
}

fn attempt() -> Attempt {
    Attempt {
        update: Some("KB5034768".to_owned()),
        title: Some("2024-02 Cumulative Update".to_owned()),
        client: Some("WindowsUpdateAgent".to_owned()),
        started: Some("2024-03-14T02:08:00".to_owned()),
        ended: Some("2024-03-14T02:11:22".to_owned()),
        outcome: Outcome::Failed,
        code: Some(NOT_FOUND),
        path: LOG.to_owned(),
        at: At::Line(830),
        form: "events",
    }
}

fn source() -> Source {
    Source {
        path: LOG.to_owned(),
        format: "servicing",
        bytes: 1_193_169,
        records: 7469,
        counted: None,
        first: Some("2024-03-01T00:00:07".to_owned()),
        last: Some("2024-03-14T07:30:11".to_owned()),
        whole: true,
    }
}

fn timeline() -> Timeline {
    let moment = |kind, time: &str, ended: Option<&str>, line| Moment {
        kind,
        time: format!("2024-03-{time}"),
        ended: ended.map(|it| format!("2024-03-{it}")),
        text: "something happened".to_owned(),
        update: Some("KB5034768".to_owned()),
        client: Some("WindowsUpdateAgent".to_owned()),
        outcome: (kind == MomentKind::Attempt).then_some(Outcome::Failed),
        code: Some(NOT_FOUND),
        path: LOG.to_owned(),
        at: At::Line(line),
        form: if kind == MomentKind::Restart { "events" } else { "servicing" },
    };
    let moments = vec![
        moment(MomentKind::Session, "02T08:00:00", Some("02T08:20:00"), 10),
        moment(MomentKind::Success, "02T08:20:00", None, 20),
        moment(MomentKind::Phase, "12T03:00:00", Some("12T03:05:00"), 30),
        moment(MomentKind::Attempt, "14T02:08:00", Some("14T02:11:22"), 830),
        moment(MomentKind::Failure, "14T02:11:21", None, 812),
        moment(MomentKind::Rollback, "14T02:11:22", None, 840),
        moment(MomentKind::Restart, "14T02:20:00", None, 7),
    ];
    Timeline { count: 9, moments, clock: "Times are of the machine's own clock.".to_owned() }
}

fn coverage() -> Vec<Coverage> {
    let row = |state, reason: Option<&str>| Coverage {
        rule: "driver-keys-missing".to_owned(),
        symptom: "The registry keys of a driver are missing".to_owned(),
        state,
        reason: reason.map(str::to_owned),
    };
    vec![
        row(RuleState::Checked, None),
        row(RuleState::NotApplicable, Some("it is for clients")),
        row(RuleState::NotChecked, Some("no export of the registry")),
    ]
}

fn collect() -> Collect {
    Collect {
        what: "An export of the services".to_owned(),
        reason: "It would tell whether the driver's keys are there.".to_owned(),
        rules: vec!["driver-keys-missing".to_owned()],
        shell: Some(Shell::Cmd),
        commands: vec![r"reg export HKLM\SYSTEM\CurrentControlSet\Services services.reg".to_owned()],
    }
}
