//! Events as XML as each tool writes them, in each encoding, and broken ones.

use std::io::Read;

use crate::source::decoded::Ledger;
use crate::source::event::Event;
use crate::source::{Format, Providers};

const EVENT: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
    <Provider Name='Microsoft-Windows-WindowsUpdateClient' Guid='{945a8954-c147-4acd-923f-40c45405a658}'/>\
    <EventID>20</EventID><Version>1</Version><Level>2</Level><Task>1</Task>\
    <TimeCreated SystemTime='2024-03-14T02:11:21.4140000Z'/><EventRecordID>812</EventRecordID>\
    <Channel>System</Channel><Computer>SRV09</Computer><Security UserID='S-1-5-18'/></System>\
    <EventData><Data Name='errorCode'>0x80070002</Data><Data Name='updateTitle'>Fabrikam &amp; Sons &#x2013; driver (KB5012345)</Data></EventData></Event>";
const OTHER: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
    <Provider Name='Service Control Manager'/><EventID Qualifiers='16384'>7036</EventID><Level>4</Level>\
    <TimeCreated SystemTime='2024-03-15T02:11:21Z'/><Computer>SRV09</Computer></System>\
    <EventData><Data>BITS</Data><Data/><Data>stopped\nnow</Data><Binary>4200</Binary></EventData></Event>";

#[track_caller]
fn decode(bytes: &[u8], wanted: &Providers) -> (String, Vec<String>, Ledger) {
    let mut reader = bytes;
    let mut decoder = Event.decoder(bytes, &mut reader, wanted).expect("XML");
    let mut text = String::new();
    decoder.read_to_string(&mut text).unwrap();
    (text, decoder.losses(), decoder.ledger().clone())
}

fn records(text: &str) -> Vec<String> {
    text.split("Event at ").skip(1).map(|it| format!("Event at {it}")).collect()
}

#[test]
fn one_event_a_line_without_a_root() {
    let (text, losses, ledger) = decode(format!("{EVENT}\r\n{OTHER}\r\n").as_bytes(), &Providers::All);
    assert_eq!((losses, ledger.records), (vec![], 2));
    assert_eq!(ledger.first.as_deref(), Some("2024-03-14T02:11:21Z"));
    assert_eq!(ledger.last.as_deref(), Some("2024-03-15T02:11:21Z"));
    assert_eq!(ledger.computer.as_deref(), Some("SRV09"));
    let all = records(&text);
    let one = Event.record(&all[0]);
    assert_eq!(Event.number(&all[0]), Some(1));
    for (name, value) in [
        ("provider", "Microsoft-Windows-WindowsUpdateClient"),
        ("id", "20"),
        ("level", "Error"),
        ("log", "System"),
        ("user", "S-1-5-18"),
        ("errorCode", "0x80070002"),
        ("updateTitle", "Fabrikam & Sons – driver (KB5012345)"),
    ] {
        assert_eq!(one.field(name), Some(value), "{text}");
    }
    let two = Event.record(&all[1]);
    assert_eq!(Event.number(&all[1]), Some(2));
    for (name, value) in [("param1", "BITS"), ("param3", "stopped\n    now"), ("level", "Information")] {
        assert_eq!(two.field(name), Some(value), "{text}");
    }
    assert_eq!((two.field("Binary"), two.field("param2")), (None, Some("")));
}

#[test]
fn saved_by_event_viewer_in_any_encoding() {
    let message = "<RenderingInfo Culture=\"en-US\"><Message>Windows said:\r\nEvent at 5:</Message><Task>Windows Update Agent</Task></RenderingInfo></Event>";
    let event = EVENT.replace("</Event>", message);
    let saved = format!(
        "<?xml version=\"1.0\" encoding=\"utf-16\" standalone=\"yes\"?>\r\n<Events>{event}{OTHER}</Events>"
    );
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let marked = [&b"\xFF\xFE"[..], &utf16(&saved)].concat();
    let expect = decode(saved.as_bytes(), &Providers::All).0;
    assert!(expect.contains("Windows said:\n  Event at 5:\n"), "{expect}");
    assert!(expect.contains("Task Category: Windows Update Agent\n") && expect.starts_with("Event at 2:"));
    for bytes in [utf16(&saved), marked, format!("\u{feff}{saved}").into_bytes()] {
        assert_eq!(decode(&bytes, &Providers::All).0, expect);
    }
}

#[test]
fn data_of_its_own_shape_by_the_names_of_its_elements() {
    let servicing = EVENT.replace("WindowsUpdateClient", "Servicing").replace("<EventID>20", "<EventID>3");
    let start = servicing.find("<EventData>").unwrap();
    let event = format!(
        "{}<UserData><CbsPackageChangeState xmlns=\"http://manifests.microsoft.com/win/2004/08/windows/setup_provider\">\
         <PackageIdentifier>KB5031455</PackageIdentifier><IntendedPackageState>5112</IntendedPackageState>\
         <IntendedPackageStateTextized>Installed</IntendedPackageStateTextized><ErrorCode>0x800f0922</ErrorCode>\
         <Client>WindowsUpdateAgent</Client></CbsPackageChangeState></UserData></Event>",
        &servicing[..start]
    );
    let text = decode(event.as_bytes(), &Providers::All).0;
    let record = Event.record(&text);
    assert_eq!(record.field("ErrorCode"), Some("0x800f0922"));
    assert_eq!(record.field("Client"), Some("WindowsUpdateAgent"));
    assert_eq!(
        record.message,
        "Package KB5031455 failed to be changed to the Installed state. Status: 0x800f0922."
    );
}

#[test]
fn only_what_is_wanted_is_shown() {
    let wanted = Providers::These(vec!["Microsoft-Windows-WindowsUpdateClient".to_owned()]);
    let mention = OTHER.replace("BITS", "Microsoft-Windows-WindowsUpdateClient");
    let (text, losses, ledger) = decode(format!("{OTHER}\n{mention}\n{EVENT}").as_bytes(), &wanted);
    assert_eq!((losses, ledger.records, records(&text).len()), (vec![], 3, 1));
    assert_eq!(Event.number(&text), Some(5));
}

#[test]
fn a_provider_is_wanted_in_any_spelling_and_however_it_is_written() {
    let named = "<Provider Name=\"Microsoft-Windows-WindowsUpdateClient\"";
    let usual = if EVENT.contains(named) { named.to_owned() } else { named.replace('"', "'") };
    for (rule, provider) in [
        ("microsoft-windows-WINDOWSUPDATECLIENT", usual.as_str()),
        ("R&D 'Agent'", "<Provider Name=\"R&amp;D &#39;Agent&#39;\""),
        ("R&D 'Agent'", "<Provider Guid='{a > b}' Name=\"r&amp;d 'agent'\""),
        ("A b", "<Provider\r\n  Name='a\tB'"),
        ("A b", "<Provider Name = 'a b'"),
        ("MsiInstaller", "<Provider Name='' EventSourceName='MsiInstaller'"),
    ] {
        let event = EVENT.replace(&usual, provider);
        let wanted = Providers::These(vec![rule.to_owned()]);
        let (text, losses, ledger) = decode(format!("{OTHER}\n{event}").as_bytes(), &wanted);
        assert_eq!((losses, ledger.records, records(&text).len()), (vec![], 2, 1), "{provider}");
    }
}

#[test]
fn what_is_broken_costs_itself_only() {
    let half = &EVENT[..EVENT.len() - 60];
    let crossed = OTHER.replace("</System>", "</Sistem>");
    let bomb = format!("<!DOCTYPE Event [<!ENTITY a \"aaaa\">]>{}", EVENT.replace("SRV09", "&a;&a;"));
    let text = format!("{half}\n{crossed}\n{bomb}\n{EVENT}\n{half}");
    let (text, losses, ledger) = decode(text.as_bytes(), &Providers::All);
    assert_eq!(losses, ["2 events are broken XML and were left out", "the last event is cut off"]);
    assert_eq!((ledger.records, records(&text).len()), (3, 2));
    assert!(text.contains("Computer: &a;&a;") && text.contains("Computer: SRV09"), "{text}");
}

#[test]
fn an_event_without_an_end_does_not_fill_the_memory() {
    let endless = format!("{EVENT}\n{}{}", "<Event ".repeat(600_000), "x".repeat(3 << 20));
    let (text, losses, _) = decode(format!("{endless}\n{EVENT}\n").as_bytes(), &Providers::All);
    assert_eq!((records(&text).len(), losses.len()), (2, 1), "{losses:?}");
}
