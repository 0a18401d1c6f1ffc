//! What a watch keeps on disk beside the reports: an entry for each case, and the lock that makes it the only one
//! there.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};

use crate::report::{OUTPUTS, Place};
use crate::watch::{Changes, Entry, Known, Reports};

/// The folder in that of the reports.
const STATE: &str = ".casebook";
const README: &str = include_str!("state.md");

pub struct Store {
    reports: PathBuf,
    cases: PathBuf,
    aside: PathBuf,
    lock: File,
}

impl Store {
    /// Makes what is not there. Nothing that is there is touched before [`Store::lock`].
    pub fn open(reports: &Path) -> anyhow::Result<Self> {
        let state = reports.join(STATE);
        let (cases, aside) = (state.join("cases"), state.join("aside"));
        let cannot = || format!("{}: cannot be made or written to", state.display());
        for folder in [&cases, &aside] {
            fs::create_dir_all(folder).with_context(cannot)?;
        }
        let path = state.join("lock");
        let lock =
            File::options().create(true).truncate(false).write(true).open(&path).with_context(cannot)?;
        Ok(Self { reports: reports.to_owned(), cases, aside, lock })
    }

    /// Tries to become the only one that writes here. The system takes the lock away with the process, however
    /// that ends.
    pub fn lock(&self) -> anyhow::Result<bool> {
        match self.lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => {
                let state = self.reports.join(STATE).display().to_string();
                return Err(anyhow!(
                    "{state}: cannot be locked ({error}); write the reports to a file system that has locks"
                ));
            }
        }
        // What another one had not written to its end.
        for entry in fs::read_dir(&self.aside)?.flatten() {
            let _ = fs::remove_file(entry.path());
        }
        self.write(STATE, "README.md", README.as_bytes())?;
        Ok(true)
    }

    /// Where reports are written.
    pub fn place(&self) -> Place<'_> {
        Place::durable(&self.reports, &self.aside)
    }

    fn write(&self, folder: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = self.reports.join(folder);
        Place::durable(&folder, &self.aside).write(name, &mut |into: &mut dyn Write| into.write_all(bytes))
    }

    pub fn write_status(&self, bytes: &[u8]) -> io::Result<()> {
        // Half a minute later there is another one: it need not outlast a power cut.
        let (folder, aside) = (&self.reports, &self.aside);
        Place::quick(folder, aside).write("status.json", &mut |into: &mut dyn Write| into.write_all(bytes))
    }

    /// All entries, and the files that are none.
    pub fn load(&self) -> io::Result<(Vec<Entry>, Vec<String>)> {
        let (mut entries, mut damaged) = (Vec::new(), Vec::new());
        for file in fs::read_dir(&self.cases)? {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let entry = fs::read(&path).ok().and_then(|it| Entry::read(&it));
            match entry.filter(|it| file_of(&it.stem) == name) {
                Some(entry) => entries.push(entry),
                None => damaged.push(name),
            }
        }
        Ok((entries, damaged))
    }

    pub fn save(&self, entry: &Entry) -> io::Result<()> {
        Place::durable(&self.cases, &self.aside)
            .write(&file_of(&entry.stem), &mut |into: &mut dyn Write| into.write_all(&entry.write()))
    }

    /// Writes down what has changed; what cannot be written stays to be.
    pub fn flush(&self, known: &mut Known) -> io::Result<()> {
        let Changes { save, remove } = &known.changes;
        for stem in remove {
            // The reports first: an entry without them is forgotten, reports without an entry are not.
            for output in OUTPUTS {
                gone(fs::remove_file(self.reports.join(format!("{stem}.{}", output.extension()))))?;
            }
            gone(fs::remove_file(self.cases.join(file_of(stem))))?;
        }
        for entry in save.iter().filter_map(|it| known.entry(it)) {
            self.save(entry)?;
        }
        known.changes = Changes::default();
        Ok(())
    }

    /// Which of the reports with these extensions a case has, as they lie there now.
    pub fn reports(&self, extensions: &[&str]) -> io::Result<impl Fn(&str) -> Reports> {
        let names = fs::read_dir(&self.reports)?.map(|it| Ok(it?.file_name().to_string_lossy().into_owned()));
        let names = names.collect::<io::Result<BTreeSet<String>>>()?;
        let wanted: Vec<String> = extensions.iter().map(|it| (*it).to_owned()).collect();
        Ok(move |stem: &str| {
            let is_there = |it: &str| names.contains(&format!("{stem}.{it}"));
            match () {
                () if wanted.iter().all(|it| is_there(it)) => Reports::All,
                () if OUTPUTS.iter().any(|it| is_there(it.extension())) => Reports::Some,
                () => Reports::None,
            }
        })
    }
}

fn file_of(stem: &str) -> String {
    format!("{stem}.json")
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}
