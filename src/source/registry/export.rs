//! Registry exports (`.reg`), version 5 and REGEDIT4, under whatever name they come: what `reg export` and the
//! Registry Editor write.

use super::super::record::{Node, TreeReader, Wanted};
use super::data::{self, LONGEST};
use super::path::{current_control_set, current_set, short_root};
use super::skim::{Counts, Skim};
use crate::text::{Next, decode_line};

#[derive(Default)]
pub struct Export {
    /// REGEDIT4 writes strings in hex as ANSI bytes, version 5 as UTF-16.
    ansi: bool,
    /// The key that values belong to; `None` before the first one and in a key that is marked for deletion.
    key: Option<String>,
    view: u32,
    /// A value that goes on in the next line.
    open: Option<Open>,
    skim: Option<Skim>,
    /// What counts of the last key.
    counts: Counts,
    /// Its line, if it was passed over because only some of its values count: the first of them tells it.
    passed: Option<(u64, String)>,
}

/// A value that has begun.
struct Open {
    /// The line it began in.
    line: u64,
    text: String,
    /// A string goes on until its closing quote, numbers in hex while a line ends in a backslash.
    is_string: bool,
}

impl TreeReader for Export {
    fn line(&mut self, number: u64, line: &str, tell: &mut dyn FnMut(u64, Node<'_>)) {
        // A value that does not end before the next key, or never, is damaged: it must not swallow what follows.
        if let Some((number, key)) = self.passed.take() {
            self.key(number, &key, tell);
        }
        let lost = self.open.take_if(|it| line.starts_with("[HKEY_") || it.text.len() > LONGEST);
        if let (Some(open), Some(key)) = (lost, &self.key) {
            tell(open.line, Node::Doubtful(key));
        }
        if let Some(open) = self.open.take() {
            self.go_on(open, line, tell);
        } else if let Some(key) = line.strip_prefix('[') {
            self.key(number, key, tell);
        } else if line.starts_with(['"', '@']) {
            self.begin(number, line, tell);
        } else if line.starts_with("REGEDIT4") {
            self.ansi = true;
        }
    }

    fn passes_over(&mut self, number: u64, line: &[u8], wanted: &Wanted) -> Option<Next> {
        let skim = self.skim.get_or_insert_with(|| Skim::new(wanted));
        let is_key = line.starts_with(b"[HKEY_");
        if is_key {
            self.counts = skim.key(line);
            self.passed = None;
        } else if line.starts_with(b"[-") {
            self.counts = Counts::All;
            self.passed = None;
        }
        // A value that is still open has to be closed first, also by the key that shows it to be damaged.
        if self.open.is_some() {
            return None;
        }
        match self.counts {
            Counts::All => None,
            Counts::Nothing => Some(Next::Starting(b'[')),
            Counts::Values if is_key => {
                let key = decode_line(&line[1..]);
                self.passed = Some((number, key.trim_end_matches(['\r', '\n']).to_owned()));
                Some(Next::Line)
            }
            Counts::Values => skim.passes_value(line).then_some(Next::Line),
        }
    }
}

impl Export {
    fn key(&mut self, number: u64, line: &str, tell: &mut dyn FnMut(u64, Node<'_>)) {
        self.key = None;
        let Some((name, _)) = line.rsplit_once(']') else { return };
        // A minus sign in front asks for the key to be deleted: the file then tells what to do, not what is there.
        if name.starts_with('-') {
            return;
        }
        let (view, key) = current_control_set(&short_root(name));
        if view != self.view {
            self.view = view;
            tell(number, Node::View(view));
        }
        tell(number, Node::Covered(&key));
        self.key = Some(key);
    }

    /// The first line of a value, which may be its only one.
    fn begin(&mut self, number: u64, line: &str, tell: &mut dyn FnMut(u64, Node<'_>)) {
        let Some((_, data)) = split_value(line) else {
            return self.key.iter().for_each(|key| tell(number, Node::Doubtful(key)));
        };
        let (is_string, is_hex) = (data.starts_with('"'), data.starts_with("hex"));
        if is_string && quoted(data).is_none() {
            self.open = Some(Open { line: number, text: format!("{line}\n"), is_string });
        } else if let Some(start) = line.strip_suffix('\\').filter(|_| is_hex) {
            self.open = Some(Open { line: number, text: start.to_owned(), is_string });
        } else {
            self.value(number, line, tell);
        }
    }

    /// A further line of a value. Only this line is looked at: a value may have a great many.
    fn go_on(&mut self, mut open: Open, line: &str, tell: &mut dyn FnMut(u64, Node<'_>)) {
        let ends = if open.is_string { closes(line) } else { !line.ends_with('\\') };
        if open.is_string {
            open.text.push_str(line);
            open.text.push('\n');
        } else {
            open.text.push_str(line.trim_start().trim_end_matches('\\'));
        }
        if ends {
            self.value(open.line, open.text.trim_end_matches('\n'), tell);
        } else {
            self.open = Some(open);
        }
    }

    fn value(&mut self, number: u64, line: &str, tell: &mut dyn FnMut(u64, Node<'_>)) {
        let Some(key) = &self.key else { return };
        let value = split_value(line).filter(|(_, data)| data.trim() != "-");
        let Some((name, data)) = value else { return };
        let Some(data) = decode(data.trim(), self.ansi) else { return tell(number, Node::Doubtful(key)) };
        if let Some(set) = current_set(key, &name, &data) {
            tell(number, Node::Current(set));
        }
        tell(number, Node::Value { key, name: &name, data: &data });
    }
}

/// Whether an open string ends in this line: at a quote with no backslash before it.
fn closes(line: &str) -> bool {
    let mut escaped = false;
    line.chars().any(|it| {
        let quote = it == '"' && !escaped;
        escaped = it == '\\' && !escaped;
        quote
    })
}

/// The name of a value (empty for the default one) and what stands behind the `=`.
fn split_value(line: &str) -> Option<(String, &str)> {
    if let Some(rest) = line.strip_prefix('@') {
        return Some((String::new(), rest.trim_start().strip_prefix('=')?));
    }
    let (name, rest) = quoted(line)?;
    Some((name, rest.trim_start().strip_prefix('=')?))
}

/// The text between the quotes that `text` starts with, and what follows the closing one.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut inside = String::new();
    let mut letters = text.strip_prefix('"')?.char_indices();
    while let Some((at, it)) = letters.next() {
        match it {
            '"' => return Some((inside, &text[at + 2..])),
            '\\' => inside.push(letters.next()?.1),
            _ => inside.push(it),
        }
    }
    None
}

/// A value's data as text: strings as they are, numbers in decimal, the strings of a list one a line.
/// `None` where it cannot be read.
fn decode(data: &str, ansi: bool) -> Option<String> {
    if data.starts_with('"') {
        return Some(quoted(data)?.0);
    }
    if let Some(number) = data.strip_prefix("dword:") {
        return Some(u32::from_str_radix(number.trim(), 16).ok()?.to_string());
    }
    let (kind, bytes) = data.strip_prefix("hex")?.split_once(':')?;
    let bytes: Vec<u8> = bytes
        .split(',')
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .map(|it| u8::from_str_radix(it, 16).ok())
        .collect::<Option<_>>()?;
    let kind = match kind.strip_prefix('(') {
        Some(number) => u32::from_str_radix(number.strip_suffix(')')?, 16).ok()?,
        None => data::BINARY,
    };
    Some(data::text(kind, &bytes, ansi))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let mut reader = Export::default();
        let mut told = Vec::new();
        for (at, line) in text.lines().enumerate() {
            reader.line(at as u64 + 1, line, &mut |line, node| {
                told.push(match node {
                    Node::Covered(key) => format!("{line} [{key}]"),
                    Node::Value { key, name, data } => format!("{line} {key} {name} = {data:?}"),
                    other => format!("{line} {other:?}"),
                });
            });
        }
        assert_eq!(told, expect);
    }

    #[test]
    fn every_type_of_value() {
        check(
            "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\n@=\"default\"\n\"a\\\\b\"=\"C:\\\\x \\\"y\\\"\"\n\
             \"n\"=dword:0000000a\n\"q\"=hex(b):01,00,00,00,00,00,00,00\n\"e\"=hex(2):41,00,\\\n  42,00,00,00\n\
             \"m\"=hex(7):61,00,00,00,62,00,00,00,00,00\n\"be\"=hex(5):00,00,00,02\n\"le\"=hex(4):02,00,00,00\n\"bin\"=hex:0a,ff\n\"none\"=hex(0):\n\"gone\"=-",
            &[
                r"3 [HKLM\SOFTWARE\X]",
                r#"4 HKLM\SOFTWARE\X  = "default""#,
                r#"5 HKLM\SOFTWARE\X a\b = "C:\\x \"y\"""#,
                r#"6 HKLM\SOFTWARE\X n = "10""#,
                r#"7 HKLM\SOFTWARE\X q = "1""#,
                r#"8 HKLM\SOFTWARE\X e = "AB""#,
                r#"10 HKLM\SOFTWARE\X m = "a\nb""#,
                r#"11 HKLM\SOFTWARE\X be = "2""#,
                r#"12 HKLM\SOFTWARE\X le = "2""#,
                r#"13 HKLM\SOFTWARE\X bin = "0a ff""#,
                r#"14 HKLM\SOFTWARE\X none = """#,
            ],
        );
    }

    #[test]
    fn regedit4_writes_ansi() {
        check(
            "REGEDIT4\n[HKEY_LOCAL_MACHINE\\X]\n\"e\"=hex(2):41,42,00",
            &[r"2 [HKLM\X]", r#"3 HKLM\X e = "AB""#],
        );
    }

    #[test]
    fn control_sets_are_told_apart() {
        check(
            "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\a]\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Current\"=dword:00000001",
            &[
                "1 View(1)",
                r"1 [HKLM\SYSTEM\CurrentControlSet\Services\a]",
                "2 View(0)",
                r"2 [HKLM\SYSTEM\Select]",
                "3 Current(1)",
                r#"3 HKLM\SYSTEM\Select Current = "1""#,
            ],
        );
    }

    #[test]
    fn odd_keys_and_broken_values() {
        check(
            "[HKEY_LOCAL_MACHINE\\a]b]\n\"x\"=\"two\nlines\"\n\"y\"=hex(2):zz\n\"z\n[-HKEY_LOCAL_MACHINE\\gone]\n\"w\"=\"1\"\n[open",
            &[
                r"1 [HKLM\a]b]",
                r#"2 HKLM\a]b x = "two\nlines""#,
                r#"4 Doubtful("HKLM\\a]b")"#,
                r#"5 Doubtful("HKLM\\a]b")"#,
            ],
        );
    }
}
