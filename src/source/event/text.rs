//! Events as text blocks: what `wevtutil qe /f:text` writes and what Event Viewer copies, in several languages;
//! and rows of a table that stand alone, as they are pasted into tickets.

use super::super::Record;
use super::words::{self, FIRST_LABELS, Part, XML_LABELS};
use super::{time, told};

/// Whether the first lines of a source are events as text.
pub fn fits(head: &str) -> bool {
    let block = head.lines().any(|it| told::starts(it.as_bytes()) || is_block(it.as_bytes()));
    let mut parts = head.lines().filter_map(|it| words::part(it.split_once(':')?.0));
    let labelled = block && parts.clone().any(|it| it == words::PROVIDER) && parts.any(|it| it == words::ID);
    labelled || head.lines().take(20).any(|it| is_row(it.as_bytes()))
}

/// Whether an event begins with this line.
pub fn starts(line: &[u8]) -> bool {
    is_block(line) || is_row(line)
}

fn is_block(line: &[u8]) -> bool {
    line.starts_with(b"Event[")
        || FIRST_LABELS.iter().any(|it| line.starts_with(it.as_bytes())) && line.contains(&b':')
}

/// The fields of an event.
pub fn record(text: &str) -> Record<'_> {
    if is_row(text.as_bytes()) { row(text) } else { block(text) }
}

/// A row of a table saved by Event Viewer: level, date, source, event ID, task, message, between tabs.
fn is_row(line: &[u8]) -> bool {
    let mut columns = line.split(|it| *it == b'\t');
    let level = columns.next().unwrap_or_default();
    let id = columns.nth(2).unwrap_or_default();
    level.first().is_some_and(|it| !it.is_ascii_digit())
        && !id.is_empty()
        && id.iter().all(u8::is_ascii_digit)
        && columns.next().is_some()
}

fn row(text: &str) -> Record<'_> {
    let mut columns = text.splitn(6, '\t');
    let mut next = || columns.next().unwrap_or_default().trim();
    let mut record = Record::default();
    record.set("level", words::level(next()));
    record.time = time::local(next());
    for name in ["provider", "id", "task"] {
        record.set(name, next());
    }
    record.message = next().trim_matches('"');
    record
}

fn block(text: &str) -> Record<'_> {
    let mut record = Record::default();
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n').or((!rest.is_empty()).then_some((rest, ""))) {
        rest = after;
        let Some((label, value)) = line.trim().split_once(':') else { continue };
        let value = value.trim();
        match words::part(label) {
            Some(words::LEVEL) => record.set("level", words::level(value)),
            Some(Part::Field(name)) if !name.is_empty() => record.set(name, value),
            Some(Part::Date) => record.time = time::local(value),
            Some(Part::Message) => {
                record.message =
                    if value.is_empty() { message(after) } else { message(&text[offset(text, value)..]) };
                break;
            }
            _ => {}
        }
    }
    record
}

/// Where `part`, a piece of `text`, starts in it.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// Event Viewer appends the event as XML; the message ends before that.
fn message(text: &str) -> &str {
    let end = XML_LABELS.iter().filter_map(|it| text.find(it)).min();
    text[..end.unwrap_or(text.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;
    use crate::source::Format;

    #[track_caller]
    fn check(text: &str, expect: &[(&str, &str)]) {
        assert!(Event.starts_record(text.lines().next().unwrap().as_bytes()));
        let record = Event.record(text);
        let time = record.time.clone().unwrap_or_default();
        for (name, value) in expect {
            let found = if *name == "time" { Some(time.as_str()) } else { record.field(name) };
            assert_eq!(found, Some(*value), "{name} in {record:?}");
        }
    }

    const EXPECT: &[(&str, &str)] = &[
        ("time", "2024-03-14T02:11:21"),
        ("provider", "Microsoft-Windows-WindowsUpdateClient"),
        ("id", "20"),
        ("level", "Error"),
        ("errorCode", "0x80070002"),
        ("updateTitle", "Security Update for Windows (KB4586793)"),
    ];
    const MESSAGE: &str = "Installation Failure: Windows failed to install the following update with error 0x80070002: Security Update for Windows (KB4586793).";

    #[test]
    fn copied_from_event_viewer() {
        let text = format!(
            "Log Name:      System\r\nSource:        Microsoft-Windows-WindowsUpdateClient\r\nDate:          3/14/2024 2:11:21 AM\r\n\
             Event ID:      20\r\nTask Category: Windows Update Agent\r\nLevel:         Error\r\nComputer:      SRV09\r\n\
             Description:\r\n{MESSAGE}\r\nEvent Xml:\r\n<Event/>"
        );
        check(&text, EXPECT);
        check(&text, &[("computer", "SRV09"), ("task", "Windows Update Agent")]);
    }

    #[test]
    fn written_by_wevtutil() {
        let text = format!(
            "Event[12]:\r\n  Log Name: System\r\n  Source: Microsoft-Windows-WindowsUpdateClient\r\n  Date: 2024-03-14T02:11:21.414\r\n\
             \x20 Event ID: 20\r\n  Level: Error\r\n  Computer: SRV09\r\n  Description: \r\n{MESSAGE}\r\n\r\n"
        );
        check(&text, EXPECT);
    }

    #[test]
    fn saved_as_a_table() {
        let text = format!(
            "Error\t3/14/2024 2:11:21 AM\tMicrosoft-Windows-WindowsUpdateClient\t20\tWindows Update Agent\t{MESSAGE}"
        );
        check(&text, EXPECT);
    }

    #[test]
    fn a_failed_package() {
        let text = "Event[0]\n  Source: Microsoft-Windows-Servicing\n  Event ID: 3\n  Description: Package KB5031455 failed to be changed to the Installed state. Status: 0x800f0922.";
        check(text, &[("PackageIdentifier", "KB5031455"), ("ErrorCode", "0x800f0922")]);
    }

    #[test]
    fn copied_from_event_viewer_in_other_languages() {
        let data = &EXPECT[..4];
        let german = format!(
            "Protokollname: System\r\nQuelle:        Microsoft-Windows-WindowsUpdateClient\r\nDatum:         14.03.2024 02:11:21\r\n\
             Ereignis-ID:   20\r\nAufgabenkategorie:Windows Update-Agent\r\nEbene:         Fehler\r\nSchlüsselwörter:Fehlgeschlagen,Installation\r\n\
             Benutzer:      SYSTEM\r\nComputer:      SRV09\r\nBeschreibung:\r\n{MESSAGE}\r\nEreignis-XML:\r\n<Event/>"
        );
        let french = format!(
            "Nom du journal :System\r\nSource :       Microsoft-Windows-WindowsUpdateClient\r\nDate :         14/03/2024 02:11:21\r\n\
             ID de l’événement :20\r\nCatégorie de la tâche :Agent Windows Update\r\nNiveau :       Erreur\r\nMots clés :    Échec,Installation\r\n\
             Utilisateur :  Système\r\nOrdinateur :   SRV09\r\nDescription :\r\n{MESSAGE}\r\nXML de l’événement :\r\n<Event/>"
        );
        let japanese = format!(
            "ログの名前:         System\r\nソース:           Microsoft-Windows-WindowsUpdateClient\r\n日付:            2024/03/14 2:11:21\r\n\
             イベント ID:       20\r\nタスクのカテゴリ:      Windows Update エージェント\r\nレベル:           エラー\r\nキーワード:         エラー,インストール\r\n\
             ユーザー:          SYSTEM\r\nコンピューター:       SRV09\r\n説明:\r\n{MESSAGE}\r\nイベント XML:\r\n<Event/>"
        );
        for text in [german, french, japanese] {
            assert!(fits(&text), "{text}");
            check(&text, data);
            check(&text, &EXPECT[4..]);
            check(&text, &[("computer", "SRV09"), ("log", "System")]);
            assert_eq!(Event.record(&text).message, MESSAGE);
        }
    }
}
