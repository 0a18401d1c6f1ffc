//! What is done with one bundle, on whichever thread has time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::folder::Folder;
use super::store::Store;
use crate::pipeline::Worker;
use crate::report::About;
use crate::watch::{Analyzed, Entry, Hashed, Seen, Task};

/// A piece of work, and where its bundle lies.
pub struct Job {
    pub task: Task,
    pub path: PathBuf,
}

/// What came of it.
pub enum Did {
    Hash {
        key: String,
        seen: Seen,
        hashed: Hashed,
    },
    Analyze {
        key: String,
        seen: Seen,
        draft: Box<Entry>,
        analyzed: Analyzed,
    },
    /// A fault of casebook itself.
    Failed {
        key: String,
    },
}

/// All that is needed for it.
pub struct Bench<'b> {
    pub folder: &'b Folder,
    pub store: &'b Store,
    pub about: &'b About<'b>,
}

impl Bench<'_> {
    pub fn work(&self, Job { task, path }: Job, worker: &Worker<'_>) -> Did {
        let (Task::Hash { key, .. } | Task::Analyze { key, .. }) = &task;
        let failed = key.clone();
        let work = AssertUnwindSafe(|| match task {
            Task::Hash { key, seen } => {
                let hashed = self.hash(&path, &seen);
                Did::Hash { key, seen, hashed }
            }
            Task::Analyze { key, seen, draft } => {
                let analyzed = self.analyze(&path, &seen, &draft, worker);
                Did::Analyze { key, seen, draft, analyzed }
            }
        });
        catch_unwind(work).unwrap_or(Did::Failed { key: failed })
    }

    fn is_still(&self, path: &std::path::Path, seen: &Seen) -> bool {
        self.folder.seen(path).as_ref() == Some(seen)
    }

    fn hash(&self, path: &std::path::Path, seen: &Seen) -> Hashed {
        let bundle = self.folder.bundle(path);
        let hash = bundle.as_ref().map(|_| self.folder.hash(path));
        match (bundle, hash) {
            _ if !self.is_still(path, seen) => Hashed::Changed,
            (Some(bundle), Some(hash)) => Hashed::Bundle { hash, case: bundle.name },
            _ => Hashed::Other,
        }
    }

    /// Nothing is written of a bundle that has changed or gone while it was read: half of it may be old.
    fn analyze(&self, path: &std::path::Path, seen: &Seen, draft: &Entry, worker: &Worker<'_>) -> Analyzed {
        let Some(mut bundle) = self.folder.bundle(path) else { return Analyzed::Changed };
        bundle.name.clone_from(&draft.case);
        let Some(case) = worker.read(&bundle) else { return Analyzed::Changed };
        if !self.is_still(path, seen) {
            return Analyzed::Changed;
        }
        // From here on, a start after a crash knows that the reports may not belong together.
        if self.store.save(draft).is_err() {
            return Analyzed::Unwritten;
        }
        let (summary, is_written) = worker.write(&case, &draft.stem, self.about, &self.store.place());
        if is_written { Analyzed::Made(Box::new(summary)) } else { Analyzed::Unwritten }
    }
}
