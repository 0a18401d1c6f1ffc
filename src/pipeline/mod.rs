//! Many cases side by side: each bundle is read, matched, diagnosed and written by one worker, so that memory
//! is bounded by the workers and not by the run. Only this module knows of threads.

mod gather;
mod team;
mod desk;

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::baseline::Baseline;
use crate::bundle::{Attempt, Bundle, Clock, Limits, SkipKind, Skipped};
use crate::case::{Case, NotChecked};
use crate::diagnosis::{Answers, Gathered, diagnose};
use crate::matching::{Hits, Matcher};
use crate::redact::Redaction;
use crate::report::{About, FileNames, Place, Summary};
use crate::rule::Library;
use crate::source::{Taken, identify, is_plain};
use crate::text::one_line;
use crate::threads::make_room;

pub use desk::{Worker, serve};

use gather::{gather, message_of};
use team::Team;

/// What every case of a run is read with.
pub struct Setup<'a> {
    pub library: &'a Library,
    pub matcher: &'a Matcher<'a>,
    pub limits: Limits,
    /// How long the run has gone on.
    pub clock: &'a Clock<'a>,
    pub passwords: Vec<String>,
    /// Rules that are not asked, with the reason: told in every report.
    pub switched_off: &'a [NotChecked],
    pub redaction: &'a Redaction,
    /// What a team lives with.
    pub baseline: &'a Baseline,
    /// How many cases are read at the same time; 0 is one for each processor.
    pub jobs: usize,
}

/// The threads of a run could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start threads")]
pub struct ThreadsError(#[from] rayon::ThreadPoolBuildError);

/// Reads every bundle and writes its reports into `output`. `done` hears of each case when it is written, by
/// its number and from any thread. The summaries come in the order of the bundles.
pub fn run(
    bundles: &[Bundle],
    setup: &Setup<'_>,
    about: &About<'_>,
    output: &Path,
    done: &(dyn Fn(usize, &Case, &Summary) + Sync),
) -> Result<Vec<Summary>, ThreadsError> {
    let mut names = FileNames::default();
    let stems: Vec<String> = bundles.iter().map(|it| names.next(&setup.redaction.text(&it.name))).collect();
    let pool = pool(setup.jobs)?;
    let team = Team::new(pool.current_num_threads(), bundles.len());
    let summaries: Vec<OnceLock<Summary>> = bundles.iter().map(|_| OnceLock::new()).collect();
    let one = |number: usize, attempt: Attempt| {
        let Some(case) = case_of(&bundles[number], setup, (&team, attempt)) else { return false };
        let mut summary = Summary::of(&case, &stems[number]);
        write(&case, about, &Place::new(output), &mut summary);
        done(number, &case, &summary);
        summary.settle();
        // Nobody else writes to this place.
        let _ = summaries[number].set(summary);
        true
    };
    let sizes: Vec<u64> = bundles.iter().map(Bundle::size).collect();
    let large: Mutex<Vec<usize>> = Mutex::default();
    let beside = |number: usize| {
        if !one(number, Attempt::Beside) {
            large.lock().unwrap_or_else(PoisonError::into_inner).push(number);
        }
    };
    pool.install(|| team.all(&sizes, &beside));
    // What takes much memory is read while nothing else is.
    let mut large = large.into_inner().unwrap_or_else(PoisonError::into_inner);
    large.sort_unstable();
    for number in large {
        pool.install(|| one(number, Attempt::Alone) || one(number, Attempt::InOrder));
    }
    Ok(summaries.into_iter().filter_map(OnceLock::into_inner).collect())
}

/// The threads of a run: so many, or one for each processor.
fn pool(jobs: usize) -> Result<ThreadPool, ThreadsError> {
    Ok(ThreadPoolBuilder::new().num_threads(jobs).start_handler(|_| make_room()).build()?)
}

/// All that is said of a bundle. What goes wrong while it is read costs this case only. Nothing, if another attempt
/// has to be made.
fn case_of(bundle: &Bundle, setup: &Setup<'_>, how: (&Team, Attempt)) -> Option<Case> {
    let name = setup.redaction.text(&bundle.name);
    let _doing = tracing::info_span!("case", case = one_line(&name)).entered();
    tracing::info!(bytes = bundle.size(), "begun");
    let outcome = catch_unwind(AssertUnwindSafe(|| analyze(bundle, setup, how)));
    let mut case = outcome.unwrap_or_else(|panic| Some(failed(bundle, setup, message_of(panic.as_ref()))))?;
    case.not_checked.extend_from_slice(setup.switched_off);
    case.not_checked.sort();
    setup.baseline.apply(&mut case);
    setup.redaction.case(&mut case);
    setup.baseline.apply_reported(&mut case);
    tracing::info!(
        verdict = case.verdict.name(),
        findings = case.findings.len(),
        sources = case.sources.len(),
        skipped = case.skipped.len(),
        "done"
    );
    Some(case)
}

/// Writes every report of a case, and says whether all are written. One that cannot be written costs this case
/// only, and is told.
fn write(case: &Case, about: &About<'_>, place: &Place<'_>, summary: &mut Summary) -> bool {
    let losses = summary.losses.len();
    for format in &about.outputs {
        let name = format!("{}.{}", summary.stem, format.extension());
        if let Err(error) = place.write(&name, &mut |into| format.write(case, about, into)) {
            let path = place.folder().join(&name);
            summary.losses.push(format!("{}: cannot be written: {error}", path.display()));
            summary.whole = false;
        }
    }
    summary.losses.len() == losses
}

/// Reads one bundle and says what is wrong with its machine.
fn analyze(bundle: &Bundle, setup: &Setup<'_>, how: (&Team, Attempt)) -> Option<Case> {
    gather(bundle, setup, how, &|gathered| diagnose(&bundle.name, &bundle.source, gathered))
}

/// Reads one bundle on its own, and lets `look` make something of all that was gathered from it.
pub fn gather_one<T>(bundle: &Bundle, setup: &Setup<'_>, look: &dyn Fn(&Gathered<'_>) -> T) -> Option<T> {
    let team = Team::new(1, 1);
    Attempt::ALL.into_iter().find_map(|it| gather(bundle, setup, (&team, it), look))
}

/// A fault of casebook itself costs one case, and is told in it.
fn failed(bundle: &Bundle, setup: &Setup<'_>, what: &str) -> Case {
    let reason = format!("casebook failed on this bundle ({what}): please report it");
    let skipped = [Skipped { path: bundle.source.clone(), reason, kind: SkipKind::Loss }];
    let (hits, answers) = (Hits::default(), Answers::default());
    diagnose(
        &bundle.name,
        &bundle.source,
        &Gathered {
            library: setup.library,
            hits: &hits,
            sources: &[],
            skipped: &skipped,
            computers: &[],
            answers: &answers,
        },
    )
}

/// Whether a loose file is a log, an export or a listing, by its first bytes, or might tell of a failure and is
/// of a kind that is not read: that is told in a report too.
pub fn is_source(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|it| it.take(64 << 10).read_to_end(&mut head));
    if read.is_err() || head.is_empty() {
        return false;
    }
    match identify(&path.to_string_lossy(), &head) {
        Taken::Text { format, .. } => !is_plain(format),
        Taken::Bytes(_) => true,
        Taken::Unread(it) => it.kind == SkipKind::Blind,
    }
}

#[cfg(test)]
mod tests;
