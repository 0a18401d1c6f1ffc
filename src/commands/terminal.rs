//! What a run says while it goes on and when it has ended: a line for each case on standard output, in a stable
//! order; progress and problems on standard error.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::case::Verdict;
use crate::report::Summary;
use crate::text::printed;

pub struct Terminal {
    bar: ProgressBar,
    /// Whether the summary is printed.
    summary: bool,
    waiting: Mutex<Waiting>,
}

/// Cases end in any order and are told in theirs.
#[derive(Default)]
struct Waiting {
    next: usize,
    told: BTreeMap<usize, Told>,
}

struct Told {
    line: String,
    problems: Vec<String>,
}

impl Told {
    fn of(summary: &Summary) -> Self {
        let problems = summary.losses.iter().map(|it| format!("{}: {it}", summary.name)).collect();
        Self { line: line(summary), problems }
    }
}

impl Terminal {
    pub fn new(cases: usize, quiet: bool, summary: bool) -> Self {
        let bar = ProgressBar::new(cases as u64);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} cases, {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        if quiet || cases < 2 || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar, summary: summary && !quiet, waiting: Mutex::default() }
    }

    /// Hears that a case is written.
    pub fn done(&self, number: usize, summary: &Summary) {
        let told = Told::of(summary);
        // A poisoned lock only means that another line could not be printed.
        let mut waiting = self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        waiting.told.insert(number, told);
        loop {
            let next = waiting.next;
            let Some(told) = waiting.told.remove(&next) else { break };
            waiting.next += 1;
            self.bar.suspend(|| self.tell(&told));
        }
        self.bar.inc(1);
    }

    fn tell(&self, told: &Told) {
        if self.summary {
            print(&told.line);
        }
        for problem in &told.problems {
            problem_line(problem);
        }
    }

    /// Tells a case that is no part of a run.
    pub fn case(&self, summary: &Summary) {
        self.tell(&Told::of(summary));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// The last line: how many cases there were, and where the reports are.
    pub fn end(&self, summaries: &[Summary], output: &Path) {
        if !self.summary {
            return;
        }
        let counts = Verdict::ALL.into_iter().filter_map(|verdict| {
            let count = summaries.iter().filter(|it| it.verdict == verdict).count();
            (count > 0).then(|| format!("{count} {}", verdict.name()))
        });
        let cases = if summaries.len() == 1 { "1 case" } else { &format!("{} cases", summaries.len()) };
        let counts = counts.collect::<Vec<_>>().join(", ");
        let accepted = match summaries.iter().map(|it| it.accepted()).sum::<usize>() {
            0 => String::new(),
            count => format!(" Accepted: {count}."),
        };
        let index = output.join("index.html");
        print(&format!("{cases}: {counts}.{accepted} Reports: {}", index.display()));
    }
}

/// `explained     INC0042318  Confirmed: …`
fn line(summary: &Summary) -> String {
    let color = match summary.verdict {
        Verdict::Explained => AnsiColor::Cyan,
        Verdict::Unexplained | Verdict::Unreadable => AnsiColor::Red,
        Verdict::Clean => AnsiColor::Green,
        Verdict::Inconclusive => AnsiColor::Yellow,
    };
    let style = Style::new().fg_color(Some(color.into()));
    let (name, headline) = (printed(&summary.name), printed(&summary.headline));
    let accepted = match summary.accepted() {
        0 => String::new(),
        count => format!(" ({count} accepted)"),
    };
    format!("{style}{:<12}{style:#}  {name}  {headline}{accepted}", summary.verdict.name())
}

/// Tells of a problem on standard error.
pub fn problem_line(problem: &str) {
    let _ = writeln!(anstream::stderr(), "casebook: {}", printed(problem));
}

/// Prints a line of results. A reader that has gone away (`| head`) is no error.
pub fn print(line: &str) {
    let _ = writeln!(anstream::stdout(), "{line}");
}
