//! The files of a case as SARIF has them: each path once, a member of an archive below its archive, every name as a
//! URI.

use serde_json::{Value, json};

use crate::bundle::names_archive;
use crate::case::Case;

/// The files that a case names.
pub struct Artifacts<'a> {
    case: &'a Case,
    /// URI and the number of the archive that it is in.
    known: Vec<(String, Option<usize>)>,
}

impl<'a> Artifacts<'a> {
    pub fn new(case: &'a Case) -> Self {
        Self { case, known: Vec::new() }
    }

    /// `artifactLocation` of a path of the report.
    pub fn location(&mut self, path: &str) -> Value {
        let mut chain = chain(&self.case.source, path).into_iter();
        let mut at = self.number(chain.next().unwrap_or_default(), None);
        for inner in chain {
            at = self.number(format!("/{inner}"), Some(at));
        }
        json!({ "uri": self.known[at].0, "index": at })
    }

    fn number(&mut self, uri: String, parent: Option<usize>) -> usize {
        let new = (uri, parent);
        self.known.iter().position(|it| *it == new).unwrap_or_else(|| {
            self.known.push(new);
            self.known.len() - 1
        })
    }

    /// The table of all of them.
    pub fn table(self) -> Vec<Value> {
        let artifact = |(uri, parent): (String, Option<usize>)| match parent {
            Some(parent) => json!({ "location": { "uri": uri }, "parentIndex": parent }),
            None => json!({ "location": { "uri": uri } }),
        };
        self.known.into_iter().map(artifact).collect()
    }
}

/// A path as URIs, from the outermost archive inwards.
fn chain(source: &str, path: &str) -> Vec<String> {
    let outer = source.rsplit('/').next().unwrap_or(source);
    let of_several = source.split(' ').any(|it| it != source && is_of(it, path));
    let inside = names_archive(source) && path != outer && path != source && !of_several;
    let mut parts: Vec<&str> = path.split("!/").collect();
    let folder = format!("{source}/{}", parts[0]);
    if path == outer || path == source {
        parts[0] = source;
    } else if inside {
        parts.insert(0, source);
    } else if !source.contains(' ') {
        // Several inputs are parted by blanks: then a path already begins with its own.
        parts[0] = &folder;
    }
    parts.into_iter().map(uri).collect()
}

/// Whether a path begins with the name of this input, as it does where a case is made of several.
fn is_of(input: &str, path: &str) -> bool {
    let outer = input.rsplit('/').next().unwrap_or(input);
    let rest = path.strip_prefix(outer).filter(|_| !outer.is_empty());
    rest.is_some_and(|it| it.is_empty() || it.starts_with('/') || it.starts_with("!/"))
}

/// A path as a relative URI. `..` stays what it is in the report, and leads nowhere.
fn uri(path: &str) -> String {
    let parts = path.split(['/', '\\']).filter(|it| !it.is_empty() && *it != ".");
    let parts = parts.map(|it| if it == ".." { "%2E%2E%2E".to_owned() } else { encoded(it) });
    let uri = parts.collect::<Vec<_>>().join("/");
    if uri.is_empty() { "unnamed".to_owned() } else { uri }
}

fn encoded(part: &str) -> String {
    let mut told = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            told.push(char::from(byte));
        } else {
            told += &format!("%{byte:02X}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_around_their_members() {
        let check = |source: &str, path: &str, expect: &[&str]| assert_eq!(chain(source, path), expect);
        check("in/A 1.zip", "b.zip!/Logs\\CBS.log", &["in/A%201.zip", "b.zip", "Logs/CBS.log"]);
        check("in/CASE", "CBS/CBS.log", &["in/CASE/CBS/CBS.log"]);
        check("logs/CBS.log", "CBS.log", &["logs/CBS.log"]);
        check("a.log b.zip", "b.zip!/x#1%", &["b.zip", "x%231%25"]);
        check("A.zip", "../../C:\\x", &["A.zip", "%2E%2E%2E/%2E%2E%2E/C%3A/x"]);
        check("A.zip", "ü\u{202e}", &["A.zip", "%C3%BC%E2%80%AE"]);
        check("A.zip", "", &["A.zip", "unnamed"]);
    }
}
