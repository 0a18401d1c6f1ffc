//! Tar archives (ustar, GNU, pax, and the older ones without a sign): what a bundle becomes when it was packed
//! on Linux, mostly inside a gz or xz file.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};

use ::tar::{Archive, Entry, EntryType, Header};

use super::super::SkipKind;
use super::{Container, Member, Show, Told, Walk, With, in_words, lost};

pub const TAR: Container =
    Container { name: "a tar archive", endings: &[".tar"], fits, walk: Walk::Streaming(walk) };

/// The most that may stand between two files: their headers, and zeros at the end of a tape. The library holds
/// long names in memory, whatever their length.
const BETWEEN: u64 = 4 << 20;

const BLOCK: u64 = 512;

/// By the checksum of the first header: the old form has no sign of its own.
fn fits(_: &str, head: &[u8]) -> bool {
    let Some(head) = head.first_chunk::<512>() else { return false };
    let header = Header::from_byte_slice(head);
    let sum: u32 = head.iter().map(|it| u32::from(*it)).sum();
    let own: u32 = head[148..156].iter().map(|it| u32::from(*it)).sum();
    head[0] != 0 && header.cksum().is_ok_and(|it| it == sum - own + 8 * u32::from(b' '))
}

fn walk(file: &mut dyn Read, _: &With<'_>, show: &mut Show<'_>) -> Result<(), String> {
    let (position, limit) = (Cell::new(0), Cell::new(BETWEEN));
    let mut archive = Archive::new(Metered { file, position: &position, limit: &limit });
    // Archives are put behind one another by simply doing so; the zeros between them are no end.
    archive.set_ignore_zeros(true);
    let mut end = 0;
    let mut any = false;
    for entry in archive.entries().map_err(|error| in_words(&error))? {
        let mut entry = match entry {
            Ok(entry) => entry,
            // A file that breaks off has told it, but what stood behind it is lost too.
            Err(error) => return Err(header_in_words(&error, position.get() < end)),
        };
        any = true;
        end = end_of(&entry);
        limit.set(u64::MAX);
        if !show_entry(&mut entry, show) {
            return Ok(());
        }
        // What is left of the file is passed over by the library.
        limit.set(end.max(position.get()).saturating_add(BETWEEN));
    }
    match any {
        false => Err("a tar archive without members".to_owned()),
        true if position.get() <= end => {
            Err("its end mark is missing: it may have lost members (truncated)".to_owned())
        }
        true => Ok(()),
    }
}

/// Where the blocks of a file end.
fn end_of<R: Read>(entry: &Entry<'_, R>) -> u64 {
    // Of a file with holes, only the rest between them is there.
    let size = match entry.header().entry_type() {
        EntryType::GNUSparse => entry.header().entry_size().unwrap_or(0),
        _ => entry.size(),
    };
    entry.raw_file_position().saturating_add(size.div_ceil(BLOCK).saturating_mul(BLOCK))
}

/// `false`: no more is wanted.
fn show_entry<R: Read>(entry: &mut Entry<'_, R>, show: &mut Show<'_>) -> bool {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    // Who packs the folder that he is in gets this before each name.
    let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
    let left = |reason: &str, kind| Told::Left { name: &name, reason: reason.to_owned(), kind };
    match entry.header().entry_type() {
        EntryType::Directory => true,
        // The oldest form tells a folder by its name.
        _ if name.ends_with('/') || name.is_empty() => true,
        EntryType::Symlink => show(left("a link, not followed", SkipKind::Blind)),
        EntryType::Link => show(left("a second name of another file of the archive", SkipKind::Harmless)),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            if is_pax_sparse(entry) {
                return show(lost(
                    &name,
                    "a file with holes in a form that is not read: pack it without tar's --sparse",
                ));
            }
            let mut reader = Whole { left: entry.size(), reader: entry };
            show(Told::File(Member { name: &name, reader: &mut reader, only: false }))
        }
        EntryType::XGlobalHeader => true,
        EntryType::Char | EntryType::Block | EntryType::Fifo => {
            show(left("neither a file nor a folder", SkipKind::Blind))
        }
        _ => show(left("a member of a kind that is not known", SkipKind::Blind)),
    }
}

fn is_pax_sparse<R: Read>(entry: &mut Entry<'_, R>) -> bool {
    let Ok(Some(mut extensions)) = entry.pax_extensions() else { return false };
    extensions.any(|it| it.is_ok_and(|it| it.key_bytes().starts_with(b"GNU.sparse.")))
}

fn header_in_words(error: &io::Error, inside: bool) -> String {
    let text = error.to_string();
    let ends = ["EOF", "entire block"].iter().any(|it| text.contains(it));
    if inside || error.kind() == ErrorKind::UnexpectedEof || ends {
        return "the file ends too early (truncated)".to_owned();
    }
    // The library's own words quote what stands there.
    if text.contains("numeric field") || text.contains("checksum mismatch") {
        return "what follows its last readable member is damaged: no header of a file".to_owned();
    }
    format!("what follows its last readable member is damaged: {text}")
}

/// A file that has as many bytes as its header says: the library ends one that breaks off like any other.
struct Whole<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        self.left = self.left.saturating_sub(count as u64);
        if count == 0 && self.left > 0 && !into.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(count)
    }
}

/// Counts what is read and stops at a limit.
struct Metered<'r> {
    file: &'r mut dyn Read,
    position: &'r Cell<u64>,
    limit: &'r Cell<u64>,
}

impl Read for Metered<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.position.get() >= self.limit.get() {
            return Err(io::Error::other("a header of more than 4 MB"));
        }
        let count = self.file.read(into)?;
        self.position.set(self.position.get() + count as u64);
        Ok(count)
    }
}
