//! setupapi.dev.log and setupapi.offline.log: device and driver installations, in C:\Windows\INF. A record is
//! a section from `>>>  [` to its exit status, so that what failed stands together with what was installed.

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
        let mut record = Record { message: text, ..Record::default() };
        if let Some(session) = text.strip_prefix("[Boot Session: ") {
            record.time = time_at_start(session);
        }
        let Some(title) = title(text) else { return record };
        record.set("section", title);
        let (operation, target) = title.split_once(" - ").unwrap_or((title, ""));
        record.set("operation", operation.trim());
        record.set("target", target.trim());
        record.time = text.split_once("Section start ").and_then(|(_, rest)| time_at_start(rest));
        if let Some((_, status)) = text.rsplit_once("<<<  [Exit status: ") {
            let status = status.split(']').next().unwrap_or_default();
            let (outcome, code) = status.split_once('(').unwrap_or((status, ""));
            record.set("outcome", outcome.trim());
            record.set("code", code.trim_end_matches(')'));
        }
        record
    }
}

/// What stands in the brackets of a section's first line. It may hold brackets itself.
fn title(text: &str) -> Option<&str> {
    let line = text.strip_prefix(">>>  [")?.lines().next()?.trim_end();
    Some(line.strip_suffix(']').unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &str = ">>>  [Device Install (Hardware initiated) - USB\\VID_0BDA&PID_8153\\000001]\r\n>>>  Section start 2024/03/12 03:14:07.623\r\n      cmd: C:\\WINDOWS\\system32\\svchost.exe\r\n!!!  dvi: Device not started: Device has problem: 0x27\r\n<<<  Section end 2024/03/12 03:14:09.101\r\n<<<  [Exit status: FAILURE(0x00000207)]\r\n";

    #[track_caller]
    fn check(text: &str, expect: [&str; 4]) {
        let record = SetupApi.record(text);
        let field = |name| record.field(name).unwrap_or_default();
        assert_eq!([field("operation"), field("target"), field("outcome"), field("code")], expect);
    }

    #[test]
    fn a_section_is_a_record() {
        assert!(SetupApi.starts_record(SECTION.as_bytes()));
        for line in SECTION.lines().skip(1) {
            assert!(!SetupApi.starts_record(line.as_bytes()), "{line}");
        }
        assert_eq!(SetupApi.record(SECTION).time.as_deref(), Some("2024-03-12T03:14:07"));
        check(
            SECTION,
            [
                "Device Install (Hardware initiated)",
                "USB\\VID_0BDA&PID_8153\\000001",
                "FAILURE",
                "0x00000207",
            ],
        );
    }

    #[test]
    fn a_section_may_succeed_or_be_cut() {
        check(
            ">>>  [Sysprep Specialize]\r\n<<<  [Exit status: SUCCESS]\r\n",
            ["Sysprep Specialize", "", "SUCCESS", ""],
        );
        check(">>>  [Delete Device - ROOT\\X\\0", ["Delete Device", "ROOT\\X\\0", "", ""]);
    }

    #[test]
    fn a_boot_session_tells_its_time() {
        let record = SetupApi.record("[Boot Session: 2024/03/11 04:28:42.692]\r\n");
        assert_eq!(record.time.as_deref(), Some("2024-03-11T04:28:42"));
        assert_eq!(record.field("section"), None);
    }
}
