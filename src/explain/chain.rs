//! A pattern as a chain of pieces. The longest part of the chain, from its start, that occurs in a record tells
//! how near the record comes to the whole.

use std::cell::OnceCell;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind, Literal};

use crate::rule::Pattern;

/// A miss that shares less literal text than this with the pattern says nothing.
const MEANINGFUL: usize = 8;

pub struct Chain {
    pieces: Vec<Piece>,
    /// The expressions of the first one, two, three … pieces; each is compiled when it is first asked for.
    prefixes: Vec<OnceCell<Option<Regex>>>,
    /// How many pieces a meaningful miss has at least.
    least: usize,
}

struct Piece {
    hir: Hir,
    /// What it is, for a reader.
    shown: String,
    /// Whether it is literal text (or only stands between such).
    literal: bool,
}

impl Chain {
    pub fn of(pattern: &Pattern) -> Option<Self> {
        let hir = regex_syntax::parse(pattern.expression()).ok()?;
        let mut pieces = Vec::new();
        take_apart(&hir, &mut pieces);
        let mut run = 0;
        let meaningful = |it: &Piece| {
            run = if it.literal { run + it.shown.len() } else { 0 };
            run >= MEANINGFUL
        };
        let least = pieces.iter().position(meaningful).map_or(pieces.len(), |it| it + 1);
        let prefixes = pieces.iter().map(|_| OnceCell::new()).collect();
        Some(Self { pieces, prefixes, least })
    }

    /// How many pieces there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// The whole of it, for a reader.
    pub fn shown(&self) -> String {
        self.pieces.iter().map(|it| it.shown.as_str()).collect()
    }

    fn prefix(&self, count: usize) -> Option<&Regex> {
        let make = || {
            let hir = Hir::concat(self.pieces[..count].iter().map(|it| it.hir.clone()).collect());
            Regex::new(&hir.to_string()).ok()
        };
        self.prefixes.get(count.checked_sub(1)?)?.get_or_init(make).as_ref()
    }

    /// How many pieces occur in `text`, and where the last of them ends; `None` where that is no more than
    /// `best`, or too little to mean anything.
    pub fn further(&self, text: &str, best: usize) -> Option<(usize, usize)> {
        let mut reached = None;
        for count in (best + 1).max(self.least)..=self.len() {
            // What has a longer beginning of the chain in it has every shorter one too.
            let Some(found) = self.prefix(count)?.find(text) else { break };
            reached = Some((count, found.end()));
        }
        reached
    }

    /// What the chain wants behind its first `count` pieces: the whole literal text that a reader would see
    /// there, or the one piece.
    pub fn expected(&self, count: usize) -> String {
        let Some(next) = self.pieces.get(count) else { return String::new() };
        if !next.literal {
            return next.shown.clone();
        }
        let start = self.pieces[..count].iter().rposition(|it| !it.literal).map_or(0, |it| it + 1);
        let run: String =
            self.pieces[start..].iter().take_while(|it| it.literal).map(|it| &*it.shown).collect();
        // A long text is told from the stop on: the start of it stands in the line.
        let behind: String =
            self.pieces[count..].iter().take_while(|it| it.literal).map(|it| &*it.shown).collect();
        if run.len() > 60 && !behind.is_empty() { behind } else { run }
    }
}

fn take_apart(hir: &Hir, into: &mut Vec<Piece>) {
    let whole = |shown: String, literal| Piece { hir: hir.clone(), shown, literal };
    match hir.kind() {
        HirKind::Concat(parts) => parts.iter().for_each(|it| take_apart(it, into)),
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            // Letter by letter, so that the stop is told to the letter.
            Ok(text) => into.extend(text.chars().map(|it| Piece {
                hir: Hir::literal(it.to_string().into_bytes()),
                shown: it.to_string(),
                literal: true,
            })),
            Err(_) => into.push(whole(hir.to_string(), false)),
        },
        HirKind::Capture(capture) if holds_literal(&capture.sub) => take_apart(&capture.sub, into),
        HirKind::Capture(capture) => {
            let name = capture.name.as_deref().unwrap_or("_");
            into.push(whole(format!("{{{name}}}"), false));
        }
        // An end of a word has no text of its own.
        HirKind::Look(_) => into.push(whole(String::new(), true)),
        HirKind::Empty => {}
        HirKind::Class(class) => match either_case(class) {
            Some(letter) => into.push(whole(letter.to_string(), true)),
            None => into.push(whole(readable(hir), false)),
        },
        HirKind::Repetition(_) | HirKind::Alternation(_) => into.push(whole(readable(hir), false)),
    }
}

/// White space of any length is the one class that every pattern may hold; its expression is a page long.
fn readable(hir: &Hir) -> String {
    let blanks = regex_syntax::parse(r"\s+").is_ok_and(|it| it == *hir);
    if blanks { "white space".to_owned() } else { hir.to_string() }
}

/// Whether a captured part has so much text of its own that a stop inside it is worth telling.
fn holds_literal(hir: &Hir) -> bool {
    let HirKind::Concat(parts) = hir.kind() else { return matches!(hir.kind(), HirKind::Literal(_)) };
    parts.iter().any(|it| matches!(it.kind(), HirKind::Literal(Literal(text)) if text.len() >= MEANINGFUL))
}

/// The letter that a class is, if it is one letter in either case.
fn either_case(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let letters: Vec<char> = class
        .iter()
        .filter(|it| it.start() == it.end())
        .map(regex_syntax::hir::ClassUnicodeRange::start)
        .collect();
    match letters[..] {
        [upper, lower] if class.ranges().len() == 2 && upper.to_ascii_lowercase() == lower => Some(lower),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expect: Option<(&str, &str)>) {
        let chain = Chain::of(&Pattern::from_match(pattern).unwrap()).unwrap();
        let told = chain.further(text, 0).map(|(count, end)| (chain.expected(count), text[..end].to_owned()));
        assert_eq!(told, expect.map(|(it, end)| (it.to_owned(), end.to_owned())));
    }

    #[test]
    fn a_miss_stops_where_the_text_differs() {
        let pattern = "Failed to find: {file:filename} [HRESULT = 0x80070002";
        check(
            pattern,
            "CBS Failed to find: a.dll [HRESULT = 0x80070003 - X]",
            Some((" [HRESULT = 0x80070002", "CBS Failed to find: a.dll [HRESULT = 0x8007000")),
        );
        check(pattern, "Failed to", Some(("Failed to find: ", "Failed to")));
        check(pattern, "CBS Failed", None);
        check(pattern, "nothing of it", None);
        check("INSTALL result {r:number}, inf", "INSTALL result x", Some(("{r}", "INSTALL result ")));
    }

    #[test]
    fn the_whole_pattern_is_no_miss() {
        let chain = Chain::of(&Pattern::from_match("result 0x80070002 of {x:word}").unwrap()).unwrap();
        assert_eq!(chain.further("result 0x80070002 of a", 0).map(|it| it.0), Some(chain.len()));
    }
}
