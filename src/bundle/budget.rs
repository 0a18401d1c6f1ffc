//! What is left of a case's limits while it is read. Members of a case may be read side by side, and then the
//! one that meets a limit is any: so nothing is told of that reading, and the case is read again in order.

use std::fmt::Display;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::limits::{Limits, in_bytes};

/// How long the run has gone on.
pub type Clock<'c> = dyn Fn() -> Duration + Sync + 'c;

/// How a case is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Beside other cases, members side by side, with little held in memory: enough for nearly all.
    Beside,
    /// Alone in the run, members side by side.
    Alone,
    /// Alone in the run, one member after the other: only here limits are met at the same place every time.
    InOrder,
}

impl Attempt {
    /// In the order in which they are made.
    pub const ALL: [Self; 3] = [Self::Beside, Self::Alone, Self::InOrder];
}

/// What a case may hold in memory while others are read beside it.
const BESIDE: u64 = 48 << 20;
/// What the text of all evidence may take.
const EVIDENCE: u64 = 48 << 20;
/// What the paths of all members may take.
const PATHS: u64 = 32 << 20;
/// Below this, no ratio is looked at.
const SMALL: u64 = 1 << 30;

/// What is left.
pub struct Budget<'b> {
    pub limits: &'b Limits,
    pub attempt: Attempt,
    clock: Option<(&'b Clock<'b>, Duration)>,
    /// What may be unpacked by the size of the case's files.
    by_ratio: u64,
    unpacked: AtomicU64,
    members: AtomicU64,
    paths: AtomicU64,
    held: AtomicU64,
    evidence: AtomicU64,
    /// A reading side by side has met a limit.
    overrun: AtomicBool,
}

impl<'b> Budget<'b> {
    /// The whole budget of a case whose files have `size` bytes.
    pub fn new(limits: &'b Limits, size: u64, attempt: Attempt) -> Self {
        Self {
            limits,
            attempt,
            clock: None,
            by_ratio: size.saturating_mul(limits.ratio).max(SMALL),
            unpacked: AtomicU64::new(0),
            members: AtomicU64::new(0),
            paths: AtomicU64::new(0),
            held: AtomicU64::new(0),
            evidence: AtomicU64::new(0),
            overrun: AtomicBool::new(false),
        }
    }

    /// With the moment at which the case must have ended.
    pub fn until(mut self, clock: &'b Clock<'b>, end: Duration) -> Self {
        self.clock = Some((clock, end));
        self
    }

    /// Whether a limit was met where nobody can say at which member: what was read is of no use.
    pub fn overrun(&self) -> bool {
        self.overrun.load(Ordering::Relaxed)
    }

    /// Why nothing more of the case is read, if that is so.
    pub fn spent(&self) -> Option<String> {
        let limits = self.limits;
        let is_over = |it: &AtomicU64, most: u64| it.load(Ordering::Relaxed) > most;
        if self.clock.is_some_and(|(clock, end)| clock() >= end) {
            let seconds = limits.time.as_secs();
            return Some(over("reading the case took more than", format!("{seconds} seconds"), "--max-time"));
        }
        if self.overrun() {
            return Some("a limit of the case is met".to_owned());
        }
        if is_over(&self.unpacked, limits.case_bytes) {
            let most = in_bytes(limits.case_bytes);
            return Some(over("the case unpacks to more than", most, "--max-case"));
        }
        if is_over(&self.unpacked, self.by_ratio) {
            let most = format!("{} times its size", limits.ratio);
            return Some(over("the case unpacks to more than", most, "--max-ratio"));
        }
        if is_over(&self.members, limits.members as u64) {
            let most = format!("{} members", limits.members);
            return Some(over("the case has more than", most, "--max-members"));
        }
        is_over(&self.paths, PATHS)
            .then(|| format!("the names of the case's members take more than {} together", in_bytes(PATHS)))
    }

    /// Takes note of a member of an archive.
    pub fn member(&self, path: &str) {
        self.add(&self.members, 1, self.limits.members as u64);
        self.add(&self.paths, path.len() as u64, PATHS);
    }

    /// Takes note of text that is kept as evidence. In order it is folded at once, so it is never too much.
    pub fn evidence(&self, bytes: u64) {
        self.add(&self.evidence, bytes, EVIDENCE);
    }

    fn add(&self, to: &AtomicU64, count: u64, most: u64) {
        let sum = to.fetch_add(count, Ordering::Relaxed).saturating_add(count);
        if sum > most && self.attempt != Attempt::InOrder {
            self.overrun.store(true, Ordering::Relaxed);
        }
    }

    /// How many bytes may still be unpacked.
    fn room(&self, packed: bool) -> u64 {
        match packed {
            true => self
                .limits
                .case_bytes
                .min(self.by_ratio)
                .saturating_sub(self.unpacked.load(Ordering::Relaxed)),
            false => u64::MAX,
        }
    }

    fn take(&self, count: u64, packed: bool) -> Result<(), String> {
        if packed {
            self.add(&self.unpacked, count, self.limits.case_bytes.min(self.by_ratio));
        }
        self.spent().map_or(Ok(()), Err)
    }

    /// A member, up to its limit and that of the case; going on behind is an error, not an end. `packed` says
    /// that it comes out of an archive.
    pub fn limited<R: Read>(&self, reader: R, packed: bool) -> Limited<'_, R> {
        Limited { budget: self, reader, left: self.limits.member_bytes, packed, over: None }
    }

    /// All that is left in `reader`, behind `head`, and what cut it short if anything did.
    pub fn hold(&self, head: Vec<u8>, reader: &mut dyn Read) -> Held<'_> {
        const STEP: u64 = 1 << 20;
        let mut held = Held { bytes: head, error: None, taken: 0, of: &self.held };
        let most = if self.attempt == Attempt::Beside { BESIDE } else { self.limits.held_bytes };
        held.grow();
        loop {
            let before = held.bytes.len();
            let read = (&mut *reader).take(STEP).read_to_end(&mut held.bytes);
            held.grow();
            if self.held.load(Ordering::Relaxed) > most.min(self.limits.held_bytes) {
                if self.attempt != Attempt::InOrder {
                    self.overrun.store(true, Ordering::Relaxed);
                }
                held.bytes.truncate(before);
                held.grow();
                let most = in_bytes(self.limits.held_bytes);
                let reason =
                    format!("only its start is read: more than {most} would be held in memory (--max-held)");
                held.error = Some(io::Error::other(reason));
                return held;
            }
            match read {
                Ok(0) => return held,
                Ok(_) => {}
                Err(error) => {
                    held.error = Some(error);
                    return held;
                }
            }
        }
    }
}

fn over(what: &str, most: impl Display, option: &str) -> String {
    format!("{what} {most} ({option})")
}

/// Bytes in memory, given back to the budget when they are dropped.
pub struct Held<'b> {
    pub bytes: Vec<u8>,
    /// What cut them short.
    pub error: Option<io::Error>,
    taken: u64,
    of: &'b AtomicU64,
}

impl Held<'_> {
    fn grow(&mut self) {
        let now = self.bytes.len() as u64;
        self.of.fetch_add(now.wrapping_sub(self.taken), Ordering::Relaxed);
        self.taken = now;
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.of.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

/// A reader that ends in an error where a limit is met.
pub struct Limited<'b, R> {
    budget: &'b Budget<'b>,
    reader: R,
    left: u64,
    packed: bool,
    over: Option<String>,
}

impl<R> Limited<'_, R> {
    /// Why it ended, if a limit was met.
    pub fn over(&self) -> Option<&str> {
        self.over.as_deref()
    }
}

impl<R: Read> Read for Limited<'_, R> {
    /// Gives exactly what the limits allow, whatever amount is asked for at once.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(reason) = &self.over {
            return Err(io::Error::other(reason.clone()));
        }
        let room = self.left.min(self.budget.room(self.packed));
        // Where there is no room, one byte more tells whether the limit is met.
        let most = into.len().min(usize::try_from(room).unwrap_or(usize::MAX).max(1));
        let count = self.reader.read(&mut into[..most])?;
        let limit = self.budget.limits.member_bytes;
        let outcome = match self.budget.take(count as u64, self.packed) {
            Ok(()) if count as u64 > self.left => {
                Err(format!("a member of more than {} is not read further (--max-member)", in_bytes(limit)))
            }
            other => other,
        };
        if let Err(reason) = outcome {
            self.over = Some(reason.clone());
            return Err(io::Error::other(reason));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { member_bytes: 4, held_bytes: 2 << 20, members: 2, ..Limits::default() }
    }

    #[test]
    fn meeting_a_limit_is_an_error() {
        let limits = limits();
        let budget = Budget::new(&limits, 0, Attempt::InOrder);
        let read = |bytes: &[u8]| budget.limited(bytes, true).read_to_end(&mut Vec::new());
        assert!(read(b"1234").is_ok());
        assert!(read(b"12345").is_err());
        let hold = |rest: &[u8]| {
            let held = budget.hold(b"PK".to_vec(), &mut &*rest);
            (held.bytes.len(), held.error.is_some())
        };
        assert_eq!(hold(b"rest"), (6, false));
        assert_eq!(hold(&vec![0; 3 << 20]), (2 + (1 << 20), true));
        // What was held is given back.
        assert_eq!(hold(&vec![0; 1 << 20]), (2 + (1 << 20), false));
    }

    #[test]
    fn what_is_met_side_by_side_is_not_told() {
        let limits = limits();
        for (attempt, overrun) in [(Attempt::Beside, true), (Attempt::Alone, true), (Attempt::InOrder, false)]
        {
            let budget = Budget::new(&limits, 0, attempt);
            (0..3).for_each(|_| budget.member("a.log"));
            assert_eq!(budget.overrun(), overrun);
            assert!(budget.spent().is_some_and(|it| overrun || it.contains("more than 2 members")));
        }
    }

    #[test]
    fn a_bomb_by_ratio_is_told() {
        let limits = Limits { ratio: 9, ..Limits::default() };
        let told = |size: u64, unpacked: u64| {
            Budget::new(&limits, size, Attempt::InOrder).take(unpacked, true).err().unwrap_or_default()
        };
        assert_eq!(told(1, SMALL), "", "a small case may hold what it likes");
        assert_eq!(told(1, SMALL + 1), "the case unpacks to more than 9 times its size (--max-ratio)");
        assert_eq!(told(SMALL, 9 * SMALL), "");
        assert_ne!(told(SMALL, 9 * SMALL + 1), "");
    }

    #[test]
    fn time_ends_a_case() {
        let (limits, clock) = (Limits::default(), || Duration::from_secs(7));
        let until = |end| Budget::new(&limits, 0, Attempt::Beside).until(&clock, Duration::from_secs(end));
        assert_eq!(until(8).spent(), None);
        let budget = until(7);
        assert!(budget.limited(&b"x"[..], false).read(&mut [0]).is_err());
        assert!(!budget.overrun(), "to read it again would take as long");
    }
}
