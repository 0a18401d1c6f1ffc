//! BlueBox.log: what the first part of Windows Setup did before it handed over to SetupHost, in
//! C:\Windows\Logs\MoSetup. Each line is a time, a colon and a text.

use super::Format;
use super::record::{Record, starts_with_date, time_at_start};

pub struct MoSetup;

impl Format for MoSetup {
    fn name(&self) -> &'static str {
        "mosetup"
    }

    fn about(&self) -> &'static str {
        r"BlueBox.log from C:\Windows\Logs\MoSetup"
    }

    fn fit(&self, name: &str, head: &str) -> u32 {
        let first = head.lines().find(|it| !it.trim().is_empty());
        let content = first.is_some_and(|it| self.starts_record(it.as_bytes()));
        u32::from(content) * 60 + u32::from(content && name.contains("bluebox")) * 30
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        starts_with_date(line, b'-') && matches!(line.get(19..21), Some(b": "))
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let message = text.split_once(": ").map_or(text, |(_, rest)| rest);
        Record { time: time_at_start(text), message, ..Record::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recognize;

    #[test]
    fn time_and_text() {
        let line = "2024-03-12 03:14:07: Opening Box Result: [0x0]";
        assert!(MoSetup.starts_record(line.as_bytes()));
        let record = MoSetup.record(line);
        assert_eq!(record.time.as_deref(), Some("2024-03-12T03:14:07"));
        assert_eq!(record.message, "Opening Box Result: [0x0]");
        assert_eq!(recognize("MoSetup/BlueBox.log", line).name(), "mosetup");
        assert_eq!(recognize("one.txt", line).name(), "mosetup");
    }

    #[test]
    fn other_logs_are_none() {
        assert!(!MoSetup.starts_record(b"2016-09-08\t10:48:19:500\t 848\t6a4\tAgent\tx"));
        assert!(!MoSetup.starts_record(b"2024-03-12 03:14:07, Info                  CBS    x"));
    }
}
