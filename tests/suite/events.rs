//! The same event in every form that it is sent in gives the same finding, and what is damaged is told.

use serde_json::Value;

use super::evtx_file::{CHUNK, FILE_HEADER, Written, file};
use super::{Casebook, diagnose, finding, line, zip_of};

const TITLE: &str = "2024-03 Cumulative Update for Windows Server 2019 (KB5035849)";
const PROVIDER: &str = "Microsoft-Windows-WindowsUpdateClient";

fn message(code: &str) -> String {
    format!(
        "Installation Failure: Windows failed to install the following update with error {code}: {TITLE}."
    )
}

fn log() -> String {
    line("Info", "CBS", "INSTALL index: 55, phase: 2, result 2, inf: flpydisk.inf")
        + &line(
            "Info",
            "CBS",
            "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        )
}

fn binary(code: &str) -> Vec<u8> {
    let data = [("errorCode", code), ("updateTitle", TITLE), ("updateRevisionNumber", "200")];
    let event = |record, provider, id, data| Written {
        provider,
        id,
        level: 2,
        record,
        time: "2024-03-12T03:21:40",
        log: "System",
        computer: "SRV09",
        data,
        user_data: None,
    };
    let others = (1..30).map(|it| event(it, "Service Control Manager", 7036, &[("param1", "BITS")]));
    file(&[others.collect(), vec![event(812, PROVIDER, 20, &data)]])
}

fn xml(code: &str) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{PROVIDER}' \
         Guid='{{945a8954-c147-4acd-923f-40c45405a658}}'/><EventID>20</EventID><Level>2</Level>\
         <TimeCreated SystemTime='2024-03-12T03:21:40.4140000Z'/><EventRecordID>812</EventRecordID>\
         <Channel>System</Channel><Computer>SRV09</Computer></System><EventData><Data Name='errorCode'>{code}</Data>\
         <Data Name='updateTitle'>{TITLE}</Data></EventData></Event>\r\n"
    )
}

fn text(code: &str) -> String {
    format!(
        "Event[0]:\r\n  Log Name: System\r\n  Source: {PROVIDER}\r\n  Date: 2024-03-12T03:21:40.414\r\n  Event ID: 20\r\n\
         \x20 Level: Error\r\n  Computer: SRV09\r\n  Description: \r\n{}\r\n\r\n",
        message(code)
    )
}

fn german(code: &str) -> String {
    format!(
        "Protokollname: System\r\nQuelle:        {PROVIDER}\r\nDatum:         12.03.2024 03:21:40\r\nEreignis-ID:   20\r\n\
         Ebene:         Fehler\r\nComputer:      SRV09\r\nBeschreibung:\r\nInstallationsfehler: Die Installation des folgenden \
         Updates ist mit Fehler {code} fehlgeschlagen: {TITLE}.\r\n"
    )
}

fn table(code: &str) -> String {
    format!(
        "Level,Date and Time,Source,Event ID,Task Category\r\nError,3/12/2024 3:21:40 AM,{PROVIDER},20,Windows Update Agent,{}\r\n",
        message(code)
    )
}

fn collected(code: &str) -> String {
    format!(
        "Date,Time,Type/Level,Computer Name,Event Code,Source,Task Category,Username,Description\r\n\
         03/12/2024,03:21:40 AM,Error,SRV09,20,{PROVIDER},None,N/A,\"{}\"\r\n,,,,,,[Info],,[Export ended.]\r\n",
        message(code)
    )
}

fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn forms(code: &str) -> [(&'static str, Vec<u8>); 8] {
    [
        ("System.evtx", binary(code)),
        ("System.xml", xml(code).into_bytes()),
        (
            "Saved.xml",
            utf16(&format!("<?xml version=\"1.0\" encoding=\"utf-16\"?><Events>{}</Events>", xml(code))),
        ),
        ("system-events.txt", text(code).into_bytes()),
        ("kopiert.txt", german(code).into_bytes()),
        ("System.csv", table(code).into_bytes()),
        ("SRV09_evt_System.csv", collected(code).into_bytes()),
        ("SRV09_evt_System_utf16.csv", utf16(&collected(code))),
    ]
}

#[test]
fn every_form_gives_the_same_finding() {
    for (name, bytes) in forms("0x80070002") {
        let case = diagnose(&[("CBS.log", log().into_bytes()), (name, bytes)]);
        let found = finding(&case, "driver-keys-missing");
        assert!(found["values"]["update"].to_string().contains("KB5035849"), "{name}: {:#}", found["values"]);
        let source = source(&case, name);
        assert_eq!(source["format"], "event", "{name}");
        assert_eq!(source["records"], if name.ends_with(".evtx") { 30 } else { 1 }, "{name}");
    }
}

#[test]
fn a_failure_is_told_whatever_the_form() {
    for (name, bytes) in forms("0x800f0922") {
        let case = diagnose(&[(name, bytes)]);
        assert_eq!(case["verdict"], "unexplained", "{name}: {case:#}");
        assert!(case["unexplained"].to_string().contains("0x800f0922"), "{name}: {:#}", case["unexplained"]);
    }
}

#[test]
fn what_is_damaged_is_told_and_the_rest_is_read() {
    let mut bytes = binary("0x80070002");
    bytes[FILE_HEADER..FILE_HEADER + 8].fill(b'x');
    bytes.truncate(FILE_HEADER + CHUNK + 10_000);
    let zip = zip_of(&[("CBS.log", log().as_bytes()), ("System.evtx", &bytes)]);
    let case =
        Casebook::new().file("case.zip", zip).args(&["analyze", "case.zip"]).run().status(1).case("case");
    assert!(finding(&case, "driver-keys-missing").to_string().contains("KB5035849"));
    let told = case["skipped"].to_string();
    assert!(told.contains("1 of its 2 chunks of events are not there"), "{told}");
}

/// The member's row in the ledger.
#[track_caller]
fn source<'c>(case: &'c Value, name: &str) -> &'c Value {
    let sources = case["sources"].as_array().unwrap();
    sources.iter().find(|it| it["path"] == name).unwrap_or_else(|| panic!("no {name} in {sources:#?}"))
}

#[test]
fn an_old_event_log_is_told_as_not_read() {
    let case =
        diagnose(&[("CBS.log", log().into_bytes()), ("SysEvent.Evt", b"\x30\0\0\0LfLe\x01\0\0\0".to_vec())]);
    assert!(strings_of(&case["skipped"]).iter().any(|it| it.contains("Windows XP")), "{case:#}");
}

fn strings_of(skipped: &Value) -> Vec<String> {
    skipped.as_array().unwrap().iter().map(Value::to_string).collect()
}
