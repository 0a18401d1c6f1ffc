//! Questions to the exports and listings of a case: is a registry key there, what is its value, is a folder
//! empty. They are known only after the logs have been read, and answered by one pass over each source.

use std::collections::HashMap;

use crate::source::{Node, TreeReader};
use crate::text::{Blocks, LONG_LINE, decode_line};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The format of the sources that can answer: `registry`, `listing`.
    pub format: &'static str,
    pub path: String,
    pub want: Want,
}

/// What is asked of the node at the path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Want {
    /// Is it there?
    Node,
    /// Is it there with nothing under it?
    Empty,
    /// Does it have this value (which is, or lists, this)?
    Value { name: String, equals: Option<String> },
    /// Does anything directly under it have this value?
    AnyValue { name: String, equals: Option<String> },
}

/// What the sources say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes(Asked),
    No(Asked),
    Unknown,
}

/// Where an answer was read: a line of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub source: usize,
    pub line: u64,
    pub text: String,
}

/// Puts all questions to one source. Its lines come from `blocks` and are shown to `seen`; a source that ends in damage proves only
/// what is there, never what is missing.
pub fn ask(
    questions: &[Question],
    source: usize,
    mut reader: Box<dyn TreeReader>,
    blocks: &mut Blocks<'_>,
    seen: &mut dyn FnMut(&[u8]),
) -> Vec<Answer> {
    let mut survey = Survey::new(questions);
    let mut whole = true;
    blocks.each_line(&mut |number, line| {
        seen(line);
        if line.len() > LONG_LINE {
            // No export or listing has such a line. It is passed over, and then nothing is known to be missing.
            whole = false;
        } else {
            let line = decode_line(line);
            let line = line.trim_end_matches(['\r', '\n']);
            reader.line(number, line, &mut |at, node| survey.node(at, node));
        }
        true
    });
    whole &= blocks.damage().is_none();
    (0..questions.len()).map(|it| survey.answer(it, source, whole)).collect()
}

/// What has been seen of the paths that are asked for, in one view of the source. A registry export may show
/// several control sets; each is a view.
#[derive(Default)]
struct View {
    /// By question: the path and each of its parents, from the root on.
    seen: Vec<Vec<Seen>>,
    values: Vec<ValueSeen>,
    children: Vec<bool>,
}

/// What is known of one node.
#[derive(Clone, Copy, Default)]
struct Seen {
    named: Option<u64>,
    covered: Option<u64>,
}

#[derive(Clone, Default)]
struct ValueSeen {
    /// The value that is asked for, and one of its name with other data.
    right: Option<(u64, String)>,
    other: Option<(u64, String)>,
}

struct Survey<'q> {
    questions: &'q [Question],
    /// In lower case: a path that is asked for or a parent of one -> the questions, and how deep in their path.
    wanted: HashMap<String, Vec<(usize, usize)>>,
    depth: Vec<usize>,
    views: Views,
}

#[derive(Default)]
struct Views {
    by_number: HashMap<u32, View>,
    at: u32,
    selected: Option<u32>,
}

impl Views {
    /// The view that nodes belong to now.
    fn at(&mut self, depth: &[usize]) -> &mut View {
        self.by_number.entry(self.at).or_insert_with(|| View {
            seen: depth.iter().map(|it| vec![Seen::default(); it + 1]).collect(),
            values: vec![ValueSeen::default(); depth.len()],
            children: vec![false; depth.len()],
        })
    }

    /// The control set that the machine runs on: the one it names, or the only one there is.
    fn current(&self) -> Option<&View> {
        let selected = self.selected.and_then(|it| self.by_number.get(&it));
        let mut numbered = self.by_number.iter().filter(|(number, _)| **number > 0).map(|(_, view)| view);
        selected.or_else(|| numbered.next().filter(|_| numbered.next().is_none()))
    }
}

impl<'q> Survey<'q> {
    fn new(questions: &'q [Question]) -> Self {
        let mut wanted: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        let mut depth = Vec::new();
        for (number, question) in questions.iter().enumerate() {
            let path = question.path.to_lowercase();
            let ends: Vec<usize> = path.match_indices('\\').map(|(at, _)| at).chain([path.len()]).collect();
            for (level, end) in ends.iter().enumerate() {
                wanted.entry(path[..*end].to_owned()).or_default().push((number, level));
            }
            depth.push(ends.len() - 1);
        }
        Self { questions, wanted, depth, views: Views::default() }
    }

    fn node(&mut self, line: u64, node: Node<'_>) {
        match node {
            Node::View(number) => self.views.at = number,
            Node::Current(number) => self.views.selected = Some(number),
            Node::Covered(path) => self.path(line, path, true),
            Node::Named(path) => self.path(line, path, false),
            Node::Doubtful(path) => self.doubt(path),
            Node::Value { key, name, data } => self.value(line, key, name, data),
        }
    }

    fn path(&mut self, line: u64, path: &str, covered: bool) {
        let path = path.to_lowercase();
        let view = self.views.at(&self.depth);
        for (question, level) in self.wanted.get(&path).into_iter().flatten() {
            let seen = &mut view.seen[*question][*level];
            seen.named.get_or_insert(line);
            if covered {
                seen.covered.get_or_insert(line);
            }
        }
        let parent = path.rfind('\\').map_or("", |it| &path[..it]);
        for (question, level) in self.wanted.get(parent).into_iter().flatten() {
            view.children[*question] |= *level == self.depth[*question];
        }
    }

    fn doubt(&mut self, path: &str) {
        let view = self.views.at(&self.depth);
        for (question, level) in self.wanted.get(&path.to_lowercase()).into_iter().flatten() {
            view.seen[*question][*level].covered = None;
        }
    }

    fn value(&mut self, line: u64, key: &str, name: &str, data: &str) {
        let key = key.to_lowercase();
        let parent = key.rfind('\\').map_or("", |it| &key[..it]);
        let view = self.views.at(&self.depth);
        let mut note = |question: usize, wanted: &str, equals: Option<&String>| {
            if wanted.eq_ignore_ascii_case(name) {
                let right = equals.is_none_or(|it| data.lines().any(|line| line.eq_ignore_ascii_case(it)));
                let seen = &mut view.values[question];
                let place = if right { &mut seen.right } else { &mut seen.other };
                place.get_or_insert_with(|| (line, data.replace('\n', ", ")));
            }
        };
        for (question, level) in self.wanted.get(&key).into_iter().flatten() {
            if *level == self.depth[*question] {
                view.children[*question] = true;
                if let Want::Value { name, equals } = &self.questions[*question].want {
                    note(*question, name, equals.as_ref());
                }
            }
        }
        for (question, level) in self.wanted.get(parent).into_iter().flatten() {
            if let (Want::AnyValue { name, equals }, true) =
                (&self.questions[*question].want, *level == self.depth[*question])
            {
                note(*question, name, equals.as_ref());
            }
        }
    }

    /// The view that a question is about. A path below `CurrentControlSet` may be told under that name or
    /// under the number of the set that the machine runs on; which one that is must be certain.
    fn view_of(&self, question: usize) -> Option<&View> {
        let literal = self.views.by_number.get(&0);
        let path = self.questions[question].path.to_lowercase();
        let Some(level) = path.split('\\').position(|it| it == "currentcontrolset") else { return literal };
        literal
            .filter(|it| it.seen[question][level..].iter().any(|it| it.named.is_some()))
            .or(self.views.current())
    }

    fn answer(&self, question: usize, source: usize, whole: bool) -> Answer {
        let Some(view) = self.view_of(question) else { return Answer::Unknown };
        let Question { path, want, .. } = &self.questions[question];
        let node = view.seen[question].last().copied().unwrap_or_default();
        let asked = |line: u64, text: String| Asked { source, line, text };
        match want {
            Want::Node => match (node.named, view.missing(question)) {
                (Some(line), _) => Answer::Yes(asked(line, path.clone())),
                (None, Some((line, level))) if whole => Answer::No(asked(line, above(path, level))),
                _ => Answer::Unknown,
            },
            Want::Empty => match (node.covered, view.missing(question)) {
                (Some(line), _) if view.children[question] => Answer::No(asked(line, path.clone())),
                (Some(line), _) if whole => Answer::Yes(asked(line, path.clone())),
                _ => Answer::Unknown,
            },
            Want::Value { name, .. } => {
                let values = &view.values[question];
                match (&values.right, &values.other, node.covered) {
                    (Some((line, data)), ..) => Answer::Yes(asked(*line, format!("{path}: {name} = {data}"))),
                    (None, Some((line, data)), _) => {
                        Answer::No(asked(*line, format!("{path}: {name} = {data}")))
                    }
                    (None, None, Some(line)) if whole => Answer::No(asked(line, path.clone())),
                    _ => match view.missing(question) {
                        Some((line, level)) if whole => Answer::No(asked(line, above(path, level))),
                        _ => Answer::Unknown,
                    },
                }
            }
            Want::AnyValue { name, .. } => {
                let values = &view.values[question];
                match (&values.right, &values.other, node.covered) {
                    (Some((line, data)), ..) => Answer::Yes(asked(*line, format!("{path}: {name} = {data}"))),
                    // Where no other key has such a value either, this machine does not write it.
                    (None, Some(_), Some(line)) if whole => Answer::No(asked(line, path.clone())),
                    _ => Answer::Unknown,
                }
            }
        }
    }
}

impl View {
    /// The line of the nearest parent that is completely known and does not have the next name of the path,
    /// and how deep it is. `None` where nothing says that the path is missing.
    fn missing(&self, question: usize) -> Option<(u64, usize)> {
        let seen = &self.seen[question];
        let deepest = seen.iter().rposition(|it| it.named.is_some())?;
        (deepest + 1 < seen.len()).then_some(())?;
        seen[deepest].covered.map(|line| (line, deepest))
    }
}

/// The path down to the level `level`.
fn above(path: &str, level: usize) -> String {
    path.split('\\').take(level + 1).collect::<Vec<_>>().join("\\")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::format;
    use crate::text::Encoding;

    #[track_caller]
    fn check(format_name: &'static str, text: &str, path: &str, want: Want, expect: &str) {
        let question = Question { format: format_name, path: path.to_owned(), want };
        let mut bytes = text.as_bytes();
        let mut blocks = Blocks::new(&mut bytes, Encoding::Bytes);
        let reader = format(format_name).unwrap().tree().unwrap();
        let answer = ask(&[question], 0, reader, &mut blocks, &mut |_| {}).remove(0);
        let told = match answer {
            Answer::Yes(it) => format!("yes, {}: {}", it.line, it.text),
            Answer::No(it) => format!("no, {}: {}", it.line, it.text),
            Answer::Unknown => "unknown".to_owned(),
        };
        assert_eq!(told, expect);
    }

    const SERVICES: &str = "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services]\n\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Disk]\n\"Start\"=dword:00000000\n\"Owners\"=hex(7):64,00,00,00,65,00,00,00,00,00\n";

    #[test]
    fn a_key_is_missing_only_where_its_parent_is_covered() {
        let ask = |path, expect| check("registry", SERVICES, path, Want::Node, expect);
        ask(
            r"HKLM\System\CurrentControlSet\Services\disk",
            r"yes, 5: HKLM\System\CurrentControlSet\Services\disk",
        );
        ask(
            r"HKLM\SYSTEM\CurrentControlSet\Services\flpydisk",
            r"no, 3: HKLM\SYSTEM\CurrentControlSet\Services",
        );
        ask(
            r"HKLM\SYSTEM\CurrentControlSet\Services\BITS\Parameters",
            r"no, 3: HKLM\SYSTEM\CurrentControlSet\Services",
        );
        ask(r"HKLM\SYSTEM\CurrentControlSet\Control", "unknown");
        ask(r"HKLM\SOFTWARE\x", "unknown");
    }

    #[test]
    fn a_subkey_export_says_nothing_of_its_brothers() {
        let text = "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\disk]\n";
        check("registry", text, r"HKLM\SYSTEM\CurrentControlSet\Services\flpydisk", Want::Node, "unknown");
    }

    #[test]
    fn the_end_of_an_export_is_read_whatever_its_size() {
        for size in [256 << 10, (256 << 10) - 1, (256 << 10) + 1, 512 << 10] {
            let head = "[HKEY_LOCAL_MACHINE\\X]\n";
            let end = "[HKEY_LOCAL_MACHINE\\X\\last]";
            let text = format!("{head}{}\n{end}", ";".repeat(size - head.len() - end.len() - 1));
            assert_eq!(text.len(), size);
            check("registry", &text, r"HKLM\X\last", Want::Node, r"yes, 3: HKLM\X\last");
        }
    }

    #[test]
    fn values_and_lists() {
        let value = |name: &str, equals: Option<&str>| Want::Value {
            name: name.to_owned(),
            equals: equals.map(str::to_owned),
        };
        let path = r"HKLM\SYSTEM\CurrentControlSet\Services\disk";
        check("registry", SERVICES, path, value("start", Some("0")), &format!("yes, 6: {path}: start = 0"));
        check("registry", SERVICES, path, value("Start", Some("4")), &format!("no, 6: {path}: Start = 0"));
        check("registry", SERVICES, path, value("ImagePath", None), &format!("no, 5: {path}"));
        check(
            "registry",
            SERVICES,
            path,
            value("Owners", Some("E")),
            &format!("yes, 7: {path}: Owners = d, e"),
        );
        let any =
            |equals: &str| Want::AnyValue { name: "Owners".to_owned(), equals: Some(equals.to_owned()) };
        let parent = r"HKLM\SYSTEM\CurrentControlSet\Services";
        check("registry", SERVICES, parent, any("d"), &format!("yes, 7: {parent}: Owners = d, e"));
        check("registry", SERVICES, parent, any("f"), &format!("no, 3: {parent}"));
        let other = Want::AnyValue { name: "Never".to_owned(), equals: None };
        check("registry", SERVICES, parent, other, "unknown");
    }

    #[test]
    fn the_control_set_must_be_certain() {
        let one = "[HKEY_LOCAL_MACHINE\\SYSTEM]\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services]\n";
        let two = format!("{one}[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services]\n");
        let selected = format!("{two}[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Current\"=dword:00000002\n");
        let path = r"HKLM\SYSTEM\CurrentControlSet\Services\x";
        check("registry", one, path, Want::Node, r"no, 2: HKLM\SYSTEM\CurrentControlSet\Services");
        check("registry", &two, path, Want::Node, "unknown");
        check("registry", &selected, path, Want::Node, r"no, 3: HKLM\SYSTEM\CurrentControlSet\Services");
    }

    #[test]
    fn listings() {
        let text = " Directory of C:\\a\n\n01/02/2024  03:04 AM    <DIR>          empty\n01/02/2024  03:04 AM    <DIR>          unlisted\n\
            01/02/2024  03:04 AM               5 f.dll\n\n Directory of C:\\a\\empty\n\n01/02/2024  03:04 AM    <DIR>          .\n";
        check("listing", text, r"C:\a\F.DLL", Want::Node, r"yes, 5: C:\a\F.DLL");
        check("listing", text, r"C:\a\g.dll", Want::Node, r"no, 1: C:\a");
        check("listing", text, r"C:\a\empty\g.dll", Want::Node, r"no, 7: C:\a\empty");
        check("listing", text, r"C:\a\unlisted\g.dll", Want::Node, "unknown");
        check("listing", text, r"C:\a\empty", Want::Empty, r"yes, 7: C:\a\empty");
        check("listing", text, r"C:\a", Want::Empty, r"no, 1: C:\a");
        check("listing", text, r"C:\b", Want::Node, "unknown");
    }
}
