//! The line that CBS, DISM and setup logs share:
//! `2024-03-14 02:11:21, Info                  CBS    Message`, with continuation lines under it.

use super::record::{Record, starts_with_date, time_at_start};
use super::{Format, readiness};

/// A log of the family: what sets it apart from its brothers.
pub struct Servicing {
    pub name: &'static str,
    pub about: &'static str,
    /// Parts of file names that such a log usually has, in lower case.
    pub names: &'static [&'static str],
    /// The components that mostly write to it.
    pub components: &'static [&'static str],
    /// Whether these components write to no other log: one line of theirs is enough.
    pub nowhere_else: bool,
    /// Whether reports of the System Update Readiness Tool stand in it, or are all of it.
    pub readiness: bool,
}

impl Format for Servicing {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    /// Any log of the family fits by the shape of its lines; who writes to it and its name tell which it is.
    fn fit(&self, name: &str, head: &str) -> u32 {
        let by_name = self.names.iter().any(|it| name.contains(it));
        let readiness = self.readiness && readiness::is_report(head);
        if !by_name && !readiness && !is_log(head) {
            return 0;
        }
        let (mut records, mut own) = (0, 0);
        for line in head.lines().filter(|it| starts_record(it.as_bytes())) {
            let record = record(line);
            if record.field("level").is_some() {
                records += 1;
                own += u32::from(record.field("component").is_some_and(|it| self.components.contains(&it)));
            }
        }
        let mostly_own = if self.nowhere_else { own > 0 } else { own * 2 > records };
        let content = match records {
            0 if readiness => 85,
            0 => 0,
            _ => 50 + if mostly_own { 35 } else { 0 },
        };
        match (content, by_name) {
            (0, true) => 10,
            (content, true) => content + 40,
            (content, false) => content,
        }
    }

    fn best_fit(&self) -> u32 {
        125
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        starts_record(line) || (self.readiness && readiness::starts_record(line))
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        match readiness::entry(text) {
            Some(entry) if self.readiness => entry,
            _ => record(text),
        }
    }
}

const LEVELS: [&str; 5] = ["Info", "Warning", "Error", "Fatal Error", "Perf"];
/// A component starts at column 43; where there is none, the message starts at column 50 or later.
const COMPONENT_ENDS: usize = 48;

/// Whether text is a log, and not a mail or an article that quotes one: it begins with a record, or there are
/// many and hardly anything else from the first one on.
fn is_log(head: &str) -> bool {
    const MANY: usize = 20;
    let mut lines = head.lines().filter(|it| !it.trim().is_empty());
    let is_record = |it: &&str| starts_record(it.as_bytes());
    if lines.clone().next().is_some_and(|it| is_record(&it)) {
        return true;
    }
    let continues = |it: &&str| it.starts_with([' ', '\t', '[', '(']);
    let from_first = lines.by_ref().skip_while(|it| !is_record(it)).filter(|it| !continues(it));
    let (records, others): (Vec<&str>, Vec<&str>) = from_first.partition(is_record);
    records.len() >= MANY && records.len() >= 4 * others.len()
}

/// Whether a record starts here: with a date, or (in excerpts that lost it) with the level.
fn starts_record(line: &[u8]) -> bool {
    match line.first() {
        Some(b'0'..=b'9') => starts_with_date(line, b'-'),
        Some(b'[') => imaging(line).is_some(),
        Some(b'I' | b'W' | b'E' | b'F' | b'P') => {
            let level = LEVELS.iter().find(|it| line.starts_with(it.as_bytes()));
            level.is_some_and(|it| matches!(line.get(it.len()), Some(b' ' | b'\t' | b',')))
        }
        _ => false,
    }
}

/// `[7560.9068] [0x8007007b] FIOReadFileIntoBuffer:(1454): …`: process, thread and code of a line that the imaging
/// library writes among the others. It has a shape of its own and says nothing of the line before.
fn imaging(line: &[u8]) -> Option<[&[u8]; 3]> {
    let digits = |it: &[u8]| !it.is_empty() && it.len() < 11 && it.iter().all(u8::is_ascii_digit);
    let (ids, rest) =
        line.strip_prefix(b"[")?.split_at_checked(line.iter().position(|it| *it == b']')? - 1)?;
    let dot = ids.iter().position(|it| *it == b'.')?;
    let (process, thread) = (&ids[..dot], &ids[dot + 1..]);
    let rest = rest.strip_prefix(b"] [")?;
    let code = &rest[..rest.iter().position(|it| *it == b']')?];
    (digits(process) && digits(thread) && code.starts_with(b"0x")).then_some([process, thread, code])
}

/// Time, level, component and message.
fn record(text: &str) -> Record<'_> {
    if let Some(fields) = imaging(text.as_bytes()) {
        let mut record = Record { message: text, ..Record::default() };
        for (name, value) in ["process", "thread", "code"].into_iter().zip(fields) {
            record.set(name, std::str::from_utf8(value).unwrap_or_default());
        }
        return record;
    }
    let mut record = Record { time: time_at_start(text), message: text, ..Record::default() };
    let rest = match &record.time {
        Some(_) => text[19..].trim_start_matches([',', ' ', '\t']),
        None => text,
    };
    let Some(level) = LEVELS.iter().find(|it| rest.starts_with(*it)) else { return record };
    record.set("level", &rest[..level.len()]);
    let mut rest = rest[level.len()..].trim_start_matches([',', ' ', '\t']);
    if rest.starts_with("[0x")
        && let Some((tag, after)) = rest.split_once(']')
    {
        record.set("tag", &tag[1..]);
        rest = after.trim_start();
    }
    let column = text.len() - rest.len();
    if column < COMPONENT_ENDS
        && let Some((component, message)) = rest.split_once([' ', '\t'])
    {
        let short = (2..=7).contains(&component.len());
        if short && component.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit()) {
            record.set("component", component);
            rest = message.trim_start();
        }
    }
    record.message = rest;
    readiness::entry_in_log(&mut record);
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: [&str; 4]) {
        let record = record(text);
        let field = |name| record.field(name).unwrap_or_default();
        let time = record.time.clone().unwrap_or_default();
        assert_eq!([time.as_str(), field("level"), field("component"), record.message], expect);
    }

    #[test]
    fn time_level_component_message() {
        check(
            "2023-05-17 08:24:08, Info                  CBS    TI: Start",
            ["2023-05-17T08:24:08", "Info", "CBS", "TI: Start"],
        );
        check(
            "2023-05-17 08:24:08, Error      [0x018003] CSI    00000c71 (F) Failed",
            ["2023-05-17T08:24:08", "Error", "CSI", "00000c71 (F) Failed"],
        );
        check(
            "2023-05-17 08:24:08, Fatal Error           SP     Stop",
            ["2023-05-17T08:24:08", "Fatal Error", "SP", "Stop"],
        );
    }

    #[test]
    fn a_component_may_be_missing() {
        check(
            "2025-04-26 05:21:55, Info                         CBS: Package Keyform",
            ["2025-04-26T05:21:55", "Info", "", "CBS: Package Keyform"],
        );
    }

    #[test]
    fn excerpts_without_a_time_are_records_too() {
        check("Info CBS Failed to find file", ["", "Info", "CBS", "Failed to find file"]);
        assert!(starts_record(b"Error CSI 000000fc@2018/9/29"));
        assert!(!starts_record(b"Errors were found"));
        assert!(!starts_record(b"    Old component: [l:0]''"));
        assert!(!starts_record(b"[gle=0x80004005]"));
    }

    #[test]
    fn what_the_imaging_library_writes_stands_for_itself() {
        let line = "[7560.9068] [0x8007007b] FIOReadFileIntoBuffer:(1454): The syntax is incorrect.";
        assert!(starts_record(line.as_bytes()));
        let record = record(line);
        assert_eq!(record.field("code"), Some("0x8007007b"));
        assert_eq!(record.field("process"), Some("7560"));
        assert_eq!((record.time.as_deref(), record.field("level")), (None, None));
        for other in ["[", "[]", "[1.2] x", "[gle=0x1]", "[HRESULT = 0x80070002]", "[7560.9068] [x] y"] {
            assert!(!starts_record(other.as_bytes()), "{other}");
        }
    }
}
