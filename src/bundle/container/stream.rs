//! Single files that were compressed without being packed (`CBS.log.gz`, `logs.tar.xz`): gzip, bzip2, xz, lzma
//! and zstd, as Linux tools and log shippers write them.

use std::io::{self, BufReader, ErrorKind, Read};

use bzip2::read::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::{LzmaReader, XzReader};

use super::zstd::Zstd;
use super::{Container, Member, Show, Told, WINDOW, Walk, With, ends};

/// The endings of each kind, the one that is taken off a file's name first.
const GZ: &[&str] = &[".gz", ".tgz", ".tar.gz"];
const BZ: &[&str] = &[".bz2", ".tbz2", ".tbz", ".tar.bz2"];
const XZS: &[&str] = &[".xz", ".txz", ".tar.xz"];
const LZ: &[&str] = &[".lzma", ".tlz", ".tar.lzma"];
const ZST: &[&str] = &[".zst", ".zstd", ".tzst", ".tar.zst"];

pub const GZIP: Container = Container {
    name: "a gzip file",
    endings: GZ,
    fits: |_, head| head.starts_with(b"\x1F\x8B\x08"),
    walk: Walk::Streaming(|file, with, show| one(Steady(MultiGzDecoder::new(below(file))), GZ, with, show)),
};

pub const BZIP2: Container = Container {
    name: "a bzip2 file",
    endings: BZ,
    fits: |_, head| {
        head.starts_with(b"BZh") && matches!(head.get(4..10), Some(b"1AY&SY" | b"\x17\x72\x45\x38\x50\x90"))
    },
    walk: Walk::Streaming(|file, with, show| one(Steady(MultiBzDecoder::new(below(file))), BZ, with, show)),
};

pub const XZ: Container = Container {
    name: "an xz file",
    endings: XZS,
    fits: |_, head| head.starts_with(b"\xFD7zXZ\0"),
    walk: Walk::Streaming(|file, with, show| {
        let reader = XzReader::new_mem_limit(below(file), true, (WINDOW >> 10) as u32);
        one(Steady(reader), XZS, with, show)
    }),
};

/// The only one without a sign of its own: a name, and a header that makes sense.
pub const LZMA: Container = Container {
    name: "an lzma file",
    endings: LZ,
    fits: |path, head| {
        (ends(path, ".lzma") || ends(path, ".tlz"))
            && head.len() > 13
            && head[0] < 225
            && (head[5..13] == [0xFF; 8] || head[10..13] == [0; 3])
    },
    walk: Walk::Streaming(|file, with, show| {
        let reader = LzmaReader::new_mem_limit(below(file), (WINDOW >> 10) as u32, None);
        let reader = reader.map_err(|error| super::in_words(&in_words(error)))?;
        one(Steady(reader), LZ, with, show)
    }),
};

pub const ZSTANDARD: Container = Container {
    name: "a zstd file",
    endings: ZST,
    fits: |_, head| head.starts_with(b"\x28\xB5\x2F\xFD"),
    walk: Walk::Streaming(|file, with, show| one(Zstd::new(BufReader::new(file)), ZST, with, show)),
};

/// Shows the one file. Its name is the archive's without the ending: the name that gzip stores is often that of
/// a temporary file, and the others store none.
fn one(mut reader: impl Read, endings: &[&str], with: &With<'_>, show: &mut Show<'_>) -> Result<(), String> {
    let name = with.path.rsplit(['/', '\\']).next().unwrap_or(with.path);
    let ending = endings.iter().find(|it| ends(name, it) && name.len() > it.len());
    let name = match ending {
        // `.tgz` and the like.
        Some(ending) if ending.starts_with(".t") => format!("{}.tar", &name[..name.len() - ending.len()]),
        Some(ending) => name[..name.len() - ending.len()].to_owned(),
        None => name.to_owned(),
    };
    show(Told::File(Member { name: &name, reader: &mut reader, only: true }));
    Ok(())
}

/// A reader that loses little of what stands before damage: the decoders drop what they have unpacked of a
/// read that fails, so each read is a short one.
struct Steady<R>(R);

impl<R: Read> Read for Steady<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let size = into.len().min(4 << 10);
        self.0.read(&mut into[..size]).map_err(in_words)
    }
}

/// What a decoder says, as a sentence; what the reader below it says, as that says it.
fn in_words(error: io::Error) -> io::Error {
    let error = match error.downcast::<Own>() {
        Ok(Own(error)) => return error,
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::UnexpectedEof => ErrorKind::UnexpectedEof.into(),
        ErrorKind::Interrupted => error,
        ErrorKind::OutOfMemory => {
            io::Error::other(format!("unpacking it needs more than {} MB of memory", WINDOW >> 20))
        }
        _ => io::Error::other(format!("its compressed data is damaged: {error}")),
    }
}

/// The reader below a decoder, with its errors marked as its own.
struct Below<'r>(&'r mut dyn Read);

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Own(io::Error);

impl Read for Below<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map_err(|error| match error.kind() {
            ErrorKind::Interrupted => error,
            _ => io::Error::other(Own(error)),
        })
    }
}

fn below(file: &mut dyn Read) -> BufReader<Below<'_>> {
    BufReader::new(Below(file))
}
