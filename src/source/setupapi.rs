//! setupapi.dev.log and setupapi.offline.log: device and driver installations, in C:\Windows\INF. A record is
//! a section from `>>>  [` on, with its body lines.

use super::Format;
use super::record::{Record, time_at_start};

pub struct SetupApi;

impl Format for SetupApi {
    fn name(&self) -> &'static str {
        "setupapi"
    }

    fn about(&self) -> &'static str {
        r"setupapi.dev.log from C:\Windows\INF"
    }

    fn fit(&self, name: &str, head: &str) -> u32 {
        let content = head.contains("[Device Install Log]") || head.contains(">>>  Section start");
        u32::from(content) * 90 + u32::from(name.contains("setupapi")) * 20
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        line.starts_with(b">>>  [") || line.starts_with(b"[")
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let start = text.split_once("Section start ").map_or("", |(_, rest)| rest);
        Record { time: time_at_start(start), message: text, ..Record::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_a_record() {
        let text = ">>>  [Device Install (Hardware initiated) - X]\r\n>>>  Section start 2019/09/26 20:13:01.623\r\n!!!  dvi: Failed";
        assert!(SetupApi.starts_record(text.as_bytes()));
        assert!(!SetupApi.starts_record(b"!!!  dvi: Failed"));
        assert_eq!(SetupApi.record(text).time.as_deref(), Some("2019-09-26T20:13:01"));
    }
}
