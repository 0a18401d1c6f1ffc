//! What is wrong with a rule file, told with its place and its remedy.

use std::fmt;

use super::Place;

/// One mistake in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    pub message: String,
}

/// `FILE:LINE:COLUMN: message`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line, column, .. } = &self.place;
        write!(f, "{file}:{line}:{column}: {}", self.message)
    }
}

/// A rule file and what has been found wrong with it.
pub struct Document<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub problems: Vec<Problem>,
    /// Where each line starts.
    lines: Vec<usize>,
}

impl<'a> Document<'a> {
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, problems: Vec::new(), lines }
    }

    /// The place of a byte of the file.
    pub fn place(&self, at: usize) -> Place {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.lines.partition_point(|it| *it <= at);
        let start = self.lines[line - 1];
        let column = self.text[start..at].chars().count() + 1;
        let text = self.text[start..].lines().next().unwrap_or_default().to_owned();
        Place { file: self.file.to_owned(), line, column, text }
    }

    pub fn problem(&mut self, at: usize, message: impl Into<String>) {
        let problem = Problem { place: self.place(at), message: message.into() };
        self.problems.push(problem);
    }
}

/// The candidate that is nearest to `word`, if any is near.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let distance = |it: &str| strsim::damerau_levenshtein(it, word);
    candidates
        .into_iter()
        .min_by_key(|it| distance(it))
        .filter(|it| distance(it) <= it.len().max(word.len()) / 2)
}
