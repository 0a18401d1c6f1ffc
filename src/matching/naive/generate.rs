//! Logs and libraries made from a seed: lines of the shipped samples and lines that fit a made-up pattern, whole,
//! bent and broken, in every order.

use std::collections::HashMap;

use fastrand::Rng;

use crate::rule::Library;
use crate::source::{FORMATS, Format};

/// Words that patterns and lines are made of; some are the start, the end or the inside of another.
const WORDS: [&str; 22] = [
    "Failed to ",
    "stage",
    "re-stage",
    "mount",
    "package",
    "the driver",
    "HRESULT",
    "Error",
    "queue item",
    "abcd",
    "bcde",
    "abcdefgh",
    "cdef",
    "aaaa",
    "aaab",
    "xy",
    "größe",
    "Kelvin",
    "install",
    "uninstall",
    ": result ",
    "[l:4]'",
];

/// Providers of events.
const PROVIDERS: [&str; 3] = ["Microsoft-Windows-WindowsUpdateClient", "Microsoft-Windows-Servicing", "Disk"];

/// Lines of the samples of the shipped library, by format.
pub struct Stock {
    lines: HashMap<&'static str, Vec<String>>,
}

impl Stock {
    pub fn of(library: &Library) -> Self {
        let mut lines: HashMap<&'static str, Vec<String>> = HashMap::new();
        let samples = library.rules.iter().flat_map(|it| &it.samples);
        let signals = library.failures.iter().chain(&library.facts).flat_map(|it| &it.samples);
        for sample in samples.chain(signals) {
            lines.entry(sample.format).or_default().extend(sample.text.lines().map(str::to_owned));
        }
        Self { lines }
    }

    pub fn line<'s>(&'s self, rng: &mut Rng, format: &dyn Format) -> &'s str {
        self.lines.get(format.name()).map_or("", |it| &it[rng.usize(..it.len())])
    }

    /// A line that a record starts with.
    fn start<'s>(&'s self, rng: &mut Rng, format: &dyn Format) -> &'s str {
        let mut starts = (0..50).map(|_| self.line(rng, format));
        starts.find(|it| format.starts_record(it.as_bytes())).unwrap_or("2024-03-12 03:14:07, Info")
    }
}

/// The formats that are scanned.
pub fn formats() -> Vec<&'static dyn Format> {
    FORMATS.iter().copied().filter(|it| it.tree().is_none()).collect()
}

pub fn pick<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(..of.len())]
}

/// A piece of a pattern, and two texts that it fits.
fn piece(rng: &mut Rng, captures: &mut usize) -> (String, [String; 2]) {
    let (word, other) = (pick(rng, &WORDS), pick(rng, &WORDS));
    let (plain, escaped) = (regex::escape(word), regex::escape(other));
    let texts = |one: &str, two: &str| [one.to_owned(), two.to_owned()];
    match rng.u8(..20) {
        0 => (format!("(?:{plain}|{escaped})"), texts(word, other)),
        1 => (format!("(?:{plain}|{escaped}|abcd\\w*)"), texts(other, "abcd1")),
        2 => (format!("(?:{plain})?"), texts(word, "")),
        3 => (format!("(?i:{plain})"), [word.to_uppercase(), word.to_lowercase()]),
        4 | 5 => {
            *captures += 1;
            (format!(" (?<n{captures}>\\w+) "), texts(" v1 ", " v2 "))
        }
        6 => (r"\d+".to_owned(), texts("0", "65535")),
        7 => (".*".to_owned(), texts("", other)),
        8 => ("[Ss]tage".to_owned(), texts("stage", "Stage")),
        9 => (format!("(?:{plain}){{1,3}}"), [word.to_owned(), word.repeat(3)]),
        10 => (r"0x(?i:8007000d)\b".to_owned(), texts("0x8007000d", "0x8007000D")),
        11 => ("(?s:.*)".to_owned(), ["\n    ".to_owned() + other, String::new()]),
        12 => {
            *captures += 2;
            let (one, two) = (*captures - 1, *captures);
            let texts = texts("stage v1", "mount v1");
            (format!(r"(?:stage (?<n{one}>\w+)|mount (?<n{two}>\w+))"), texts)
        }
        13 => (" ".to_owned(), texts(" ", " ")),
        _ => (plain, texts(word, word)),
    }
}

/// A piece of a pattern in the plain form, with placeholders.
fn plain_piece(rng: &mut Rng, captures: &mut usize) -> (String, [String; 2]) {
    let word = pick(rng, &WORDS).replace(['[', '\''], "");
    let texts = |one: &str, two: &str| [one.to_owned(), two.to_owned()];
    match rng.u8(..8) {
        0 => (format!("{{?{word}}}"), texts(&word, "")),
        1 => {
            *captures += 1;
            (format!(" {{n{captures}:word}} "), texts(" v1 ", " v2 "))
        }
        2 => (" {_:number}".to_owned(), texts(" 0", " 17")),
        3 => ("0x8007000D".to_owned(), texts("0x8007000d", "0x8007000d0")),
        4 => (format!("{word}  {word}"), [format!("{word}\t   {word}"), format!("{word} {word}")]),
        _ => (word.clone(), texts(&word, &word)),
    }
}

/// A pattern as a rule has it, and texts that it may fit.
fn pattern(rng: &mut Rng, captures: &mut usize) -> (String, Vec<String>) {
    let is_plain = rng.u8(..3) == 0;
    let piece = if is_plain { plain_piece } else { piece };
    let pieces: Vec<_> = (0..rng.usize(1..5)).map(|_| piece(rng, captures)).collect();
    let written: String = pieces.iter().map(|it| it.0.as_str()).collect();
    let text =
        |rng: &mut Rng| pieces.iter().map(|it| it.1[rng.usize(..2)].as_str()).collect::<String>() + "x";
    let texts = (0..4).map(|_| text(rng)).collect();
    match is_plain && !written.trim().is_empty() {
        true => (format!("match = '''{written}'''\n"), texts),
        false if is_plain => ("match = '''abcd'''\n".to_owned(), texts),
        false => (format!("regex = '''{written}x?'''\n"), texts),
    }
}

/// A library of conditions that nobody would write, and texts that they may find.
#[derive(Default)]
pub struct Made {
    pub article: String,
    texts: Vec<String>,
}

pub fn library(rng: &mut Rng, format: &dyn Format, slow: bool) -> Made {
    let (mut conditions, mut texts) = (String::new(), Vec::new());
    let mut captures = 0;
    let mut one = |rng: &mut Rng| {
        let (written, fitting) = pattern(rng, &mut captures);
        texts.extend(fitting);
        written
    };
    let is_event = format.number("").is_none() && format.fits_bytes(b"ElfFile\0");
    for _ in 0..rng.usize(1..7) {
        conditions += "\n[[when]]\n";
        if is_event && rng.u8(..3) > 0 {
            let provider = pick(rng, &PROVIDERS);
            conditions += &format!("event = \"{provider}\"\n");
            if rng.bool() {
                conditions += "id = [\"20\", \"19\", \"7\"]\n";
            }
            if rng.bool() {
                conditions += &one(rng);
            }
            continue;
        }
        conditions += &format!("in = \"{}\"\n", format.name());
        conditions += &one(rng);
        if rng.u8(..4) == 0 {
            conditions += pick(rng, &["within = 3\n", "within = 40\n", "within = \"1 minute\"\n"]);
            if rng.bool() {
                conditions += &format!("[when.broken_by]\n{}", one(rng));
            }
            for _ in 0..rng.usize(1..3) {
                conditions += &format!("[[when.then]]\n{}", one(rng));
            }
        } else if rng.u8(..4) == 0 {
            conditions += "at_least = 2\n";
        }
    }
    if slow {
        conditions +=
            &format!("\n[[when]]\nin = \"{}\"\nslow = true\nregex = '''(?<all>\\d\\d+)x'''\n", format.name());
    }
    Made { article: super::article(&conditions), texts }
}

impl Made {
    /// One of its texts, as it is or bent.
    pub fn text(&self, rng: &mut Rng) -> Vec<u8> {
        let text = if self.texts.is_empty() { "" } else { &self.texts[rng.usize(..self.texts.len())] };
        bent(rng, text.as_bytes().to_vec())
    }
}

/// Now and then, a text that is not quite the same.
fn bent(rng: &mut Rng, mut text: Vec<u8>) -> Vec<u8> {
    if text.is_empty() || rng.u8(..3) > 0 {
        return text;
    }
    let at = rng.usize(..text.len());
    match rng.u8(..8) {
        0 => text[at] ^= 0x20,
        1 => drop(text.remove(at)),
        2 => text.insert(at, b'\r'),
        3 => text.insert(at, 0),
        4 => text.insert(at, 0xFC),
        5 => text.truncate(at),
        6 => drop(text.splice(at..at, "ü–".bytes())),
        _ => text.make_ascii_uppercase(),
    }
    text
}

/// A log of about so many lines.
pub fn log(rng: &mut Rng, stock: &Stock, format: &dyn Format, made: &Made, lines: usize) -> Vec<u8> {
    let mut log = Vec::new();
    for _ in 0..lines {
        match rng.u8(..16) {
            0 => {}
            1 => {
                let line = stock.line(rng, format).as_bytes().to_vec();
                log.extend(bent(rng, line));
            }
            2 => log.extend((0..rng.usize(..6)).flat_map(|_| pick(rng, &WORDS).bytes())),
            3 | 4 => {
                log.extend(b"    ");
                log.extend(made.text(rng));
            }
            5 if rng.bool() => log.extend(made.text(rng)),
            5 => {
                log.extend(b"  Source: ");
                log.extend(pick(rng, &PROVIDERS).bytes());
            }
            6 => log.resize(log.len() + rng.usize(..130), 0),
            7 | 8 => log.extend(stock.line(rng, format).bytes()),
            _ => {
                log.extend(stock.start(rng, format).bytes());
                for _ in 0..rng.usize(..3) {
                    log.push(b' ');
                    log.extend(made.text(rng));
                }
            }
        }
        log.extend_from_slice(if rng.u8(..4) == 0 { b"\n" } else { b"\r\n" });
    }
    if rng.bool() {
        log.truncate(log.len().saturating_sub(rng.usize(..4)));
    }
    log
}
