//! One state of a machine in every form that it is sent in: as an export, as the text of `reg query` and as a hive,
//! it proves the same, and each report says where as far as there is a where.

use serde_json::Value;

use super::evtx_file::{Written, file};
use super::{diagnose, finding, line, root};

const SERVICES: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services";

/// The services of the hives in `tests/fixtures/registry`, and one more for the other.
const THERE: [&str; 3] = ["disk", "partmgr", "volume"];

fn export(services: &[&str]) -> String {
    let keys: Vec<String> =
        services.iter().map(|it| format!("[{SERVICES}\\{it}]\r\n\"ImagePath\"=\"System32\\\\drivers\\\\{it}.sys\"\r\n\"Start\"=dword:00000003\r\n\r\n")).collect();
    format!("Windows Registry Editor Version 5.00\r\n\r\n[{SERVICES}]\r\n\r\n{}", keys.concat())
}

/// What `reg query … /s` prints.
fn query(services: &[&str]) -> String {
    let keys: Vec<String> = services
        .iter()
        .map(|it| format!("{SERVICES}\\{it}\r\n    ImagePath    REG_EXPAND_SZ    System32\\drivers\\{it}.sys\r\n    Start    REG_DWORD    0x3\r\n\r\n"))
        .collect();
    format!("\r\n{SERVICES}\r\n\r\n{}", keys.concat())
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// The same keys in every form: the name of the member, its bytes, and whether it has lines.
fn forms(services: &[&str], hive: &str) -> Vec<(&'static str, Vec<u8>, bool)> {
    let hive = std::fs::read(root().join("tests/fixtures/registry").join(hive)).unwrap();
    vec![
        ("services.reg", export(services).into_bytes(), true),
        ("SRV09_reg_services.txt", utf16(&export(services)), true),
        ("query.txt", query(services).into_bytes(), true),
        ("query16.txt", utf16(&query(services)), true),
        ("config/SYSTEM", hive.clone(), false),
        ("services.hiv", hive, false),
    ]
}

/// A driver update that failed for the driver of `inf`.
fn drivers(inf: &str) -> String {
    line("Info", "CBS", &format!("INSTALL index: 55, phase: 2, result 2, inf: {inf}"))
        + &line(
            "Info",
            "CBS",
            "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        )
}

/// A setup that failed, as it seems, for want of `WIMMount`.
fn setup() -> String {
    line("Warning", "SP", "Failed to get WimMount ImagePath, 0x80070002")
        + &line(
            "Error",
            "SP",
            r"CMountWIM::DoExecute: Failed to mount WIM file D:\$WINDOWS.~BT\Sources\SafeOS\winre.wim. Error 0xC1420121[gle=0xc1420121]",
        )
}

/// What a finding says, but for where.
fn said(case: &Value, rule: &str) -> Value {
    let found = finding(case, rule);
    let notes: Vec<&Value> = found["evidence"].as_array().unwrap().iter().map(|it| &it["note"]).collect();
    serde_json::json!([found["certainty"], found["values"], found["occurrences"], found["steps"], notes])
}

/// Fails unless each form gives the same finding, of this certainty.
#[track_caller]
fn check(log: (&str, &str), rule: &str, forms: Vec<(&str, Vec<u8>, bool)>, expect: &str) {
    let mut first = None;
    for (name, bytes, has_lines) in forms {
        let case = diagnose(&[(log.0, log.1.as_bytes().to_vec()), (name, bytes)]);
        let own = said(&case, rule);
        assert_eq!(own[0], expect, "{name}: {case:#}");
        assert_eq!(first.get_or_insert_with(|| own.clone()), &own, "{name}");
        let evidence = finding(&case, rule)["evidence"].as_array().unwrap();
        let here = evidence.iter().find(|it| it["path"] == name).unwrap();
        assert_eq!((here["line"].is_u64(), &here["record"]), (has_lines, &Value::Null), "{name}: {here}");
        assert_ne!(here["line"], 0, "{name}");
    }
}

#[test]
fn drivers_whose_keys_are_missing_or_not() {
    let with = [&THERE[..], &["WIMMount"]].concat();
    let missing = drivers("flpydisk.inf");
    check(("CBS.log", &missing), "driver-keys-missing", forms(&THERE, "three-services.hive"), "confirmed");
    // `disk.inf` is the driver of the service `disk`.
    let there = drivers("disk.inf");
    check(("CBS.log", &there), "driver-keys-missing", forms(&THERE, "three-services.hive"), "possible");
    check(("CBS.log", &there), "driver-keys-missing", forms(&with, "with-wimmount.hive"), "possible");
}

#[test]
fn the_driver_of_images_that_is_missing_or_not() {
    let with = [&THERE[..], &["WIMMount"]].concat();
    let log = setup();
    check(
        ("setupact.log", &log),
        "wimmount-driver-missing",
        forms(&THERE, "three-services.hive"),
        "confirmed",
    );
    check(("setupact.log", &log), "wimmount-driver-missing", forms(&with, "with-wimmount.hive"), "possible");
}

/// An event of a binary log has a number and no line.
#[test]
fn an_event_is_told_by_its_number() {
    let event = Written {
        provider: "Microsoft-Windows-WindowsUpdateClient",
        id: 20,
        level: 2,
        record: 812,
        time: "2024-03-12T03:21:40",
        log: "System",
        computer: "SRV09",
        data: &[("errorCode", "0x80070002"), ("updateTitle", "2024-03 Cumulative Update (KB5035849)")],
        user_data: None,
    };
    let zip = super::zip_of(&[
        ("CBS.log", drivers("flpydisk.inf").as_bytes()),
        ("System.evtx", &file(&[vec![event]])),
        ("SYSTEM", &std::fs::read(root().join("tests/fixtures/registry/three-services.hive")).unwrap()),
    ]);
    let outcome = super::Casebook::new().file("case.zip", zip).args(&["analyze", "case.zip"]).run().status(0);
    let case = outcome.case("case");
    let evidence = finding(&case, "driver-keys-missing")["evidence"].as_array().unwrap();
    let at = |path: &str| {
        let it = evidence.iter().find(|it| it["path"] == path).unwrap();
        (it["line"].as_u64(), it["record"].as_u64())
    };
    assert_eq!(at("CBS.log"), (Some(1), None));
    assert_eq!(at("System.evtx"), (None, Some(812)));
    assert_eq!(at("SYSTEM"), (None, None));
    let page = outcome.text("reports/case.html");
    assert!(page.contains("<span>event 812</span>") && page.contains("<span>line 1</span>"));
    assert!(!page.contains("line 812") && !page.contains("line 0"));
}
