//! WindowsUpdate.log in both of its forms: with tabs, as Windows 8.1 and older wrote it, and as
//! Get-WindowsUpdateLog makes it from traces on Windows 10 and later.

use super::Format;
use super::record::{Record, starts_with_date, time_at_start};

pub struct WindowsUpdate;

impl Format for WindowsUpdate {
    fn name(&self) -> &'static str {
        "windows-update"
    }

    fn about(&self) -> &'static str {
        "WindowsUpdate.log, made on the machine with Get-WindowsUpdateLog"
    }

    fn fit(&self, name: &str, head: &str) -> u32 {
        let by_name = name.contains("windowsupdate");
        let mut lines = head.lines().filter(|it| !it.trim().is_empty());
        // Old logs begin with a few lines of another shape; other text that holds such lines only quotes them.
        let content = if by_name {
            lines.any(|it| self.is_record(it))
        } else {
            lines.next().is_some_and(|it| self.is_record(it))
        };
        u32::from(content) * 60 + u32::from(by_name) * 30
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        // `2016-09-08\t10:48:19:500` or `2023/05/22 08:08:32.6295131`: the fraction tells it from other logs.
        match line.get(19) {
            Some(b':') => starts_with_date(line, b'-') && line.get(20).is_some_and(u8::is_ascii_digit),
            Some(b'.') => starts_with_date(line, b'/'),
            _ => false,
        }
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let mut record = Record { time: time_at_start(text), message: text, ..Record::default() };
        // Date, time, process, thread, component; the message is the rest.
        let mut rest = text;
        let mut columns = [""; 5];
        for column in &mut columns {
            rest = rest.trim_start_matches([' ', '\t']);
            let end = rest.find([' ', '\t', '\r', '\n']).unwrap_or(rest.len());
            (*column, rest) = rest.split_at(end);
        }
        record.set("process", columns[2]);
        record.set("thread", columns[3]);
        record.set("component", columns[4]);
        record.message = rest.trim_start();
        let level = ["FATAL", "WARNING"].into_iter().find(|it| record.message.starts_with(it));
        record.set("level", level.unwrap_or_default());
        if let Some((_, rest)) = record.message.split_once("*FAILED* [")
            && let Some((code, _)) = rest.split_once(']')
        {
            record.set("code", code);
        }
        // Traces that were converted without their symbols bear the day on which the clock of Windows starts.
        record.time = record.time.filter(|it| !it.starts_with("16"));
        record
    }
}

impl WindowsUpdate {
    fn is_record(&self, line: &str) -> bool {
        self.starts_record(line.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: [&str; 4]) {
        assert!(WindowsUpdate.starts_record(text.as_bytes()));
        let record = WindowsUpdate.record(text);
        let field = |name| record.field(name).unwrap_or_default();
        let time = record.time.clone().unwrap_or_default();
        assert_eq!([time.as_str(), field("thread"), field("component"), record.message], expect);
    }

    #[test]
    fn both_forms() {
        check(
            "2016-09-08\t10:48:19:500\t 848\t6a4\tHandler\tFATAL: CBS called Error with 0x800f0831,",
            ["2016-09-08T10:48:19", "6a4", "Handler", "FATAL: CBS called Error with 0x800f0831,"],
        );
        check(
            "2023/05/22 08:08:32.6295131 8096  8116  Shared          InitializeSus",
            ["2023-05-22T08:08:32", "8116", "Shared", "InitializeSus"],
        );
    }

    #[test]
    fn a_failed_call_tells_its_code() {
        let line = "2023/05/22 08:08:32.6295131 8096  8116  ProtocolTalker  *FAILED* [80240438] Send request";
        assert_eq!(WindowsUpdate.record(line).field("code"), Some("80240438"));
    }

    #[test]
    fn a_trace_without_symbols_has_no_time() {
        let line = "1600/12/31 17:00:00.0000000 1234  5678                  Unknown( 10): GUID=x (No Format Information found).";
        assert!(WindowsUpdate.starts_record(line.as_bytes()));
        assert_eq!(WindowsUpdate.record(line).time, None);
    }

    #[test]
    fn threads_of_the_old_form_are_hexadecimal_and_padded() {
        check(
            "2016-09-08\t10:48:19:500\t 848\t f4\tAgent\t** START **  Agent: Finding updates",
            ["2016-09-08T10:48:19", "f4", "Agent", "** START **  Agent: Finding updates"],
        );
    }

    #[test]
    fn a_line_of_the_setup_platform_is_none() {
        assert!(!WindowsUpdate.starts_record(b"2024-03-12 03:14:07: Opening Box Result: [0x0]"));
    }

    #[test]
    fn a_servicing_line_is_none() {
        assert!(!WindowsUpdate.starts_record(b"2024-03-14 02:11:21, Info                  CBS    x"));
    }
}
