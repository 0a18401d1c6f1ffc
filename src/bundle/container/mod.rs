//! Archives beside zip in which logs are packed: Windows packs old CBS logs and whole collections as cabinets,
//! people send 7z, and what went through a Linux machine comes as tar, gz, bz2, xz or zst.

mod cab;
mod seven;
mod stream;
mod tar;
mod zstd;

use std::io::{self, ErrorKind, Read};

use super::{ReadSeek, SkipKind};

pub use zstd::zip_member;

/// One kind of archive.
pub struct Container {
    /// What the report calls it.
    pub name: &'static str,
    /// What the names of such files end in; no proof of anything, but in an inbox each of them is a case.
    pub endings: &'static [&'static str],
    /// Whether a member is of this kind, by its path and its first bytes (64 KiB, or all there are).
    pub fits: fn(&str, &[u8]) -> bool,
    pub walk: Walk,
}

/// How the members are shown one after the other. `Err` is what ended the walk, in words: what could be read
/// was shown before.
pub enum Walk {
    /// Reads from the start to the end, so it needs no more than a stream.
    Streaming(fn(&mut dyn Read, &With<'_>, &mut Show<'_>) -> Result<(), String>),
    /// Reads here and there; it starts at the beginning by itself.
    Seeking(fn(&mut dyn ReadSeek, &With<'_>, &mut Show<'_>) -> Result<(), String>),
}

/// What an archive does not say of itself.
pub struct With<'w> {
    /// Its path; what holds a single file without a name takes the file's name from it.
    pub path: &'w str,
    /// Tried in turn where something is encrypted.
    pub passwords: &'w [String],
}

/// Takes what is told; `false` ends the walk.
pub type Show<'s> = dyn FnMut(Told<'_>) -> bool + 's;

/// What a walk tells.
pub enum Told<'m> {
    File(Member<'m>),
    /// A member that cannot be read or has nothing to read, in words. Folders are not told of.
    Left {
        name: &'m str,
        reason: String,
        kind: SkipKind,
    },
}

/// A file of an archive, ready to be read from its start. What is left unread is passed over.
pub struct Member<'m> {
    /// As it is written in the archive: not unique, not safe on any disk.
    pub name: &'m str,
    /// Ends in an error where the content is damaged or breaks off; its text is a sentence for the report, or
    /// its kind is `UnexpectedEof`.
    pub reader: &'m mut dyn Read,
    /// Whether nothing can follow it.
    pub only: bool,
}

/// All kinds that are read. Those that have a sign in their first bytes come first, then the one that has a sum,
/// then the one that has neither.
pub static CONTAINERS: [Container; 8] = [
    cab::CABINET,
    seven::SEVEN,
    stream::GZIP,
    stream::BZIP2,
    stream::XZ,
    stream::ZSTANDARD,
    tar::TAR,
    stream::LZMA,
];

/// The most that a decoder may keep of what it has unpacked, whatever an archive asks for: 7-Zip's strongest
/// level needs 256 MB.
const WINDOW: u64 = 512 << 20;

/// The kind of archive that a member is, if it is one.
pub fn container(path: &str, head: &[u8]) -> Option<&'static Container> {
    CONTAINERS.iter().find(|it| (it.fits)(path, head))
}

fn ends(path: &str, ending: &str) -> bool {
    let at = path.len().wrapping_sub(ending.len());
    path.as_bytes().get(at..).is_some_and(|it| it.eq_ignore_ascii_case(ending.as_bytes()))
}

fn lost(name: &str, reason: impl Into<String>) -> Told<'_> {
    Told::Left { name, reason: reason.into(), kind: SkipKind::Loss }
}

/// Why something encrypted was not read.
pub fn encrypted_in_words<P>(passwords: &[P]) -> &'static str {
    if passwords.is_empty() {
        "encrypted, and no password was given (--password-file)"
    } else {
        "encrypted, and none of the given passwords opens it (or it is damaged)"
    }
}

/// A reader that is not asked again once it has failed: some decoders never come to an end then.
pub struct Fused<'r> {
    reader: &'r mut dyn Read,
    failed: Option<(ErrorKind, String)>,
}

impl<'r> Fused<'r> {
    pub fn new(reader: &'r mut dyn Read) -> Self {
        Self { reader, failed: None }
    }
}

impl Read for Fused<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some((kind, reason)) = &self.failed {
            return Err(io::Error::new(*kind, reason.clone()));
        }
        let outcome = self.reader.read(into);
        let failure = outcome.as_ref().err().filter(|it| it.kind() != ErrorKind::Interrupted);
        self.failed = failure.map(|it| (it.kind(), it.to_string()));
        outcome
    }
}

/// An error of reading an archive itself, as a sentence.
pub fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "the file ends too early (truncated)".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
