//! One pass over a bundle: files are opened, archives unpacked in place, and every member that is no archive is
//! shown to whoever reads it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::container::{CONTAINERS, Container, Fused, Show, Told, Walk, With, container};
use super::zip::{self, Names};
use super::{Entry, FileMember, HEAD, Loss, Position, ReadSeek, Reader, SkipKind, Skipped, Visit};
use crate::text::cut;

/// How much that could not be read is told one by one.
const TOLD: usize = 1000;

/// One pass over a bundle.
pub(super) struct Reading<'r> {
    pub(super) reader: &'r Reader<'r>,
    visit: &'r Visit<'r>,
    skipped: Mutex<Vec<(Position, Skipped)>>,
}

/// Where an archive stands whose members are read.
pub(super) struct Inside {
    pub position: Position,
    /// What the members' paths start with.
    pub path: String,
    /// How many archives deep its members are.
    pub depth: usize,
}

impl Inside {
    /// The position of a member.
    pub fn at(&self, number: usize) -> Position {
        self.position.iter().copied().chain([number]).collect()
    }
}

/// An archive that can be opened as often as it has members that are read at the same time.
pub(super) enum Archive<'a> {
    OnDisk(&'a Path),
    InMemory(&'a [u8]),
}

impl Archive<'_> {
    pub fn open(&self) -> io::Result<Box<dyn ReadSeek + '_>> {
        Ok(match self {
            Self::OnDisk(path) => Box::new(BufReader::with_capacity(HEAD, File::open(path)?)),
            Self::InMemory(bytes) => Box::new(Cursor::new(bytes)),
        })
    }
}

/// What an archive is.
#[derive(Clone, Copy)]
enum Kind {
    Zip,
    Other(&'static Container),
}

impl Kind {
    fn of(path: &str, head: &[u8]) -> Option<Self> {
        // A name that ends in .zip is no proof, and so comes last.
        let other = || container(path, head).map(Self::Other);
        if zip::is_signed(path, head) {
            Some(Self::Zip)
        } else {
            other().or(zip::is_named(path).then_some(Self::Zip))
        }
    }
}

/// Whether a file is an archive by its content, whatever it is called.
pub(super) fn is_archive(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|it| it.take(HEAD as u64).read_to_end(&mut head));
    read.is_ok() && Kind::of(&path.to_string_lossy(), &head).is_some()
}

/// Shows the members of an archive.
type Walking<'w> = dyn FnMut(&With<'_>, &mut Show<'_>) -> Result<(), String> + 'w;

impl<'r> Reading<'r> {
    pub(super) fn new(reader: &'r Reader<'r>, visit: &'r Visit<'r>) -> Self {
        Self { reader, visit, skipped: Mutex::default() }
    }

    /// What could not be read, as it is stored.
    pub(super) fn skipped(self) -> Vec<Skipped> {
        let mut skipped = self.skipped.into_inner().unwrap_or_else(PoisonError::into_inner);
        skipped.sort_by(|one, other| one.0.cmp(&other.0));
        let mut all: Vec<Skipped> = skipped.into_iter().map(|(_, skipped)| skipped).collect();
        if all.len() > TOLD {
            let more = all.split_off(TOLD);
            let kind = more.iter().map(|it| it.kind).min_by_key(|it| *it as u8).unwrap_or(SkipKind::Loss);
            let reason =
                format!("{} more were not read, or only in part; the first {TOLD} are told", more.len());
            all.extend(more.into_iter().next().map(|it| Skipped { path: it.path, reason, kind }));
        }
        all
    }
}

impl Reading<'_> {
    pub(super) fn skip(&self, position: &Position, path: &str, reason: impl Into<String>, kind: SkipKind) {
        let skipped = Skipped { path: path.to_owned(), reason: reason.into(), kind };
        let mut all = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((position.clone(), skipped));
    }

    pub(super) fn file(&self, file: &FileMember, number: usize) {
        let position = vec![number];
        if !(self.reader.wanted)(&position) {
            return;
        }
        if let Some(reason) = self.refusal(&file.path) {
            return self.skip(&position, &self.shown(&file.path), reason, SkipKind::Loss);
        }
        let mut open = match open(&file.on_disk) {
            Ok(open) => open,
            Err((kind, reason)) => return self.skip(&position, &file.path, reason, kind),
        };
        let mut head = Vec::new();
        let length = open.metadata().map(|it| it.len());
        let start = (&mut open).take(HEAD as u64).read_to_end(&mut head).and_then(|_| open.rewind());
        let length = match start.and(length) {
            Ok(length) => length,
            Err(error) => {
                return self.skip(&position, &file.path, format!("cannot be read: {error}"), SkipKind::Loss);
            }
        };
        match Kind::of(&file.path, &head) {
            Some(kind) => {
                let path = if file.whole_case { String::new() } else { format!("{}!/", file.path) };
                let inside = Inside { position, path, depth: 1 };
                self.archive(kind, &file.path, &Archive::OnDisk(&file.on_disk), &inside);
            }
            None => {
                let found = AsFound { file: open, length, read: 0 };
                let mut reader = self.reader.budget.limited(BufReader::with_capacity(HEAD, found), false);
                self.entry(&position, &file.path, &head, &mut reader);
            }
        }
    }

    /// Why a member of this path is not read, whatever it holds.
    pub(super) fn refusal(&self, path: &str) -> Option<String> {
        let most = self.reader.budget.limits.path;
        if path.len() > most {
            let length = path.len();
            return Some(format!(
                "its path has {length} bytes; none of more than {most} is read (--max-path)"
            ));
        }
        self.reader.budget.spent().map(|it| format!("not read: {it}"))
    }

    /// A path as it is told where it may be too long to be told.
    pub(super) fn shown<'p>(&self, path: &'p str) -> Cow<'p, str> {
        if path.len() <= self.reader.budget.limits.path {
            return Cow::Borrowed(path);
        }
        Cow::Owned(format!("{}…", cut(path, 120).0))
    }

    /// An archive of the kind whose files end in `ending`, whatever its first bytes are.
    #[cfg(feature = "fuzzing")]
    pub(super) fn in_memory(&self, ending: &str, bytes: &[u8]) {
        let other = CONTAINERS.iter().find(|it| it.endings.contains(&ending));
        let inside = Inside { position: vec![0], path: String::new(), depth: 1 };
        let kind = other.map_or(Kind::Zip, Kind::Other);
        self.archive(kind, &format!("case{ending}"), &Archive::InMemory(bytes), &inside);
    }

    /// A member of the archive `around` it.
    pub(super) fn member(&self, position: Position, path: &str, reader: &mut dyn Read, around: &Inside) {
        if let Some(reason) = self.refusal(path) {
            return self.skip(&position, &self.shown(path), reason, SkipKind::Loss);
        }
        let budget = self.reader.budget;
        budget.member(path);
        let mut limited = budget.limited(reader, true);
        let mut head = Vec::new();
        let error = (&mut limited).take(HEAD as u64).read_to_end(&mut head).err();
        // What came before a damage is still worth reading.
        let mut rest = Failing(error).chain(limited);
        let kind = if head.is_empty() { None } else { Kind::of(path, &head) };
        let Some(kind) = kind else {
            return self.entry(&position, path, &head, &mut Cursor::new(&head).chain(rest));
        };
        if around.depth >= budget.limits.depth {
            let reason =
                format!("an archive inside {} others; no deeper ones are opened (--max-depth)", around.depth);
            return self.skip(&position, path, reason, SkipKind::Loss);
        }
        let inside = Inside { position, path: format!("{path}!/"), depth: around.depth + 1 };
        if let Kind::Other(Container { name, walk: Walk::Streaming(walk), .. }) = kind {
            return self.walk(name, path, &inside, &mut |with, show| {
                walk(&mut Cursor::new(&head).chain(&mut rest), with, show)
            });
        }
        // Archives around this one are held too: together they may not grow beyond the limit.
        let held = budget.hold(head, &mut rest);
        if let Some(error) = &held.error {
            self.skip(&inside.position, path, zip::in_words(error), SkipKind::Loss);
        }
        self.archive(kind, path, &Archive::InMemory(&held.bytes), &inside);
    }

    /// Reads an archive that can be read at any place.
    fn archive(&self, kind: Kind, path: &str, archive: &Archive<'_>, inside: &Inside) {
        let Kind::Other(Container { name, walk, .. }) = kind else { return self.zip(path, archive, inside) };
        match archive.open() {
            Ok(mut file) => self.walk(name, path, inside, &mut |with, show| match walk {
                Walk::Streaming(walk) => walk(&mut file, with, show),
                Walk::Seeking(walk) => walk(&mut file, with, show),
            }),
            Err(error) => {
                self.skip(&inside.position, path, format!("cannot be opened: {error}"), SkipKind::Loss);
            }
        }
    }

    /// Takes the members that an archive shows one after the other.
    fn walk(&self, kind: &str, container: &str, inside: &Inside, walk: &mut Walking<'_>) {
        let (mut names, mut count) = (Names::default(), 0);
        let with = With { path: container, passwords: self.reader.passwords };
        let end = walk(&with, &mut |told| {
            count += 1;
            if let Some(reason) = self.reader.budget.spent() {
                let reason = format!("its other members are not read: {reason}");
                self.skip(&inside.position, container, reason, SkipKind::Loss);
                return false;
            }
            let position = inside.at(count - 1);
            match told {
                Told::File(it) => {
                    let path = self.path(inside, &mut names, it.name);
                    let mut reader = Fused::new(it.reader);
                    if (self.reader.wanted)(&position) {
                        self.member(position, &path, &mut reader, inside);
                    }
                    if it.only {
                        return true;
                    }
                    // What is left of it is passed over here: whoever unpacks it knows of no limit.
                    let mut rest = self.reader.budget.limited(reader, true);
                    let _ = io::copy(&mut rest, &mut io::sink());
                    if let Some(reason) = rest.over() {
                        let reason = format!("what follows {} is not read: {reason}", self.shown(&path));
                        self.skip(&inside.position, container, reason, SkipKind::Loss);
                        return false;
                    }
                }
                Told::Left { name, reason, kind } => {
                    let path = self.path(inside, &mut names, name);
                    self.reader.budget.member(&path);
                    self.skip(&position, &self.shown(&path), reason, kind);
                }
            }
            true
        });
        if let Err(reason) = end {
            self.skip(&inside.position, container, format!("{kind}: {reason}"), SkipKind::Loss);
        } else if count == 0 {
            self.skip(
                &inside.position,
                container,
                format!("{kind}: without members to read"),
                SkipKind::Loss,
            );
        }
    }

    /// The path of a member of this name. One that is too long is not told from others.
    pub(super) fn path(&self, inside: &Inside, names: &mut Names, name: &str) -> String {
        let too_long = name.len() > self.reader.budget.limits.path;
        let name = if too_long { Cow::Borrowed(name) } else { names.next(name) };
        format!("{}{name}", inside.path)
    }

    fn entry(&self, position: &Position, path: &str, head: &[u8], reader: &mut dyn Read) {
        if head.is_empty() {
            // Whether there is nothing, or nothing could be read, is known only after trying.
            return match reader.read(&mut [0]) {
                Ok(_) => self.skip(position, path, "an empty file (0 bytes)", SkipKind::Empty),
                Err(error) => self.skip(position, path, zip::in_words(&error), SkipKind::Loss),
            };
        }
        if let Some((reason, kind)) = misnamed(path, head) {
            self.skip(position, path, reason, kind);
        }
        let entry = Entry { position, path, head, reader, budget: self.reader.budget };
        for Loss { reason, kind } in (self.visit)(entry) {
            self.skip(position, path, reason, kind);
        }
    }
}

/// What to tell of a member that should be an archive by its name and is none: one that lost its start or nearly
/// all of it, or one that was unpacked on its way and kept its name. It is read as what it is.
fn misnamed(path: &str, head: &[u8]) -> Option<(String, SkipKind)> {
    let path = path.to_ascii_lowercase();
    let named = CONTAINERS.iter().find(|it| it.endings.iter().any(|end| path.ends_with(end)))?;
    let is_text = head.len() > 64 && !head.iter().any(|it| matches!(it, 1..=8 | 14..=26 | 28..=31));
    let name = named.name;
    Some(match is_text {
        true => (format!("{name} by its name, and none by its content: read as it is"), SkipKind::Harmless),
        false => (format!("{name} by its name, and none by its content: damaged"), SkipKind::Loss),
    })
}

/// A reader that has nothing left but its error.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// A file as long as it was when it was opened: a log may be written to while it is read, and faster.
struct AsFound {
    file: File,
    length: u64,
    read: u64,
}

impl Read for AsFound {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = (&mut self.file).take(self.length - self.read).read(into)?;
        self.read += count as u64;
        if count > 0 || into.is_empty() {
            return Ok(count);
        }
        if self.read < self.length {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        match self.file.metadata()?.len() > self.length {
            true => Err(io::Error::other("it grew while it was read, and what was added is not read")),
            false => Ok(0),
        }
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
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_long_as_it_was() {
        let path = tempfile::tempdir().unwrap().keep().join("CBS.log");
        std::fs::write(&path, "12345").unwrap();
        let check = |length, content: &str, told: &str| {
            let mut text = String::new();
            let mut reader = AsFound { file: File::open(&path).unwrap(), length, read: 0 };
            let error = reader.read_to_string(&mut text).err().map_or_else(String::new, |it| it.to_string());
            assert_eq!(error, told);
            // What was read before the error is given all the same.
            let mut bytes = [0; 8];
            let mut reader = AsFound { file: File::open(&path).unwrap(), length, read: 0 };
            let count = reader.read(&mut bytes).unwrap();
            assert_eq!(&bytes[..count], content.as_bytes());
        };
        check(5, "12345", "");
        check(3, "123", "it grew while it was read, and what was added is not read");
        check(9, "12345", "it became shorter while it was read");
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
