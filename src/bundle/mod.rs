//! A bundle is what was sent in for one case: a zip file, a folder, loose logs, or several of these. Its
//! members are read in place, archives inside archives too; nothing is ever unpacked to disk.

mod inputs;
mod zip;
mod limits;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

pub use inputs::{Inputs, cases};
pub use limits::Limits;

/// All that belongs to one case, before anything of it is read.
#[derive(Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The case's name, unique in the run.
    pub name: String,
    /// The input as it was given; never an absolute path of this machine.
    pub source: String,
    /// Where it lies: cases are told in the order of their paths.
    place: PathBuf,
    files: Vec<FileMember>,
}

/// A file on disk and the path that the report calls it by. An archive that is the whole case has no path of
/// its own: its members are named as they are inside.
#[derive(Debug, PartialEq, Eq)]
struct FileMember {
    on_disk: PathBuf,
    path: String,
    whole_case: bool,
}

/// A member of a bundle that is no archive, ready to be read from its start.
pub struct Entry<'a> {
    /// Counts the members of the bundle, the same way at every reading.
    pub number: usize,
    /// `Windows-Logs.zip!/CBS.log`: the path inside the bundle, as it was written there.
    pub path: &'a str,
    /// The first bytes; reading starts with them again.
    pub head: &'a [u8],
    pub reader: &'a mut dyn Read,
}

/// A member, or a part of one, that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
    pub kind: SkipKind,
}

/// Why something was not read, as far as the exit status and the verdict depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipKind {
    /// Damaged, encrypted or over a limit: the case is read in part only.
    Loss,
    /// Whole, but of a kind that is not read, and it might have told of a failure.
    Blind,
    /// A file without content: it may stand for one that could not be collected.
    Empty,
    /// Whole, and nothing is lost by not reading it.
    Harmless,
}

/// What reads the members: takes one, and says what was wrong with its bytes if anything was.
pub type Visit<'v> = dyn FnMut(Entry<'_>) -> io::Result<()> + 'v;

/// An archive must be read at any place, so a nested one is held in memory.
trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// How many bytes of a member are shown to whoever decides what it is.
const HEAD: usize = 64 << 10;

impl Bundle {
    /// Shows every member to `visit`, in the order in which they are stored, and tells what could not be read.
    pub fn read(&self, limits: &Limits, passwords: &[String], visit: &mut Visit<'_>) -> Vec<Skipped> {
        let mut reading = Reading { limits, passwords, visit, skipped: Vec::new(), number: 0, held: 0 };
        for file in &self.files {
            reading.file(file);
        }
        if self.files.is_empty() {
            reading.skip(&self.source, "the folder is empty", SkipKind::Loss);
        }
        reading.skipped
    }

    /// The members' paths.
    #[cfg(test)]
    fn paths(&self) -> Vec<&str> {
        self.files.iter().map(|it| it.path.as_str()).collect()
    }
}

/// One pass over a bundle.
struct Reading<'r, 'v> {
    limits: &'r Limits,
    passwords: &'r [String],
    visit: &'r mut Visit<'v>,
    skipped: Vec<Skipped>,
    number: usize,
    /// Bytes of nested archives that are in memory now.
    held: u64,
}

impl Reading<'_, '_> {
    fn skip(&mut self, path: &str, reason: impl Into<String>, kind: SkipKind) {
        self.skipped.push(Skipped { path: path.to_owned(), reason: reason.into(), kind });
    }

    fn file(&mut self, file: &FileMember) {
        let mut open = match open(&file.on_disk) {
            Ok(open) => BufReader::with_capacity(HEAD, open),
            Err((kind, reason)) => return self.skip(&file.path, reason, kind),
        };
        let mut head = Vec::new();
        let start = (&mut open).take(HEAD as u64).read_to_end(&mut head).and_then(|_| open.rewind());
        if let Err(error) = start {
            return self.skip(&file.path, format!("cannot be read: {error}"), SkipKind::Loss);
        }
        if zip::is_zip(&file.path, &head) {
            let inside = if file.whole_case { String::new() } else { format!("{}!/", file.path) };
            self.archive(&file.path, &inside, &mut open, 1);
        } else {
            self.entry(&file.path, &head, &mut open);
        }
    }

    /// A member of an archive that stands `depth` archives deep.
    fn member(&mut self, path: &str, reader: &mut dyn Read, depth: usize) {
        let mut limited = self.limits.member(reader);
        let mut head = Vec::new();
        if let Err(error) = (&mut limited).take(HEAD as u64).read_to_end(&mut head) {
            // What came before the damage is still worth reading.
            let mut broken = Cursor::new(head.clone()).chain(Failing(Some(error)));
            return self.entry(path, &head, &mut broken);
        }
        if head.is_empty() || !zip::is_zip(path, &head) {
            return self.entry(path, &head, &mut Cursor::new(&head).chain(limited));
        }
        if depth >= self.limits.depth {
            let reason = format!("an archive inside {depth} others; no deeper ones are opened");
            return self.skip(path, reason, SkipKind::Loss);
        }
        // Archives around this one are held too: together they may not grow beyond the limit.
        match self.limits.nested_archive(&head, &mut limited, self.held) {
            Ok(bytes) => {
                let size = bytes.len() as u64;
                self.held += size;
                self.archive(path, &format!("{path}!/"), &mut Cursor::new(bytes), depth + 1);
                self.held -= size;
            }
            Err(error) => self.skip(path, zip::in_words(&error), SkipKind::Loss),
        }
    }

    fn entry(&mut self, path: &str, head: &[u8], reader: &mut dyn Read) {
        self.number += 1;
        if head.is_empty() {
            // Whether there is nothing, or nothing could be read, is known only after trying.
            return match reader.read(&mut [0]) {
                Ok(_) => self.skip(path, "an empty file (0 bytes)", SkipKind::Empty),
                Err(error) => self.skip(path, zip::in_words(&error), SkipKind::Loss),
            };
        }
        if let Err(error) = (self.visit)(Entry { number: self.number, path, head, reader }) {
            self.skip(path, format!("read in part only: {}", zip::in_words(&error)), SkipKind::Loss);
        }
    }
}

/// A reader that has nothing left but its error.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

fn open(path: &Path) -> Result<File, (SkipKind, String)> {
    let lost = |what: &str, error: io::Error| (SkipKind::Loss, format!("{what}: {error}"));
    let meta = path.symlink_metadata().map_err(|error| lost("cannot be read", error))?;
    if meta.is_symlink() {
        return Err((SkipKind::Blind, "a link, not followed".to_owned()));
    }
    if meta.is_dir() {
        let error = path.read_dir().err().unwrap_or_else(|| io::Error::other("changed while it was read"));
        return Err(lost("a folder that cannot be opened", error));
    }
    // Opening a pipe would wait for whoever writes to it.
    if !meta.is_file() {
        return Err((SkipKind::Blind, "neither a file nor a folder".to_owned()));
    }
    File::open(path).map_err(|error| lost("cannot be opened", error))
}

#[cfg(test)]
mod tests;
