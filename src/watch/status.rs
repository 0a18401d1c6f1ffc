//! `status.json`: what a watch is doing, for whoever looks after it. It is no report: it tells times.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Watch;
use crate::case::Verdict;
use crate::report::Summary;

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    schema: &'static str,
    pub program: String,
    pub rules: String,
    /// `watching`, `stopping` or `stopped`.
    pub state: &'static str,
    /// Whether changes are told by the system, beside the folder being read from time to time.
    pub notified: bool,
    pub started: String,
    pub updated: String,
    pub queue: Queue,
    pub last_case: Option<LastCase>,
    pub cases: BTreeMap<&'static str, usize>,
    /// The latest first.
    pub errors: Vec<Trouble>,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Bundles that may still be growing.
    pub settling: usize,
    /// Bundles that are whole and wait.
    pub waiting: usize,
    /// Bundles that are being read.
    pub in_hand: Vec<String>,
}

/// The case that was written last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastCase {
    pub case: String,
    pub verdict: &'static str,
    pub report: String,
    pub finished: String,
}

/// Something went wrong that is not of one bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    pub time: String,
    pub what: String,
}

impl Status {
    pub fn new(program: String, rules: String, started: String) -> Self {
        Self {
            schema: "casebook.watch/1",
            program,
            rules,
            state: "watching",
            notified: false,
            updated: started.clone(),
            started,
            queue: Queue::default(),
            last_case: None,
            cases: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    /// Takes over what is to be done. `hide` takes out what a team hides.
    pub fn tell(&mut self, watch: &Watch, hide: &dyn Fn(&str) -> String) {
        let in_hand = watch.busy().map(hide).collect();
        self.queue = Queue { settling: watch.settling(), waiting: watch.waiting(), in_hand };
    }

    /// Counts the cases of the index.
    pub fn count(&mut self, rows: &[Summary]) {
        let count = |it: Verdict| rows.iter().filter(|row| row.verdict == it).count();
        self.cases = Verdict::ALL.into_iter().map(|it| (it.name(), count(it))).collect();
        self.cases.insert("all", rows.len());
        self.cases.insert("not_whole", rows.iter().filter(|it| !it.whole).count());
    }

    /// Tells of something that went wrong; of the same thing once.
    pub fn trouble(&mut self, time: &str, what: String) {
        const MOST: usize = 20;
        self.errors.retain(|it| it.what != what);
        self.errors.insert(0, Trouble { time: time.to_owned(), what });
        self.errors.truncate(MOST);
    }

    pub fn write(&self) -> Vec<u8> {
        // Strings and numbers: nothing in it can fail.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }
}
