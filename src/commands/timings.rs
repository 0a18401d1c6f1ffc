//! `--timings`: which cases, members and rules took how long. The work itself knows no clock: it only says what it is
//! doing (spans of `tracing`), and the time is taken here.

use std::collections::HashMap;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::rule::Library;
use crate::text::one_line;

/// How many of each kind are told.
const TOLD: usize = 15;

/// What was done so far, by its kind and its name.
#[derive(Clone, Default)]
pub struct Timings(Arc<Mutex<HashMap<(&'static str, String), Spent>>>);

#[derive(Clone, Copy, Default)]
struct Spent {
    time: Duration,
    count: u64,
}

/// What a span is about, and since when it is being done.
struct Doing {
    what: String,
    since: Instant,
}

/// The one field that tells what a span is about: the name of a case or member, the number of a rule.
#[derive(Default)]
struct What(String);

impl Visit for What {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        self.0 = format!("{value:?}");
    }

    fn record_str(&mut self, _: &Field, value: &str) {
        value.clone_into(&mut self.0);
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Timings {
    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut what = What::default();
        span.record(&mut what);
        if let Some(it) = context.span(id) {
            it.extensions_mut().insert(Doing { what: what.0, since: Instant::now() });
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let extensions = span.extensions();
        let Some(doing) = extensions.get::<Doing>() else { return };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = all.entry((span.name(), doing.what.clone())).or_default();
        spent.time += doing.since.elapsed();
        spent.count += 1;
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(Level::TRACE.into())
    }
}

impl Timings {
    /// Tells what took longest, on standard error.
    pub fn tell(&self, library: &Library) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut err = anstream::stderr();
        for (kind, heading) in [("case", "Cases"), ("member", "Members"), ("rule", "Rules")] {
            let of_kind = all.iter().filter(|((it, _), _)| *it == kind);
            let mut rows: Vec<_> =
                of_kind.map(|((_, what), spent)| (spent.time, spent.count, what)).collect();
            rows.sort_by(|one, other| other.0.cmp(&one.0).then(one.2.cmp(other.2)));
            let shown = rows.len().min(TOLD);
            let _ =
                writeln!(err, "{heading}, the slowest {shown} of {}: milliseconds, times, what", rows.len());
            for (time, count, what) in rows.into_iter().take(TOLD) {
                let milliseconds = time.as_secs_f64() * 1000.0;
                let _ = writeln!(
                    err,
                    "{milliseconds:>10.3} {count:>9}  {}",
                    one_line(&named(kind, what, library))
                );
            }
        }
    }
}

/// A rule goes by its number while work is done.
fn named(kind: &str, what: &str, library: &Library) -> String {
    let rule = || what.parse::<usize>().ok().and_then(|it| library.rules.get(it));
    match kind {
        "rule" => rule().map_or_else(|| what.to_owned(), |it| it.id.clone()),
        _ => what.to_owned(),
    }
}
