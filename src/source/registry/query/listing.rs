//! What a reader of `reg query` keeps of the listing that it is in.

use super::super::path::is_below;

/// Keys that one command printed one after the other, each at or below the first.
pub struct Listing {
    pub root: String,
    pub last: String,
    /// How many keys it has so far.
    pub keys: usize,
    /// An empty line stands before it, as the program prints it.
    pub spaced: bool,
    /// Keys without an empty line between them: names of subkeys, all of this one.
    pub names_of: Option<String>,
    pub block: Option<Block>,
}

/// A key with its values.
pub struct Block {
    pub line: u64,
    pub key: String,
    pub values: usize,
    /// It is printed with a default value that is not set.
    pub unset: bool,
    /// It has been told that all directly under it is told.
    pub covered: bool,
    /// Something in it could not be read.
    pub doubtful: bool,
}

/// What can be told of a key.
#[derive(Clone, Copy)]
pub enum Fact {
    Covered,
    Named,
    Doubtful,
    Missing,
}

/// A string that may go on in the next line.
pub struct Open {
    pub line: u64,
    pub key: String,
    pub name: String,
    pub data: String,
}

impl Listing {
    /// Whether all directly under the key before `next` is told, by what has been seen of it.
    pub fn covers(&self, block: &Block, next: Option<&str>) -> bool {
        match block.values {
            // A name of a subkey looks like that too, but then nothing below it follows.
            0 => next.is_some_and(|it| is_below(it, &block.key)),
            // So does a single value that was asked for, but then no other key follows.
            1 => next.is_some() || self.keys > 1,
            _ => true,
        }
    }
}
