//! Text with `{{name}}` or `{{name.part}}` in it: what an article says, before this machine's values are in it.

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// A captured value, or a part of one.
    Value {
        name: String,
        part: Option<String>,
    },
}

/// A text with places for values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

impl Template {
    /// Reads `{{name}}`s. Anything else between braces is text.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            let inside =
                from[2..].split_once("}}").and_then(|(inside, behind)| Some((value(inside)?, behind)));
            let Some((value, behind)) = inside else {
                plain.push_str("{{");
                rest = &from[2..];
                continue;
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(value);
            rest = behind;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Self(pieces)
    }

    /// The text as its author wrote it.
    pub fn written(&self) -> String {
        let piece = |it: &Piece| match it {
            Piece::Text(text) => text.clone(),
            Piece::Value { name, part: None } => format!("{{{{{name}}}}}"),
            Piece::Value { name, part: Some(part) } => format!("{{{{{name}.{part}}}}}"),
        };
        self.0.iter().map(piece).collect()
    }

    /// The values it names, in order.
    pub fn values(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().filter_map(|it| match it {
            Piece::Value { name, part } => Some((name.as_str(), part.as_deref())),
            Piece::Text(_) => None,
        })
    }
}

fn value(inside: &str) -> Option<Piece> {
    let inside = inside.trim();
    let (name, part) = inside.split_once('.').map_or((inside, None), |(name, part)| (name, Some(part)));
    let is_word = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    let sound = is_word(name) && part.is_none_or(is_word);
    sound.then(|| Piece::Value { name: name.to_owned(), part: part.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_their_parts() {
        let text = |it: &str| Piece::Text(it.to_owned());
        let value = |name: &str, part: Option<&str>| Piece::Value {
            name: name.to_owned(),
            part: part.map(str::to_owned),
        };
        assert_eq!(
            Template::parse(r#"mkdir "C:\{{component}}\{{ inf.stem }}""#).0,
            [
                text(r#"mkdir "C:\"#),
                value("component", None),
                text("\\"),
                value("inf", Some("stem")),
                text("\"")
            ]
        );
        assert_eq!(Template::parse("${{a-b}} {{").0, [text("${{a-b}} {{")]);
    }
}
