//! The parts of a message put together again, as the text of a `match`.

use std::fmt::Write as _;

use crate::code::Code;

use crate::source::{Part, Shape, parts};

/// A pattern in the making.
pub struct Proposed {
    pieces: Vec<Piece>,
    /// What the line shows, each code once.
    pub codes: Vec<Code>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A placeholder and what it stands for in the line.
    Value {
        name: String,
        kind: &'static str,
        text: String,
    },
    Volatile,
    Counter,
    /// A code in decimal, where the pattern ends: as text it would also be the start of a longer number.
    LastCode(String),
}

impl Proposed {
    pub fn of(message: &str) -> Self {
        let parts = parts(message);
        let mut codes = Vec::new();
        for part in &parts {
            if let Shape::Code(code) = part.shape {
                let code = code.as_hresult();
                if code.is_failure() && !codes.contains(&code) {
                    codes.push(code);
                }
            }
        }
        let mut proposed = Self { pieces: Vec::new(), codes };
        let mut at = 0;
        for (index, part) in parts.iter().enumerate() {
            proposed.add_text(&message[at..part.start], index > 0 && is_component(&parts[index - 1]));
            proposed.add(part, &message[part.start..part.end]);
            at = part.end;
        }
        proposed.add_text(&message[at..], false);
        proposed.trim();
        proposed
    }

    fn add(&mut self, part: &Part, text: &str) {
        let piece = match &part.shape {
            Shape::Value(kind, name) => {
                // Between a component and its file there may be a backslash or nothing.
                if *kind == "filename" && self.pieces.last().is_some_and(Piece::is_component) {
                    self.pieces.push(Piece::Text("{?\\}".to_owned()));
                }
                Piece::Value { name: self.free_name(name), kind, text: text.to_owned() }
            }
            Shape::Volatile => Piece::Volatile,
            Shape::Counter => Piece::Counter,
            Shape::Code(_) => return self.push_text(text),
        };
        self.pieces.push(piece);
    }

    fn free_name(&self, name: &str) -> String {
        let taken = |name: &str| self.named().any(|(it, _)| it == name);
        let numbered = (2..).map(|it| format!("{name}{it}"));
        std::iter::once(name.to_owned()).chain(numbered).find(|it| !taken(it)).unwrap_or_default()
    }

    fn add_text(&mut self, text: &str, behind_component: bool) {
        let text = if behind_component && text == "\\" { "" } else { text };
        let mut plain = String::new();
        for (at, it) in text.char_indices() {
            let rest = &text[at..];
            // What a pattern would read otherwise, or what TOML cannot hold, is any character.
            if opens_placeholder(rest) || rest.starts_with("'''") || it == '\u{fffd}' {
                self.push_text(&std::mem::take(&mut plain));
                self.pieces.push(Piece::Volatile);
            } else {
                plain.push(it);
            }
        }
        self.push_text(&plain);
    }

    fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(last)) if last != "{?\\}" => last.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    /// What changes from line to line says nothing at the start of a pattern, nor the name of a code at its end.
    fn trim(&mut self) {
        while matches!(self.pieces.first(), Some(Piece::Volatile | Piece::Counter)) && self.pieces.len() > 1 {
            self.pieces.remove(0);
        }
        let Some(Piece::Text(last)) = self.pieces.last_mut() else { return };
        if let Some((before, code)) = last.rsplit_once("[HRESULT = 0x") {
            let digits = code.bytes().take_while(u8::is_ascii_hexdigit).count();
            let tail = &code[digits..];
            if digits == 8 && tail.trim_end().ends_with(']') && tail.matches(']').count() == 1 {
                *last = format!("{before}[HRESULT = 0x{}", &code[..digits]);
            }
        }
        let decimal = last.len() - last.trim_end_matches(|it: char| it.is_ascii_digit()).len();
        let (before, digits) = last.split_at(last.len() - decimal);
        let before = before.strip_suffix('-').filter(|it| it.ends_with([' ', '=', ':'])).unwrap_or(before);
        let number = last[before.len()..].to_owned();
        if !digits.is_empty() && before.ends_with([' ', '=', ':', '(', '"']) {
            *last = before.to_owned();
            self.pieces.push(Piece::LastCode(number));
        }
    }

    /// The values that are named, as they stand in the line.
    pub fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pieces.iter().filter_map(|it| match it {
            Piece::Value { name, text, .. } => Some((name.as_str(), text.as_str())),
            _ => None,
        })
    }

    /// A value that cannot be told apart here is not named.
    pub fn give_up(&mut self, wrong: &str) {
        for piece in &mut self.pieces {
            if matches!(piece, Piece::Value { name, .. } if name == wrong) {
                *piece = Piece::Volatile;
            }
        }
    }

    /// The pattern, for a TOML string in `'''`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            // Writing to a String cannot fail.
            let _ = match piece {
                Piece::Text(it) => write!(text, "{it}"),
                Piece::Value { name, kind, .. } => write!(text, "{{{name}:{kind}}}"),
                // Two in a row would only guess where the one ends.
                Piece::Volatile if text.ends_with("{_}") => Ok(()),
                Piece::Volatile => write!(text, "{{_}}"),
                Piece::Counter => write!(text, "{{_:number}}"),
                Piece::LastCode(_) => write!(text, "{{_number:number}}"),
            };
        }
        text.trim().to_owned()
    }

    /// What a value of the pattern must be.
    pub fn filter(&self) -> String {
        match self.pieces.last() {
            Some(Piece::LastCode(number)) => format!("where = {{ _number = \"{number}\" }}\n"),
            _ => String::new(),
        }
    }

    /// An id of the first words that tell something.
    pub fn words(&self) -> String {
        const WORDS: usize = 6;
        let text: Vec<&str> =
            self.pieces.iter().map(|it| if let Piece::Text(it) = it { it } else { " " }).collect();
        let text = text.concat();
        let words = text.split(|it: char| !it.is_ascii_alphanumeric());
        let telling = |it: &&str| {
            it.len() > 1
                && it.starts_with(|it: char| it.is_ascii_alphabetic())
                && !matches!(*it, "HRESULT" | "gle")
        };
        let words: Vec<String> = words.filter(telling).take(WORDS).map(str::to_ascii_lowercase).collect();
        if words.is_empty() { "new-rule".to_owned() } else { words.join("-") }
    }
}

impl Piece {
    fn is_component(&self) -> bool {
        matches!(self, Self::Value { kind: "component", .. })
    }
}

fn is_component(part: &Part) -> bool {
    matches!(part.shape, Shape::Value("component", _))
}

/// Whether a pattern would read the brace at the start of `text` as the start of a placeholder.
fn opens_placeholder(text: &str) -> bool {
    let Some(inside) = text.strip_prefix('{') else { return false };
    let name = inside.split_once('}').map_or("", |(name, _)| name);
    let word = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '_' | ':');
    inside.starts_with('?') || (!name.is_empty() && name.chars().all(word))
}
