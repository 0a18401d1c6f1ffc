//! Work that comes in one piece at a time and without an end, for a folder that takes drops: whoever hands it out
//! goes on meanwhile.

use super::{Setup, Team, ThreadsError, case_of, pool, write};
use crate::bundle::{Attempt, Bundle};
use crate::case::Case;
use crate::report::{About, Place, Summary};

/// What a piece of work is done with.
pub struct Worker<'w> {
    setup: &'w Setup<'w>,
    team: &'w Team,
}

impl Worker<'_> {
    /// Reads a bundle; nothing, where no attempt comes to an end. What takes much memory is not kept from being
    /// read beside others here: they come when they come.
    pub fn read(&self, bundle: &Bundle) -> Option<Case> {
        Attempt::ALL.into_iter().find_map(|it| case_of(bundle, self.setup, (self.team, it)))
    }

    /// Writes the reports of a case. Gives its summary, and whether all of them are written.
    pub fn write(&self, case: &Case, stem: &str, about: &About<'_>, place: &Place<'_>) -> (Summary, bool) {
        let mut summary = Summary::of(case, stem);
        let is_written = write(case, about, place, &mut summary);
        (summary, is_written)
    }
}

/// Lets `lead` hand out pieces of work, each of which is done by `work` on another thread, and tells it how many
/// threads there are. Comes back when all work is done.
pub fn serve<T: Send + 'static, R>(
    setup: &Setup<'_>,
    work: &(dyn Fn(T, &Worker<'_>) + Sync),
    lead: impl FnOnce(&dyn Fn(T), usize) -> R,
) -> Result<R, ThreadsError> {
    let pool = pool(setup.jobs)?;
    let threads = pool.current_num_threads();
    let team = Team::new(threads, 0);
    let worker = Worker { setup, team: &team };
    let worker = &worker;
    Ok(pool.in_place_scope(|scope| {
        let give = |task| {
            worker.team.begin();
            scope.spawn(move |_| {
                work(task, worker);
                worker.team.end();
            });
        };
        lead(&give, threads)
    }))
}
