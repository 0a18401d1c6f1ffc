//! msinfo32 reports: the text that it exports, with tabs between label and value, and the .nfo file that it saves,
//! XML in UTF-16. Each label with its value is a record.

use std::io::Read;

use super::record::Record;
use super::xml::{Step, attribute, decode, flat, is_xml, line_of};
use super::{Decoded, Format, Providers};
use crate::text::cut;

pub struct MsInfo;

impl Format for MsInfo {
    fn name(&self) -> &'static str {
        "msinfo"
    }

    fn about(&self) -> &'static str {
        "a report of msinfo32 (msinfo32 /report FILE.txt)"
    }

    fn fit(&self, name: &str, head: &str) -> u32 {
        let xml = head.trim_start().starts_with('<') && head.contains("<MsInfo>");
        // The headings are in the machine's language; the brackets and tabs are not.
        let named = name.contains("msinfo") && head.lines().any(|it| it.starts_with('['));
        let text = head.contains("[System Summary]") || named;
        u32::from(xml || (text && head.lines().filter(|it| it.contains('\t')).count() >= 3)) * 86
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        !matches!(line.first(), None | Some(b'\r' | b'\n'))
    }

    /// `OS Name\tMicrosoft Windows …`, or `Item at 12: System Summary: OS Name = Microsoft Windows …`
    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let mut record = Record { message: text, ..Record::default() };
        let line = text.trim_end();
        if let Some((_, rest)) = line.strip_prefix("Item at ").and_then(|it| it.split_once(": ")) {
            record.message = rest;
            let (section, rest) = rest.split_once(": ").unwrap_or(("", rest));
            let (label, value) = rest.split_once(" = ").unwrap_or((rest, ""));
            for (name, it) in [("section", section), ("label", label), ("value", value)] {
                record.set(name, it);
            }
        } else if let Some((label, value)) = line.split_once('\t') {
            record.set("label", label.trim());
            record.set("value", value.trim());
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

/// No category of msinfo32 has a longer name, in bytes.
const CATEGORY: usize = 200;

fn lines<'r>(reader: &'r mut dyn Read) -> Box<dyn Decoded + 'r> {
    let mut category = String::new();
    let mut row: Option<(u64, Vec<String>)> = None;
    decode(reader, &mut |step, into| match step {
        Step::Open("Category", attributes, _) => {
            let name = flat(attribute(attributes, "name").unwrap_or_default());
            // It stands in each line.
            category = cut(&name, CATEGORY).0.to_owned();
        }
        Step::Open("Data", _, line) => row = Some((line, Vec::new())),
        Step::Close("Data", _) => {
            let Some((line, values)) = row.take() else { return };
            let told = match &values[..] {
                [label, value] => format!("{label} = {value}"),
                // Rows of tables have other columns than a label and a value.
                others => others.join("; "),
            };
            into.push_str(&format!("Item at {line}: {category}: {told}\n"));
        }
        Step::Close(_, inside) => {
            if let Some((_, values)) = &mut row {
                values.push(flat(inside));
            }
        }
        Step::Open(..) => {}
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recognize;
    use crate::source::xml::decoded;

    const TEXT: &str = "System Information report written at: 03/12/24 03:14:07\r\nSystem Name: SRV09\r\n[System Summary]\r\n\r\nItem\tValue\t\r\nOS Name\tMicrosoft Windows Server 2019 Standard\t\r\nVersion\t10.0.17763 Build 17763\t\r\n";
    const XML: &str = "<?xml version=\"1.0\"?>\r\n<MsInfo>\r\n<Category name=\"System Summary\">\r\n<Data>\r\n<Item><![CDATA[OS Name]]></Item>\r\n<Value><![CDATA[Microsoft Windows 10 Pro]]></Value>\r\n</Data>\r\n<Category name=\"IRQs\"><Data><Resource>IRQ 0</Resource><Device>Timer</Device><Status>OK</Status></Data></Category></Category>\r\n</MsInfo>";

    #[track_caller]
    fn check(line: &str, label: &str, value: &str) {
        let record = MsInfo.record(line);
        assert_eq!((record.field("label"), record.field("value")), (Some(label), Some(value)));
    }

    #[test]
    fn the_text() {
        assert_eq!(recognize("one.txt", TEXT).name(), "msinfo");
        let line = TEXT.lines().find(|it| it.starts_with("OS Name")).unwrap();
        check(line, "OS Name", "Microsoft Windows Server 2019 Standard");
        let head = TEXT.as_bytes();
        assert!(MsInfo.decoder(head, &mut &head[..], &Providers::All).is_none());
    }

    #[test]
    fn the_file_in_utf_16() {
        assert_eq!(recognize("SRV09_Msinfo32.nfo", XML).name(), "msinfo");
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend(XML.encode_utf16().flat_map(u16::to_le_bytes));
        let (text, losses) = decoded(&MsInfo, &bytes);
        let expect = "Item at 4: System Summary: OS Name = Microsoft Windows 10 Pro\nItem at 8: IRQs: IRQ 0; Timer; OK\n";
        assert_eq!((text.as_str(), losses.len()), (expect, 0));
        check(text.lines().next().unwrap(), "OS Name", "Microsoft Windows 10 Pro");
    }
}
