//! What is done side by side before there are cases: rules and templates are loaded. Cases have their own threads
//! (`pipeline`).

use std::hint::black_box;
use std::sync::Once;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

/// What both make.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    start();
    rayon::join(one, other)
}

/// What is made of each, in their order.
pub fn each<T: Sync, M: Send>(all: &[T], make: impl Fn(&T) -> M + Send + Sync) -> Vec<M> {
    start();
    all.par_iter().map(make).collect()
}

/// Does what will be asked for later, while other things are done.
pub fn ahead(work: impl FnOnce() + Send + 'static) {
    start();
    rayon::spawn(work);
}

/// Starts the threads, where they are not running. If they cannot be started, whoever needs them tells.
fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        // A piece this large is taken from what a thread has and not from the system, once a larger one was given back.
        drop(black_box(Vec::<u8>::with_capacity(ROOM + ROOM / 4)));
        let _ = ThreadPoolBuilder::new().start_handler(|_| make_room()).build_global();
    });
}

/// How much memory a thread asks the system for at once.
const ROOM: usize = 4 << 20;

/// Lets the thread at hand ask the system for memory once: else it does so for every few kilobytes of the articles and
/// templates that it loads, a thousand times over, and threads wait for one another there. Nothing of it is touched.
pub fn make_room() {
    drop(black_box(Vec::<u8>::with_capacity(ROOM)));
}
