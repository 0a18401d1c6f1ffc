//! One watch from its start to its end: it looks, hands out work, writes down what came of it, and waits.

mod tell;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::folder::Paths;
use super::wake::{Wake, notifier};
use super::work::{Bench, Did, Job};
use super::{TICK, time};
use crate::cli::Watch as Args;
use crate::commands::Status as Exit;
use crate::commands::terminal::{Terminal, print, problem_line};
use crate::redact::Redaction;
use crate::text::one_line;
use crate::watch::{Analyzed, Known, Now, Status, Task, Watch};

/// Looking costs the folder's file server something: not more often than this, whatever is told.
const LOOK: Duration = Duration::from_millis(100);

/// One watch.
pub struct Tour<'t> {
    args: &'t Args,
    bench: &'t Bench<'t>,
    redaction: &'t Redaction,
    terminal: Terminal,
    watch: Watch,
    status: Status,
    start: Instant,
    paths: Paths,
    moved: BTreeSet<String>,
    /// A change was told that nobody has looked after.
    pending: Arc<AtomicBool>,
    notifier: Option<notify::RecommendedWatcher>,
    sender: Sender<Wake>,
    /// The folder could not be looked through the last time.
    is_away: bool,
    /// How many pieces of work are being done.
    given: usize,
    looked: Option<Duration>,
    look_cost: Duration,
    index_is_old: bool,
    /// When the index or the status was written last, and what that cost.
    written: Option<Duration>,
    write_cost: Duration,
    /// The status as it was written.
    told: Status,
    /// Whether every case that was made was read whole.
    is_whole: bool,
}

impl<'t> Tour<'t> {
    pub fn new(
        args: &'t Args,
        bench: &'t Bench<'t>,
        redaction: &'t Redaction,
        known: Known,
        sender: Sender<Wake>,
    ) -> Self {
        let about = bench.about;
        let status = Status::new(about.program.clone(), about.rules.clone(), time(wall()));
        Self {
            args,
            bench,
            redaction,
            terminal: Terminal::new(0, args.read.quiet, true),
            watch: Watch::new(args.quiet_for, known),
            status: status.clone(),
            start: Instant::now(),
            paths: Paths::new(),
            moved: BTreeSet::new(),
            pending: Arc::default(),
            notifier: None,
            sender,
            is_away: false,
            given: 0,
            looked: None,
            look_cost: Duration::ZERO,
            index_is_old: true,
            written: None,
            write_cost: Duration::ZERO,
            told: status,
            is_whole: true,
        }
    }

    /// Has the system tell of changes. Where it cannot, the folder is looked through from time to time only.
    fn notify(&mut self) {
        // The old one watches what was there before.
        self.notifier = None;
        match notifier(&self.args.folder, self.sender.clone(), Arc::clone(&self.pending)) {
            Ok(it) => self.notifier = Some(it),
            Err(error) => self.trouble(format!("changes are not told by the system ({error}); polling only")),
        }
        self.status.notified = self.notifier.is_some();
    }

    fn now(&self) -> Now {
        Now { since: self.start.elapsed(), wall: wall() }
    }

    /// Goes on until it is stopped, or, with `--once`, until all is done that was there at the start.
    pub fn run(
        mut self,
        wakes: &Receiver<Wake>,
        stop: &AtomicBool,
        give: &dyn Fn(Job),
        threads: usize,
    ) -> Exit {
        self.notify();
        if !self.args.read.quiet && !self.args.once {
            print(&format!("watching {}", one_line(&self.args.folder.display().to_string())));
        }
        let mut is_stopping = false;
        loop {
            if stop.load(Ordering::Relaxed) && !is_stopping {
                is_stopping = true;
                self.watch.stop();
                self.status.state = "stopping";
            }
            if !is_stopping {
                self.look_if_due();
                self.flush();
                self.hand_out(give, threads);
            }
            self.write(false);
            let is_done = if is_stopping { self.given == 0 } else { self.args.once && self.is_through() };
            if is_done {
                break;
            }
            self.wait(wakes);
        }
        self.status.state = "stopped";
        self.flush();
        self.write(true);
        if self.args.once && !is_stopping { self.end() } else { Exit::Whole }
    }

    /// What was not whole is told: the next run takes it.
    fn end(&self) -> Exit {
        let settling = self.watch.settling();
        if settling > 0 {
            problem_line(&format!("bundles that still change and are left for the next run: {settling}"));
        }
        if self.is_whole { Exit::Whole } else { Exit::Partly }
    }

    /// Whether all is done that was there at the start. What has changed since then is not waited for.
    fn is_through(&self) -> bool {
        let is_settled = |it: Duration| it >= self.args.quiet_for || self.watch.settling() == 0;
        let settled = self.looked.is_some_and(is_settled);
        settled && self.given == 0 && self.watch.is_idle()
    }

    fn look_if_due(&mut self) {
        let now = self.start.elapsed();
        let is_due = match self.looked {
            None => true,
            Some(last) => {
                let is_told = self.pending.load(Ordering::Acquire) || !self.moved.is_empty();
                let is_whole = !self.is_away && self.watch.due().is_some_and(|it| it <= now);
                // Not more than a tenth of the time is spent looking.
                let gap = LOOK.max(self.look_cost * 10);
                now >= last + self.args.poll.max(gap) || ((is_told || is_whole) && now >= last + gap)
            }
        };
        if is_due {
            self.look();
        }
    }

    fn look(&mut self) {
        self.pending.store(false, Ordering::Release);
        let moved = std::mem::take(&mut self.moved);
        let began = Instant::now();
        let extensions: Vec<&str> = self.bench.about.outputs.iter().map(|it| it.extension()).collect();
        let listed = self.bench.folder.list();
        let reports = self.bench.store.reports(&extensions);
        self.look_cost = began.elapsed();
        let (began, now) = (began.duration_since(self.start), self.now());
        self.looked = Some(began);
        let was_away = std::mem::replace(&mut self.is_away, listed.is_err());
        if was_away && !self.is_away {
            self.notify();
        }
        match (listed, reports) {
            (Ok((listing, paths)), Ok(reports)) => {
                self.watch.look(&listing, &moved, &reports, began, now);
                self.paths = paths;
            }
            // A share that is away is no folder that is empty: nothing is concluded from it.
            (Err(error), _) => {
                self.trouble(format!("{}: cannot be looked through: {error}", self.args.folder.display()));
            }
            (_, Err(error)) => {
                self.trouble(format!("{}: cannot be looked through: {error}", self.args.output.display()));
            }
        }
    }

    fn hand_out(&mut self, give: &dyn Fn(Job), threads: usize) {
        while self.given < threads {
            let Some(task) = self.watch.next(self.now()) else { break };
            let (Task::Hash { key, .. } | Task::Analyze { key, .. }) = &task;
            let path = self.paths.get(key).cloned().unwrap_or_else(|| self.args.folder.join(key));
            self.given += 1;
            give(Job { task, path });
        }
    }

    fn wait(&mut self, wakes: &Receiver<Wake>) {
        // What has come meanwhile is taken at once.
        let mut wake = wakes.recv_timeout(TICK);
        loop {
            match wake {
                Ok(Wake::Changed) => {}
                Ok(Wake::Moved(names)) => self.moved.extend(names),
                Ok(Wake::Did(did)) => self.did(*did),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
            wake = wakes.recv_timeout(Duration::ZERO);
        }
    }

    fn did(&mut self, did: Did) {
        self.given -= 1;
        let now = self.now();
        match did {
            Did::Hash { key, seen, hashed } => self.watch.hashed(&key, &seen, hashed, now),
            Did::Analyze { key, seen, draft, mut analyzed } => {
                match &mut analyzed {
                    Analyzed::Made(summary) => {
                        self.made(summary);
                        summary.settle();
                    }
                    Analyzed::Changed => {}
                    Analyzed::Unwritten => {
                        self.is_whole = false;
                        let what = "its reports cannot be written; it is tried again in half a minute";
                        self.trouble(format!("{key}: {what}"));
                    }
                }
                self.watch.analyzed(&key, &seen, *draft, analyzed, now);
                self.index_is_old = true;
            }
            Did::Failed { key } => {
                self.trouble(format!("{key}: casebook failed on it: please report it"));
                self.watch.failed(&key);
            }
        }
        self.flush();
    }
}

fn wall() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}
