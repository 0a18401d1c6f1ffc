//! XML of Windows (UTF-8 or UTF-16, often all in one line) as elements in their order. A format makes readable
//! lines of it, since only lines can be searched and told as evidence.

use std::borrow::Cow;
use std::io::{self, Cursor, Read};

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::decoded::{Decoded, Ledger};
use crate::text::{Encoding, decode_head, sniff};

/// More bytes of a source than this are not decoded. Such files have some kilobytes, a large msinfo32 some megabytes.
const LIMIT: u64 = 64 << 20;
/// Deeper elements than this are of no kind that is known.
const DEPTH: usize = 64;

/// What a walk through XML meets.
pub enum Step<'x> {
    /// An element begins: its name, its attributes and the line it stands in.
    Open(&'x str, &'x [(String, String)], u64),
    /// An element ends: its name and the text directly in it.
    Close(&'x str, &'x str),
}

/// What a format says of each step: lines for the decoded text.
pub type Tell<'t> = dyn FnMut(Step<'_>, &mut String) + 't;

/// Whether a source is XML, by its first bytes.
pub fn is_xml(head: &[u8]) -> bool {
    sniff(head)
        .is_some_and(|(encoding, mark)| decode_head(&head[mark..], encoding).trim_start().starts_with('<'))
}

/// The line that a decoded record tells of itself: `HardBlock at 12: …`.
pub fn line_of(text: &str) -> Option<u64> {
    text.split_once(" at ")?.1.split_once(':')?.0.parse().ok()
}

/// Reads XML to its end and gives the lines that `tell` makes of it.
pub fn decode<'r>(reader: &'r mut dyn Read, tell: &mut Tell<'_>) -> Box<dyn Decoded + 'r> {
    let mut bytes = Vec::new();
    let damage = reader.take(LIMIT).read_to_end(&mut bytes).err();
    let mut losses = Vec::new();
    if bytes.len() as u64 == LIMIT {
        losses.push("longer than 64 MB: the rest was not read".to_owned());
    }
    let size = bytes.len() as u64;
    let text = text_of(&bytes).unwrap_or_default();
    drop(bytes);
    let mut lines = String::new();
    let mut full = false;
    let walked = walk(&text, &mut |step| {
        full |= lines.len() as u64 >= LIMIT;
        if !full {
            tell(step, &mut lines);
        }
    });
    if full {
        losses.push("it says more than 64 MB of text: the rest was not read".to_owned());
    }
    if let Err((line, error)) = walked
        && damage.is_none()
    {
        losses.push(format!("line {line} is no sound XML ({error}): the rest was not read"));
    }
    let records = lines.lines().filter(|it| !it.starts_with(' ')).count() as u64;
    let ledger = Ledger { bytes: size, records, ..Ledger::default() };
    Box::new(Lines { text: Cursor::new(lines.into_bytes()), damage, losses, ledger })
}

/// The decoded text, and what ended it.
struct Lines {
    text: Cursor<Vec<u8>>,
    damage: Option<io::Error>,
    losses: Vec<String>,
    ledger: Ledger,
}

impl Read for Lines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match (self.text.read(into)?, self.damage.take()) {
            (0, Some(error)) => Err(error),
            (count, damage) => {
                self.damage = damage;
                Ok(count)
            }
        }
    }
}

impl Decoded for Lines {
    fn losses(&self) -> Vec<String> {
        self.losses.clone()
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

fn text_of(bytes: &[u8]) -> Option<String> {
    let (encoding, mark) = sniff(bytes)?;
    let encoding = match encoding {
        Encoding::Bytes if std::str::from_utf8(bytes).is_ok() => encoding_rs::UTF_8,
        Encoding::Bytes => encoding_rs::WINDOWS_1252,
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
    };
    Some(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned())
}

/// Shows every element. Ends with the line of the first fault.
fn walk(text: &str, show: &mut dyn FnMut(Step<'_>)) -> Result<(), (u64, String)> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    // Elements around the present one: the name and the text of each.
    let mut open: Vec<(String, String)> = Vec::new();
    let (mut line, mut counted) = (1, 0);
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len()).min(text.len());
        let fault = |error: &dyn std::fmt::Display| (line, error.to_string());
        match event.map_err(|it| fault(&it))? {
            Event::Start(start) => {
                if open.len() == DEPTH {
                    return Err((line, "too many elements in one another".to_owned()));
                }
                let name = start.local_name().as_ref().to_owned();
                let passed = text.as_bytes().get(counted..at).unwrap_or_default();
                line += memchr::memchr_iter(b'\n', passed).count() as u64;
                counted = at;
                show(Step::Open(&name, &attributes(&start), line));
                open.push((name, String::new()));
            }
            Event::Text(part) => add(&mut open, &part),
            Event::CData(part) => add(&mut open, &part),
            Event::GeneralRef(name) => {
                let known = name.resolve_char_ref().ok().flatten().map(String::from);
                let named = || resolve_predefined_entity(&name).map(str::to_owned);
                add(&mut open, &known.or_else(named).unwrap_or_else(|| format!("&{};", &*name)));
            }
            Event::End(_) => {
                if let Some((name, inside)) = open.pop() {
                    show(Step::Close(&name, inside.trim()));
                }
            }
            Event::Eof if open.is_empty() => return Ok(()),
            Event::Eof => return Err((line, "it ends before its elements do".to_owned())),
            _ => {}
        }
    }
}

fn add(open: &mut [(String, String)], text: &str) {
    if let Some((_, inside)) = open.last_mut() {
        inside.push_str(text);
    }
}

fn attributes(start: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut all = start.attributes();
    let sound = all.with_checks(false).flatten();
    let value = |it: &quick_xml::events::attributes::Attribute<'_>| {
        it.normalized_value(XmlVersion::Implicit1_0).map_or_else(|_| it.value.to_string(), Cow::into_owned)
    };
    sound.map(|it| (it.key.local_name().as_ref().to_owned(), value(&it))).collect()
}

/// The value of an attribute, in any case.
pub fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A text in one line.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a format's decoder makes of these bytes: the lines, and what was lost.
#[cfg(test)]
pub fn decoded(format: &dyn super::Format, bytes: &[u8]) -> (String, Vec<String>) {
    let mut reader = bytes;
    let mut decoded = format.decoder(bytes, &mut reader, &super::Providers::All).unwrap();
    let mut text = String::new();
    decoded.read_to_string(&mut text).unwrap();
    let losses = decoded.losses();
    (text, losses)
}
