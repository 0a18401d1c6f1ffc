//! What the System Update Readiness Tool reports of the component store, in CheckSUR.log and between the lines of
//! CBS.log: `(f)` for what it found, `(fix)` for what it mended, and a summary with counts.

use super::record::Record;

/// What a line of the report begins with, and what rules call it (`kind`).
const MARKS: [(&str, &str); 3] = [("(f)", "found"), ("(fix)", "fixed"), ("(w)", "warning")];
/// Lines that begin a part of the report.
const PARTS: [&str; 4] =
    ["=================================", "Checking ", "Summary:", "Unavailable repair files:"];

/// Whether a text is such a report, and not a mail or an article that quotes one: it begins as one does.
pub fn is_report(head: &str) -> bool {
    let mut lines = head.lines().filter(|it| !it.trim().is_empty()).take(20);
    let first = lines.next().is_some_and(|it| starts_record(it.as_bytes()));
    first && head.lines().take(20).any(|it| it.starts_with("Checking System Update Readiness"))
}

/// Whether a part of the report, or an entry of it, starts here.
pub fn starts_record(line: &[u8]) -> bool {
    match line.first() {
        Some(b'(') => mark(line).is_some(),
        Some(b'=' | b'C' | b'S' | b'U') => PARTS.iter().any(|it| line.starts_with(it.as_bytes())),
        _ => false,
    }
}

fn mark(line: &[u8]) -> Option<&'static (&'static str, &'static str)> {
    MARKS
        .iter()
        .find(|(it, _)| line.starts_with(it.as_bytes()) && matches!(line.get(it.len()), Some(b'\t' | b' ')))
}

/// `(f) CSI Payload File Missing 0x00000000 file component`, with tabs: what it is, what is wrong and its code.
pub fn entry(text: &str) -> Option<Record<'_>> {
    if !starts_record(text.as_bytes()) {
        return None;
    }
    let mut record = Record { message: text, ..Record::default() };
    if let Some((sign, kind)) = mark(text.as_bytes()) {
        record.set("kind", kind);
        record.message = text[sign.len()..].trim_start();
        // Between tabs in the log; copies have blanks there.
        if let Some(at) = record.message.find("0x") {
            let (category, rest) = record.message.split_at(at);
            record.set("category", category.trim());
            record.set("code", rest.split_whitespace().next().unwrap_or_default());
        }
    }
    if text.starts_with("Summary:") {
        record.set("kind", "summary");
        record.set("outcome", outcome(text));
    }
    Some(record)
}

/// `(p) CSI Payload Corrupt (w) (Fixed) component\file`, with tabs: an entry in the log of Windows 8 and later, where
/// each line of the report is a record of its own.
pub fn entry_in_log(record: &mut Record<'_>) {
    if !record.message.starts_with("(p)\t") {
        return;
    }
    let mut columns = record.message.split('\t').skip(1).map(str::trim);
    let category = columns.next().unwrap_or_default();
    let rest: Vec<&str> = columns.filter(|it| !it.is_empty()).collect();
    record.set("kind", if rest.contains(&"(Fixed)") { "fixed" } else { "found" });
    record.set("category", category);
    let target = rest.iter().rfind(|it| !it.starts_with('('));
    record.set("target", target.map_or("", |it| it.lines().next().unwrap_or_default()));
}

/// What a summary says: `Clean`, `Fixed`, or `Open` where something was left, or where the counts are not there.
fn outcome(summary: &str) -> &'static str {
    let count = |word: &str| {
        let line = summary.lines().find_map(|it| it.trim().strip_prefix(word))?.trim_start_matches(':');
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let clean = summary.lines().any(|it| it.trim().starts_with("No errors detected"));
    let found = count("Found ").or_else(|| count("Total Detected Corruption"));
    match (found, count("Fixed ").or_else(|| count("Total Repaired Corruption"))) {
        (None, _) if clean => "Clean",
        (Some(0), _) => "Clean",
        (Some(found), Some(fixed)) if fixed >= found => "Fixed",
        _ => "Open",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{format, recognize};

    const REPORT: &str = "=================================\r\nChecking System Update Readiness.\r\nBinary Version 6.1.7601.22471\r\nPackage Version 26.0\r\n2024-03-12 03:14\r\n\r\nChecking Windows Servicing Packages\r\n(f)\tCBS MUM Corrupt\t0x800B0100\tservicing\\Packages\\Package_for_KB4012212~31bf3856ad364e35~amd64~~6.1.1.0.mum\t\tExpected file name x\r\n";

    #[test]
    fn an_entry_tells_what_is_wrong() {
        let line = "(fix)\tCSI Payload File Missing\t0x00000000\tbootmgr\tamd64_a_31bf3856ad364e35_6.1.7601.1_none_0";
        let record = entry(line).unwrap();
        let field = |name| record.field(name).unwrap_or_default();
        assert_eq!(
            [field("kind"), field("category"), field("code")],
            ["fixed", "CSI Payload File Missing", "0x00000000"]
        );
    }

    #[test]
    fn a_summary_tells_what_is_left() {
        for (text, expect) in [
            ("Summary:\r\nSeconds executed: 264\r\n Found 3 errors\r\n Fixed 3 errors\r\n", "Fixed"),
            ("Summary:\r\nFound 3 errors\r\nCBS MUM Missing Total Count: 3\r\n", "Open"),
            ("Summary:\r\nSeconds executed: 126\r\n No errors detected\r\n", "Clean"),
            ("Summary:\r\nSeconds exec", "Open"),
            (
                "Summary:\r\nOperation: Detect only\r\nOperation result: 0x0\r\nTotal Detected Corruption:\t0\r\n",
                "Clean",
            ),
            (
                "Summary:\r\nOperation: Detect only\r\nOperation result: 0x0\r\nTotal Detected Corruption:\t8\r\nTotal Repaired Corruption:\t0\r\n",
                "Open",
            ),
        ] {
            assert_eq!(entry(text).unwrap().field("outcome"), Some(expect), "{text}");
        }
    }

    #[test]
    fn entries_of_later_versions_are_records_of_the_log() {
        let fields = |message: &str| {
            let line = format!("2024-03-12 03:14:07, Info                  CBS    {message}");
            let record = format("cbs").unwrap().record(&line);
            ["kind", "category", "target"].map(|it| record.field(it).unwrap_or_default().to_owned())
        };
        assert_eq!(
            fields("(p)\tCSI Payload Corrupt\t(n)\t\t\tamd64_a_31bf3856ad364e35_10.0.1.2_none_0\\b.dll"),
            ["found", "CSI Payload Corrupt", "amd64_a_31bf3856ad364e35_10.0.1.2_none_0\\b.dll"]
        );
        assert_eq!(
            fields("(p)\tCSI Manifest Corrupt\t(w)\t(Fixed)\twow64_a_31bf3856ad364e35_10.0.1.2_none_0"),
            ["fixed", "CSI Manifest Corrupt", "wow64_a_31bf3856ad364e35_10.0.1.2_none_0"]
        );
        assert_eq!(fields("(p) x"), ["", "", ""]);
    }

    #[test]
    fn lists_of_other_records_are_no_entries() {
        for line in ["(0)  LockComponentPath (10): flags: 0", "(F) Failed", "(f)x", "Checked", "(fix"] {
            assert!(!starts_record(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_report_is_recognized_with_and_without_its_name() {
        assert_eq!(recognize("logs/CheckSUR.log", REPORT).name(), "cbs");
        assert_eq!(recognize("one.txt", REPORT).name(), "cbs");
        assert_eq!(recognize("mail.txt", &("Hello,\r\n".to_owned() + REPORT)).name(), "text");
        let cbs = format("cbs").unwrap();
        assert_eq!(REPORT.lines().filter(|it| cbs.starts_record(it.as_bytes())).count(), 4);
    }
}
