//! A bundle is what was sent in for one case: a zip file, a folder, loose logs, or several of these. Its
//! members are read in place, archives inside archives too; nothing is ever unpacked to disk.

#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "not yet called by the reading of bundles"))]
mod container;
mod inputs;
mod zip;
mod inflate;
mod limits;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

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

impl FileMember {
    fn size(&self) -> u64 {
        self.on_disk.symlink_metadata().map_or(0, |it| it.len())
    }
}

/// A member of a bundle that is no archive, ready to be read from its start.
pub struct Entry<'a> {
    /// Where it stands in the bundle, the same at every reading.
    pub position: &'a Position,
    /// `Windows-Logs.zip!/CBS.log`: the path inside the bundle, as it was written there.
    pub path: &'a str,
    /// The first bytes; reading starts with them again.
    pub head: &'a [u8],
    pub reader: &'a mut dyn Read,
}

/// The number of a file in its bundle, of a member in that file, and so on. Positions sort as members are stored.
pub type Position = Vec<usize>;

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

/// What of a member could not be read.
#[derive(Debug)]
pub struct Loss {
    pub reason: String,
    pub kind: SkipKind,
}

impl Loss {
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: SkipKind::Loss }
    }

    /// The rest of a member, behind where it is damaged.
    pub fn of_rest(error: &io::Error) -> Self {
        Self::new(format!("read in part only: {}", zip::in_words(error)))
    }
}

/// What reads the members: takes one, and says what of it could not be read. Members may come in any order and
/// several at the same time.
pub type Visit<'v> = dyn Fn(Entry<'_>) -> Vec<Loss> + Sync + 'v;

/// Does several pieces of work, whose sizes tell how long each will take.
pub trait Crew: Sync {
    fn each(&self, sizes: &[u64], work: &(dyn Fn(usize) + Sync));
}

/// One after the other.
struct Alone;

impl Crew for Alone {
    fn each(&self, sizes: &[u64], work: &(dyn Fn(usize) + Sync)) {
        (0..sizes.len()).for_each(work);
    }
}

/// How a bundle is read.
pub struct Reader<'r> {
    pub limits: &'r Limits,
    pub passwords: &'r [String],
    pub crew: &'r dyn Crew,
    /// Whether anything at this position, or below it, is wanted.
    pub wanted: &'r (dyn Fn(&Position) -> bool + Sync),
}

/// An archive must be read at any place, so a nested one is held in memory.
trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// How many bytes of a member are shown to whoever decides what it is.
const HEAD: usize = 64 << 10;

impl Bundle {
    /// How many bytes its files take on disk.
    pub fn size(&self) -> u64 {
        self.files.iter().map(FileMember::size).sum()
    }

    /// Shows every member to `visit`, and tells what could not be read, in the order in which it is stored.
    pub fn read(&self, reader: &Reader<'_>, visit: &Visit<'_>) -> Vec<Skipped> {
        let reading = Reading { reader, visit, skipped: Mutex::default() };
        let sizes: Vec<u64> = self.files.iter().map(FileMember::size).collect();
        reader.crew.each(&sizes, &|number| reading.file(&self.files[number], number));
        if self.files.is_empty() {
            reading.skip(&vec![0], &self.source, "the folder is empty", SkipKind::Loss);
        }
        let mut skipped = reading.skipped.into_inner().unwrap_or_else(PoisonError::into_inner);
        skipped.sort_by(|one, other| one.0.cmp(&other.0));
        skipped.into_iter().map(|(_, skipped)| skipped).collect()
    }

    /// Shows every member in the order in which they are stored.
    pub fn read_in_order(
        &self,
        limits: &Limits,
        passwords: &[String],
        visit: &mut (dyn FnMut(Entry<'_>) + Send),
    ) -> Vec<Skipped> {
        let visit = Mutex::new(visit);
        let reader = Reader { limits, passwords, crew: &Alone, wanted: &|_| true };
        self.read(&reader, &|entry| {
            (visit.lock().unwrap_or_else(PoisonError::into_inner))(entry);
            Vec::new()
        })
    }

    /// The members' paths.
    #[cfg(test)]
    fn paths(&self) -> Vec<&str> {
        self.files.iter().map(|it| it.path.as_str()).collect()
    }
}

/// One pass over a bundle.
struct Reading<'r> {
    reader: &'r Reader<'r>,
    visit: &'r Visit<'r>,
    skipped: Mutex<Vec<(Position, Skipped)>>,
}

/// Where an archive stands whose members are read.
struct Inside {
    position: Position,
    /// What the members' paths start with.
    path: String,
    /// How many archives deep its members are.
    depth: usize,
    /// Bytes of it and of the archives around it that are held in memory.
    held: u64,
}

impl Inside {
    /// The position of a member.
    fn at(&self, number: usize) -> Position {
        self.position.iter().copied().chain([number]).collect()
    }
}

/// An archive that can be opened as often as it has members that are read at the same time.
enum Archive<'a> {
    OnDisk(&'a Path),
    InMemory(&'a [u8]),
}

impl Archive<'_> {
    fn open(&self) -> io::Result<Box<dyn ReadSeek + '_>> {
        Ok(match self {
            Self::OnDisk(path) => Box::new(BufReader::with_capacity(HEAD, File::open(path)?)),
            Self::InMemory(bytes) => Box::new(Cursor::new(bytes)),
        })
    }
}

impl Reading<'_> {
    fn skip(&self, position: &Position, path: &str, reason: impl Into<String>, kind: SkipKind) {
        let skipped = Skipped { path: path.to_owned(), reason: reason.into(), kind };
        let mut all = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((position.clone(), skipped));
    }

    fn file(&self, file: &FileMember, number: usize) {
        let position = vec![number];
        if !(self.reader.wanted)(&position) {
            return;
        }
        let mut open = match open(&file.on_disk) {
            Ok(open) => BufReader::with_capacity(HEAD, open),
            Err((kind, reason)) => return self.skip(&position, &file.path, reason, kind),
        };
        let mut head = Vec::new();
        let start = (&mut open).take(HEAD as u64).read_to_end(&mut head).and_then(|_| open.rewind());
        if let Err(error) = start {
            return self.skip(&position, &file.path, format!("cannot be read: {error}"), SkipKind::Loss);
        }
        if zip::is_zip(&file.path, &head) {
            let path = if file.whole_case { String::new() } else { format!("{}!/", file.path) };
            let inside = Inside { position, path, depth: 1, held: 0 };
            self.archive(&file.path, &Archive::OnDisk(&file.on_disk), &inside);
        } else {
            self.entry(&position, &file.path, &head, &mut open);
        }
    }

    /// A member of the archive `around` it.
    fn member(&self, position: Position, path: &str, reader: &mut dyn Read, around: &Inside) {
        let limits = self.reader.limits;
        let mut limited = limits.member(reader);
        let mut head = Vec::new();
        if let Err(error) = (&mut limited).take(HEAD as u64).read_to_end(&mut head) {
            // What came before the damage is still worth reading.
            let mut broken = Cursor::new(head.clone()).chain(Failing(Some(error)));
            return self.entry(&position, path, &head, &mut broken);
        }
        if head.is_empty() || !zip::is_zip(path, &head) {
            return self.entry(&position, path, &head, &mut Cursor::new(&head).chain(limited));
        }
        if around.depth >= limits.depth {
            let reason = format!("an archive inside {} others; no deeper ones are opened", around.depth);
            return self.skip(&position, path, reason, SkipKind::Loss);
        }
        // Archives around this one are held too: together they may not grow beyond the limit.
        match limits.nested_archive(&head, &mut limited, around.held) {
            Ok(bytes) => {
                let held = around.held + bytes.len() as u64;
                let inside = Inside { position, path: format!("{path}!/"), depth: around.depth + 1, held };
                self.archive(path, &Archive::InMemory(&bytes), &inside);
            }
            Err(error) => self.skip(&position, path, zip::in_words(&error), SkipKind::Loss),
        }
    }

    fn entry(&self, position: &Position, path: &str, head: &[u8], reader: &mut dyn Read) {
        if head.is_empty() {
            // Whether there is nothing, or nothing could be read, is known only after trying.
            return match reader.read(&mut [0]) {
                Ok(_) => self.skip(position, path, "an empty file (0 bytes)", SkipKind::Empty),
                Err(error) => self.skip(position, path, zip::in_words(&error), SkipKind::Loss),
            };
        }
        for Loss { reason, kind } in (self.visit)(Entry { position, path, head, reader }) {
            self.skip(position, path, reason, kind);
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
