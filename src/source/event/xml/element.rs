//! One event as XML, from `<Event>` to `</Event>`: a binary log is rendered to the same.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::super::time;
use super::super::told::Told;

/// Elements inside elements, deeper than any event has them.
const DEPTH_LIMIT: usize = 32;
/// Data of one event, more than any has.
const COUNT_LIMIT: usize = 4096;

/// Reads one event; `None` if it is broken. Entities that XML does not know itself stay as they are written.
pub fn event(xml: &str) -> Option<Told> {
    let mut reader = Reader::from_str(xml);
    let mut state = State::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(it) => state.start(&it)?,
            Event::Empty(it) => {
                state.start(&it)?;
                state.end();
            }
            Event::End(_) => state.end(),
            Event::Text(it) => state.text += &it.xml10_content(),
            Event::CData(it) => state.text += &it.into_inner(),
            Event::GeneralRef(it) => state.reference(&it.into_inner()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::DocType(_) => return None,
            Event::Eof => break,
        }
    }
    (state.path.is_empty() && !state.told.id.is_empty()).then_some(state.told)
}

#[derive(Default)]
struct State {
    told: Told,
    /// The elements around, from `Event` on.
    path: Vec<String>,
    /// The name that the element here gives its content.
    name: Option<String>,
    text: String,
    /// Whether the element here has none inside it.
    leaf: bool,
    unnamed: usize,
}

impl State {
    fn start(&mut self, element: &BytesStart<'_>) -> Option<()> {
        if self.path.len() == DEPTH_LIMIT {
            return None;
        }
        self.path.push(element.local_name().as_ref().to_owned());
        self.text.clear();
        self.leaf = true;
        let attribute = |name: &str| {
            let found = element.attributes().flatten().find(|it| it.key.local_name().as_ref() == name)?;
            Some(found.normalized_value(XmlVersion::Implicit1_0).unwrap_or(found.value.clone()).into_owned())
        };
        self.name = attribute("Name");
        match self.place() {
            ["Event", "System", "Provider"] => {
                let name = self.name.take().filter(|it| !it.is_empty());
                self.told.provider = name.or_else(|| attribute("EventSourceName")).unwrap_or_default();
            }
            ["Event", "System", "TimeCreated"] => {
                let time = attribute("SystemTime").unwrap_or_default();
                self.told.date = time::universal(&time).unwrap_or(time);
            }
            ["Event", "System", "Security"] => self.told.user = attribute("UserID").unwrap_or_default(),
            _ => {}
        }
        Some(())
    }

    fn place(&self) -> [&str; 3] {
        match &self.path[..] {
            [event, section, name] => [event, section, name],
            [event, section, _, .., name] if section == "UserData" => [event, section, name],
            _ => ["", "", ""],
        }
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        let trimmed = || text.trim().to_owned();
        let name = self.name.take();
        match self.place() {
            ["Event", "System", "EventID"] => self.told.id = trimmed(),
            ["Event", "System", "Level"] => self.told.level = trimmed(),
            // Without its name, a task is a number that only its provider knows.
            ["Event", "System", "Channel"] => self.told.log = trimmed(),
            ["Event", "System", "Computer"] => self.told.computer = trimmed(),
            ["Event", "RenderingInfo", "Message"] => self.told.message = trimmed(),
            ["Event", "RenderingInfo", "Task"] => self.told.task = trimmed(),
            ["Event", "EventData", "Data"] => self.data(name, text),
            ["Event", "EventData", "Binary"] => {}
            ["Event", "EventData" | "UserData", element] if self.leaf => {
                let name = name.unwrap_or_else(|| element.to_owned());
                self.data(Some(name), text);
            }
            _ => {}
        }
        self.leaf = false;
        self.path.pop();
    }

    fn data(&mut self, name: Option<String>, value: String) {
        self.unnamed += 1;
        let name = name.filter(|it| !it.trim().is_empty());
        let name = name.unwrap_or_else(|| format!("param{}", self.unnamed));
        if self.told.data.len() < COUNT_LIMIT {
            self.told.data.push((name, value));
        }
    }

    /// `&lt;` or `&#x2013;`, without what is around it.
    fn reference(&mut self, name: &str) {
        let number = name.strip_prefix('#').map(|it| match it.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => it.parse(),
        });
        let known = match (name, number) {
            (_, Some(number)) => number.ok().and_then(char::from_u32),
            ("lt", _) => Some('<'),
            ("gt", _) => Some('>'),
            ("amp", _) => Some('&'),
            ("quot", _) => Some('"'),
            ("apos", _) => Some('\''),
            _ => None,
        };
        match known {
            Some(it) => self.text.push(it),
            None => self.text += &format!("&{name};"),
        }
    }
}
