//! Questions to the exports and listings of a case: is a registry key there, what is its value, is a folder
//! empty. They are known only after the logs have been read, and answered by one pass over each source.

mod survey;

use crate::source::{Lack, TreeReader, TreeSource, Wanted};
use crate::text::{Blocks, LONG_LINE, Next, decode_line};
use survey::Survey;

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

/// Where an answer was read: a line of a source, or 0 where the source has no lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub source: usize,
    pub line: u64,
    pub text: String,
    /// The value's data, where a value was asked for and is there.
    pub data: String,
}

/// Puts all questions to one source. Its lines come from `blocks` and are shown to `seen`; a source that ends in
/// damage proves only what is there, never what is missing.
pub fn ask(
    questions: &[Question],
    source: usize,
    mut reader: Box<dyn TreeReader>,
    blocks: &mut Blocks<'_>,
    seen: &mut dyn FnMut(&[u8]),
) -> Vec<Answer> {
    let mut survey = Survey::new(questions);
    let wanted = wanted(questions);
    let (mut whole, mut ended) = (true, true);
    blocks.lines(&mut |number, line| {
        seen(line);
        ended = line.ends_with(b"\n");
        if let Some(next) = reader.passes_over(number, line, &wanted) {
            return next;
        }
        if line.len() > LONG_LINE {
            // No export or listing has such a line. It is passed over, and then nothing is known to be missing.
            whole = false;
        } else {
            let line = decode_line(line);
            let line = line.trim_end_matches(['\r', '\n']);
            reader.line(number, line, &mut |at, node| survey.node(at, node));
        }
        Next::Line
    });
    reader.end(ended, &mut |at, node| survey.node(at, node));
    whole &= !blocks.is_broken();
    survey.answers(source, whole)
}

/// Puts all questions to a source that is walked, such as a hive. Beside the answers, says what could not be read
/// on the way. `whole` is false where the source was cut short when it was read.
pub fn ask_tree(
    questions: &[Question],
    source: usize,
    tree: &dyn TreeSource,
    whole: bool,
) -> (Vec<Answer>, Vec<Lack>) {
    let mut survey = Survey::new(questions);
    let lost = tree.walk(&wanted(questions), &mut |node| survey.node(0, node));
    (survey.answers(source, whole), lost)
}

/// Where a walk must go to answer the questions.
fn wanted(questions: &[Question]) -> Wanted {
    let mut wanted = Wanted::default();
    for question in questions {
        let path = question.path.to_lowercase();
        wanted.paths.extend(path.match_indices('\\').map(|(at, _)| path[..at].to_owned()));
        match &question.want {
            Want::Node => {}
            Want::Empty => _ = wanted.whole.insert(path.clone()),
            Want::Value { name, .. } => _ = wanted.values.insert(name.to_lowercase()),
            Want::AnyValue { name, .. } => {
                wanted.values.insert(name.to_lowercase());
                wanted.below.insert(path.clone());
            }
        }
        wanted.paths.insert(path);
    }
    wanted
}

#[cfg(test)]
mod tests;
