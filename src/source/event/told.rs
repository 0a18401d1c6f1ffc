//! An event as the binary log, XML and tables tell it, and the one text form that all of them are turned into.
//! Nothing of a value can look like another field or another event there.

use std::borrow::Cow;
use std::fmt::Write;

use super::super::Record;
use super::messages;
use super::words::{self, Part};

/// A value of more bytes is cut, and so are a message and all data together: a record of more than 64 KB would
/// be matched in pieces.
const VALUE_LIMIT: usize = 16 << 10;
const MESSAGE_LIMIT: usize = 32 << 10;
const DATA_LIMIT: usize = 24 << 10;
const NAME_LIMIT: usize = 128;

/// How such an event begins: what stands behind is its number.
const START: &str = "Event at ";
/// In front of data that has the name of a field.
const OF_DATA: &str = "data.";
const INDENT: &str = "    ";

/// What is told of one event. What is not told is empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub log: String,
    pub provider: String,
    /// As the source writes it, or as in a record.
    pub date: String,
    pub id: String,
    pub level: String,
    pub task: String,
    pub user: String,
    pub computer: String,
    /// What the event itself carries, by name.
    pub data: Vec<(String, String)>,
    pub message: String,
}

impl Told {
    /// The value of a field, by the name that rules have for it.
    pub fn field(&mut self, name: &str) -> Option<&mut String> {
        Some(match name {
            "log" => &mut self.log,
            "provider" => &mut self.provider,
            "id" => &mut self.id,
            "level" => &mut self.level,
            "task" => &mut self.task,
            "user" => &mut self.user,
            "computer" => &mut self.computer,
            _ => return None,
        })
    }

    /// Writes the event that stands at `number`; says whether all of it was written, or something was cut.
    pub fn write(&self, number: u64, into: &mut String) -> bool {
        let mut whole = true;
        let _ = writeln!(into, "{START}{number}:");
        let fields = [
            ("Log Name", self.log.as_str()),
            ("Source", &self.provider),
            ("Date", &self.date),
            ("Event ID", &self.id),
            ("Level", words::level(&self.level)),
            ("Task Category", &self.task),
            ("User", &self.user),
            ("Computer", &self.computer),
        ];
        for (label, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(into, "  {label}: {}", one_line(limited(value, NAME_LIMIT * 4, &mut whole)));
        }
        let data_start = into.len();
        for (name, value) in &self.data {
            if into.len() - data_start > DATA_LIMIT {
                whole = false;
                break;
            }
            let _ = write!(into, "  {}:", data_name(name));
            let mut lines = limited(value, VALUE_LIMIT, &mut whole).trim_end().lines();
            let _ = writeln!(into, " {}", lines.next().map_or(Cow::Borrowed(""), |it| one_line(it.trim())));
            for line in lines {
                let _ = writeln!(into, "{INDENT}{}", one_line(line.trim_end()));
            }
        }
        let made = self.message.is_empty().then(|| messages::compose(&self.provider, &self.id, &self.data));
        let message = made.as_ref().map_or(Some(self.message.as_str()), |it| it.as_deref());
        if let Some(message) = message {
            *into += "  Description:\n";
            for line in limited(message.trim(), MESSAGE_LIMIT, &mut whole).lines() {
                let line = one_line(line.trim_end());
                // No line of a message may look like the start of another event.
                let harmless = if super::starts_event(line.as_bytes()) { "  " } else { "" };
                let _ = writeln!(into, "{harmless}{line}");
            }
        }
        whole
    }
}

/// The first bytes of `value`, as many as are shown.
fn limited<'a>(value: &'a str, limit: usize, whole: &mut bool) -> &'a str {
    if value.len() <= limit {
        return value;
    }
    *whole = false;
    let end = (0..=limit).rev().find(|it| value.is_char_boundary(*it));
    &value[..end.unwrap_or_default()]
}

/// Without what would end a line.
fn one_line(text: &str) -> Cow<'_, str> {
    let odd = |it: char| it.is_control() && it != '\t';
    if text.contains(odd) { Cow::Owned(text.replace(odd, " ")) } else { Cow::Borrowed(text) }
}

/// The name of data: never that of a field, and without what ends a name.
fn data_name(name: &str) -> String {
    let name: String = one_line(name.trim()).replace(':', "_");
    let name = limited(&name, NAME_LIMIT, &mut true);
    if words::is_field(name) { format!("{OF_DATA}{name}") } else { name.to_owned() }
}

/// Whether a line begins an event in this form.
pub fn starts(line: &[u8]) -> bool {
    line.starts_with(START.as_bytes()) && line.get(START.len()).is_some_and(u8::is_ascii_digit)
}

/// Where the event stands: its line, or its number in the binary log.
pub fn number(text: &str) -> Option<u64> {
    text.strip_prefix(START)?.split_once(':')?.0.parse().ok()
}

/// Reads what [`Told::write`] wrote. A value of several lines is told as it stands there, indented.
pub fn record(text: &str) -> Record<'_> {
    let mut record = Record::default();
    let mut at = text.find('\n').map_or(text.len(), |it| it + 1);
    // Where the value before the line at hand begins, if that is data.
    let mut data = None;
    while at < text.len() {
        let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
        let line = &text[at..end];
        if line.starts_with(INDENT) {
            if let (Some(start), Some((_, value))) = (data, record.fields.last_mut()) {
                *value = Cow::Borrowed(text[start..end].trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let (name, value) = (name.trim(), value.trim());
            let part = words::part(name).filter(|_| words::is_field(name));
            data = part.is_none().then_some(end - line.len() + line.find(':').map_or(0, |it| it + 1));
            match part {
                Some(Part::Field(field)) => record.set(field, value),
                Some(Part::Date) => {
                    record.time = super::time::universal(value).or_else(|| super::time::local(value));
                }
                Some(Part::Message) => {
                    record.message = text[end..].trim();
                    break;
                }
                Some(Part::Time) => {}
                None => record.fields.push((name, Cow::Borrowed(value))),
            }
        }
        at = end + 1;
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Told {
        let data = [("errorCode", "0x80070002"), ("updateTitle", "Fabrikam driver (KB5012345)")];
        Told {
            log: "System".to_owned(),
            provider: "Microsoft-Windows-WindowsUpdateClient".to_owned(),
            date: "2024-03-14T02:11:21Z".to_owned(),
            id: "20".to_owned(),
            level: "2".to_owned(),
            computer: "SRV09".to_owned(),
            data: data.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..Told::default()
        }
    }

    #[test]
    fn a_well_known_event_gets_its_message() {
        let mut text = String::new();
        assert!(told().write(812, &mut text));
        assert_eq!(
            text,
            "Event at 812:\n  Log Name: System\n  Source: Microsoft-Windows-WindowsUpdateClient\n  Date: 2024-03-14T02:11:21Z\n  \
             Event ID: 20\n  Level: Error\n  Computer: SRV09\n  errorCode: 0x80070002\n  updateTitle: Fabrikam driver (KB5012345)\n  \
             Description:\nInstallation Failure: Windows failed to install the following update with error 0x80070002: Fabrikam driver (KB5012345).\n"
        );
        assert_eq!(number(&text), Some(812));
        let record = record(&text);
        assert_eq!(record.time.as_deref(), Some("2024-03-14T02:11:21Z"));
        for (name, value) in [("log", "System"), ("level", "Error"), ("errorCode", "0x80070002")] {
            assert_eq!(record.field(name), Some(value));
        }
        assert!(record.message.starts_with("Installation Failure:"));
    }

    #[test]
    fn no_value_looks_like_a_field_or_an_event() {
        let odd = Told {
            id: "1\n  Source: forged".to_owned(),
            computer: String::new(),
            data: vec![
                ("Computer".to_owned(), "forged".to_owned()),
                ("a:b\nSource".to_owned(), "one\r\n  Level: forged\nEvent at 5:\n".to_owned()),
                ("description".to_owned(), "x".to_owned()),
            ],
            message: "Event at 5:\r\nEvent[6]:\nLog Name: forged\n\nEvent Xml:\nend".to_owned(),
            ..told()
        };
        let mut text = String::new();
        odd.write(1, &mut text);
        assert_eq!(text.lines().filter(|it| super::super::starts_event(it.as_bytes())).count(), 1, "{text}");
        let record = record(&text);
        assert_eq!(record.field("provider"), Some("Microsoft-Windows-WindowsUpdateClient"));
        assert_eq!(record.field("computer"), None);
        assert_eq!(record.field("data.Computer"), Some("forged"));
        assert_eq!(record.field("a_b Source"), Some("one\n      Level: forged\n    Event at 5:"));
        assert_eq!(record.field("level"), Some("Error"));
        assert!(record.message.starts_with("Event at 5:\n  Event[6]:"), "{}", record.message);
        assert!(record.message.ends_with("Event Xml:\nend"));
    }

    #[test]
    fn what_is_too_long_is_cut_and_told() {
        let long = "x".repeat(100 << 10);
        let data = (0..9).map(|it| (format!("d{it}"), long.clone())).collect();
        let odd = Told { data, message: long, ..told() };
        let mut text = String::new();
        assert!(!odd.write(1, &mut text));
        assert!(text.len() < 80 << 10, "{}", text.len());
    }
}
