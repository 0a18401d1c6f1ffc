//! SetupDiagResults.log and .xml: why SetupDiag thinks that an upgrade failed, in C:\Windows\Logs\SetupDiag. Its
//! verdict is one record, with what it was made from.

use std::io::Read;

use super::record::Record;
use super::xml::{Step, decode, flat, is_xml, line_of};
use super::{Decoded, Format, Providers};

pub struct SetupDiag;

/// What precedes a value, and the field it is. The last line that tells one counts: where several failures are
/// told, the last was the fatal one.
const LABELS: [(&str, &str); 14] = [
    ("ProfileName = ", "profile"),
    ("ProfileGuid = ", "guid"),
    ("Last Phase = ", "phase"),
    ("Last Setup Phase = ", "phase"),
    ("LastPhase = ", "phase"),
    ("Last Operation = ", "operation"),
    ("Last Setup Operation = ", "operation"),
    ("LastOperation = ", "operation"),
    ("Remediation = ", "remediation"),
    ("Recommend you ", "remediation"),
    ("Error: SetupDiag reports ", "failure"),
    ("FailureDetails = ", "details"),
    ("Machine Name = ", "computer"),
    ("MachineName = ", "computer"),
];
/// What precedes `0x8007001F - 0x50015`: the code of the failure, and where in setup it happened.
const CODES: [&str; 3] = ["Error = 0x", "Error: 0x", "Err = 0x"];

impl Format for SetupDiag {
    fn name(&self) -> &'static str {
        "setupdiag"
    }

    fn about(&self) -> &'static str {
        r"SetupDiagResults.xml from C:\Windows\Logs\SetupDiag"
    }

    fn fit(&self, name: &str, head: &str) -> u32 {
        let start = head.trim_start();
        let xml = start.starts_with('<') && start.contains("<SetupDiag");
        let named = name.contains("setupdiagresults");
        // A mail may quote its verdict.
        let mut lines = head.lines().filter(|it| !it.trim().is_empty()).take(if named { 40 } else { 1 });
        let text = lines.any(|it| self.starts_record(it.as_bytes()));
        u32::from(xml) * 90 + u32::from(text && !xml) * 60 + u32::from(named && (xml || text)) * 20
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        line.starts_with(b"SetupDiag at ") || line.starts_with(b"Matching Profile found:")
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let mut record = Record { message: text, ..Record::default() };
        for line in text.lines().map(str::trim) {
            if let Some((profile, guid)) =
                line.strip_prefix("Matching Profile found:").and_then(|it| it.rsplit_once(" - "))
            {
                put(&mut record, "profile", profile.trim());
                put(&mut record, "guid", guid.trim());
            }
            for (label, field) in LABELS {
                if let Some((before, value)) = line.split_once(label)
                    && (before.is_empty() || before.ends_with([' ', ',']))
                {
                    // Only these stand several in a line.
                    let value = if label.starts_with("LastP") || label.starts_with("LastO") {
                        value.split(',').next().unwrap_or_default()
                    } else {
                        value
                    };
                    put(&mut record, field, value.trim());
                }
            }
            code(&mut record, line);
        }
        // It is called so where SetupDiag read the logs of another machine.
        record.fields.retain(|(name, value)| *name != "computer" || value != "Offline");
        if self.starts_record(text.as_bytes()) {
            record.set("outcome", outcome(&record));
        }
        record
    }

    fn decoder<'r>(
        &self,
        head: &[u8],
        reader: &'r mut dyn Read,
        _: &Providers,
    ) -> Option<Box<dyn Decoded + 'r>> {
        is_xml(head).then(|| lines(reader))
    }

    fn number(&self, text: &str) -> Option<u64> {
        line_of(text)
    }
}

/// What became of the upgrade. Where SetupDiag tells no code, what it tells is nothing to be sure of.
fn outcome(record: &Record<'_>) -> &'static str {
    match (record.field("profile"), record.field("code")) {
        (Some("FindSuccessfulUpgrade"), _) => "Succeeded",
        (_, Some(_)) => "Failed",
        (_, None) => "Unclear",
    }
}

/// Sets a field, in the place of what was told before.
fn put<'a>(record: &mut Record<'a>, name: &'static str, value: &'a str) {
    if !value.is_empty() {
        record.fields.retain(|(it, _)| *it != name);
        record.set(name, value);
    }
}

fn code<'a>(record: &mut Record<'a>, line: &'a str) {
    let found = CODES.iter().filter_map(|it| Some(line.rfind(it)? + it.len() - 2)).max();
    let Some(rest) = found.map(|at| &line[at..]) else { return };
    let mut numbers = rest.split([' ', '-', ',', '[', ']', ';']).filter(|it| !it.is_empty());
    let is_code = |it: &&str| it.len() > 2 && it[2..].bytes().all(|it| it.is_ascii_hexdigit());
    let Some(code) = numbers.next().map(|it| it.trim_end_matches('.')).filter(is_code) else { return };
    put(record, "code", code);
    let behind = rest[code.len()..].trim_start();
    if let Some(extend) = behind.strip_prefix('-').map(str::trim_start).filter(|it| it.starts_with("0x")) {
        put(record, "extend", extend.split([' ', ',', '.']).next().unwrap_or_default());
    }
}

fn lines<'r>(reader: &'r mut dyn Read) -> Box<dyn Decoded + 'r> {
    decode(reader, &mut |step, into| match step {
        Step::Open("SetupDiag", _, line) => into.push_str(&format!("SetupDiag at {line}:\n")),
        Step::Open(..) | Step::Close("SetupDiag", _) => {}
        Step::Close(name, inside) => {
            // What it found out is told in several lines, as in the log; one of them says what failed.
            let lines: Vec<String> = inside.lines().map(flat).filter(|it| !it.is_empty()).collect();
            match &lines[..] {
                [] => {}
                [one] if name != "FailureData" => into.push_str(&format!("    {name} = {one}\n")),
                several => several.iter().for_each(|it| into.push_str(&format!("    {it}\n"))),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recognize;
    use crate::source::xml::decoded;

    const LOG: &str = "Matching Profile found: OptionalComponentOpenPackage - 22952520-EC89-4FBD-94E0-B67DF88347F6\r\nSystem Information:\r\n    Machine Name = WKS-0442\r\n    HostOSVersion = 10.0.19045\r\n\r\nError: SetupDiag reports Optional Component installation failed. Package Name: Foundation, Error: 0x8007001F\r\nRecommend you start the service.\r\nError: SetupDiag reports down-level failure, Operation: Finalize, Error: 0x8007001F - 0x50015\r\n";
    const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SetupDiag xmlns=\"https://docs.microsoft.com/x\">\n  <Version>1.6.0.0</Version>\n  <ProfileName>FindSPFatalError</ProfileName>\n  <ProfileGuid>A4028172-1B09-48F8-AD3B-86CDD7D55852</ProfileGuid>\n  <SystemInfo><MachineName>Offline</MachineName><HostOSVersion>10.0.19045</HostOSVersion></SystemInfo>\n  <FailureData>\nError: SetupDiag reports Fatal Error.\nLast Setup Phase = Downlevel\nLast Setup Operation = Gather data, scope: EVERYTHING\nError = 0x00000057</FailureData>\n  <FailureDetails>Err = 0x00000057, LastOperation = Gather data, LastPhase = Downlevel</FailureDetails>\n</SetupDiag>\n";

    #[track_caller]
    fn check(text: &str, names: &[&str], expect: &[&str]) {
        let record = SetupDiag.record(text);
        let told: Vec<&str> = names.iter().map(|it| record.field(it).unwrap_or_default()).collect();
        assert_eq!(told, expect);
    }

    #[test]
    fn the_log() {
        assert_eq!(recognize("SetupDiagResults.log", LOG).name(), "setupdiag");
        assert_eq!(recognize("mail.txt", &format!("Hello,\r\n{LOG}")).name(), "text");
        assert_eq!(LOG.lines().filter(|it| SetupDiag.starts_record(it.as_bytes())).count(), 1);
        check(
            LOG,
            &["profile", "code", "extend", "computer", "remediation", "failure"],
            &[
                "OptionalComponentOpenPackage",
                "0x8007001F",
                "0x50015",
                "WKS-0442",
                "start the service.",
                "down-level failure, Operation: Finalize, Error: 0x8007001F - 0x50015",
            ],
        );
    }

    #[test]
    fn the_xml_is_one_record_too() {
        assert_eq!(recognize("SetupDiagResults.xml", XML).name(), "setupdiag");
        let (text, losses) = decoded(&SetupDiag, XML.as_bytes());
        assert_eq!((text.lines().next(), losses.len()), (Some("SetupDiag at 2:"), 0));
        assert_eq!(text.lines().filter(|it| SetupDiag.starts_record(it.as_bytes())).count(), 1);
        check(
            &text,
            &["profile", "guid", "code", "phase", "operation", "computer", "failure"],
            &[
                "FindSPFatalError",
                "A4028172-1B09-48F8-AD3B-86CDD7D55852",
                "0x00000057",
                "Downlevel",
                "Gather data",
                "",
                "Fatal Error.",
            ],
        );
    }

    #[test]
    fn what_became_of_the_upgrade() {
        let success = "Matching Profile found: FindSuccessfulUpgrade - 8A0824C8-A56D-4C55-95A0-22751AB62F3E\r\nError: SetupDiag reports successful upgrade found.\r\n";
        check(LOG, &["outcome"], &["Failed"]);
        check(success, &["outcome"], &["Succeeded"]);
        check("SetupDiag at 2:\n    Version = 1.6\n", &["outcome"], &["Unclear"]);
        check("something before it\r\n", &["outcome"], &[""]);
    }

    #[test]
    fn pairs_are_written_with_and_without_blanks() {
        check("    Error = 0x8007000D-0x2000C\r\n", &["code", "extend"], &["0x8007000D", "0x2000C"]);
        check("    Error: unknown\r\n", &["code", "extend"], &["", ""]);
    }
}
