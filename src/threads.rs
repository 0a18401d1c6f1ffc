//! What is done side by side before there are cases: rules and templates are loaded. Cases have their own threads
//! (`pipeline`).

use rayon::prelude::*;

/// What both make.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    rayon::join(one, other)
}

/// What is made of each, in their order.
pub fn each<T: Sync, M: Send>(all: &[T], make: impl Fn(&T) -> M + Send + Sync) -> Vec<M> {
    all.par_iter().map(make).collect()
}
