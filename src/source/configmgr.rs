//! Logs of Configuration Manager and of Intune's management extension, as CMTrace shows them:
//! `<![LOG[message]LOG]!><time=… date=… component=…>`, and the older `message $$<component><time><thread=…>`.

use std::borrow::Cow;

use super::Format;
use super::record::Record;

pub struct ConfigMgr;

impl Format for ConfigMgr {
    fn name(&self) -> &'static str {
        "configmgr"
    }

    fn about(&self) -> &'static str {
        r"the logs from C:\Windows\CCM\Logs, or IntuneManagementExtension.log from C:\ProgramData\Microsoft\IntuneManagementExtension\Logs"
    }

    fn fit(&self, _: &str, head: &str) -> u32 {
        let mut lines = head.lines().filter(|it| !it.trim().is_empty());
        let starts = |it: &str| self.starts_record(it.as_bytes());
        // One that was cut begins in the midst of a message.
        let first = lines.next().is_some_and(starts);
        if first || lines.filter(|it| starts(it)).count() >= 3 { 88 } else { 0 }
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        line.starts_with(b"<![LOG[") || memchr::memmem::find(line, b"  $$<").is_some()
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        match text.strip_prefix("<![LOG[") {
            Some(rest) => tagged(rest),
            None => older(text),
        }
    }
}

/// `message]LOG]!><time="03:14:07.123-60" date="3-12-2024" component="…" context="" type="3" thread="…" file="…">`
fn tagged(text: &str) -> Record<'_> {
    let (message, tags) = text.rsplit_once("]LOG]!>").unwrap_or((text, ""));
    let mut record = Record { message, ..Record::default() };
    let tag = |name: &str| {
        let (_, rest) =
            tags.split_once(name)?.1.split_once("=\"").map(|(gap, rest)| (gap.is_empty(), rest))?;
        Some(rest.split('"').next().unwrap_or_default())
    };
    let (date, time) = (tag(" date").or_else(|| tag("<date")), tag("<time").or_else(|| tag(" time")));
    stamp(&mut record, date.unwrap_or_default(), time.unwrap_or_default());
    for (name, field) in
        [(" component", "component"), (" thread", "thread"), (" file", "file"), (" context", "context")]
    {
        record.set(field, tag(name).unwrap_or_default());
    }
    let level = match tag(" type") {
        Some("1") => "Info",
        Some("2") => "Warning",
        Some("3") => "Error",
        _ => "",
    };
    record.set("level", level);
    record
}

/// `message  $$<component><03-12-2024 03:14:07.123+300><thread=1234 (0x4D2)>`
fn older(text: &str) -> Record<'_> {
    let (message, tags) = text.rsplit_once("  $$<").unwrap_or((text, ""));
    let mut record = Record { message, ..Record::default() };
    let mut tags = tags.split(['<', '>']).filter(|it| !it.trim().is_empty());
    record.set("component", tags.next().unwrap_or_default());
    if let Some((date, time)) = tags.next().and_then(|it| it.split_once(' ')) {
        stamp(&mut record, date, time);
    }
    let thread = tags.next().and_then(|it| it.strip_prefix("thread="));
    record.set("thread", thread.and_then(|it| it.split(' ').next()).unwrap_or_default());
    record
}

/// The date is written month first on every machine. Behind the time stand the minutes that are missing to UTC.
fn stamp(record: &mut Record<'_>, date: &str, time: &str) {
    let mut parts = date.split('-').map(|it| it.parse::<u32>().ok());
    let (Some(Some(month)), Some(Some(day)), Some(Some(year))) = (parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    let clock = time.split(['.', '+', '-']).next().unwrap_or_default();
    let sound = clock.len() == 8
        && clock
            .bytes()
            .enumerate()
            .all(|(at, it)| if at % 3 == 2 { it == b':' } else { it.is_ascii_digit() });
    if sound && month <= 12 && day <= 31 && (1000..=9999).contains(&year) {
        record.time = Some(format!("{year}-{month:02}-{day:02}T{clock}"));
    }
    let bias = time.find(['+', '-']).and_then(|at| time[at..].parse::<i32>().ok());
    if let Some(bias) = bias.filter(|it| it.abs() <= 14 * 60) {
        let sign = if bias > 0 { '-' } else { '+' };
        let offset = format!("{sign}{:02}{:02}", bias.abs() / 60, bias.abs() % 60);
        record.fields.push(("utc_offset", Cow::Owned(offset)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recognize;

    #[track_caller]
    fn check(text: &str, message: &str, time: &str, fields: [&str; 4]) {
        let record = ConfigMgr.record(text);
        let field = |name| record.field(name).unwrap_or_default();
        assert_eq!((record.message, record.time.as_deref().unwrap_or_default()), (message, time));
        assert_eq!([field("level"), field("component"), field("thread"), field("utc_offset")], fields);
    }

    #[test]
    fn a_message_of_several_lines() {
        let text = "<![LOG[Failed to run\r\nthe installer]LOG]!><time=\"03:14:07.123-60\" date=\"3-12-2024\" component=\"WUAHandler\" context=\"\" type=\"3\" thread=\"4711\" file=\"cwuahandler.cpp:2303\">";
        check(
            text,
            "Failed to run\r\nthe installer",
            "2024-03-12T03:14:07",
            ["Error", "WUAHandler", "4711", "+0100"],
        );
        assert_eq!(recognize("WUAHandler.log", text).name(), "configmgr");
    }

    #[test]
    fn the_management_extension_tells_no_offset() {
        check(
            "<![LOG[[Win32App] done]LOG]!><time=\"13:04:07.1234567\" date=\"11-2-2024\" component=\"IntuneManagementExtension\" context=\"\" type=\"1\" thread=\"5\" file=\"\">",
            "[Win32App] done",
            "2024-11-02T13:04:07",
            ["Info", "IntuneManagementExtension", "5", ""],
        );
    }

    #[test]
    fn the_older_form() {
        check(
            "Scan failed with error = 0x8024402c.  $$<WUAHandler><03-12-2024 03:14:07.123+300><thread=4711 (0x1267)>",
            "Scan failed with error = 0x8024402c.",
            "2024-03-12T03:14:07",
            ["", "WUAHandler", "4711", "-0500"],
        );
    }

    #[test]
    fn what_is_damaged_stays_in_the_message() {
        check("<![LOG[cut in the mi", "cut in the mi", "", ["", "", "", ""]);
        check("<![LOG[x]LOG]!><time=\"99\" date=\"13-40-2024\" type=\"9\">", "x", "", ["", "", "", ""]);
    }

    #[test]
    fn a_mail_that_quotes_one_line_is_none() {
        let head = "Hello,\r\nwe see this:\r\n<![LOG[x]LOG]!><time=\"03:14:07.1\" date=\"3-12-2024\">\r\nRegards\r\n";
        assert_eq!(recognize("mail.txt", head).name(), "text");
    }
}
