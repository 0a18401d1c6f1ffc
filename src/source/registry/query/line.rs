//! What a line of `reg query` output can be, and of the lines that collectors put around it: TSS names the command
//! in front of each listing, SDP the key in brackets between dashes.

use super::super::data;
use super::super::path::{has_root, short_root};
use super::command::{Command, command, key_of};

#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Blank,
    /// A key, with its root in short.
    Key(String),
    /// `    NAME    REG_SZ    DATA`.
    Value(Value<'a>),
    /// The command that what follows was printed by.
    Command(Command),
    /// `[HKLM\…]` or a ruler: something new begins.
    Heading,
    /// A collector found this key missing before it asked.
    Absent(String),
    /// The command found no such key (or value).
    NotFound,
    /// The command failed: what it printed may not be all.
    Failed,
    /// What was printed before are only the hits of a search.
    SearchEnd,
    /// Indented like a value.
    Indented,
    Other,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// Empty for the default value.
    pub name: &'a str,
    pub kind: &'a str,
    pub data: &'a str,
}

pub fn line(text: &str) -> Line<'_> {
    let start = text.trim_start();
    if start.is_empty() {
        return Line::Blank;
    }
    if let Some(rest) = text.strip_prefix("    ") {
        return value(rest).map_or(Line::Indented, Line::Value);
    }
    if text.starts_with("HK") && has_root(text) {
        return Line::Key(short_root(text.trim_end_matches('\\')));
    }
    if let Some(key) = absent(text) {
        return Line::Absent(key);
    }
    if let Some(command) = command(text) {
        return Line::Command(command);
    }
    if is_heading(start.trim_end()) {
        return Line::Heading;
    }
    match error(text) {
        Some(true) => Line::NotFound,
        Some(false) => Line::Failed,
        None if is_search_end(text) => Line::SearchEnd,
        None => Line::Other,
    }
}

fn value(text: &str) -> Option<Value<'_>> {
    const KINDS: [&str; 14] = [
        "REG_SZ",
        "REG_EXPAND_SZ",
        "REG_MULTI_SZ",
        "REG_DWORD",
        "REG_DWORD_LITTLE_ENDIAN",
        "REG_DWORD_BIG_ENDIAN",
        "REG_QWORD",
        "REG_QWORD_LITTLE_ENDIAN",
        "REG_BINARY",
        "REG_NONE",
        "REG_LINK",
        "REG_RESOURCE_LIST",
        "REG_FULL_RESOURCE_DESCRIPTOR",
        "REG_RESOURCE_REQUIREMENTS_LIST",
    ];
    text.match_indices("    REG_").find_map(|(at, _)| {
        let (name, rest) = (&text[..at], &text[at + 4..]);
        let (kind, data) = rest.split_once("    ").unwrap_or((rest.trim_end(), ""));
        let name = if is_default(name) { "" } else { name };
        KINDS.contains(&kind).then_some(Value { name, kind, data })
    })
}

/// `(Default)`, in the language of the machine; its letters may have been lost on the way.
fn is_default(name: &str) -> bool {
    const WORDS: [&str; 9] = [
        "default",
        "standard",
        "standaard",
        "predeterminado",
        "predefinito",
        "predefinida",
        "alapertelmezett",
        "oletus",
        "varsayilan",
    ];
    let Some(word) = name.strip_prefix('(').and_then(|it| it.strip_suffix(')')) else { return false };
    !word.is_ascii() || WORDS.iter().any(|it| word.eq_ignore_ascii_case(it))
}

impl Value<'_> {
    /// `(value not set)`, in any language: what is printed for a default value that is not there.
    pub fn is_unset(&self) -> bool {
        self.name.is_empty()
            && self.kind == "REG_SZ"
            && self.data.starts_with('(')
            && self.data.ends_with(')')
    }

    /// Whether its data may go on in the next line.
    pub fn is_string(&self) -> bool {
        self.kind.ends_with("_SZ")
    }

    /// The data as exports tell it; `None` where it is not what its type says.
    pub fn text(&self) -> Option<String> {
        let number = |digits: &str| u64::from_str_radix(digits, 16).ok().map(|it| it.to_string());
        match self.kind {
            "REG_SZ" | "REG_EXPAND_SZ" | "REG_LINK" => Some(self.data.to_owned()),
            "REG_MULTI_SZ" => Some(self.data.replace(r"\0", "\n").trim_end_matches('\n').to_owned()),
            kind if kind.contains("WORD") => number(self.data.trim().strip_prefix("0x")?),
            _ => bytes(self.data.trim()).map(|it| data::hex(&it)),
        }
    }
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|it| u8::from_str_radix(std::str::from_utf8(it).ok().filter(|it| it.len() == 2)?, 16).ok())
        .collect()
}

/// The key in `[WARNING] Registry Key 'HKLM:\…' does not exist.`
fn absent(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Registry Key '")?;
    let (key, rest) = rest.split_once('\'')?;
    let known = rest.trim_start().starts_with("does not exist");
    known.then(|| key_of(key)).flatten()
}

fn is_heading(text: &str) -> bool {
    let inside = text.trim_matches(['-', '/', '=', ' ']);
    let key = inside.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let ruler =
        text.len() > 4 && ['=', '-', '*', '#', '_'].iter().any(|it| text.trim_matches(*it).is_empty());
    ruler || key.is_some_and(|it| key_of(it).is_some())
}

/// Whether this is an error of the command, and if so, whether it says that there is no such key or value.
fn error(text: &str) -> Option<bool> {
    const ERRORS: [&str; 12] = [
        "error",
        "fehler",
        "erreur",
        "errore",
        "erro",
        "fout",
        "エラー",
        "错误",
        "錯誤",
        "오류",
        "ошибка",
        "błąd",
    ];
    let (word, rest) = text.split_once([':', '：'])?;
    let word = word.trim().to_lowercase();
    ERRORS.contains(&word.as_str()).then(|| {
        // The German letter comes through some code pages as another one.
        let german = rest.contains("Registrierungsschl") && rest.contains("Wert wurde nicht gefunden");
        rest.contains("unable to find the specified registry key or value")
            || german
            || rest.contains("系统找不到指定的注册表项或值")
    })
}

/// `End of search: 3 match(es) found.` in any language: after a colon, one number.
fn is_search_end(text: &str) -> bool {
    let Some((_, count)) = text.rsplit_once([':', '：']) else { return false };
    let numbers =
        |text: &str| text.split(|it: char| !it.is_ascii_digit()).filter(|it| !it.is_empty()).count();
    text.len() < 160 && numbers(count) == 1 && numbers(text) == 1
}

/// Whether a text is what `reg query` printed, by its first lines: keys and values must be most of it.
pub fn is_query(head: &str) -> bool {
    let (mut keys, mut values, mut around, mut other) = (0, 0, 0, 0);
    let mut announced = head.starts_with(['\r', '\n']);
    for it in head.lines() {
        match line(it) {
            Line::Blank => {}
            Line::Key(_) => keys += 1,
            Line::Value(_) => values += 1,
            Line::Absent(_) => (around, announced) = (around + 1, true),
            Line::NotFound => around += 1,
            Line::Command(_) => announced = true,
            Line::Heading | Line::Failed | Line::SearchEnd => {}
            Line::Indented | Line::Other => other += 1,
        }
    }
    // A mere list of keys may be anyone's; the program begins with an empty line.
    let listing = keys > 0 && (values > 0 || announced);
    (listing || (around > 0 && announced)) && keys + values + around > other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_value(text: &str, expect: Option<(&str, Option<&str>)>) {
        let Line::Value(value) = line(text) else { return assert_eq!(expect, None, "{:?}", line(text)) };
        assert_eq!(Some((value.name, value.text().as_deref())), expect);
    }

    #[test]
    fn every_type_of_value() {
        check_value(
            "    ImagePath    REG_EXPAND_SZ    %SystemRoot%\\x y.sys",
            Some(("ImagePath", Some("%SystemRoot%\\x y.sys"))),
        );
        check_value("    First  Counter    REG_DWORD    0x1ab8", Some(("First  Counter", Some("6840"))));
        check_value("    q    REG_QWORD    0x100000001", Some(("q", Some("4294967297"))));
        check_value("    be    REG_DWORD_BIG_ENDIAN    0x2", Some(("be", Some("2"))));
        check_value("    m    REG_MULTI_SZ    a\\0b c", Some(("m", Some("a\nb c"))));
        check_value("    b    REG_BINARY    0AFF", Some(("b", Some("0a ff"))));
        check_value("    n    REG_NONE    ", Some(("n", Some(""))));
        check_value("    empty    REG_SZ", Some(("empty", Some(""))));
        check_value("    odd    REG_BINARY    0AF", Some(("odd", None)));
        check_value("    odd    REG_DWORD    many", Some(("odd", None)));
        check_value("    no type    REG_OTHER    1", None);
        check_value("   x    REG_SZ    1", None);
    }

    #[test]
    fn the_default_value_in_any_language() {
        for name in ["(Default)", "(Standard)", "(par défaut)", "(既定)", "(par d\u{fffd}faut)"] {
            check_value(&format!("    {name}    REG_SZ    x"), Some(("", Some("x"))));
        }
        check_value("    (x)    REG_SZ    1", Some(("(x)", Some("1"))));
        let Line::Value(unset) = line("    (Standard)    REG_SZ    (Wert nicht gesetzt)") else { panic!() };
        assert!(unset.is_unset());
    }

    #[test]
    fn what_stands_around() {
        assert_eq!(line("========================"), Line::Heading);
        assert_eq!(line(r"[HKLM\SYSTEM\CurrentControlSet\Services]"), Line::Heading);
        assert_eq!(line(r"-----/[HKLM\SYSTEM\CurrentControlSet\Services]/-----"), Line::Heading);
        assert_eq!(
            line(r"[WARNING] Registry Key 'HKLM:\SOFTWARE\X' does not exist."),
            Line::Absent(r"HKLM\SOFTWARE\X".to_owned())
        );
        assert_eq!(
            line("ERROR: The system was unable to find the specified registry key or value."),
            Line::NotFound
        );
        assert_eq!(
            line("FEHLER: Der angegebene Registrierungsschl\u{201e}ssel bzw. Wert wurde nicht gefunden."),
            Line::NotFound
        );
        assert_eq!(line("ERROR: Access is denied."), Line::Failed);
        assert_eq!(line("End of search: 22 match(es) found."), Line::SearchEnd);
        assert_eq!(line("Services of SRV09 at 10:12"), Line::Other);
        assert_eq!(line(r"HKLMX\a"), Line::Other);
    }
}
