//! results.xml of Intune's diagnostics: what was asked of a machine, and which of it could not be collected. That
//! a key or a file could not be collected is no failure of the machine.

use std::io::Read;

use super::record::Record;
use super::xml::{Step, attribute, decode, flat, is_xml, line_of};
use super::{Decoded, Format, Providers};
use crate::code::Code;

pub struct Intune;

/// What the collector is asked for, by the names of its elements.
const KINDS: [&str; 4] = ["RegistryKey", "FoldersFiles", "Command", "Events"];

impl Format for Intune {
    fn name(&self) -> &'static str {
        "intune"
    }

    fn about(&self) -> &'static str {
        "results.xml of Intune's \"Collect diagnostics\""
    }

    fn fit(&self, _: &str, head: &str) -> u32 {
        let xml = head.trim_start().starts_with('<') && head.contains("<Collection");
        u32::from(xml && head.contains("HRESULT=")) * 85
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        line.first().is_some_and(u8::is_ascii_alphabetic)
    }

    /// `NotCollected at 5: RegistryKey HKLM\… [0x80070002]`
    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let (outcome, message) = text.split_once(": ").unwrap_or(("", text));
        let mut record = Record { message, ..Record::default() };
        record.set("outcome", outcome.split(' ').next().unwrap_or_default());
        let (kind, rest) = message.split_once(' ').unwrap_or((message, ""));
        record.set("kind", kind);
        let rest = rest.trim_end();
        match rest.strip_suffix(']').and_then(|it| it.rsplit_once(" [")) {
            Some((target, code)) if code.starts_with("0x") => {
                record.set("target", target);
                record.set("code", code);
            }
            _ => record.set("target", rest),
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

fn lines<'r>(reader: &'r mut dyn Read) -> Box<dyn Decoded + 'r> {
    let mut place = (0, None);
    decode(reader, &mut |step, into| match step {
        Step::Open(name, attributes, line) if KINDS.contains(&name) => {
            place = (line, attribute(attributes, "HRESULT").and_then(Code::parse));
        }
        Step::Close(name, inside) if KINDS.contains(&name) => {
            let (line, code) = place;
            let inside = flat(inside);
            into.push_str(&match code {
                Some(code) if Some(code) != Code::parse("0") => {
                    format!("NotCollected at {line}: {name} {inside} [{code}]\n")
                }
                _ => format!("Collected at {line}: {name} {inside}\n"),
            });
        }
        _ => {}
    })
}

/// `(7) No Results - Error [0x80070002] RegistryKey HKLM_…`: what an empty member of such a bundle stands for, and
/// why it could not be collected.
pub fn not_collected(path: &str) -> Option<(&str, &str)> {
    let leaf = path.rsplit(['/', '\\']).next()?;
    let (_, rest) = leaf.split_once(" No Results - Error [")?;
    let (code, what) = rest.split_once(']')?;
    Some((what.trim(), code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recognize;
    use crate::source::xml::decoded;

    const XML: &str = "<Collection HRESULT=\"0\"><ID>x</ID><RegistryKey HRESULT=\"-2147024894\">HKLM\\Software\\Example</RegistryKey>\n<FoldersFiles HRESULT=\"0\">%windir%\\logs\\CBS\\cbs.log</FoldersFiles></Collection>";

    #[test]
    fn what_was_asked_and_what_came_of_it() {
        assert_eq!(recognize("results.xml", XML).name(), "intune");
        let (text, losses) = decoded(&Intune, XML.as_bytes());
        let expect = "NotCollected at 1: RegistryKey HKLM\\Software\\Example [0x80070002]\nCollected at 2: FoldersFiles %windir%\\logs\\CBS\\cbs.log\n";
        assert_eq!((text.as_str(), losses.len()), (expect, 0));
        let record = Intune.record(text.lines().next().unwrap());
        let fields = ["outcome", "kind", "target", "code"].map(|it| record.field(it).unwrap_or_default());
        assert_eq!(fields, ["NotCollected", "RegistryKey", "HKLM\\Software\\Example", "0x80070002"]);
    }

    /// Found by fuzzing: what only looks like a code, and ends in the midst of a character.
    #[test]
    fn what_is_no_code_is_part_of_the_target() {
        let record = Intune.record("NotCollected at 5: RegistryKey HKLM\\Fat [0xFatž");
        assert_eq!((record.field("target"), record.field("code")), (Some("HKLM\\Fat [0xFatž"), None));
        let record = Intune.record("NotCollected at 5: FoldersFiles [1] [0x1] [2]");
        assert_eq!((record.field("target"), record.field("code")), (Some("[1] [0x1] [2]"), None));
    }

    #[test]
    fn names_of_members_tell_it_too() {
        let path = "DiagLogs.zip!/(7) No Results - Error [0x80070002] RegistryKey HKLM_Software_Example";
        assert_eq!(not_collected(path), Some(("RegistryKey HKLM_Software_Example", "0x80070002")));
        assert_eq!(not_collected("(4) RegistryKey HKLM_Software export.reg"), None);
    }
}
