//! ReportingEvents.log: what the update client reports of each detection, download and installation; one line
//! of tab-separated columns each, in C:\Windows\SoftwareDistribution.

use super::Format;
use super::record::{Record, time_at_start};

pub struct ReportingEvents;

/// The columns by the names that rules use, `None` where nothing asks for one.
const COLUMNS: [&str; 13] = [
    "event", "time", "", "kind", "", "update", "revision", "code", "client", "outcome", "category",
    "message", "vector",
];

impl Format for ReportingEvents {
    fn name(&self) -> &'static str {
        "reporting-events"
    }

    fn about(&self) -> &'static str {
        r"ReportingEvents.log from C:\Windows\SoftwareDistribution"
    }

    fn fit(&self, name: &str, head: &str) -> u32 {
        let content = head.lines().any(|it| self.starts_record(it.as_bytes()));
        u32::from(content) * 80 + u32::from(name.contains("reportingevents")) * 20
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        line.first() == Some(&b'{') && line.iter().filter(|it| **it == b'\t').count() >= 8
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let mut record = Record { message: text, ..Record::default() };
        for (name, value) in COLUMNS.into_iter().zip(text.split('\t')) {
            match name {
                "" => {}
                "time" => {
                    record.time = time_at_start(value);
                    record.set("utc_offset", offset(value));
                }
                "message" => record.message = value,
                _ => record.set(name, value.trim()),
            }
        }
        record
    }
}

/// `+0100` of `2024-03-14 02:11:21:414+0100`: how far the machine's clock was from UTC.
fn offset(time: &str) -> &str {
    let offset = time.trim_end().get(23..).unwrap_or_default();
    let is_one = offset.len() == 5
        && offset.starts_with(['+', '-'])
        && offset[1..].bytes().all(|it| it.is_ascii_digit());
    if is_one { offset } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_by_name() {
        let line = "{0A}\t2024-03-14 02:11:21:414+0100\t1\t182 [AGENT_INSTALLING_FAILED]\t101\t{0B}\t1\t80070002\twusa\tFailure\tContent Install\tInstallation Failure: x\tcv";
        assert!(ReportingEvents.starts_record(line.as_bytes()));
        let record = ReportingEvents.record(line);
        assert_eq!(record.time.as_deref(), Some("2024-03-14T02:11:21"));
        assert_eq!(record.field("utc_offset"), Some("+0100"));
        assert_eq!(record.field("code"), Some("80070002"));
        assert_eq!(record.field("outcome"), Some("Failure"));
        assert_eq!(record.message, "Installation Failure: x");
    }
}
