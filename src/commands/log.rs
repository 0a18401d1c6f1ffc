//! What the program says of its own work, on standard error: nothing unless it is asked for.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::timings::Timings;
use crate::cli::{LogArgs, LogFormat};

/// Begins to listen. What took how long is told at the end, by what comes back.
pub fn start(args: &LogArgs) -> Option<Timings> {
    let most = match args.verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let timings = args.timings.then(Timings::default);
    if most == LevelFilter::OFF && timings.is_none() {
        // Whoever is not listened to costs nothing.
        return None;
    }
    let own = filter_fn(|it| it.target().starts_with("casebook"));
    let text = |it: &LogArgs| it.log_format == LogFormat::Text;
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(io::stderr).with_target(false);
    let layers = tracing_subscriber::registry()
        .with(timings.clone())
        .with(text(args).then(|| lines.with_filter(most).with_filter(own.clone())))
        .with((!text(args)).then(|| {
            let lines = tracing_subscriber::fmt::layer()
                .json()
                .with_current_span(false)
                .with_writer(io::stderr)
                .with_target(false);
            lines.with_filter(most).with_filter(own)
        }));
    // Only a second start could fail, and there is none.
    let _ = layers.try_init();
    timings
}
