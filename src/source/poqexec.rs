//! poqexec.log: what the executor of pending operations did at the start of Windows, in C:\Windows\WinSxS. Its
//! lines are not documented; they are known by the name of the file, and a status in one is told.

use super::Format;
use super::record::{Record, starts_with_date, time_at_start};

pub struct PoqExec;

impl Format for PoqExec {
    fn name(&self) -> &'static str {
        "poqexec"
    }

    fn about(&self) -> &'static str {
        r"poqexec.log from C:\Windows\WinSxS"
    }

    /// Less than a log of any known shape: what is only named like it is that log.
    fn fit(&self, name: &str, _: &str) -> u32 {
        u32::from(name.contains("poqexec")) * 40
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        !matches!(line.first(), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let mut record = Record { message: text, ..Record::default() };
        if starts_with_date(text.as_bytes(), b'-') || starts_with_date(text.as_bytes(), b'/') {
            record.time = time_at_start(text);
        }
        record.set("code", status(text).unwrap_or_default());
        record
    }
}

/// The first NTSTATUS or HRESULT of an error that stands for itself: `c0000034`, `0x80070002`.
fn status(text: &str) -> Option<&str> {
    text.split([' ', '\t', ',', '[', ']', '(', ')', ':', '=', '\r', '\n']).find(|it| {
        let digits = it.strip_prefix("0x").unwrap_or(it);
        digits.len() == 8
            && digits.starts_with(['c', 'C', '8'])
            && digits.bytes().all(|it| it.is_ascii_hexdigit())
            && (digits.len() < it.len() || digits.starts_with(['c', 'C']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recognize;

    #[test]
    fn a_status_is_told() {
        let line = r"1da741f0a2b3c4d: 3f, c0000034, \SystemRoot\WinSxS\Temp\PendingRenames\a.cdf-ms";
        assert_eq!(recognize("WinSxS/poqexec.log", line).name(), "poqexec");
        assert_eq!(PoqExec.record(line).field("code"), Some("c0000034"));
        assert_eq!(PoqExec.record("ends [HRESULT = 0x80070002]").field("code"), Some("0x80070002"));
    }

    #[test]
    fn a_number_or_a_name_is_no_status() {
        for line in ["80070002", "31bf3856ad364e35", "cafe", r"\c0000034.manifest", "abcdef12"] {
            assert_eq!(PoqExec.record(line).field("code"), None, "{line}");
        }
    }

    #[test]
    fn a_servicing_log_of_that_name_is_one() {
        let line = "2024-03-14 02:11:21, Info                  CSI    00000001 POQ 1 starts:\r\n";
        assert_eq!(recognize("poqexec.log", line).name(), "cbs");
    }
}
