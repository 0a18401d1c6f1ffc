//! What one source says of the paths that are asked for, and what the answers come to.

use std::collections::HashMap;

use super::{Answer, Asked, Question, Want};
use crate::source::Node;

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
#[derive(Clone, Default)]
struct Seen {
    named: Option<u64>,
    covered: Option<u64>,
    /// All its values are told, of what is under it perhaps not all.
    valued: Option<u64>,
    /// All from one name to another is told of what is directly under it; the names as the registry sorts.
    between: Option<(u64, String, String)>,
    /// The source says outright that it is not there.
    missing: Option<u64>,
    /// Some name directly under it has letters that code pages tell in different ways.
    odd_names: bool,
}

#[derive(Clone, Default)]
struct ValueSeen {
    /// The value that is asked for, and one of its name with other data.
    right: Option<(u64, String)>,
    other: Option<(u64, String)>,
}

pub struct Survey<'q> {
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

    fn doubt_since(&mut self, line: u64) {
        for seen in self.by_number.values_mut().flat_map(|it| it.seen.iter_mut().flatten()) {
            seen.covered.take_if(|it| *it >= line);
            seen.between.take_if(|(it, ..)| *it >= line);
        }
    }

    /// The control set that the machine runs on: the one it names, or the only one there is.
    fn current(&self) -> Option<&View> {
        let selected = self.selected.and_then(|it| self.by_number.get(&it));
        let mut numbered = self.by_number.iter().filter(|(number, _)| **number > 0).map(|(_, view)| view);
        selected.or_else(|| numbered.next().filter(|_| numbered.next().is_none()))
    }
}

impl<'q> Survey<'q> {
    pub fn new(questions: &'q [Question]) -> Self {
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

    pub fn node(&mut self, line: u64, node: Node<'_>) {
        match node {
            Node::View(number) => self.views.at = number,
            Node::Current(number) => self.views.selected = Some(number),
            Node::Covered(path) => self.path(line, path, true),
            Node::Named(path) => self.path(line, path, false),
            Node::Doubtful(path) => {
                self.seen(path, &|it| (it.covered, it.valued, it.between) = (None, None, None));
            }
            Node::DoubtfulSince(line) => self.views.doubt_since(line),
            Node::Missing(path) => self.seen(path, &|it| _ = it.missing.get_or_insert(line)),
            Node::Between { path, first, last } => {
                self.path(line, path, false);
                let between = (line, first.to_uppercase(), last.to_uppercase());
                self.seen(path, &|it| it.between = Some(between.clone()));
            }
            Node::Valued(path) => {
                self.path(line, path, false);
                self.seen(path, &|it| _ = it.valued.get_or_insert(line));
            }
            Node::Value { key, name, data } => self.value(line, key, name, data),
        }
    }

    /// Notes a path, and that all above it is there too, even where the source does not tell it by itself.
    fn path(&mut self, line: u64, path: &str, covered: bool) {
        let path = path.to_lowercase();
        let view = self.views.at(&self.depth);
        let mut it = path.as_str();
        while !it.is_empty() {
            for (question, level) in self.wanted.get(it).into_iter().flatten() {
                let seen = &mut view.seen[*question][*level];
                seen.named.get_or_insert(line);
                if covered && it.len() == path.len() {
                    seen.covered.get_or_insert(line);
                }
            }
            let (parent, name) = it.rsplit_once('\\').unwrap_or(("", it));
            for (question, level) in self.wanted.get(parent).into_iter().flatten() {
                view.children[*question] |= *level == self.depth[*question];
                view.seen[*question][*level].odd_names |= is_odd(name);
            }
            it = parent;
        }
    }

    /// Notes something of this path alone.
    fn seen(&mut self, path: &str, note: &dyn Fn(&mut Seen)) {
        let view = self.views.at(&self.depth);
        for (question, level) in self.wanted.get(&path.to_lowercase()).into_iter().flatten() {
            note(&mut view.seen[*question][*level]);
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
            .filter(|it| {
                it.seen[question]
                    .get(level..)
                    .is_some_and(|it| it.iter().any(|it| it.named.or(it.missing).is_some()))
            })
            .or(self.views.current())
    }

    /// The answers to all questions, in their order. `whole` is false where some of the source could not be read.
    pub fn answers(&self, source: usize, whole: bool) -> Vec<Answer> {
        (0..self.questions.len()).map(|it| self.answer(it, source, whole)).collect()
    }

    fn answer(&self, question: usize, source: usize, whole: bool) -> Answer {
        let Some(view) = self.view_of(question).filter(|it| !it.contradicts_itself(question)) else {
            return Answer::Unknown;
        };
        let Question { path, want, .. } = &self.questions[question];
        let node = view.seen[question].last().cloned().unwrap_or_default();
        let asked = |line: u64, text: String| Asked { source, line, text, data: String::new() };
        let valued = |line: u64, name: &str, data: &String| Asked {
            data: data.clone(),
            ..asked(line, format!("{path}: {name} = {data}"))
        };
        match want {
            Want::Node => match (node.named, view.missing(question, path)) {
                (Some(line), _) => Answer::Yes(asked(line, path.clone())),
                (None, Some((line, level))) if whole => Answer::No(asked(line, above(path, level))),
                _ => Answer::Unknown,
            },
            Want::Empty => match (node.covered, view.missing(question, path)) {
                (Some(line), _) if view.children[question] => Answer::No(asked(line, path.clone())),
                (Some(line), _) if whole => Answer::Yes(asked(line, path.clone())),
                _ => Answer::Unknown,
            },
            Want::Value { name, .. } => {
                let values = &view.values[question];
                match (&values.right, &values.other, node.covered.or(node.valued)) {
                    (Some((line, data)), ..) => Answer::Yes(valued(*line, name, data)),
                    (None, Some((line, data)), _) => Answer::No(valued(*line, name, data)),
                    (None, None, Some(line)) if whole => Answer::No(asked(line, path.clone())),
                    _ => match view.missing(question, path) {
                        Some((line, level)) if whole => Answer::No(asked(line, above(path, level))),
                        _ => Answer::Unknown,
                    },
                }
            }
            Want::AnyValue { name, .. } => {
                let values = &view.values[question];
                match (&values.right, &values.other, node.covered) {
                    (Some((line, data)), ..) => Answer::Yes(valued(*line, name, data)),
                    // Where no other key has such a value either, this machine does not write it.
                    (None, Some(_), Some(line)) if whole => Answer::No(asked(line, path.clone())),
                    _ => Answer::Unknown,
                }
            }
        }
    }
}

impl View {
    /// Where the path is said to be missing: the line, and how deep in the path. That is either a name that the
    /// source calls missing, or the nearest parent if it is completely known and does not have the next name.
    fn missing(&self, question: usize, path: &str) -> Option<(u64, usize)> {
        let seen = &self.seen[question];
        let said = seen.iter().enumerate().find_map(|(level, it)| Some((it.missing?, level)));
        let deepest = seen.iter().rposition(|it| it.named.is_some());
        said.or_else(|| {
            let deepest = deepest.filter(|it| it + 1 < seen.len())?;
            let (name, parent) = (path.split('\\').nth(deepest + 1)?, &seen[deepest]);
            let sorted = name.to_uppercase();
            let between =
                parent.between.as_ref().filter(|(_, first, last)| *first < sorted && sorted < *last);
            let line = parent.covered.or(between.map(|(line, ..)| *line))?;
            // It may be there under a name that the way here has spoilt.
            (!parent.odd_names || name.is_ascii()).then_some((line, deepest))
        })
    }

    /// Whether the source says of a name in the path that it is there and that it is not: it was asked twice.
    fn contradicts_itself(&self, question: usize) -> bool {
        let seen = &self.seen[question];
        let missing = seen.iter().position(|it| it.missing.is_some());
        missing.is_some_and(|level| seen[level..].iter().any(|it| it.named.is_some()))
    }
}

/// Whether a name has letters, or had ones, that are not the same in every code page.
fn is_odd(name: &str) -> bool {
    !name.is_ascii() || name.contains('?')
}

/// The path down to the level `level`.
fn above(path: &str, level: usize) -> String {
    path.split('\\').take(level + 1).collect::<Vec<_>>().join("\\")
}
