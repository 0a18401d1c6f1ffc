//! What the parts of a log's message look like: which of them are values that a rule would name, which change
//! from run to run, which are codes. All else is the text that a line is known by.

use std::sync::LazyLock;

use regex::Regex;

use crate::code::Code;

/// What a part of a message is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A value with a type and the name that is proposed for it.
    Value(&'static str, String),
    /// It differs from line to line and nobody asks for it.
    Volatile,
    /// The same, and it is a number.
    Counter,
    /// A code; it stays as it is written.
    Code(Code),
}

/// A part of a message, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub start: usize,
    pub end: usize,
    pub shape: Shape,
}

/// What is looked for, the most particular first: where two begin at the same byte, the first counts. The part
/// is the first group, or all of it.
const LOOKS: [(Look, &str); 25] = [
    (Look::Volatile, r#"\[((?:l:)?\d+(?: ml:\d+)?)\]["']"#),
    (Look::Volatile, r"\{l:\d+(?: ml:\d+)? b:[0-9a-f]*\}"),
    (Look::Volatile, r"\b[0-9a-f]{8}@(?:\d{4}/\d+/\d+(?::\d+)+(?:\.\d+)?)?"),
    (Look::Volatile, r"^[0-9a-f]{8}\b"),
    (Look::Volatile, r"\b\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[T: ]\d{1,2}(?::\d{2})+(?:[.:]\d+)?Z?)?\b"),
    (Look::Volatile, r"\b\d{4}-\d{2}\b"),
    (Look::Volatile, r"\bS-1(?:-\d+)+\b"),
    (Look::Volatile, r"\[(\d+\.\d+)\]"),
    (Look::Volatile, r"\b\d{1,2}:\d{2}:\d{2}(?:[.,:]\d+)?(?: [AP]M)?\b"),
    (Look::Volatile, r"\b(?:[A-Z]+\d*\.)?\d{5,}_\d{5,}(?::\d+/?)?"),
    (
        Look::Value("component"),
        r#"(?i)\b[a-z0-9]+_[^\s\\/"']+?_[0-9a-f]{16}_\d+(?:\.\d+){3}_[^\s\\/"'_]+_[0-9a-f]{16}"#,
    ),
    (Look::Value("guid"), r"\{?\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b\}?"),
    (Look::Value("regkey"), r#"["']((?:HKLM|HKCU|HKCR|HKU|HKCC|HKEY_[A-Z_]+)\\[^"'\r\n]+)["']"#),
    (
        Look::Value("regkey"),
        r#"\b(?:HKLM|HKCU|HKCR|HKU|HKCC|HKEY_[A-Z_]+)(?:\\[^\\/:,;"'<>|\[\]\r\n]+)*\\[^\\/:,;"'<>|\[\]()\s]+"#,
    ),
    (Look::Value("path"), r#"["'](?:\\\?\?\\|\\\\\?\\)?([A-Za-z]:\\[^"'\r\n]+)["']"#),
    (
        Look::Value("path"),
        r#"(?:\b[A-Za-z]:|\\\\[\w.$-]+\\[\w.$ -]+)(?:\\[^\\/:*?,;"'<>|\r\n]+)*\\[^\\/:*?,;"'<>|\[\]\s]*[^\\/:*?,;"'<>|\[\]()\s.]"#,
    ),
    (Look::Volatile, r#"\\(?:Device|(?i:registry))\\[^\s"',;]+"#),
    (Look::Service, r#"(?i)service\w*[^"'.;]{0,20}["']([a-z0-9_.$@][a-z0-9_.$@ -]*)["']"#),
    (Look::Value("inf"), r"(?i)\b[a-z0-9_-][a-z0-9_.-]*\.inf\b"),
    (
        Look::Value("package"),
        r"\b[A-Za-z0-9][\w.-]*~[0-9a-f]{16}~\w*~[\w-]*~\d+(?:\.\d+)+(?:\.[0-9a-f]{32})?\b",
    ),
    (Look::Value("kb"), r"\bKB\d{5,8}\b"),
    (Look::Code, r"\b(?:HRESULT|NTSTATUS)_FROM_WIN32\([A-Z0-9_]+\)|\b(?:[A-Z][A-Z0-9]*_)+[A-Z0-9]+\b"),
    (Look::Version, r"(?:\b|\bv)(\d+(?:\.\d+){2,3})\b"),
    (
        Look::File,
        r"(?i)(?:\b|[$~])[\w$~+-][\w.$~+-]*\.(?:dll|exe|sys|mum|cat|cab|msu|msi|msp|xml|wim|esd|manifest|mui|mof|ini|dat|nls|ttf|psf|ps1|psd1|psm1|efi|tlb|ocx|cpl|drv|man|log|txt|jpg|png|js|hiv|dpx)\b",
    ),
    (Look::Number, r"(?:-\b|\b)(?:0[xX][0-9A-Fa-f]+|[0-9A-Fa-f]{8}|\d+)\b"),
];

#[derive(Clone, Copy)]
enum Look {
    Value(&'static str),
    Service,
    Version,
    File,
    Code,
    Number,
    Volatile,
}

static LOOKED_FOR: LazyLock<Vec<(Look, Regex)>> = LazyLock::new(|| {
    LOOKS.iter().filter_map(|(look, shape)| Some((*look, Regex::new(shape).ok()?))).collect()
});

/// Words in front of a number that say that it is a code.
const CODE_WORDS: [&str; 8] = ["result", "error", "status", "code", "hr", "hresult", "ntstatus", "gle"];
/// Words in front of a number that nobody asks for.
const COUNTERS: [&str; 16] = [
    "pid",
    "tid",
    "process",
    "thread",
    "session",
    "sequence",
    "sequenceid",
    "id",
    "handle",
    "flags",
    "index",
    "checksum",
    "offset",
    "line",
    "address",
    "ptr",
];
/// What the last error of the thread is when nobody has set it.
const NOTHING_SET: Code = Code(0x8000_4005);

/// The parts of a message, in their order. What is between them is its text.
pub fn parts(message: &str) -> Vec<Part> {
    let mut found = Vec::new();
    for (rank, (look, regex)) in LOOKED_FOR.iter().enumerate() {
        for captures in regex.captures_iter(message) {
            let Some(at) = captures.get(1).or_else(|| captures.get(0)) else { continue };
            if let Some(shape) = shape(*look, message, at.start(), at.as_str()) {
                found.push((at.start(), rank, Part { start: at.start(), end: at.end(), shape }));
            }
        }
    }
    found.sort_by_key(|(start, rank, _)| (*start, *rank));
    let mut parts: Vec<Part> = Vec::new();
    for (start, _, part) in found {
        if parts.last().is_none_or(|it| it.end <= start) {
            let glued = glued_file(message, &part);
            parts.push(part);
            parts.extend(glued);
        }
    }
    last_errors(message, &mut parts);
    parts
}

fn shape(look: Look, message: &str, start: usize, text: &str) -> Option<Shape> {
    let value = |kind, name: &str| Some(Shape::Value(kind, name.to_owned()));
    match look {
        Look::Volatile => Some(Shape::Volatile),
        Look::Value(kind) => value(kind, if kind == "regkey" { "key" } else { kind }),
        Look::Service => value("service", "service"),
        Look::Version => value("word", "version"),
        // `DISM.EXE: …` is who speaks.
        Look::File => (start > 0).then(|| Shape::Value("filename", "file".to_owned())),
        Look::Code => Code::parse(text).map(Shape::Code),
        Look::Number => number(&message[..start], text, &message[start + text.len()..]),
    }
}

/// A number is a code by its own form or by the word in front of it, else a value by its label, else nothing
/// that anybody asks for. Eight digits without `0x` may also be a word of text.
fn number(before: &str, text: &str, behind: &str) -> Option<Shape> {
    let part_of_more = before.ends_with(['.', '~'])
        || behind
            .strip_prefix(['.', ':', '/'])
            .is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    let (label, separator) = label(before);
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    let is_plain = text.trim_start_matches('-').bytes().all(|it| it.is_ascii_digit());
    let announced = CODE_WORDS.contains(&label.as_str());
    match Code::parse(text) {
        _ if part_of_more => None,
        // "It ended with 0" is what the line says.
        Some(Code(0)) if announced => None,
        Some(code) if announced && code.as_hresult().name().is_some() => Some(Shape::Code(code)),
        Some(code) if (is_hex || text.len() == 8) && code.0 > 0xFFFF && code.is_failure() => (announced
            || code.name().is_some())
        .then_some(Shape::Code(code))
        .or(is_hex.then_some(Shape::Counter)),
        // Decimal, signed or not: Event Viewer and the Task Scheduler write them so.
        Some(code) if text.len() >= 10 && is_plain && code.name().is_some() && code.is_failure() => {
            Some(Shape::Code(code))
        }
        Some(code) if text.starts_with('-') && announced && code.is_failure() => Some(Shape::Code(code)),
        _ if !is_hex && !is_plain => None,
        _ if separator && !is_hex && label.len() > 1 && !COUNTERS.contains(&label.as_str()) => {
            Some(Shape::Value("number", label))
        }
        _ => Some(Shape::Counter),
    }
}

/// The word in front of a number as a name, and whether `:` or `=` stands between them.
fn label(before: &str) -> (String, bool) {
    let trimmed = before.trim_end();
    let word_end = trimmed.trim_end_matches([':', '=', '(']).trim_end();
    let separator = trimmed.ends_with([':', '=']);
    let word =
        word_end.rsplit(|it: char| !it.is_ascii_alphanumeric() && it != '_').next().unwrap_or_default();
    let word = word.trim_start_matches(|it: char| !it.is_ascii_alphabetic());
    (word.to_ascii_lowercase(), separator)
}

/// Servicing writes a component and its file without anything between them.
fn glued_file(message: &str, part: &Part) -> Option<Part> {
    static FILE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^\\?([\w$~+-][\w.$~+-]*\.\w+)").ok());
    if !matches!(part.shape, Shape::Value("component", _)) {
        return None;
    }
    let at = FILE.as_ref()?.captures(&message[part.end..])?.get(1)?;
    let (start, end) = (part.end + at.start(), part.end + at.end());
    Some(Part { start, end, shape: Shape::Value("filename", "file".to_owned()) })
}

/// `[gle=0x…]` is the thread's last error, often of something else before. It counts where the line shows no
/// other code.
fn last_errors(message: &str, parts: &mut [Part]) {
    let is_last = |it: &Part| message[..it.start].ends_with("gle=");
    let is_code = |it: &Part| matches!(it.shape, Shape::Code(_));
    let others = parts.iter().any(|it| is_code(it) && !is_last(it));
    for part in parts.iter_mut().filter(|it| is_last(it)) {
        if others || part.shape == Shape::Code(NOTHING_SET) {
            part.shape = Shape::Counter;
        }
    }
}
