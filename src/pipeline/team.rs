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
use crate::text::{BLOCK, Block, Blocks, Filler, Transcoder};

/// How many threads there are and how many pieces of work.
pub struct Team {
    jobs: usize,
    /// Pieces of work that are waiting or being done.
    open: AtomicUsize,
}

/// Members that are no more than this together are not worth sharing out: bytes, as they are packed.
const SMALL: u64 = 1 << 20;
/// A second thread is worth its start for a log that has more blocks than this.
const BLOCKS: usize = 8;
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
    apart(filler, move |filled, mut desk| {
        for block in filled {
            let text = desk.text(block);
            desk.free(scanner.push(text));
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
    apart(filler, move |filled, mut desk| {
        look(&mut Blocks::fed(&mut |free| {
            if let Some(block) = ahead.pop_front() {
                return block;
            }
            desk.free(free);
            filled.recv().map_or_else(|_| Block::cut_off(), |block| desk.text(block))
        }))
    })
}

/// Where buffers come in with what was unpacked, and go back from.
struct Desk {
    used: SyncSender<Block>,
    /// UTF-16 becomes text here: unpacking is the longer part of the work.
    transcoder: Option<Transcoder>,
}

impl Desk {
    fn text(&mut self, block: Block) -> Block {
        let Some(transcoder) = &mut self.transcoder else { return block };
        let text = transcoder.text(&block);
        self.send(block);
        text
    }

    fn free(&mut self, block: Block) {
        match &mut self.transcoder {
            Some(transcoder) => transcoder.free(block),
            None => self.send(block),
        }
    }

    /// Whoever unpacks may have come to the end and wait for no buffer any more.
    fn send(&self, block: Block) {
        let _ = self.used.send(block);
    }
}

/// This thread unpacks, another does `work` with what comes. Buffers go round between them.
fn apart<T: Send>(filler: &mut Filler<'_>, work: impl FnOnce(Receiver<Block>, Desk) -> T + Send) -> T {
    let (full, filled) = sync_channel::<Block>(BATCHES);
    let (used, free) = sync_channel::<Block>(2 * BATCHES);
    let desk = Desk { used, transcoder: filler.hand_over() };
    thread::scope(|scope| {
        let working = scope.spawn(move || work(filled, desk));
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
