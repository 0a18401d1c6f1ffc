//! What one bundle may cost. Bundles come from strangers: an archive may claim or hold any amount, and meeting
//! a limit is told in the report.

use std::time::Duration;

/// The most that is read of one case, each chosen far above what real bundles hold.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes that one member may have.
    pub member_bytes: u64,
    /// Bytes that all members of archives may unpack to.
    pub case_bytes: u64,
    /// Bytes that are held in memory at once: archives inside archives, and registry hives.
    pub held_bytes: u64,
    /// How many times as large as the files of the case their members may be together.
    pub ratio: u64,
    /// Archives inside archives.
    pub depth: usize,
    /// Members of all archives.
    pub members: usize,
    /// Bytes of a member's path.
    pub path: usize,
    /// Bytes of a line that is matched in one piece.
    pub line: usize,
    /// How long the case may take.
    pub time: Duration,
    /// Matches of a condition that are kept with their text.
    pub evidence: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            member_bytes: 32 << 30,
            case_bytes: 64 << 30,
            held_bytes: 256 << 20,
            ratio: 500,
            depth: 8,
            members: 100_000,
            path: 4096,
            line: 1 << 20,
            time: Duration::from_secs(900),
            evidence: 40,
        }
    }
}

/// A number of bytes as a person would say it.
pub fn in_bytes(count: u64) -> String {
    match count {
        it if it >= 1 << 30 && it.is_multiple_of(1 << 30) => format!("{} GB", it >> 30),
        it if it >= 1 << 20 => format!("{} MB", it >> 20),
        it if it >= 1 << 10 && it.is_multiple_of(1 << 10) => format!("{} KB", it >> 10),
        it => format!("{it} bytes"),
    }
}
