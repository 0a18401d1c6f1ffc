//! Events as text: what Event Viewer copies or saves, and what `wevtutil qe /f:text` writes. The data of
//! well-known events is read back out of their message, by the names the event itself has for it.

use std::borrow::Cow;

use super::Format;
use super::record::{Record, time_at_start};

pub struct Event;

/// The labels in front of a field's value, and the field's name in rules.
const LABELS: [(&str, &str); 8] = [
    ("Log Name", "log"),
    ("Source", "provider"),
    ("Event ID", "id"),
    ("Level", "level"),
    ("Task Category", "task"),
    ("Task", "task"),
    ("Computer", "computer"),
    ("User", "user"),
];

/// Messages of events whose data rules ask for: provider, event ID, the message with `%name%` for its data.
const MESSAGES: [(&str, &str, &str); 6] = [
    (
        "Microsoft-Windows-WindowsUpdateClient",
        "20",
        "Installation Failure: Windows failed to install the following update with error %errorCode%: %updateTitle%",
    ),
    (
        "Microsoft-Windows-WindowsUpdateClient",
        "19",
        "Installation Successful: Windows successfully installed the following update: %updateTitle%",
    ),
    (
        "Microsoft-Windows-WindowsUpdateClient",
        "43",
        "Installation Started: Windows has started installing the following update: %updateTitle%",
    ),
    (
        "Microsoft-Windows-WindowsUpdateClient",
        "44",
        "Windows Update started downloading an update: %updateTitle%",
    ),
    (
        "Microsoft-Windows-Servicing",
        "3",
        "Package %PackageIdentifier% failed to be changed to the %IntendedPackageStateTextized% state. Status: %ErrorCode%",
    ),
    (
        "Microsoft-Windows-Servicing",
        "2",
        "Package %PackageIdentifier% was successfully changed to the %IntendedPackageStateTextized% state",
    ),
];

impl Format for Event {
    fn name(&self) -> &'static str {
        "event"
    }

    fn about(&self) -> &'static str {
        "the System and Setup event logs as text (wevtutil qe System /f:text)"
    }

    fn fit(&self, _: &str, head: &str) -> u32 {
        let labelled = head.contains("Event ID:") && head.contains("Source:") && head.contains("Log Name:");
        let table = head.lines().take(20).any(|it| is_row(it.as_bytes()));
        if labelled || table { 95 } else { 0 }
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        line.starts_with(b"Event[") || line.starts_with(b"Log Name:") || is_row(line)
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let mut record = if is_row(text.as_bytes()) { row(text) } else { block(text) };
        add_data(&mut record);
        record
    }
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
    record.set("level", next());
    record.time = time(next());
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
        match LABELS.iter().find(|(it, _)| *it == label) {
            Some((_, name)) => record.set(name, value),
            None if label == "Date" => record.time = time(value),
            None if label == "Description" => {
                record.message =
                    if value.is_empty() { message(after) } else { message(&text[offset(text, value)..]) };
                break;
            }
            None => {}
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
    text.split("\nEvent Xml:").next().unwrap_or_default().trim()
}

fn add_data(record: &mut Record<'_>) {
    let (Some(provider), Some(id)) = (record.field("provider"), record.field("id")) else { return };
    let known =
        MESSAGES.iter().find(|(source, number, _)| provider.eq_ignore_ascii_case(source) && id == *number);
    let Some((_, _, template)) = known else { return };
    for (name, value) in fill(template, record.message).into_iter().flatten() {
        record.fields.push((name, Cow::Borrowed(value)));
    }
}

/// Reads back what was put into the `%name%`s of a message template.
fn fill<'a>(template: &'static str, message: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let mut parts = template.split('%');
    let mut rest = message.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    while let Some(name) = parts.next() {
        let behind = parts.next().unwrap_or_default();
        let end = if behind.is_empty() { rest.find('\n').unwrap_or(rest.len()) } else { rest.find(behind)? };
        values.push((name, rest[..end].trim().trim_end_matches('.')));
        rest = &rest[end + behind.len()..];
    }
    Some(values)
}

/// The time of an event. Event Viewer writes it as the user's region has it; where day and month cannot be
/// told apart, there is none.
fn time(text: &str) -> Option<String> {
    if let Some(time) = time_at_start(text) {
        return Some(time);
    }
    let mut words = text.split_whitespace();
    let (date, clock, half) = (words.next()?, words.next()?, words.next());
    let numbers: Vec<u32> = date.split(['/', '.', '-']).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [first, second, year] = numbers[..] else { return None };
    // Dots are day first. With slashes, half the world writes the day first and half the month.
    let day_first = match (date.contains('.'), first > 12, second > 12) {
        (true, ..) | (_, true, false) => true,
        (_, false, true) => false,
        _ => return None,
    };
    let (day, month) = if day_first { (first, second) } else { (second, first) };
    let clock: Vec<u32> = clock
        .split(':')
        .map(|it| it.split('.').next().unwrap_or_default().parse())
        .collect::<Result<_, _>>()
        .ok()?;
    let [hour, minute, seconds] = clock[..] else { return None };
    let hour = match half {
        Some("PM") if hour < 12 => hour + 12,
        Some("AM") if hour == 12 => 0,
        Some("AM" | "PM") | None => hour,
        Some(_) => return None,
    };
    let sound = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && year > 1000;
    sound.then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{seconds:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn days_and_months_are_never_guessed() {
        assert_eq!(time("14.03.2024 02:11:21").as_deref(), Some("2024-03-14T02:11:21"));
        assert_eq!(time("14/03/2024 14:11:21").as_deref(), Some("2024-03-14T14:11:21"));
        assert_eq!(time("3/14/2024 2:11:21 PM").as_deref(), Some("2024-03-14T14:11:21"));
        assert_eq!(time("3/4/2024 2:11:21 PM"), None);
        assert_eq!(time("14/03/2024 02:11:21 p. m."), None);
        assert_eq!(time("03/04/2024 02:11:21"), None);
        assert_eq!(time("yesterday"), None);
    }
}
