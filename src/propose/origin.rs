//! The line that an article is proposed from: where it stands (`case.zip!/Logs.zip!/CBS.log:812`), and its record.

use std::io;
use std::path::{Path, PathBuf};

use crate::bundle::{Bundle, Entry, Inputs, Limits, Skipped, cases};
use crate::source::{Format, Providers, Taken, identify};
use crate::text::{Blocks, Encoding, decode_line, visible};

/// A line of a file on disk or of a member of a bundle.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// The file or folder on disk.
    pub on_disk: PathBuf,
    /// The path inside of it; empty where the file itself is meant.
    pub inside: String,
    /// Counted from 1.
    pub line: u64,
}

/// A record, by its lines, and which of them was meant.
pub struct Origin {
    pub format: &'static dyn Format,
    pub lines: Vec<String>,
    pub meant: usize,
}

/// Why a line cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    #[error("`{given}` does not say which line: write FILE:LINE, as in CBS.log:812 or case.zip!/CBS.log:812")]
    NoLine { given: String },
    #[error("{0}")]
    Input(String),
    #[error("{path} is a {what}: say which log in it is meant, as in {path}{between}{example}:{line}")]
    NotALog { path: String, what: &'static str, between: &'static str, example: String, line: u64 },
    #[error("{path} holds no `{inside}`{like}")]
    NoMember { path: String, inside: String, like: String },
    #[error("{path}: {reason}")]
    Unread { path: String, reason: String },
    #[error("{path} has {lines} lines, so there is no line {line}")]
    TooShort { path: String, lines: u64, line: u64 },
    #[error("line {line} of {path} is empty: choose one that tells of the failure")]
    Empty { path: String, line: u64 },
}

impl Place {
    /// From `FILE:LINE`, `case.zip!/member:LINE` or `folder/member:LINE`.
    pub fn parse(given: &str) -> Result<Self, OriginError> {
        let no_line = || OriginError::NoLine { given: given.to_owned() };
        let (path, line) = given.rsplit_once(':').ok_or_else(no_line)?;
        let line = line.parse().ok().filter(|it| *it > 0).ok_or_else(no_line)?;
        let at = path.match_indices('!').map(|(at, _)| at);
        let inside_of =
            |at: &usize| path[at + 1..].starts_with(['/', '\\']) && Path::new(&path[..*at]).exists();
        let (on_disk, inside) = match at.into_iter().find(inside_of) {
            Some(at) => (&path[..at], path[at + 2..].replace('\\', "/")),
            None => (path, String::new()),
        };
        Ok(Self { on_disk: PathBuf::from(on_disk), inside, line })
    }

    /// Reads the record that the line belongs to.
    pub fn read(&self) -> Result<Origin, OriginError> {
        let shown = self.on_disk.display().to_string();
        let paths = [self.on_disk.clone()];
        let inputs =
            Inputs { paths: &paths, one_case: Some("new"), output: Path::new(""), is_source: &|_| false };
        let bundle: Option<Bundle> =
            cases(&inputs).map_err(|it| OriginError::Input(it.to_string()))?.into_iter().next();
        let wanted = self.wanted();
        let mut search = Search { place: self, wanted: &wanted, seen: Vec::new(), outcome: None };
        let skipped = bundle.map_or_else(Vec::new, |it| {
            it.read_in_order(&Limits::default(), &[], &mut |entry| search.entry(entry))
        });
        let Search { seen, outcome, .. } = search;
        outcome.unwrap_or_else(|| Err(self.missing(&shown, &wanted, &seen, &skipped)))
    }

    /// The path that the bundle calls the member by.
    fn wanted(&self) -> String {
        let leaf = self.on_disk.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        match (self.on_disk.is_dir(), self.inside.is_empty()) {
            (true, _) => self.inside.clone(),
            (false, true) => leaf,
            (false, false) => format!("{leaf}!/{}", self.inside),
        }
    }

    /// Why no member of this name was read.
    fn missing(&self, shown: &str, wanted: &str, seen: &[String], skipped: &[Skipped]) -> OriginError {
        if let Some(it) = skipped.iter().find(|it| is_same(&it.path, wanted)) {
            return OriginError::Unread { path: shown_path(shown, &self.inside), reason: it.reason.clone() };
        }
        let leaf = self.on_disk.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        let inner = |it: &str| it.strip_prefix(&format!("{leaf}!/")).unwrap_or(it).to_owned();
        let members: Vec<String> = seen.iter().map(|it| inner(it)).collect();
        let log = members.iter().find(|it| it.to_ascii_lowercase().ends_with(".log")).or(members.first());
        match log {
            Some(log) if self.inside.is_empty() => OriginError::NotALog {
                path: shown.to_owned(),
                what: if self.on_disk.is_dir() { "folder" } else { "zip file" },
                between: "!/",
                example: log.clone(),
                line: self.line,
            },
            _ => OriginError::NoMember {
                path: shown.to_owned(),
                inside: self.inside.clone(),
                like: nearest(&self.inside, &members),
            },
        }
    }
}

fn shown_path(on_disk: &str, inside: &str) -> String {
    if inside.is_empty() { on_disk.to_owned() } else { format!("{on_disk}!/{inside}") }
}

/// A member of the same file name, or else of the most similar path.
fn nearest(wanted: &str, members: &[String]) -> String {
    let leaf = |it: &str| it.rsplit('/').next().unwrap_or(it).to_ascii_lowercase();
    let near =
        members.iter().min_by_key(|it| (leaf(it) != leaf(wanted), strsim::damerau_levenshtein(it, wanted)));
    near.map_or_else(|| ": there is no file in it".to_owned(), |it| format!("; did you mean `{it}`?"))
}

/// Windows does not tell upper from lower case, and writes either slash.
fn is_same(one: &str, other: &str) -> bool {
    one.replace('\\', "/").eq_ignore_ascii_case(&other.replace('\\', "/"))
}

/// Goes through the members of a bundle to the one that is wanted.
struct Search<'s> {
    place: &'s Place,
    wanted: &'s str,
    seen: Vec<String>,
    outcome: Option<Result<Origin, OriginError>>,
}

impl Search<'_> {
    fn entry(&mut self, entry: Entry<'_>) {
        let exact = entry.path == self.wanted;
        if !is_same(entry.path, self.wanted) || (self.outcome.is_some() && !exact) {
            self.seen.push(entry.path.to_owned());
            return;
        }
        self.outcome = Some(self.record(entry));
    }

    fn record(&self, entry: Entry<'_>) -> Result<Origin, OriginError> {
        let path = || shown_path(&self.place.on_disk.display().to_string(), &self.place.inside);
        let cannot = |reason: String| OriginError::Unread { path: path(), reason };
        let (format, encoding, mark) = match identify(entry.path, entry.head) {
            Taken::Unread(kind) => return Err(cannot(kind.reason.to_owned())),
            Taken::Text { format, encoding, mark } => (format, encoding, mark),
            Taken::Bytes(format) => (format, Encoding::Bytes, 0),
        };
        let mut record = Record {
            format,
            wanted: self.place.line,
            number: 0,
            lines: Vec::new(),
            meant: None,
            made: false,
        };
        let damage = if let Some(mut made) = format.decoder(entry.head, entry.reader, &Providers::All) {
            record.made = true;
            record.read(&mut Blocks::new(&mut made, Encoding::Bytes))
        } else {
            let open = Blocks::open(entry.reader, encoding, mark);
            record.read(&mut open.map_err(|error| cannot(error.to_string()))?)
        };
        let Some(meant) = record.meant else {
            return Err(match damage {
                Some(error) => cannot(format!("cannot be read as far as line {}: {error}", record.wanted)),
                None if record.made => {
                    cannot(format!("none of its records has the number {}", record.wanted))
                }
                None => OriginError::TooShort { path: path(), lines: record.number, line: record.wanted },
            });
        };
        if record.lines[meant].trim().is_empty() {
            return Err(OriginError::Empty { path: path(), line: record.wanted });
        }
        Ok(Origin { format, lines: record.lines, meant })
    }
}

/// The lines from the start of a record on.
struct Record {
    format: &'static dyn Format,
    wanted: u64,
    number: u64,
    lines: Vec<String>,
    meant: Option<usize>,
    /// Whether the lines were made of something else: then the record itself tells where it stands.
    made: bool,
}

impl Record {
    /// Reads up to the end of the record that has the wanted line. Returns what cut the source short.
    fn read(&mut self, blocks: &mut Blocks<'_>) -> Option<io::Error> {
        let mut goes_on = true;
        blocks.each_line(&mut |number, line| {
            goes_on = self.line(number, line);
            goes_on
        });
        if goes_on { blocks.outcome().err() } else { None }
    }

    /// Takes a line; tells whether more may belong to the record.
    fn line(&mut self, number: u64, bytes: &[u8]) -> bool {
        /// The matcher looks no further back for the start of a record.
        const RECORD_LIMIT: usize = 64 << 10;
        let is_full = self.lines.iter().map(String::len).sum::<usize>() > RECORD_LIMIT;
        if self.format.starts_record(bytes) || is_full {
            if self.meant.is_some() {
                return false;
            }
            self.lines.clear();
        }
        let line = decode_line(bytes).trim_end_matches(['\r', '\n']).to_owned();
        let told = self.format.number(&line);
        self.number = told.unwrap_or(if self.made { self.number } else { number });
        self.lines.push(line);
        if self.number == self.wanted && (told.is_some() || !self.made) {
            self.meant = Some(self.lines.len() - 1);
        }
        true
    }
}

impl Origin {
    /// From a line, or a record of several, that was typed or pasted.
    pub fn of_text(format: &'static dyn Format, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(|it| it.trim_end_matches('\r').to_owned()).collect();
        let meant = lines.iter().position(|it| !it.trim().is_empty()).unwrap_or(0);
        Self { format, lines, meant }
    }

    /// The record as a sample can hold it: what cannot be seen is replaced, and of a long record (a section of
    /// setupapi.dev.log) only the lines around the one that is meant stand behind its first.
    pub(super) fn text(&self) -> String {
        const AROUND: usize = 10;
        let near = |at: usize| at == 0 || at.abs_diff(self.meant) <= AROUND;
        let lines = self.lines.iter().enumerate().filter(|(at, _)| near(*at)).map(|(_, line)| plain(line));
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    /// The part of the record that the pattern is made from: the line that is meant, without the fields in
    /// front; where all of it is fields, the first line of the message.
    pub(super) fn message<'t>(&self, text: &'t str) -> Option<&'t str> {
        const LONGEST: usize = 2000;
        let message = self.format.record(text).message.trim();
        let meant = plain(self.lines.get(self.meant)?);
        let first = message.lines().next().unwrap_or_default().trim();
        let within = message.lines().map(str::trim).filter(|it| !it.is_empty() && meant.trim().ends_with(it));
        let (cut, is_cut) = crate::text::cut(within.max_by_key(|it| it.len()).unwrap_or(first), LONGEST);
        let cut = if is_cut { cut.rsplit_once(' ').map_or(cut, |(before, _)| before) } else { cut };
        (!cut.is_empty()).then_some(cut)
    }
}

/// A line with a replacement character for each one that cannot be seen.
fn plain(line: &str) -> String {
    let hidden = |it: char| it != '\t' && visible(it.encode_utf8(&mut [0; 4])).len() != it.len_utf8();
    line.chars().map(|it| if hidden(it) { char::REPLACEMENT_CHARACTER } else { it }).collect()
}
