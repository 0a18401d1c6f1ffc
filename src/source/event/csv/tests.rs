//! Tables as each tool writes them, in each language, and broken ones.

use std::io::Read;

use crate::source::decoded::Ledger;
use crate::source::event::Event;
use crate::source::{Format, Providers};

const MESSAGE: &str = "Installation Failure: Windows failed to install the following update with error 0x80070002: Fabrikam driver (KB5012345).";

#[track_caller]
fn decode(text: &str, wanted: &Providers) -> (Vec<String>, Vec<String>, Ledger) {
    let mut reader = text.as_bytes();
    assert_eq!(Event.fit("x.csv", text), 95);
    let mut decoder = Event.decoder(text.as_bytes(), &mut reader, wanted).expect("a table");
    let mut made = String::new();
    decoder.read_to_string(&mut made).unwrap();
    let records = made.split("Event at ").skip(1).map(|it| format!("Event at {it}")).collect();
    (records, decoder.losses(), decoder.ledger().clone())
}

#[track_caller]
fn check(text: &str, expect: &[(&str, &str)]) {
    let (records, losses, ledger) = decode(text, &Providers::All);
    assert_eq!((records.len(), losses.len(), ledger.records), (1, 0, 1), "{records:?} {losses:?}");
    let record = Event.record(&records[0]);
    assert_eq!(record.time.as_deref(), Some("2024-03-14T02:11:21"), "{record:?}");
    let always = [("provider", "Microsoft-Windows-WindowsUpdateClient"), ("id", "20"), ("level", "Error")];
    let data = [("errorCode", "0x80070002"), ("updateTitle", "Fabrikam driver (KB5012345)")];
    for (name, value) in always.iter().chain(&data).chain(expect) {
        assert_eq!(record.field(name), Some(*value), "{record:?}");
    }
    assert_eq!(record.message, MESSAGE);
}

#[test]
fn saved_by_event_viewer_in_four_languages() {
    let row = |level: &str, date: &str| {
        format!("{level},{date},Microsoft-Windows-WindowsUpdateClient,20,Windows Update Agent,{MESSAGE}\r\n")
    };
    let rest = [("task", "Windows Update Agent")];
    let english = "Level,Date and Time,Source,Event ID,Task Category\r\n";
    check(&format!("{english}{}", row("Error", "3/14/2024 2:11:21 AM")), &rest);
    check(&format!("\u{feff}{english}{}", row("Error", "3/14/2024 2:11:21 AM")), &rest);
    let german = "Ebene,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie\r\n";
    check(&format!("{german}{}", row("Fehler", "14.03.2024 02:11:21")), &rest);
    let french = "Niveau,Date et heure,Source,ID de l’événement,Catégorie de la tâche\r\n";
    check(&format!("{french}{}", row("Erreur", "14/03/2024 02:11:21")), &rest);
    let japanese = "レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ\r\n";
    check(&format!("{japanese}{}", row("エラー", "2024/03/14 2:11:21")), &rest);
    let tabs = format!("{english}{}", row("Error", "3/14/2024 2:11:21 AM")).replace(',', "\t");
    check(&tabs, &rest);
}

#[test]
fn of_the_collectors_and_of_powershell() {
    let rest = [("computer", "SRV09"), ("user", "NT AUTHORITY\\SYSTEM")];
    let text = format!(
        "Date,Time,Type/Level,Computer Name,Event Code,Source,Task Category,Username,Description\r\n\
         03/14/2024,02:11:21 AM,Error,SRV09,20,Microsoft-Windows-WindowsUpdateClient,None,NT AUTHORITY\\SYSTEM,\"{MESSAGE}\"\r\n\
         ,,,,,,[Info],,[Export of 'System' ended - 1 record(s) generated.]\r\n"
    );
    check(&text, &rest);
    let text = format!(
        "#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n\
         \"Message\";\"Id\";\"Level\";\"LogName\";\"ProviderName\";\"MachineName\";\"TimeCreated\";\"LevelDisplayName\"\r\n\
         \"{MESSAGE}\";\"20\";\"2\";\"System\";\"Microsoft-Windows-WindowsUpdateClient\";\"SRV09\";\"14.03.2024 02:11:21\";\"Fehler\"\r\n"
    );
    check(&text, &[("computer", "SRV09"), ("log", "System")]);
}

#[test]
fn other_tables_are_none_of_events() {
    for header in
        ["Id,Date,Source,Amount\r\n1,2024-03-14,x,5\r\n", "Level,Source,Event ID\r\n", "a,b\r\n", ""]
    {
        assert_eq!(Event.fit("x.csv", header), 0, "{header}");
    }
    assert_eq!(Event.fit("x.csv", "Keywords,Date and Time,Source,Event ID,Task Category\r\n"), 95);
}

#[test]
fn a_date_of_the_collectors_has_the_month_first() {
    let text = "Date,Time,Type/Level,Computer Name,Event Code,Source,Description\r\n\
                03/04/2024,02:11:21 PM,Error,SRV09,7,disk,\"bad\"\r\n";
    let (records, ..) = decode(text, &Providers::All);
    assert_eq!(Event.record(&records[0]).time.as_deref(), Some("2024-03-04T14:11:21"));
}

#[test]
fn messages_of_several_lines_are_one_event() {
    let text = "Level,Date and Time,Source,Event ID,Task Category\r\n\
                Error,3/14/2024 2:11:21 AM,one,1,None,\"first \"\"quoted\"\"\r\n\r\nEvent at 9:\r\n  Source: forged\"\r\n\
                Warning,3/15/2024 2:11:21 AM,two,2,None,\"second\"";
    let (records, losses, ledger) = decode(text, &Providers::All);
    assert_eq!((records.len(), losses.len()), (3, 0), "{records:?}");
    let whole = records[..2].concat();
    let record = Event.record(&whole);
    assert_eq!((Event.number(&whole), record.field("provider")), (Some(2), Some("one")));
    assert!(record.message.starts_with("first \"quoted\"\n\n  Event at 9:"), "{record:?}");
    assert_eq!(Event.number(&records[2]), Some(6));
    assert_eq!((ledger.records, ledger.last.as_deref()), (2, Some("2024-03-15T02:11:21")));
    let wanted = Providers::These(vec!["two".to_owned()]);
    assert_eq!(decode(text, &wanted).0, records[2..]);
}

#[test]
fn a_quote_that_is_never_closed_costs_its_line() {
    let good = "Error,3/14/2024 2:11:21 AM,one,1,None,fine\r\n";
    let bad = "Error,3/14/2024 2:11:21 AM,one,1,None,\"open\r\n";
    let header = "Level,Date and Time,Source,Event ID,Task Category\r\n";
    let text = format!("{header}{bad}{}what is this\r\n{good}", good.repeat(50_000));
    let (records, losses, ledger) = decode(&text, &Providers::All);
    assert_eq!((records.len(), ledger.records), (50_001, 50_001));
    assert_eq!(losses.len(), 2, "{losses:?}");
    for text in
        [format!("{header}{bad}{good}"), format!("{header}{bad}{}{good}", good.replace("fine", "\"fine\""))]
    {
        let (records, losses, _) = decode(&text, &Providers::All);
        assert_eq!((records.len(), losses.len()), (text.matches("fine").count(), 1), "{text}");
    }
}
