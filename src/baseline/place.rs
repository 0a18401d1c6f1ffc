//! Where a value stands in a JSON text that is known to be sound, so that a mistake in it can be told with its line.

/// A step from a value into one that it holds.
#[derive(Clone, Copy, Debug)]
pub enum Into<'k> {
    Member(&'k str),
    Item(usize),
}

/// Where the value at the end of this path starts; where the path leads nowhere, the value that it came to.
pub fn place(text: &str, path: &[Into<'_>]) -> usize {
    let mut at = blank(text, 0);
    for step in path {
        let Some(next) = enter(text, at, *step) else { break };
        at = next;
    }
    at
}

fn enter(text: &str, at: usize, step: Into<'_>) -> Option<usize> {
    let (mut at, mut number) = (blank(text, at + 1), 0);
    while !matches!(text.as_bytes().get(at)?, b'}' | b']') {
        let here = match step {
            Into::Item(wanted) => wanted == number,
            Into::Member(wanted) => {
                let end = value(text, at);
                let key: String = serde_json::from_str(text.get(at..end)?).ok()?;
                at = blank(text, blank(text, end) + 1);
                key == wanted
            }
        };
        if here {
            return Some(at);
        }
        at = blank(text, value(text, at));
        if text.as_bytes().get(at) == Some(&b',') {
            at = blank(text, at + 1);
        }
        number += 1;
    }
    None
}

fn blank(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes().iter().skip(from);
    from + bytes.take_while(|it| it.is_ascii_whitespace()).count()
}

/// The end of the value that starts here.
fn value(text: &str, from: usize) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate().skip(from) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => {
                in_string = !in_string;
                if !in_string && depth == 0 {
                    return at + 1;
                }
            }
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' if depth == 1 => return at + 1,
            b'}' | b']' | b',' if depth == 0 => return at,
            _ if depth == 0 && byte.is_ascii_whitespace() => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found() {
        let text = r#" {"a": [1, {"x\"}": "}]"}, [ ] , {"b" : "here"}], "c": true}"#;
        let at = |path: &[Into<'_>]| &text[place(text, path)..];
        assert!(at(&[Into::Member("a"), Into::Item(3), Into::Member("b")]).starts_with("\"here\""));
        assert!(at(&[Into::Member("c")]).starts_with("true"));
        assert!(at(&[Into::Member("a"), Into::Item(3), Into::Member("gone")]).starts_with("{\"b\""));
        assert!(at(&[Into::Member("a"), Into::Item(9)]).starts_with("[1,"));
        for sound in ["3", "\"\"", "[]", "{}", "{\"a\":1}"] {
            place(sound, &[Into::Member("a"), Into::Item(0)]);
        }
    }
}
