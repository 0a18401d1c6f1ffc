//! What a report says of the machine: from whichever source tells it, with the place, and what disagrees.

use serde_json::{Value, json};

use super::{Casebook, diagnose, line, rules, zip_of};

const STACK: &str = "Loaded Servicing Stack v10.0.14393.5501 with Core: C:\\Windows\\winsxs\\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.14393.5501_none_0f9ad1b2c3d4e5f6\\cbscore.dll";
const INFO: &str = "\r\nHost Name:                 SRV09\r\nOS Name:                   Microsoft Windows Server 2019 Standard\r\nOS Version:                10.0.17763 N/A Build 17763\r\nSystem Type:               x64-based PC\r\nTime Zone:                 (UTC+01:00) Amsterdam, Berlin\r\n";

fn cbs() -> String {
    line("Info", "CBS", STACK)
}

#[test]
fn each_fact_comes_from_whichever_source_tells_it() {
    let setup = line("Info", "MOUPG", "    Host OS Language Id     [ 1031 ]")
        + &line("Info", "MOUPG", "    Host OS Edition         [ ServerStandard ]");
    let events = "{0A}\t2024-03-12 03:14:07:414+0100\t1\t147 [AGENT_DETECTION_FINISHED]\t101\t{0}\t0\t0\tx\tSuccess\tSoftware Synchronization\tx\tx\r\n";
    let case =
        diagnose(&[("systeminfo.txt", INFO), ("setupact.log", &setup), ("ReportingEvents.log", events)]);
    let machine = &case["machine"];
    let told = [
        "name",
        "windows",
        "build",
        "architecture",
        "edition",
        "language",
        "time_zone",
        "utc_offset",
        "servicing_stack",
    ]
    .map(|it| machine[it].as_str().unwrap_or("-"));
    assert_eq!(
        told,
        [
            "SRV09",
            "Windows Server 2019 Standard",
            "17763",
            "amd64",
            "ServerStandard",
            "de-DE",
            "(UTC+01:00) Amsterdam, Berlin",
            "+0100",
            "-"
        ]
    );
    assert_eq!(machine["conflicts"], json!([]));
    let build = machine["facts"].as_array().unwrap().iter().find(|it| it["fact"] == "build").unwrap();
    assert_eq!(*build, json!({"fact": "build", "value": "17763", "path": "systeminfo.txt", "line": 4}));
}

#[test]
fn what_disagrees_is_told_with_its_places() {
    let outcome = Casebook::new()
        .file("case.zip", zip_of(&[("CBS.log", cbs().as_bytes()), ("systeminfo.txt", INFO.as_bytes())]))
        .args(&["analyze", "case.zip"])
        .run()
        .status(0);
    let case = outcome.case("case");
    assert_eq!(case["machine"]["build"], "17763", "systeminfo is believed");
    assert_eq!(
        case["machine"]["conflicts"],
        json!([{"fact": "build", "values": [
            {"fact": "build", "value": "17763", "path": "systeminfo.txt", "line": 4},
            {"fact": "build", "value": "14393", "path": "CBS.log", "line": 1},
        ]}])
    );
    let page = outcome.text("reports/case.html");
    assert!(page.contains("Build 17763 in systeminfo.txt (line 4), 14393 in CBS.log (line 1)"), "{page}");
}

#[test]
fn a_build_alone_is_never_taken_for_client_or_server() {
    let case = diagnose(&[("CBS.log", cbs())]);
    assert_eq!(case["machine"]["windows"], "Windows 10 1607 or Windows Server 2016");
    assert_eq!(case["machine"]["servicing_stack"], "10.0.14393.5501");
}

#[test]
fn what_shares_its_servicing_stack_does_not_disagree() {
    let log = cbs().replace("14393.5501", "19041.3562");
    let info = INFO.replace("17763", "19045");
    let case = diagnose(&[("CBS.log", log), ("systeminfo.txt", info)]);
    assert_eq!((&case["machine"]["build"], &case["machine"]["conflicts"]), (&json!("19045"), &json!([])));
}

#[test]
fn a_stack_that_was_updated_is_told_as_it_is_now() {
    let later = cbs().replace("14393.5501", "14393.6451").replace("2024-03-12", "2024-03-14");
    let case = diagnose(&[("a/CBS.log", later), ("b/CbsPersist_20240312031407.log", cbs())]);
    assert_eq!(case["machine"]["servicing_stack"], "10.0.14393.6451");
    assert_eq!(case["machine"]["conflicts"], json!([]));
}

/// Where sources disagree, a rule that is for one of the machines is not silenced by the other.
#[test]
fn a_rule_for_some_builds_holds_where_any_source_tells_one() {
    let found = |builds: &str, members: &[(&str, &[u8])]| -> usize {
        let article = format!(
            "# T\n\n## S\n\n```rule\nid = \"for-some\"\napplies_to = {{ build = \"{builds}\" }}\n\n[[when]]\nin = \"cbs\"\nmatch = '''Loaded Servicing Stack'''\n```\n\nIt is.\n\n### Fix\n\n1. Look.\n"
        );
        let case: Value = Casebook::new()
            .file("case.zip", zip_of(members))
            .file("rules/one.md", article)
            .args(&["analyze", "case.zip", "--rules", "rules"])
            .run()
            .status(0)
            .case("case");
        rules(&case).len()
    };
    let (log, info) = (cbs(), INFO);
    let both: [(&str, &[u8]); 2] = [("CBS.log", log.as_bytes()), ("systeminfo.txt", info.as_bytes())];
    assert_eq!(found("14393", &both), 1);
    assert_eq!(found("17763", &both), 1);
    assert_eq!(found(">= 22000", &both), 0);
    let newer = log.replace("14393.5501", "19041.3562");
    assert_eq!(found("19045", &[("CBS.log", newer.as_bytes())]), 1, "its stack is that of 19041");
}

#[test]
fn two_names_are_told() {
    let other = INFO.replace("SRV09", "SRV10");
    let case = diagnose(&[("a/systeminfo.txt", INFO), ("b/systeminfo.txt", &other)]);
    assert_eq!(case["machine"]["conflicts"][0]["fact"], "name");
    let short = "Log Name:      System\r\nSource:        x\r\nDate:          3/14/2024 3:21:40 AM\r\nEvent ID:      1\r\nLevel:         Error\r\nComputer:      srv09.example.test\r\nDescription:\r\nx\r\n";
    let case = diagnose(&[("systeminfo.txt", INFO), ("events.txt", short)]);
    assert_eq!(case["machine"]["conflicts"], json!([]), "with and without its domain");
}

const VERSION: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const CONTROL: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control";

/// The registry of one machine with these values: key, value, data.
fn values() -> Vec<(String, &'static str, Result<&'static str, u32>)> {
    let version = |name, data| (VERSION.to_owned(), name, data);
    vec![
        version("ProductName", Ok("Windows 10 Pro")),
        version("EditionID", Ok("Professional")),
        version("CurrentBuild", Ok("22631")),
        version("CurrentBuildNumber", Ok("22631")),
        version("UBR", Err(3327)),
        version("DisplayVersion", Ok("23H2")),
        version("InstallationType", Ok("Client")),
        (format!(r"{CONTROL}\ComputerName\ComputerName"), "ComputerName", Ok("WKS-0442")),
        (format!(r"{CONTROL}\TimeZoneInformation"), "TimeZoneKeyName", Ok("W. Europe Standard Time")),
        (format!(r"{CONTROL}\TimeZoneInformation"), "ActiveTimeBias", Err(0xFFFF_FFC4)),
        (format!(r"{CONTROL}\Nls\Language"), "InstallLanguage", Ok("0407")),
        (format!(r"{CONTROL}\Session Manager\Environment"), "PROCESSOR_ARCHITECTURE", Ok("AMD64")),
    ]
}

fn export(without: &[&str]) -> String {
    let mut text = "Windows Registry Editor Version 5.00\r\n".to_owned();
    let mut last = String::new();
    for (key, name, data) in values().into_iter().filter(|it| !without.contains(&it.1)) {
        if key != last {
            text += &format!("\r\n[{key}]\r\n");
        }
        text += &match data {
            Ok(data) => format!("\"{name}\"=\"{data}\"\r\n"),
            Err(number) => format!("\"{name}\"=dword:{number:08x}\r\n"),
        };
        last = key;
    }
    text
}

fn query() -> String {
    let mut text = String::new();
    let mut last = String::new();
    for (key, name, data) in values() {
        if key != last {
            text += &format!("\r\n{key}\r\n");
        }
        text += &match data {
            Ok(data) => format!("    {name}    REG_SZ    {data}\r\n"),
            Err(number) => format!("    {name}    REG_DWORD    {number:#x}\r\n"),
        };
        last = key;
    }
    text + "\r\n"
}

#[test]
fn the_registry_tells_of_the_machine_in_all_its_forms() {
    let hive = |name: &str| std::fs::read(super::root().join("tests/fixtures/registry").join(name)).unwrap();
    let forms: [Vec<(&str, Vec<u8>)>; 3] = [
        vec![("machine.reg", export(&[]).into_bytes())],
        vec![("reg_query.txt", query().into_bytes())],
        vec![
            ("config/SYSTEM", hive("machine-system.hive")),
            ("config/SOFTWARE", hive("machine-software.hive")),
        ],
    ];
    for members in &forms {
        let case = diagnose(members);
        let machine = &case["machine"];
        let told = ["name", "build", "architecture", "edition", "language", "time_zone", "utc_offset"]
            .map(|it| machine[it].as_str().unwrap_or("-"));
        let expect =
            ["WKS-0442", "22631.3327", "amd64", "Professional", "de-DE", "W. Europe Standard Time", "+0100"];
        assert_eq!(told, expect, "{}: {machine:#}", members[0].0);
        // Its registry says "Windows 10 Pro".
        assert_eq!(machine["windows"], "Windows 11 23H2", "{}", members[0].0);
        assert_eq!(machine["conflicts"], json!([]));
        let place = machine["facts"].as_array().unwrap().iter().find(|it| it["fact"] == "name").unwrap();
        assert_eq!(place["line"].is_null(), members.len() == 2, "a hive has no lines: {place}");
    }
}

#[test]
fn a_product_name_is_believed_beside_an_older_build_only() {
    let windows = |text: String| diagnose(&[("machine.reg", text)])["machine"]["windows"].clone();
    assert_eq!(windows(export(&[]).replace("22631", "19045").replace("23H2", "22H2")), "Windows 10 Pro 22H2");
    assert_eq!(windows(export(&["CurrentBuild", "CurrentBuildNumber"])), Value::Null);
    let server = export(&["DisplayVersion"]).replace("Windows 10 Pro", "Windows Server 2019 Standard");
    assert_eq!(windows(server.replace("22631", "17763")), "Windows Server 2019 Standard");
}

#[test]
fn the_registry_is_believed_before_a_log_and_what_disagrees_is_told() {
    let case = diagnose(&[("systeminfo.txt", INFO), ("machine.reg", &export(&[]))]);
    let machine = &case["machine"];
    assert_eq!((&machine["name"], &machine["build"]), (&json!("WKS-0442"), &json!("22631.3327")));
    let told: Vec<_> = machine["conflicts"].as_array().unwrap().iter().map(|it| &it["fact"]).collect();
    assert_eq!(told, ["name", "build"]);
    assert_eq!(machine["conflicts"][1]["values"][0]["path"], "machine.reg");
}
