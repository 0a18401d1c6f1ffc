//! What a watch tells while it goes on: a line for each case, the index, `status.json`, and the state.

use std::time::{Duration, Instant};

use super::{Tour, wall};
use crate::commands::terminal::problem_line;
use crate::commands::watch::time;
use crate::report::{Summary, index};
use crate::watch::LastCase;

/// `status.json` is written at least so often, so that an old one tells that nobody is there.
const BEAT: Duration = Duration::from_secs(30);
/// The index and the status are not written more often than this.
const WRITE: Duration = Duration::from_millis(500);

impl Tour<'_> {
    /// Something went wrong that is not of one case. It is told once, not at every poll.
    pub fn trouble(&mut self, what: String) {
        let what = self.redaction.text(&what);
        if self.status.errors.first().is_none_or(|it| it.what != what) {
            problem_line(&what);
        }
        self.status.trouble(&time(wall()), what);
    }

    /// A case is made.
    pub(super) fn made(&mut self, summary: &Summary) {
        self.terminal.case(summary);
        self.is_whole &= summary.whole;
        let extension = self.bench.about.outputs.first().map_or("html", |it| it.extension());
        self.status.last_case = Some(LastCase {
            case: summary.name.clone(),
            verdict: summary.verdict.name(),
            report: format!("{}.{extension}", summary.stem),
            finished: time(wall()),
        });
    }

    /// Writes down what has changed in what is known, before anything is done because of it.
    pub(super) fn flush(&mut self) {
        self.index_is_old |= !self.watch.known.changes.is_empty();
        if let Err(error) = self.bench.store.flush(&mut self.watch.known) {
            self.trouble(format!("{}: the state cannot be written: {error}", self.args.output.display()));
        }
    }

    /// Writes the index and the status if they are old.
    pub(super) fn write(&mut self, is_end: bool) {
        let now = self.start.elapsed();
        let since = self.written.map(|it| now.saturating_sub(it));
        // A large index is not written all the time.
        if !is_end && since.is_some_and(|it| it < WRITE.max(self.write_cost * 20)) {
            return;
        }
        let began = Instant::now();
        let is_old = self.index_is_old;
        if is_old {
            self.write_index();
        }
        self.status.tell(&self.watch, &|it| self.redaction.text(it));
        let is_silent = since.is_none_or(|it| it >= BEAT);
        if is_end || is_old || is_silent || self.status != self.told {
            self.status.updated = time(wall());
            if let Err(error) = self.bench.store.write_status(&self.status.write()) {
                self.trouble(format!("status.json: cannot be written: {error}"));
            }
            self.told = self.status.clone();
            self.written = Some(now);
            self.write_cost = began.elapsed();
        }
    }

    fn write_index(&mut self) {
        let rows = self.watch.known.rows();
        self.status.count(&rows);
        let about = self.bench.about;
        let written = self.bench.store.place().write("index.html", &mut |into| index(&rows, about, into));
        self.index_is_old = written.is_err();
        if let Err(error) = written {
            self.trouble(format!("index.html: cannot be written: {error}"));
        }
    }
}
