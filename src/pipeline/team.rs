//! The threads of a run. Cases are done side by side, large members of one case too; where there is less to do
//! than there are processors, a log is unpacked by one thread and scanned by another.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::bundle::Crew;
use crate::matching::{Hits, Scanned, Scanner};
use crate::text::{BLOCK, Block, Blocks, Filler};
use crate::threads::make_room;

/// How many threads there are and how many pieces of work.
pub struct Team {
    jobs: usize,
    /// Pieces of work that are waiting or being done.
    open: AtomicUsize,
}

/// Members that are no more than this together are not worth sharing out: bytes, as they are packed.
const SMALL: u64 = 1 << 20;
/// A second thread is worth its start for a log that has more blocks than this.
const BLOCKS: usize = 12;
/// What is handed from one thread to the other, in bytes: waking each other costs time, so not in small pieces.
const BATCH: usize = 1 << 20;
/// How many such pieces there are.
const BATCHES: usize = 4;

impl Team {
    /// `jobs` threads, with this many pieces of work to begin with.
    pub fn new(jobs: usize, open: usize) -> Self {
        Self { jobs, open: AtomicUsize::new(open) }
    }

    /// One more piece of work has come.
    pub fn begin(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    /// It is done.
    pub fn end(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// Does all pieces of work, the largest first.
    pub fn all(&self, sizes: &[u64], work: &(dyn Fn(usize) + Sync)) {
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|it| Reverse(sizes[*it]));
        rayon::scope_fifo(|scope| {
            for number in order {
                scope.spawn_fifo(move |_| {
                    work(number);
                    self.open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
    }

    /// Scans a log with one thread or, from where another has nothing to do, with two.
    pub fn scan(&self, filler: &mut Filler<'_>, mut scanner: Scanner<'_>) -> (Scanned, Hits) {
        let mut block = Block::new(BLOCK);
        let mut blocks = 0;
        while !scanner.at_end() {
            if blocks >= BLOCKS && self.has_idle() {
                return scan_apart(filler, scanner);
            }
            filler.fill(&mut block);
            block = scanner.push(block);
            blocks += 1;
        }
        scanner.finish()
    }

    /// Lets `look` go through a source: in this thread or, where another has nothing to do, in that one.
    pub fn look<T: Send>(
        &self,
        filler: &mut Filler<'_>,
        look: impl FnOnce(&mut Blocks<'_>) -> T + Send,
    ) -> T {
        let mut ahead = VecDeque::new();
        while self.has_idle() && ahead.len() < BLOCKS && ahead.back().is_none_or(|it: &Block| !it.last) {
            let mut block = Block::new(BLOCK);
            filler.fill(&mut block);
            ahead.push_back(block);
        }
        if ahead.len() == BLOCKS && ahead.back().is_some_and(|it| !it.last) && self.has_idle() {
            return look_apart(filler, ahead, look);
        }
        look(&mut Blocks::fed(&mut |mut free| {
            ahead.pop_front().unwrap_or_else(|| {
                filler.fill(&mut free);
                free
            })
        }))
    }

    /// Whether there are more threads than pieces of work.
    fn has_idle(&self) -> bool {
        self.open.load(Ordering::Relaxed) < self.jobs
    }
}

impl Crew for Team {
    fn each(&self, sizes: &[u64], work: &(dyn Fn(usize) + Sync)) {
        if self.jobs < 2 || sizes.len() < 2 || sizes.iter().sum::<u64>() < SMALL {
            return (0..sizes.len()).for_each(work);
        }
        // Whoever shares out work waits, and is not working meanwhile.
        self.open.fetch_add(sizes.len() - 1, Ordering::Relaxed);
        self.all(sizes, work);
        self.open.fetch_add(1, Ordering::Relaxed);
    }
}

/// This thread unpacks, another scans.
fn scan_apart(filler: &mut Filler<'_>, mut scanner: Scanner<'_>) -> (Scanned, Hits) {
    apart(filler, move |filled, used| {
        for block in filled {
            give_back(&used, scanner.push(block));
        }
        scanner.finish()
    })
}

/// This thread unpacks, another looks: first at what is `ahead`.
fn look_apart<T: Send>(
    filler: &mut Filler<'_>,
    mut ahead: VecDeque<Block>,
    look: impl FnOnce(&mut Blocks<'_>) -> T + Send,
) -> T {
    apart(filler, move |filled, used| {
        look(&mut Blocks::fed(&mut |free| {
            if let Some(block) = ahead.pop_front() {
                return block;
            }
            give_back(&used, free);
            filled.recv().unwrap_or_else(|_| Block::cut_off())
        }))
    })
}

/// Whoever unpacks may have come to the end and wait for no buffer any more.
fn give_back(used: &SyncSender<Block>, block: Block) {
    let _ = used.send(block);
}

/// This thread unpacks, another does `work` with what comes. Buffers go round between them.
fn apart<T: Send>(
    filler: &mut Filler<'_>,
    work: impl FnOnce(Receiver<Block>, SyncSender<Block>) -> T + Send,
) -> T {
    let (full, filled) = sync_channel::<Block>(BATCHES);
    let (used, free) = sync_channel::<Block>(2 * BATCHES);
    thread::scope(|scope| {
        let working = scope.spawn(move || {
            make_room();
            work(filled, used)
        });
        for number in 0.. {
            let block = if number < BATCHES { Some(Block::new(BATCH)) } else { free.recv().ok() };
            // Without a buffer coming back, the other thread has failed or seen enough: joining it tells.
            let Some(mut block) = block else { break };
            filler.fill(&mut block);
            let is_last = block.last;
            if full.send(block).is_err() || is_last {
                break;
            }
        }
        drop((full, free));
        working.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}
