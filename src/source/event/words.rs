//! What Windows calls the fields and levels of an event, in the languages that bundles come in. `wevtutil`,
//! Event Viewer and PowerShell each have names of their own.

/// One property of an event, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A field that rules may test, by its name there.
    Field(&'static str),
    /// Date and time, or the date where a column of its own has the time.
    Date,
    Time,
    Message,
}

use Part::{Date, Field, Message, Time};

pub const LOG: Part = Field("log");
pub const PROVIDER: Part = Field("provider");
pub const ID: Part = Field("id");
pub const LEVEL: Part = Field("level");
pub const TASK: Part = Field("task");
pub const COMPUTER: Part = Field("computer");
pub const USER: Part = Field("user");
/// Of no use to rules.
pub const KEYWORDS: Part = Field("");

/// The names in front of values, and those of columns, in lower case.
const NAMES: [(&str, Part); 63] = [
    // English: `wevtutil`, Event Viewer, the collectors of Microsoft's support.
    ("log name", LOG),
    ("log", LOG),
    ("source", PROVIDER),
    ("date", Date),
    ("date and time", Date),
    ("time", Time),
    ("event id", ID),
    ("event code", ID),
    ("level", LEVEL),
    ("type/level", LEVEL),
    ("task category", TASK),
    ("task", TASK),
    ("computer", COMPUTER),
    ("computer name", COMPUTER),
    ("user", USER),
    ("username", USER),
    ("description", Message),
    // PowerShell: Get-WinEvent and Get-EventLog.
    ("logname", LOG),
    ("providername", PROVIDER),
    ("timecreated", Date),
    ("timegenerated", Date),
    ("id", ID),
    ("eventid", ID),
    ("leveldisplayname", LEVEL),
    ("entrytype", LEVEL),
    ("taskdisplayname", TASK),
    ("machinename", COMPUTER),
    ("message", Message),
    // German.
    ("protokollname", LOG),
    ("protokoll", LOG),
    ("quelle", PROVIDER),
    ("datum", Date),
    ("datum und uhrzeit", Date),
    ("ereignis-id", ID),
    ("ebene", LEVEL),
    ("aufgabenkategorie", TASK),
    ("benutzer", USER),
    ("beschreibung", Message),
    // French, with either apostrophe.
    ("nom du journal", LOG),
    ("journal", LOG),
    ("date et heure", Date),
    ("id de l’événement", ID),
    ("id de l'événement", ID),
    ("niveau", LEVEL),
    ("catégorie de la tâche", TASK),
    ("ordinateur", COMPUTER),
    ("utilisateur", USER),
    // Japanese.
    ("ログの名前", LOG),
    ("ログ", LOG),
    ("ソース", PROVIDER),
    ("日付", Date),
    ("日付と時刻", Date),
    ("イベント id", ID),
    ("レベル", LEVEL),
    ("タスクのカテゴリ", TASK),
    ("コンピューター", COMPUTER),
    ("コンピューター名", COMPUTER),
    ("ユーザー", USER),
    ("説明", Message),
    // In all four.
    ("keywords", KEYWORDS),
    ("schlüsselwörter", KEYWORDS),
    ("mots clés", KEYWORDS),
    ("キーワード", KEYWORDS),
];

/// Whether a name is one that an event has beside its data, in English or in rules.
pub fn is_field(name: &str) -> bool {
    const FIELDS: [&str; 13] = [
        "log name",
        "source",
        "date",
        "event id",
        "level",
        "task category",
        "user",
        "computer",
        "description",
        "log",
        "provider",
        "id",
        "task",
    ];
    FIELDS.iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// What a name stands for.
pub fn part(name: &str) -> Option<Part> {
    let name = name.trim().to_lowercase();
    NAMES.iter().find(|(it, _)| *it == name).map(|(_, part)| *part)
}

/// How an event that Event Viewer copied begins, in each language.
pub const FIRST_LABELS: [&str; 4] = ["Log Name:", "Protokollname:", "Nom du journal", "ログの名前:"];

/// What Event Viewer puts between the message and the event as XML.
pub const XML_LABELS: [&str; 5] =
    ["\nEvent Xml:", "\nEreignis-XML:", "\nXML de l’événement", "\nXML de l'événement", "\nイベント XML:"];

const LEVELS: [(&str, &str); 18] = [
    ("0", "Information"),
    ("1", "Critical"),
    ("2", "Error"),
    ("3", "Warning"),
    ("4", "Information"),
    ("5", "Verbose"),
    ("Kritisch", "Critical"),
    ("Critique", "Critical"),
    ("重大", "Critical"),
    ("Fehler", "Error"),
    ("Erreur", "Error"),
    ("エラー", "Error"),
    ("Warnung", "Warning"),
    ("Avertissement", "Warning"),
    ("警告", "Warning"),
    ("Informationen", "Information"),
    ("情報", "Information"),
    ("Ausführlich", "Verbose"),
];

/// A level in English, as rules have it; one in another language stays as it is.
pub fn level(word: &str) -> &str {
    LEVELS.iter().find(|(it, _)| *it == word).map_or(word, |(_, level)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_four_languages_mean_the_same() {
        for name in ["Event ID", "Ereignis-ID", "ID de l’événement", "イベント ID", "Event Code", "EventID"]
        {
            assert_eq!(part(name), Some(ID), "{name}");
        }
        assert_eq!(part("ID de l’événement\u{a0}"), Some(ID));
        assert_eq!(part("Opcode"), None);
        assert_eq!(level("エラー"), "Error");
        assert_eq!(level("Error"), "Error");
        assert_eq!(level("Fel"), "Fel");
    }
}
