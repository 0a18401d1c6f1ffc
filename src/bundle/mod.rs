//! A bundle is what was sent in for one case: a zip file, a folder, loose logs, or several of these. Its
//! members are read in place, archives inside archives too; nothing is ever unpacked to disk.

mod container;
mod inputs;
mod limits;
mod budget;
mod zip;
mod extents;
mod salvage;
mod inflate;
mod reading;

use std::io::{self, Read, Seek};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

pub use budget::{Attempt, Budget, Clock, Held};
pub use inputs::{Inputs, cases, dropped, names_archive};
pub use limits::{Limits, in_bytes};

use reading::Reading;

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
    /// What is left of the case's limits, for those who hold what they read.
    pub budget: &'a Budget<'a>,
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
pub struct Alone;

impl Crew for Alone {
    fn each(&self, sizes: &[u64], work: &(dyn Fn(usize) + Sync)) {
        (0..sizes.len()).for_each(work);
    }
}

/// How a bundle is read.
#[derive(Clone, Copy)]
pub struct Reader<'r> {
    pub budget: &'r Budget<'r>,
    pub passwords: &'r [String],
    pub crew: &'r dyn Crew,
    /// Whether anything at this position, or below it, is wanted.
    pub wanted: &'r (dyn Fn(&Position) -> bool + Sync),
}

/// An archive must be read at any place, so a nested one is held in memory.
trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Shows every member of an archive in memory, of the kind whose files end in `ending`.
#[cfg(feature = "fuzzing")]
pub fn read_as(
    ending: &str,
    bytes: &[u8],
    limits: &Limits,
    passwords: &[String],
    visit: &mut (dyn FnMut(Entry<'_>) + Send),
) -> Vec<Skipped> {
    let visit = Mutex::new(visit);
    let budget = Budget::new(limits, bytes.len() as u64, Attempt::InOrder);
    let reader = Reader { budget: &budget, passwords, crew: &Alone, wanted: &|_| true };
    let visit = |entry: Entry<'_>| {
        (visit.lock().unwrap_or_else(PoisonError::into_inner))(entry);
        Vec::new()
    };
    let reading = Reading::new(&reader, &visit);
    reading.in_memory(ending, bytes);
    reading.skipped()
}

/// How many bytes of a member are shown to whoever decides what it is.
const HEAD: usize = 64 << 10;

impl Bundle {
    /// How many bytes its files take on disk.
    pub fn size(&self) -> u64 {
        self.files.iter().map(FileMember::size).sum()
    }

    /// Shows every member to `visit`, and tells what could not be read, in the order in which it is stored.
    pub fn read(&self, reader: &Reader<'_>, visit: &Visit<'_>) -> Vec<Skipped> {
        let reading = Reading::new(reader, visit);
        let sizes: Vec<u64> = self.files.iter().map(FileMember::size).collect();
        reader.crew.each(&sizes, &|number| reading.file(&self.files[number], number));
        if self.files.is_empty() {
            reading.skip(&vec![0], &self.source, "the folder is empty", SkipKind::Loss);
        }
        reading.skipped()
    }

    /// Shows every member in the order in which they are stored.
    pub fn read_in_order(
        &self,
        limits: &Limits,
        passwords: &[String],
        visit: &mut (dyn FnMut(Entry<'_>) + Send),
    ) -> Vec<Skipped> {
        let visit = Mutex::new(visit);
        let budget = Budget::new(limits, self.size(), Attempt::InOrder);
        let reader = Reader { budget: &budget, passwords, crew: &Alone, wanted: &|_| true };
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

#[cfg(test)]
mod tests;
