//! What wakes a watch: what the system tells of changes in the folder, what workers have done, and the signals
//! that end it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use anyhow::Context;
use notify::event::{ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::work::Did;
use crate::watch::{is_left_alone, key};

pub enum Wake {
    /// Something in the folder is not as it was.
    Changed,
    /// These were renamed into place.
    Moved(BTreeSet<String>),
    /// A piece of work is done.
    Did(Box<Did>),
}

/// A flag that the first Ctrl-C or SIGTERM sets. The second one ends the process where it stands.
pub fn stop_flag() -> anyhow::Result<Arc<AtomicBool>> {
    const STOPPED: i32 = 130;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the second one finds the flag that the first one has set.
        flag::register_conditional_shutdown(signal, STOPPED, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)))
            .context("cannot listen to signals")?;
    }
    Ok(stop)
}

/// Has the system tell of changes in a folder, as long as what comes back is there. `pending` is set while a
/// change has been told that nobody has looked after: a thousand changes wake once.
pub fn notifier(
    folder: &Path,
    into: Sender<Wake>,
    pending: Arc<AtomicBool>,
) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let moved = event.as_ref().map(moved).unwrap_or_default();
        if !moved.is_empty() {
            let _ = into.send(Wake::Moved(moved));
        } else if !is_reading(&event) && !pending.swap(true, Ordering::AcqRel) {
            // Nobody listens any more: then the watch ends.
            let _ = into.send(Wake::Changed);
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// Whether only something was read.
fn is_reading(event: &notify::Result<Event>) -> bool {
    event.as_ref().is_ok_and(|it| it.kind.is_access())
}

/// What an event says was renamed into place. Where the system does not tell a new name from an old one, nothing:
/// those bundles wait like all others.
fn moved(event: &Event) -> BTreeSet<String> {
    let new = match event.kind {
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => event.paths.first(),
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => event.paths.get(1),
        _ => None,
    };
    let name = new.and_then(|it| it.file_name());
    name.filter(|it| !is_left_alone(&it.to_string_lossy())).map(key).into_iter().collect()
}
