//! Partials put into the templates that call them, as text. The engine copies all data of a partial each time it is
//! called, and once more for each list in it: a page of many findings costs a multiple of itself.

use super::File;

/// A line as it was written: the number of its file, and its own, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub file: usize,
    pub line: usize,
}

/// A partial may call others, but not without end.
const DEEPEST: usize = 8;

/// The text of a file with its partials in it, and where each line comes from. Only a call that stands alone on its
/// line is taken; the engine does the others.
pub fn splice(files: &[File], at: usize) -> (String, Vec<Line>) {
    let mut whole = (String::new(), Vec::new());
    add(files, at, 0, &mut whole);
    whole
}

fn add(files: &[File], at: usize, depth: usize, into: &mut (String, Vec<Line>)) {
    for (number, line) in files[at].text.lines().enumerate() {
        let called = called(line).filter(|_| depth < DEEPEST);
        let partial = called.and_then(|name| files.iter().position(|it| it.template() == Some(name)));
        if let Some(partial) = partial {
            add(files, partial, depth + 1, into);
        } else {
            into.0.push_str(line);
            into.0.push('\n');
            into.1.push(Line { file: at, line: number + 1 });
        }
    }
}

/// The name in `{{> name}}`.
fn called(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix("{{>")?.strip_suffix("}}")?.trim();
    name.bytes().all(|it| it.is_ascii_lowercase() || it == b'-').then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &'static str, text: &str) -> File {
        File { name, path: name.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn lines_know_where_they_were_written() {
        let files =
            [file("a.hbs", "1\n {{> b}}\n{{> b x}}\n"), file("b.hbs", "2\n{{> c}}\n"), file("style.css", "")];
        let (text, lines) = splice(&files, 0);
        assert_eq!(text, "1\n2\n{{> c}}\n{{> b x}}\n");
        let told: Vec<(usize, usize)> = lines.iter().map(|it| (it.file, it.line)).collect();
        assert_eq!(told, [(0, 1), (1, 1), (1, 2), (0, 3)]);
    }

    #[test]
    fn what_calls_itself_ends() {
        assert!(splice(&[file("a.hbs", "x\n{{> a}}\n")], 0).0.len() < 100);
    }
}
