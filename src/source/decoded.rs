//! Sources that are no text of lines, turned into text while they are read: so they go through the same
//! scanner as every log, and one rule serves all forms of a record.

use std::io::Read;

/// Whose records are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Everyone's.
    All,
}

/// Text that is made of a source while it is read, and what there is to say of the source. Complete when
/// `read` has given 0, or an error: what stood before the damage has been given by then.
pub trait Decoded: Read {
    /// What could not be read, in sentences.
    fn losses(&self) -> Vec<String>;

    /// What the source holds, wanted or not.
    fn ledger(&self) -> &Ledger;
}

/// What a source holds, whether it was asked for or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// How many bytes were read, as they are in the bundle.
    pub bytes: u64,
    pub records: u64,
    /// The times of the oldest and the newest record, as in a record: with a `Z` where they are UTC.
    pub first: Option<String>,
    pub last: Option<String>,
    /// The machine that the first record tells of.
    pub computer: Option<String>,
}
