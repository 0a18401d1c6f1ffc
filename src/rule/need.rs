//! What a text must contain for a pattern to occur in it: literal texts that the scanner looks for first. They
//! are read off the regular expression that the pattern has become.

use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Texts of which one must be there. Most needs have one.
pub type Need = Vec<String>;

/// A shorter text is met too often to tell anything apart.
const SHORTEST: usize = 4;
/// More alternatives than this are not followed.
const ALTERNATIVES: usize = 16;

/// How much is looked at of what branches begin with.
const HEAD: usize = 2;

/// All that a match of the expression needs, the most telling first. Only ASCII counts: other letters may be
/// encoded in more than one way.
pub fn needs(hir: &Hir) -> Vec<Need> {
    let mut reading = Reading { needs: Vec::new(), run: nothing() };
    reading.read(hir);
    reading.cut();
    let mut needs = reading.needs;
    // Nearly every failure line holds these: they tell little apart.
    let weight = |it: &String| {
        let common = it.contains("HRESULT") || it.contains("Error");
        if common { it.len() / 4 } else { it.len() }
    };
    let worth = |it: &Need| (it.iter().map(weight).min().unwrap_or(0), usize::MAX - it.len());
    needs.sort_by_key(|it| std::cmp::Reverse(worth(it)));
    needs
}

/// The run of texts that holds the empty text only.
fn nothing() -> Vec<String> {
    vec![String::new()]
}

struct Reading {
    needs: Vec<Need>,
    /// What stands here next to each other: one of these texts.
    run: Vec<String>,
}

impl Reading {
    /// Ends the run: what comes next need not stand right behind it.
    fn cut(&mut self) {
        let run = std::mem::replace(&mut self.run, nothing());
        if run.iter().all(|it| it.len() >= SHORTEST) {
            self.needs.push(run);
        }
    }

    /// Goes on with one of these texts.
    fn go_on(&mut self, with: &[String]) {
        if self.run.len() * with.len() > ALTERNATIVES {
            self.cut();
        }
        self.run = self.run.iter().flat_map(|run| with.iter().map(move |it| format!("{run}{it}"))).collect();
    }

    fn read(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Capture(capture) => self.read(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|it| self.read(it)),
            HirKind::Literal(literal) => self.literal(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(_) => match texts(hir) {
                Some(texts) => self.go_on(&texts),
                None => self.cut(),
            },
            HirKind::Alternation(branches) => match texts(hir) {
                Some(texts) => self.go_on(&texts),
                None => self.one_of(branches),
            },
            HirKind::Repetition(repetition) => {
                self.cut();
                if repetition.min > 0 {
                    self.read(&repetition.sub);
                    self.cut();
                }
            }
        }
    }

    fn literal(&mut self, text: &str) {
        for part in text.as_bytes().chunk_by(|one, other| one.is_ascii() == other.is_ascii()) {
            match std::str::from_utf8(part) {
                Ok(part) if part.is_ascii() => self.go_on(&[part.to_owned()]),
                _ => self.cut(),
            }
        }
    }

    /// Whichever branch matches, its best need is there, and its first characters stand behind what is before it.
    fn one_of(&mut self, branches: &[Hir]) {
        if self.run != nothing()
            && let Some(heads) = heads(branches)
        {
            self.go_on(&heads);
        }
        self.cut();
        let best: Option<Vec<Need>> = branches.iter().map(|it| needs(it).into_iter().next()).collect();
        let all: Need = best.into_iter().flatten().flatten().collect();
        if !all.is_empty() && all.len() <= ALTERNATIVES {
            self.needs.push(all);
        }
    }
}

/// With what a match of one of these begins, if that is one of a few texts.
fn heads(branches: &[Hir]) -> Option<Vec<String>> {
    let mut extractor = Extractor::new();
    extractor.limit_class(ALTERNATIVES).limit_literal_len(HEAD).limit_total(4 * ALTERNATIVES);
    let mut heads = extractor.extract(&Hir::alternation(branches.to_vec()));
    // Of two texts that begin alike, the shorter one says it all.
    heads.minimize_by_preference();
    let texts = heads.literals()?.iter().map(|it| std::str::from_utf8(it.as_bytes()).ok());
    let texts: Vec<String> = texts.map(|it| it.map(str::to_owned)).collect::<Option<_>>()?;
    (texts.len() <= ALTERNATIVES && texts.iter().all(|it| it.is_ascii() && !it.is_empty())).then_some(texts)
}

/// All texts that an expression stands for, if they are few and ASCII.
fn texts(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(nothing()),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok().filter(|it| it.is_ascii())?;
            Some(vec![text.to_owned()])
        }
        HirKind::Class(Class::Unicode(class)) => {
            let few: Vec<char> = class.ranges().iter().flat_map(|it| it.start()..=it.end()).take(5).collect();
            (few.len() <= 4 && few.iter().all(char::is_ascii))
                .then(|| few.into_iter().map(String::from).collect())
        }
        HirKind::Capture(capture) => texts(&capture.sub),
        HirKind::Concat(parts) => parts.iter().try_fold(nothing(), |run, it| {
            let with = texts(it)?;
            let both: Vec<String> =
                run.iter().flat_map(|run| with.iter().map(move |it| format!("{run}{it}"))).collect();
            (both.len() <= ALTERNATIVES).then_some(both)
        }),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<Vec<String>>> = branches.iter().map(texts).collect();
            let all: Vec<String> = all?.into_iter().flatten().collect();
            (all.len() <= ALTERNATIVES).then_some(all)
        }
        HirKind::Class(Class::Bytes(_)) | HirKind::Repetition(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expect: &[&[&str]]) {
        let hir = regex_syntax::parse(expression).unwrap();
        assert_eq!(needs(&hir), expect, "{expression}");
    }

    #[test]
    fn literals_between_what_varies() {
        check(r"Failed to find file: (?<x>\S+) \[done\]", &[&["Failed to find file: "], &[" [done]"]]);
        check(r"ab(?<x>cdef)+gh", &[&["cdef"]]);
        check(r"abc\d+", &[]);
    }

    #[test]
    fn few_alternatives_are_written_out() {
        check(r"0x(?i:8007000d)", &[&["0x8007000D", "0x8007000d"]]);
        check(r"(?:stage|install) driver", &[&["stage driver", "install driver"]]);
        check(r"to (?:(?:un)?install|stage)!", &[&["install", "stage"], &["to un", "to in", "to st"]]);
    }

    #[test]
    fn every_branch_must_need_something() {
        check(r"(?:abcd.*|efgh\d)", &[&["abcd", "efgh"]]);
        check(r"(?:abcd.*|\d+)", &[]);
        check(r"(?:abcd.*)?", &[]);
    }

    #[test]
    fn branches_begin_behind_what_is_before_them() {
        check(
            r", result (?:-\d+|0x[1-9]|[1-3]\d*)!",
            &[&[", result -", ", result 0x", ", result 1", ", result 2", ", result 3"]],
        );
    }

    #[test]
    fn letters_that_are_not_ascii_end_a_run() {
        check("großes Wort", &[&["es Wort"]]);
        // K may also be the Kelvin sign.
        check("(?i)park", &[]);
    }
}
