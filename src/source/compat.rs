//! CompatData_*.xml and ScanResult.xml: what the compatibility scan of Windows Setup found on a machine, in its
//! Panther folder. Each program, device or driver that it names becomes a line.

use std::io::Read;

use super::record::Record;
use super::xml::{Step, attribute, decode, flat, is_xml, line_of};
use super::{Decoded, Format, Providers};

pub struct Compat;

impl Format for Compat {
    fn name(&self) -> &'static str {
        "compat"
    }

    fn about(&self) -> &'static str {
        r"CompatData_*.xml and ScanResult.xml from C:\$WINDOWS.~BT\Sources\Panther"
    }

    fn fit(&self, name: &str, head: &str) -> u32 {
        let xml = head.trim_start().starts_with('<');
        let content =
            ["<CompatReport", "<CompatibilityInfo", "<DriverPackage "].iter().any(|it| head.contains(it));
        let named = name.ends_with(".xml") && (name.contains("compatdata") || name.contains("scanresult"));
        u32::from(xml) * (u32::from(content) * 85 + u32::from(named) * 30)
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        line.first().is_some_and(u8::is_ascii_alphabetic)
    }

    /// `HardBlock at 12: Program Name="…" BlockingType="Hard" Title="…"`
    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let (_, message) = text.split_once(": ").unwrap_or(("", text));
        let mut record = Record { message, ..Record::default() };
        let (kind, mut rest) = message.split_once(' ').unwrap_or((message, ""));
        record.set("kind", kind);
        while let Some((name, after)) = rest.trim_start().split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap_or((after, ""));
            if let Some((_, field)) = FIELDS.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)) {
                record.set(field, value);
            }
            rest = after;
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

/// Attributes and the fields that rules test.
const FIELDS: [(&str, &str); 8] = [
    ("Name", "name"),
    ("HardwareType", "name"),
    ("Inf", "inf"),
    ("BlockingType", "blocking"),
    ("Title", "title"),
    ("Message", "message"),
    ("BlockMigration", "block_migration"),
    ("StatusDetail", "status"),
];
/// Elements that say something of the one around them.
const ABOUT: [&str; 3] = ["CompatibilityInfo", "Action", "Link"];

fn lines<'r>(reader: &'r mut dyn Read) -> Box<dyn Decoded + 'r> {
    // The things around the present place: name, line, attributes, and whether anything is said of them.
    let mut things: Vec<Thing> = Vec::new();
    decode(reader, &mut |step, into| match step {
        Step::Open(name, attributes, _) if ABOUT.contains(&name) => {
            if let Some(thing) = things.last_mut() {
                thing.told |= name == "CompatibilityInfo";
                // An action has a name too, which is not that of the thing.
                let keep = |it: &&(String, String)| name == "CompatibilityInfo" || it.0 != "Name";
                thing.attributes.extend(attributes.iter().filter(keep).cloned());
            }
            things.push(Thing::default());
        }
        Step::Open(name, attributes, line) => {
            let told = name == "DriverPackage" || attribute(attributes, "BlockingType").is_some();
            things.push(Thing { name: name.to_owned(), line, attributes: attributes.to_vec(), told });
        }
        Step::Close(..) => {
            if let Some(thing) = things.pop().filter(|it| it.told) {
                into.push_str(&thing.line());
            }
        }
    })
}

#[derive(Default)]
struct Thing {
    name: String,
    line: u64,
    attributes: Vec<(String, String)>,
    told: bool,
}

impl Thing {
    fn line(&self) -> String {
        let word = match attribute(&self.attributes, "BlockingType").map(str::to_ascii_lowercase).as_deref() {
            Some("hard") => "HardBlock",
            Some("soft") => "SoftBlock",
            _ if self.name == "DriverPackage" => "Driver",
            _ => "Item",
        };
        let mut line = format!("{word} at {}: {}", self.line, self.name);
        for (name, value) in &self.attributes {
            line.push_str(&format!(" {name}=\"{}\"", flat(value).replace('"', "'")));
        }
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recognize;
    use crate::source::xml::decoded;

    const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<CompatReport>\r\n<Programs>\r\n<Program Name=\"Example &quot;Agent&quot; 1.0\" IconId=\"x\"><CompatibilityInfo BlockingType=\"Hard\" StatusDetail=\"UpgradeBlock\"/><Action Name=\"Uninstall\"/></Program>\r\n</Programs>\r\n<Hardware><HardwareItem HardwareType=\"Setup_FreeSystemPartitionDiskSpace\"><CompatibilityInfo BlockingType=\"Soft\" Title=\"Space\" Message=\"Too&#10;little\"/></HardwareItem></Hardware>\r\n<DriverPackages><DriverPackage Inf=\"oem7.inf\" BlockMigration=\"True\" HasSignedBinaries=\"True\"/></DriverPackages>\r\n</CompatReport>\r\n";

    #[test]
    fn blocks_and_drivers_are_lines() {
        let (text, losses) = decoded(&Compat, XML.as_bytes());
        let expect = "HardBlock at 4: Program Name=\"Example 'Agent' 1.0\" IconId=\"x\" BlockingType=\"Hard\" StatusDetail=\"UpgradeBlock\"\nSoftBlock at 6: HardwareItem HardwareType=\"Setup_FreeSystemPartitionDiskSpace\" BlockingType=\"Soft\" Title=\"Space\" Message=\"Too little\"\nDriver at 7: DriverPackage Inf=\"oem7.inf\" BlockMigration=\"True\" HasSignedBinaries=\"True\"\n";
        assert_eq!((text.as_str(), losses.len()), (expect, 0));
        assert_eq!(recognize("Panther/CompatData_2024_03_12_0.xml", XML).name(), "compat");
    }

    #[test]
    fn a_line_has_fields() {
        let (text, _) = decoded(&Compat, XML.as_bytes());
        let fields = |line: usize, names: [&str; 4]| {
            let record = Compat.record(text.lines().nth(line).unwrap());
            names.map(|it| record.field(it).unwrap_or_default().to_owned())
        };
        assert_eq!(
            fields(0, ["kind", "name", "blocking", "status"]),
            ["Program", "Example 'Agent' 1.0", "Hard", "UpgradeBlock"]
        );
        assert_eq!(
            fields(2, ["kind", "inf", "block_migration", "blocking"]),
            ["DriverPackage", "oem7.inf", "True", ""]
        );
    }

    #[test]
    fn what_is_cut_is_told() {
        let (text, losses) = decoded(&Compat, &XML.as_bytes()[..330]);
        assert!(text.starts_with("HardBlock at 4: Program"), "{text}");
        assert!(losses[0].contains("the rest was not read"), "{losses:?}");
    }
}
