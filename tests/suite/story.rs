//! What happened on a machine, on one clock; causes before what only passes them on; history; and what the report asks
//! for next.

use serde_json::Value;

use super::{Casebook, diagnose, finding, line, root, rules, strings, zip_of};

const PACKAGE: &str = "Package_for_RollupFix~31bf3856ad364e35~amd64~~17763.5458.1.8";

/// A line of a servicing log at a time of its own.
fn at(time: &str, level: &str, component: &str, message: &str) -> String {
    line(level, component, message).replace("2024-03-12 03:14:07", time)
}

/// One session on a package, from its start to its end.
fn session(number: u32, times: [&str; 2], kb: &str, between: &str, code: &str) -> String {
    let said = |time: &str, message: String| at(time, "Info", "CBS", &message);
    said(
        times[0],
        format!(
            "Session: 31_{number} initialized by client WindowsUpdateAgent, external staging directory: (null)"
        ),
    ) + &said(
        times[0],
        format!(
            "Exec: Processing started.  Client: WindowsUpdateAgent, Session: 31_{number}, Package: {PACKAGE}, Identifier: {kb}"
        ),
    ) + between
        + &said(
            times[1],
            format!(
                "Exec: Processing complete.  Session: 31_{number}, Package: {PACKAGE}, Identifier: {kb} [HRESULT = {code}]"
            ),
        )
        + &said(times[1], format!("Session: 31_{number} finalized. Reboot required: no [HRESULT = {code}]"))
}

const CORRUPT: &str = "Store corruption, manifest missing for package: Package_123_for_KB3192392~31bf3856ad364e35~amd64~~6.3.1.4";

/// What servicing writes where the manifest of a package is gone.
fn corruption(time: &str) -> String {
    at(time, "Info", "CBS", CORRUPT)
        + &at(
            time,
            "Error",
            "CBS",
            "Failed to resolve package 'Package_123_for_KB3192392~31bf3856ad364e35~amd64~~6.3.1.4' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]",
        )
}

fn moments(case: &Value) -> Vec<String> {
    let text = |it: &Value| it.as_str().unwrap_or("-").to_owned();
    let all = case["timeline"]["moments"].as_array().unwrap().iter();
    all.map(|it| format!("{} {} {}", text(&it["time"]), text(&it["kind"]), text(&it["code"]))).collect()
}

/// An event with its time in UTC.
fn event(time: &str, provider: &str, id: u32, data: &[(&str, &str)]) -> String {
    let data: String =
        data.iter().map(|(name, value)| format!("<Data Name='{name}'>{value}</Data>")).collect();
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{provider}'/>\
         <EventID>{id}</EventID><Level>4</Level><TimeCreated SystemTime='{time}'/><EventRecordID>812</EventRecordID>\
         <Channel>System</Channel><Computer>SRV09</Computer></System><EventData>{data}</EventData></Event>\r\n"
    )
}

const UPDATE_CLIENT: &str = "Microsoft-Windows-WindowsUpdateClient";

fn installed(time: &str, kb: &str) -> String {
    let title = format!("2024-02 Cumulative Update ({kb})");
    event(time, UPDATE_CLIENT, 19, &[("updateTitle", &title)])
}

/// A line of CSI tells the bias: local time in front, UTC behind the `@`.
const PAIR: &str =
    "00000001@2024/3/12:02:14:07.289 WcpInitialize: wcp.dll version 10.0.17763.5830 (WinBuild.160101.0800)";

#[test]
fn utc_is_moved_onto_the_clock_of_the_machine() {
    let log = line("Info", "CSI", PAIR)
        + &session(7, ["2024-03-12 03:20:00", "2024-03-12 03:30:00"], "KB5034768", "", "0x80070005");
    let events = event("2024-03-12T02:25:00.0000000Z", "EventLog", 6005, &[]);
    let case = diagnose(&[("CBS.log", log.as_str()), ("system.xml", &events)]);
    let told = moments(&case);
    assert_eq!(told[0], "2024-03-12T03:20:00 session 0x80070005", "{told:#?}");
    assert_eq!(told[1], "2024-03-12T03:25:00 restart -", "{told:#?}");
    let clock = case["timeline"]["clock"].as_str().unwrap();
    assert!(clock.contains("+0100 by CBS.log"), "{clock}");
    // Without the pair nobody knows, and says so.
    let alone = log.replace("WcpInitialize", "Something");
    let case = diagnose(&[("CBS.log", alone.as_str()), ("system.xml", &events)]);
    assert_eq!(moments(&case).last().unwrap(), "2024-03-12T02:25:00Z restart -");
    assert!(case["timeline"]["clock"].as_str().unwrap().contains("not known"));
}

#[test]
fn one_attempt_that_two_clocks_tell_is_told_once() {
    let title = "2024-02 Cumulative Update (KB5034768)";
    let data = [("errorCode", "0x80070005"), ("updateTitle", title)];
    let events = event("2024-03-12T02:30:30.0000000Z", UPDATE_CLIENT, 20, &data);
    let log = session(7, ["2024-03-12 03:20:00", "2024-03-12 03:30:00"], "KB5034768", "", "0x80070005");
    let with = line("Info", "CSI", PAIR) + &log;
    let count = |log: &str| diagnose(&[("CBS.log", log), ("system.xml", &events)])["updates_count"].clone();
    assert_eq!((count(&with), count(&log)), (1.into(), 2.into()));
}

#[test]
fn a_later_success_of_the_same_update_makes_a_failure_history() {
    let log = line("Info", "CSI", PAIR)
        + &session(
            7,
            ["2024-03-12 03:20:00", "2024-03-12 03:30:00"],
            "KB5034768",
            &corruption("2024-03-12 03:29:00"),
            "0x800f0831",
        );
    let case = diagnose(&[("CBS.log", log.as_str())]);
    assert_eq!(case["verdict"], "explained");
    assert_eq!(case["findings"][0]["current"], true);
    // By the text of the times, the success would be earlier.
    let events = installed("2024-03-12T03:00:00.0000000Z", "KB5034768");
    let case = diagnose(&[("CBS.log", log.as_str()), ("system.xml", &events)]);
    assert_eq!(case["verdict"], "clean", "{:#}", case["unexplained"]);
    let history = &case["findings"][0];
    assert_eq!(history["current"], false);
    let reasons = strings(&history["reasons"]).join(" ");
    assert!(reasons.contains("KB5034768 was installed later (system.xml"), "{reasons}");
    assert!(moments(&case).iter().any(|it| it.contains(" success ")), "{:#?}", moments(&case));
    // Another update, an earlier success, and an unknown clock end nothing.
    for (log, events) in [
        (log.clone(), installed("2024-03-12T03:00:00.0000000Z", "KB5034765")),
        (log.clone(), installed("2024-03-12T02:00:00.0000000Z", "KB5034768")),
        (log.replace("WcpInitialize", "Something"), installed("2024-03-12T03:00:00.0000000Z", "KB5034768")),
    ] {
        let case = diagnose(&[("CBS.log", log.as_str()), ("system.xml", &events)]);
        assert_eq!(case["verdict"], "explained", "{events}");
    }
}

#[test]
fn a_failure_of_one_update_is_not_ended_by_a_success_before_another_failure() {
    let times = |hour: &str| [format!("2024-03-{hour} 03:20:00"), format!("2024-03-{hour} 03:30:00")];
    let one = |number, day: &str, kb, code| {
        let [start, end] = times(day);
        session(number, [&start, &end], kb, "", code)
    };
    let log = one(1, "12", "KB5034768", "0x800706be")
        + &one(2, "13", "KB5034768", "0x00000000")
        + &one(3, "14", "KB5035849", "0x800706be");
    let case = diagnose(&[("CBS.log", log.as_str())]);
    assert_eq!(case["verdict"], "unexplained");
    let log = one(1, "12", "KB5034768", "0x800706be") + &one(2, "13", "KB5034768", "0x00000000");
    assert_eq!(diagnose(&[("CBS.log", log.as_str())])["verdict"], "clean");
}

#[test]
fn what_only_passes_a_failure_on_is_told_as_its_echo() {
    let wrapper = at(
        "2024-03-12 03:29:30",
        "Error",
        "CBS",
        "Failed to perform operation. [HRESULT = 0x80004005 - E_FAIL]",
    );
    let inside = corruption("2024-03-12 03:29:00") + &wrapper;
    let log = session(7, ["2024-03-12 03:20:00", "2024-03-12 03:30:00"], "KB5034768", &inside, "0x800f0831");
    let case = diagnose(&[("CBS.log", log.as_str())]);
    assert_eq!(case["unexplained"], serde_json::json!([]));
    let echoes = case["findings"][0]["echoes"].as_array().unwrap();
    assert_eq!((&echoes[0]["code"], &echoes[0]["occurrences"]), (&"0x80004005".into(), &1.into()));
    // Outside of that failure nothing explains it.
    let later = wrapper.replace("03:29:30", "13:29:30");
    let case = diagnose(&[("CBS.log", (log + &later).as_str())]);
    assert_eq!(case["unexplained"][0]["code"], "0x80004005");
}

#[test]
fn a_code_that_tells_a_cause_comes_before_one_that_does_not() {
    let error = |code: &str| {
        at("2024-03-12 03:29:30", "Error", "CBS", &format!("Failed to perform operation. [HRESULT = {code}]"))
    };
    let inside = error("0x80004005") + &error("0x80004005") + &error("0x800706be");
    let log = session(7, ["2024-03-12 03:20:00", "2024-03-12 03:30:00"], "KB5034768", &inside, "0x80004005");
    let case = diagnose(&[("CBS.log", log.as_str())]);
    let unexplained = case["unexplained"].as_array().unwrap();
    assert_eq!((unexplained.len(), &unexplained[0]["code"]), (1, &"0x800706be".into()), "{unexplained:#?}");
    assert!(unexplained[0].to_string().contains("passed on as 0x80004005"), "{unexplained:#?}");
}

#[test]
fn a_finding_of_the_latest_failure_comes_first() {
    let driver = |time: &str| {
        at(time, "Info", "CBS", "INSTALL index: 55, phase: 2, result 2, inf: flpydisk.inf")
            + &at(
                time,
                "Info",
                "CBS",
                "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
            )
    };
    let one = session(
        1,
        ["2024-03-12 03:20:00", "2024-03-12 03:30:00"],
        "KB5034768",
        &driver("2024-03-12 03:29:00"),
        "0x80070002",
    );
    let other = session(
        2,
        ["2024-03-13 03:20:00", "2024-03-13 03:30:00"],
        "KB5035849",
        &corruption("2024-03-13 03:29:00"),
        "0x800f0831",
    );
    let case = diagnose(&[("CBS.log", (one + &other).as_str())]);
    assert_eq!(rules(&case)[1], "driver-keys-missing", "{:?}", rules(&case));
    let first = &case["findings"][0];
    assert_eq!(
        (&first["first"], &first["last"]),
        (&"2024-03-13T03:29:00".into(), &"2024-03-13T03:29:00".into())
    );
    let one = session(
        1,
        ["2024-03-14 03:20:00", "2024-03-14 03:30:00"],
        "KB5034768",
        &driver("2024-03-14 03:29:00"),
        "0x80070002",
    );
    let other = session(
        2,
        ["2024-03-13 03:20:00", "2024-03-13 03:30:00"],
        "KB5035849",
        &corruption("2024-03-13 03:29:00"),
        "0x800f0831",
    );
    let case = diagnose(&[("CBS.log", (other + &one).as_str())]);
    assert_eq!(rules(&case)[0], "driver-keys-missing", "{:?}", rules(&case));
}

#[test]
fn an_upgrade_is_told_with_its_last_operation_and_both_codes() {
    let said = |message: &str| line("Info", "SP", message);
    let log = said("Executing operation: Mount the image")
        + &said("Executing operation: Apply drivers")
        + &line("Info", "MOUPG", "Setup phase change: [SetupPhaseInstall] -> [SetupPhaseError]")
        + &line("Info", "MOUPG", "ImageExit: Initializing SetupResult: [0x800706be]")
        + &line("Info", "MOUPG", "ImageExit: Initializing Extended:    [0x2000c]");
    let case = diagnose(&[("setupact.log", log.as_str())]);
    let told = case["timeline"]["moments"].to_string();
    for expect in [
        "last operation: Apply drivers",
        "[SetupPhaseInstall] -> [SetupPhaseError]",
        "0x800706be - 0x2000c (SP_EXECUTION_SAFE_OS",
    ] {
        assert!(told.contains(expect), "{expect} in {told}");
    }
    assert!(!told.contains("Mount the image"), "{told}");
}

#[test]
fn an_unexplained_failure_is_ready_to_become_a_rule() {
    let error = at(
        "2024-03-12 03:29:30",
        "Error",
        "CBS",
        "Failed to frobnicate package 12345678. [HRESULT = 0x800706be]",
    );
    let told = at("2024-03-12 03:29:20", "Info", "CBS", "Failed to reach the frobnicator");
    let filler = at("2024-03-12 03:29:25", "Info", "CBS", "Nothing of note").repeat(8);
    let log = told + &filler + &error;
    let bundle = zip_of(&[("it's/CBS.log", log.as_bytes())]);
    let outcome = Casebook::new().file("INC1.zip", &bundle).args(&["analyze", "INC1.zip"]).run().status(0);
    let failure = &outcome.case("INC1")["unexplained"][0];
    assert_eq!(failure["start"], r"casebook rules new --from 'INC1.zip!/it'\''s/CBS.log:10'");
    assert!(failure["shape"].as_str().unwrap().contains("0x800706be"), "{failure:#}");
    assert_eq!(failure["last"], "2024-03-12T03:29:30");
    let before = strings(&failure["evidence"][0]["before"]);
    assert!(before[0].contains("reach the frobnicator") && before.len() == 4, "{before:#?}");
    // The command does what it says.
    let article = Casebook::new()
        .file("INC1.zip", &bundle)
        .args(&["rules", "new", "--from", "INC1.zip!/it's/CBS.log:10"])
        .run()
        .status(0);
    assert!(article.stdout.contains("frobnicate"), "{}", article.stdout);
}

#[test]
fn every_rule_is_accounted_for_and_what_would_decide_is_asked_for_first() {
    let log = std::fs::read(root().join("samples/HELP-33801.zip")).unwrap();
    let case = Casebook::new().file("c.zip", log).args(&["analyze", "c.zip"]).run().status(0).case("c");
    let coverage = case["coverage"].as_array().unwrap();
    assert!(coverage.len() > 100 && coverage.iter().any(|it| it["state"] == "checked"));
    for it in coverage {
        assert_eq!(it["state"] == "checked", it["reason"].is_null(), "{it:#}");
    }
    let lacking = strings_of(&case["not_checked"], "rule");
    for it in coverage.iter().filter(|it| it["state"] == "not-checked") {
        assert!(lacking.contains(&it["rule"].as_str().unwrap()), "{it:#}");
    }
    let first = &case["collect"][0];
    assert_eq!(strings(&first["rules"]), ["wimmount-driver-missing"]);
    assert!(
        strings(&first["commands"])[1]
            .starts_with(r#"reg export "HKLM\SYSTEM\CurrentControlSet\Services" "%TEMP%\casebook-collect\"#)
    );
    assert!(
        first["reason"]
            .as_str()
            .unwrap()
            .contains(finding(&case, "wimmount-driver-missing")["symptom"].as_str().unwrap())
    );
}

fn strings_of<'c>(array: &'c Value, key: &str) -> Vec<&'c str> {
    array.as_array().unwrap().iter().map(|it| it[key].as_str().unwrap()).collect()
}

#[test]
fn a_bundle_that_shows_nothing_asks_for_what_would() {
    let export = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\r\n";
    let case = diagnose(&[("x.reg", export)]);
    assert_eq!(case["verdict"], "inconclusive");
    assert!(case["collect"][0]["what"].as_str().unwrap().contains("CBS.log"), "{:#}", case["collect"]);
    assert_eq!(case["timeline"]["count"], 0);
}

#[test]
fn the_code_of_a_session_may_stand_in_its_next_line() {
    let log = line(
        "Info",
        "CBS",
        "Session: 31_7 initialized by client WindowsUpdateAgent, external staging directory: (null)",
    ) + &line(
        "Info",
        "CBS",
        "Session: 31_7 finalized. Reboot required: no\r\n  [HRESULT = 0x800706be - RPC_S_CALL_FAILED]",
    );
    let case = diagnose(&[("CBS.log", log.as_str())]);
    assert_eq!(
        (&case["verdict"], &case["unexplained"][0]["code"]),
        (&"unexplained".into(), &"0x800706be".into())
    );
    assert_eq!(case["timeline"]["moments"][0]["client"], "WindowsUpdateAgent");
}

#[test]
fn the_most_telling_moments_are_kept() {
    let restart = |at: u32| at_minute(at, "Startup: Processing complete. [HRESULT = 0x00000000 - S_OK]");
    let log: String = (0..1000).map(restart).collect::<String>()
        + &at_minute(1001, "Failed to frobnicate. [HRESULT = 0x800706be]").replace("Info ", "Error");
    let case = diagnose(&[("CBS.log", log.as_str())]);
    assert_eq!(case["timeline"]["count"], 1001);
    let told = moments(&case);
    assert_eq!(told.len(), 400);
    assert!(told.last().unwrap().contains("failure 0x800706be"), "{:?}", told.last());
    assert!(told.is_sorted());
}

fn at_minute(minute: u32, message: &str) -> String {
    let time = format!("2024-03-{:02} {:02}:{:02}:00", 1 + minute / 1440, minute / 60 % 24, minute % 60);
    at(&time, "Info", "CBS", message)
}
