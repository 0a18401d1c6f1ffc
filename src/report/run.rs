//! Reports on a run: one file for all cases. What belongs to one case is kept as a piece on disk until all are
//! there, so that ten thousand cases need no more memory than one; then the pieces are put together in the order of
//! the bundles.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{About, write_file};
use crate::case::Case;
use crate::rule::Library;

/// One form of a report on a run.
pub trait RunForm: Sync {
    /// Writes what is needed of one case.
    fn piece(&self, case: &Case, about: &About<'_>, into: &mut dyn Write) -> io::Result<()>;

    /// Writes the report. The pieces may be gone through as often as it takes.
    fn assemble(&self, pieces: &mut Pieces<'_>, run: &Run<'_>, into: &mut dyn Write) -> io::Result<()>;
}

/// A form that has a name and a file.
pub struct RunOutput {
    /// What it is called: `sarif`.
    pub name: &'static str,
    pub file: &'static str,
    pub form: &'static dyn RunForm,
}

/// What a report on a run may tell beside its cases.
pub struct Run<'a> {
    pub about: &'a About<'a>,
    pub library: &'a Library,
}

/// The reports of a run while its cases come in, from any thread and in any order.
pub struct Runs {
    spools: Vec<Spool>,
}

struct Spool {
    form: &'static dyn RunForm,
    kept: Mutex<Kept>,
}

struct Kept {
    file: File,
    end: u64,
    /// Where the piece of each case starts, and how long it is.
    places: Vec<Option<(u64, usize)>>,
    failed: Option<io::Error>,
}

impl Runs {
    /// Room for the pieces of so many cases. Their files have no name and are gone when the run ends.
    pub fn new(forms: &[&'static dyn RunForm], cases: usize, folder: &Path) -> io::Result<Self> {
        let spool = |form: &&'static dyn RunForm| {
            let file = tempfile::tempfile_in(folder)?;
            let kept = Kept { file, end: 0, places: vec![None; cases], failed: None };
            Ok(Spool { form: *form, kept: Mutex::new(kept) })
        };
        Ok(Self { spools: forms.iter().map(spool).collect::<io::Result<_>>()? })
    }

    /// Takes what the reports need of a case. What goes wrong is told when a report is put together.
    pub fn add(&self, number: usize, case: &Case, about: &About<'_>) {
        for spool in &self.spools {
            let mut piece = Vec::new();
            let written = spool.form.piece(case, about, &mut piece);
            let mut kept = spool.kept();
            let kept = &mut *kept;
            let kept_it = written.and_then(|()| {
                kept.file.seek(SeekFrom::Start(kept.end))?;
                kept.file.write_all(&piece)
            });
            match kept_it {
                Ok(()) => {
                    kept.places[number] = Some((kept.end, piece.len()));
                    kept.end += piece.len() as u64;
                }
                Err(error) => kept.failed = Some(error),
            }
        }
    }

    /// Puts a report together.
    pub fn write(&self, number: usize, run: &Run<'_>, into: &mut dyn Write) -> io::Result<()> {
        let spool = &self.spools[number];
        let mut kept = spool.kept();
        if let Some(error) = kept.failed.take() {
            return Err(error);
        }
        spool.form.assemble(&mut Pieces { kept: &mut kept }, run, into)
    }

    /// Puts a report together in a file of its own.
    pub fn write_file(&self, number: usize, run: &Run<'_>, folder: &Path, name: &str) -> io::Result<()> {
        write_file(folder, name, &mut |into| self.write(number, run, into))
    }
}

impl Spool {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // A panic in another case cannot have left it in pieces: places are set last.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pieces of a run, in the order of its cases.
pub struct Pieces<'k> {
    kept: &'k mut Kept,
}

impl Pieces<'_> {
    /// Goes through all of them, from the first on.
    pub fn each(&mut self, look: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut piece = Vec::new();
        for number in 0..self.kept.places.len() {
            let Some((start, length)) = self.kept.places[number] else {
                return Err(io::Error::other("what was kept of a case is not there"));
            };
            piece.resize(length, 0);
            self.kept.file.seek(SeekFrom::Start(start))?;
            self.kept.file.read_exact(&mut piece)?;
            look(&piece)?;
        }
        Ok(())
    }
}
