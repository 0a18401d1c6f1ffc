//! The attempts to install updates: told by each kind of source, told once where several agree, and never more
//! than the sources say.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Casebook, diagnose, line, root, zip_of};

const TITLE: &str =
    "2024-02 Cumulative Update for Windows Server 2019 (1809) for x64-based Systems (KB5034768)";
const PACKAGE: &str = "Package_for_RollupFix~31bf3856ad364e35~amd64~~17763.5458.1.8";

/// `outcome update code started ended`, the latest first.
fn told(case: &Value) -> Vec<String> {
    let text = |it: &Value| it.as_str().unwrap_or("-").to_owned();
    let attempts = case["updates"].as_array().unwrap().iter();
    attempts
        .map(|it| ["outcome", "update", "code", "started", "ended"].map(|key| text(&it[key])).join(" "))
        .collect()
}

/// An event as text has it; times there are those of the machine's clock.
fn event(id: u32, minute: u32, message: &str) -> String {
    format!(
        "Log Name:      System\r\nSource:        Microsoft-Windows-WindowsUpdateClient\r\nDate:          2024-03-12 03:{minute:02}:00\r\nEvent ID:      {id}\r\nLevel:         Information\r\nComputer:      SRV09\r\nDescription:\r\n{message}\r\n\r\n"
    )
}

fn started(minute: u32, title: &str) -> String {
    event(
        43,
        minute,
        &format!("Installation Started: Windows has started installing the following update: {title}"),
    )
}

fn failed(minute: u32, code: &str, title: &str) -> String {
    event(
        20,
        minute,
        &format!(
            "Installation Failure: Windows failed to install the following update with error {code}: {title}."
        ),
    )
}

fn installed(minute: u32, title: &str) -> String {
    event(
        19,
        minute,
        &format!("Installation Successful: Windows successfully installed the following update: {title}"),
    )
}

/// What servicing writes of one session.
fn session(client: &str, end: &str, reboot: &str) -> String {
    let said = |message: String| line("Info", "CBS", &message);
    said(format!(
        "Exec: Processing started.  Client: {client}, Session: 31_7, Package: {PACKAGE}, Identifier: KB5034768"
    )) + &said(format!(
        "Exec: Processing complete.  Session: 31_7, Package: {PACKAGE}, Identifier: KB5034768 [HRESULT = {end}]"
    )) + &said(format!("Session: 31_7 finalized. Reboot required: {reboot} [HRESULT = {end}]"))
}

fn time() -> String {
    line("", "", "").get(..19).unwrap_or_default().replace(' ', "T")
}

#[test]
fn events_tell_of_failure_and_of_the_success_after_it() {
    let text =
        started(1, TITLE) + &failed(4, "0x800f0922", TITLE) + &started(20, TITLE) + &installed(29, TITLE);
    let case = diagnose(&[("events.txt", text)]);
    assert_eq!(
        told(&case),
        [
            "installed KB5034768 - 2024-03-12T03:20:00 2024-03-12T03:29:00",
            "failed KB5034768 0x800f0922 2024-03-12T03:01:00 2024-03-12T03:04:00",
        ]
    );
    assert_eq!(case["updates"][1]["title"], TITLE);
    assert_eq!(case["updates"][1]["code_name"], "CBS_E_INSTALLERS_FAILED");
    assert_eq!(case["updates"][1]["source"], json!({"path": "events.txt", "line": 10, "form": "event"}));
}

#[test]
fn what_has_no_end_is_started_and_apps_are_left_out() {
    let app = "9NBLGGH4NNS1-Microsoft.DesktopAppInstaller";
    let case =
        diagnose(&[("events.txt", started(1, TITLE) + &started(2, app) + &failed(3, "0x80073d02", app))]);
    assert_eq!(told(&case), ["started KB5034768 - 2024-03-12T03:01:00 -"]);
    assert_eq!(case["updates_count"], 1);
}

#[test]
fn sessions_of_servicing_say_no_more_than_they_know() {
    let at = time();
    let outcome = |end: &str, reboot: &str| {
        told(&diagnose(&[("CBS.log", session("WindowsUpdateAgent", end, reboot))])).join("; ")
    };
    // Whether it was installed or removed is not in these lines.
    assert_eq!(outcome("0x00000000 - S_OK", "no"), format!("completed KB5034768 - {at} {at}"));
    assert_eq!(outcome("0x00000000 - S_OK", "yes"), format!("pending-restart KB5034768 - {at} {at}"));
    assert_eq!(
        outcome("0x80070002 - ERROR_FILE_NOT_FOUND", "no"),
        format!("failed KB5034768 0x80070002 {at} {at}")
    );
    let feature = session("DISM Package Manager Provider", "0x00000000 - S_OK", "no")
        .replace(PACKAGE, "")
        .replace("KB5034768", "");
    assert_eq!(told(&diagnose(&[("CBS.log", feature)])), [""; 0]);
}

#[test]
fn a_session_goes_on_in_the_next_log() {
    let log = session("WindowsUpdateAgent", "0x80070002 - ERROR_FILE_NOT_FOUND", "no");
    let (first, rest) = log.split_at(log.find('\n').unwrap() + 1);
    let case = diagnose(&[("CbsPersist_20240312031407.log", first), ("CBS.log", rest)]);
    assert_eq!(case["updates_count"], 1, "{:#}", case["updates"]);
    assert_eq!(case["updates"][0]["client"], "WindowsUpdateAgent");
    // The same log in two folders tells nothing twice.
    let case = diagnose(&[("a/CBS.log", &log), ("b/CBS.log", &log)]);
    assert_eq!(case["updates_count"], 1, "{:#}", case["updates"]);
}

#[test]
fn what_several_sources_tell_is_told_once_but_never_over_clocks() {
    let cbs = session("WindowsUpdateAgent", "0x80070002 - ERROR_FILE_NOT_FOUND", "no");
    let at = time();
    let (day, clock) = at.split_once('T').unwrap();
    let report = format!(
        "{{0A0A0A0A-0000-0000-0000-000000000001}}\t{day} {clock}:414+0100\t1\t182 [AGENT_INSTALLING_FAILED]\t101\t{{0B0B0B0B-0000-0000-0000-000000000001}}\t201\t80070002\tAutomaticUpdates\tFailure\tContent Install\tInstallation Failure: Windows failed to install the following update with error 0x80070002: {TITLE}.\tx\r\n"
    );
    let case = diagnose(&[("CBS.log", &cbs), ("ReportingEvents.log", &report)]);
    assert_eq!(told(&case), [format!("failed KB5034768 0x80070002 {at} {at}")]);
    assert_eq!(case["updates"][0]["title"], TITLE);
    let other = report.replace("80070002", "80070003");
    assert_eq!(diagnose(&[("CBS.log", &cbs), ("ReportingEvents.log", &other)])["updates_count"], 2);
    let universal = format!(
        "<Events><Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-WindowsUpdateClient\"/><EventID>20</EventID><Level>2</Level><TimeCreated SystemTime=\"{at}.000Z\"/><Channel>System</Channel><Computer>SRV09</Computer></System><EventData><Data Name=\"errorCode\">0x80070002</Data><Data Name=\"updateTitle\">{TITLE}</Data></EventData></Event></Events>"
    );
    let case = diagnose(&[("CBS.log", &cbs), ("System.xml", &universal)]);
    let mut both = told(&case);
    both.sort();
    assert_eq!(
        both,
        [format!("failed KB5034768 0x80070002 - {at}Z"), format!("failed KB5034768 0x80070002 {at} {at}")]
    );
}

#[test]
fn the_latest_are_listed_and_all_are_counted() {
    let mut text = String::new();
    for number in 0..250 {
        let title = format!("Update (KB50{number:05})");
        let event = failed(number % 60, "0x800f0922", &title);
        let _ = write!(text, "{}", event.replace("03-12 03:", &format!("03-12 {:02}:", number / 60)));
    }
    let case = diagnose(&[("events.txt", text)]);
    assert_eq!((case["updates_count"].as_u64(), told(&case).len()), (Some(250), 200));
    assert_eq!(case["updates"][0]["update"], "KB5000249");
}

#[test]
fn the_page_lists_them_and_hides_what_is_redacted() {
    let long = format!("{}<script> (KB5034768)", "Fabrikam ".repeat(40));
    let outcome = Casebook::new()
        .file("case.zip", zip_of(&[("events.txt", failed(4, "0x800f0922", &long).as_bytes())]))
        .file("casebook.toml", "[redact]\nwords = [\"Fabrikam\"]\n")
        .args(&["analyze", "case.zip"])
        .run();
    let page = outcome.text("reports/case.html");
    assert!(page.contains("<caption>Attempts to install updates, the latest first</caption>"), "{page}");
    assert!(page.contains("<th scope=\"row\">KB5034768") && page.contains("&lt;script&gt;"));
    assert!(!page.contains("Fabrikam") && !outcome.text("reports/case.json").contains("Fabrikam"));
    let none = Casebook::new().file("case.zip", zip_of(&[("CBS.log", line("Info", "CBS", "x").as_bytes())]));
    let none = none.args(&["analyze", "case.zip"]).run();
    assert!(!none.text("reports/case.html").contains("id=\"updates\""), "nothing to list, no section");
}

#[test]
fn the_samples_tell_their_attempts() {
    let outcome = Casebook::new().arg("analyze").arg(root().join("samples")).run();
    let case = outcome.case("REQ118207");
    let told: Vec<_> =
        case["updates"].as_array().unwrap().iter().map(|it| (&it["outcome"], &it["update"])).collect();
    let expect = [("installed", "KB5031227"), ("installed", "KB890830"), ("failed", "KB5031419")];
    assert_eq!(format!("{told:?}"), format!("{:?}", expect.map(|(one, other)| (json!(one), json!(other)))));
    assert_eq!(case["updates"][2]["code_name"], "RPC_S_CALL_FAILED");
    let waits = &outcome.case("WKS-0442-baseline")["updates"][0];
    assert_eq!((&waits["outcome"], &waits["update"]), (&json!("pending-restart"), &json!("KB5035845")));
    // Restarted, and rolled back: the attempt that was waiting has failed.
    let rolled_back = outcome.case("2402210050001873");
    let of = |update: &str| -> Vec<String> {
        let all = rolled_back["updates"].as_array().unwrap().iter().filter(|it| it["update"] == update);
        all.map(|it| format!("{} {}", it["outcome"], it["ended"])).collect()
    };
    assert_eq!(of("KB5034768"), ["\"failed\" \"2024-02-21T03:05:06\""]);
}
