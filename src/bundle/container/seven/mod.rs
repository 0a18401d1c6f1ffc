//! 7z archives, as 7-Zip packs them: often solid (all files in one block), often with a password.

mod contents;

use std::io::{self, BufReader, ErrorKind, Read};

use sevenz_rust2::{Archive, ArchiveEntry, Block, BlockDecoder, EncoderMethod, Error, Password};

use super::super::SkipKind;
use super::{Container, Member, ReadSeek, Show, Told, WINDOW, Walk, With, encrypted_in_words, ends, lost};

pub const SEVEN: Container = Container {
    name: "a 7z archive",
    endings: &[".7z"],
    // The first of several parts has no table of contents.
    fits: |path, head| head.starts_with(b"7z\xBC\xAF\x27\x1C") && !ends(path, ".001"),
    walk: Walk::Seeking(walk),
};

/// How much of a block is unpacked to find out whether a password opens it.
const TRIED: u64 = 64 << 20;

type Source<'f> = BufReader<&'f mut dyn ReadSeek>;

fn walk(file: &mut dyn ReadSeek, with: &With<'_>, show: &mut Show<'_>) -> Result<(), String> {
    let mut file = BufReader::new(file);
    let (archive, opened_by) = open(&mut file, with.passwords)?;
    let mut passwords: Vec<Password> = with.passwords.iter().map(|it| Password::from(it.as_str())).collect();
    // The one that opened the table of contents is likely to open the rest.
    passwords.sort_by_key(|it| *it != opened_by);
    let mut any = false;
    for number in 0..archive.blocks.len() {
        any = true;
        if !show_block(&archive, number, &mut file, &passwords, show) {
            return Ok(());
        }
    }
    // Files without content lie in no block.
    for (entry, block) in archive.files.iter().zip(&archive.stream_map.file_block_index) {
        if block.is_none() {
            any = true;
            if !show_entry(entry, &mut io::empty(), show) {
                return Ok(());
            }
        }
    }
    if any { Ok(()) } else { Err("a 7z archive without members".to_owned()) }
}

/// Reads the table of contents, with the password that it needs.
fn open(file: &mut Source<'_>, passwords: &[String]) -> Result<(Archive, Password), String> {
    if let Some(reason) = contents::refusal(file) {
        return Err(reason);
    }
    match Archive::read(file, &Password::empty()) {
        Ok(archive) => return Ok((archive, Password::empty())),
        Err(Error::PasswordRequired) => {}
        Err(error) => return Err(in_words(&error)),
    }
    let mut tried = passwords.iter().map(|it| Password::from(it.as_str()));
    let opened = tried.find_map(|it| Some((Archive::read(file, &it).ok()?, it)));
    opened.ok_or_else(|| encrypted_in_words(passwords).to_owned())
}

/// Shows the files of one block. `false`: no more is wanted.
fn show_block(
    archive: &Archive,
    number: usize,
    file: &mut Source<'_>,
    passwords: &[Password],
    show: &mut Show<'_>,
) -> bool {
    let empty = Password::empty();
    let block = &archive.blocks[number];
    let password = refusal(block).map_or_else(
        || match is_encrypted(block) {
            false => Ok(&empty),
            true => passwords
                .iter()
                .find(|it| opens(archive, number, file, it))
                .ok_or_else(|| encrypted_in_words(passwords).to_owned()),
        },
        Err,
    );
    let (mut shown, mut wanted, mut broken) = (0, true, None);
    let end = password.and_then(|password| {
        let mut each = |entry: &ArchiveEntry, reader: &mut dyn Read| {
            shown += 1;
            let mut worded = Worded { reader, broken: None };
            wanted = show_entry(entry, &mut worded, show);
            broken = worded.broken;
            // A block is not read on behind damage: its decoder might never come to an end.
            Ok(wanted && broken.is_none())
        };
        let decoder = BlockDecoder::new(1, number, archive, password, file);
        decoder.for_each_entries(&mut each).map_err(|error| in_words(&error))
    });
    let end = end.and_then(|_| broken.map_or(Ok(()), Err));
    let Err(reason) = end else { return wanted };
    // The file at which the block breaks has said so by its reader; those behind it cannot be reached.
    let map = &archive.stream_map;
    let first = map.block_first_file_index[number];
    let entries = archive.files.iter().zip(&map.file_block_index).skip(first);
    let behind = entries.take_while(|(_, it)| **it == Some(number)).skip(shown).map(|(it, _)| it);
    let mut behind = behind.filter(|it| !it.is_directory);
    behind.all(|it| show(lost(&it.name, reason.as_str())))
}

fn show_entry(entry: &ArchiveEntry, reader: &mut dyn Read, show: &mut Show<'_>) -> bool {
    /// The upper half holds the mode that Unix gave; then this is set.
    const UNIX: u32 = 0x8000;
    const REPARSE_POINT: u32 = 0x400;
    let attributes = if entry.has_windows_attributes { entry.windows_attributes } else { 0 };
    let is_link =
        attributes & REPARSE_POINT != 0 || (attributes & UNIX != 0 && attributes >> 16 & 0xF000 == 0xA000);
    match () {
        () if entry.is_directory || entry.is_anti_item => true,
        () if is_link => {
            let reason = "a link, not followed".to_owned();
            show(Told::Left { name: &entry.name, reason, kind: SkipKind::Blind })
        }
        () => show(Told::File(Member { name: &entry.name, reader, only: false })),
    }
}

fn is_encrypted(block: &Block) -> bool {
    block.coders.iter().any(|it| it.encoder_method_id() == EncoderMethod::ID_AES256_SHA256)
}

/// Whether a password gives what fits to the checksum. Nothing else tells a wrong one for sure.
fn opens(archive: &Archive, number: usize, file: &mut Source<'_>, password: &Password) -> bool {
    let mut good = true;
    let mut each = |_: &ArchiveEntry, reader: &mut dyn Read| {
        let mut reader = reader.take(TRIED);
        match io::copy(&mut reader, &mut io::sink()) {
            // A file without content says nothing.
            Ok(count) => Ok(count == 0),
            Err(_) => {
                good = false;
                Ok(false)
            }
        }
    };
    let decoder = BlockDecoder::new(1, number, archive, password, file);
    decoder.for_each_entries(&mut each).is_ok() && good
}

/// Why a block is not even tried: what it asks for.
fn refusal(block: &Block) -> Option<String> {
    block.coders.iter().enumerate().find_map(|(index, coder)| {
        let (id, properties) = (coder.encoder_method_id(), coder.properties());
        let number = |at: usize| {
            let bytes = properties.get(at..at + 4)?.first_chunk::<4>()?;
            Some(u64::from(u32::from_le_bytes(*bytes)))
        };
        let asked = match id {
            EncoderMethod::ID_LZMA | EncoderMethod::ID_PPMD => number(1)?,
            EncoderMethod::ID_LZMA2 => {
                let bits = u32::from(*properties.first()?).min(40);
                (2 | u64::from(bits & 1)) << (bits / 2 + 11)
            }
            _ => return None,
        };
        // PPMd takes what it asks for, the others no more than they unpack.
        let held = if id == EncoderMethod::ID_PPMD {
            asked
        } else {
            asked.min(block.get_unpack_size_at_index(index))
        };
        (held > WINDOW).then(|| {
            format!("unpacking it needs {} MB of memory: pack it with a smaller dictionary", held >> 20)
        })
    })
}

/// What a decoder says, as a sentence.
struct Worded<'r> {
    reader: &'r mut dyn Read,
    /// What ended the whole block. A checksum that does not fit says something of one file only.
    broken: Option<String>,
}

impl Read for Worded<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(reason) = &self.broken {
            return Err(io::Error::other(reason.clone()));
        }
        self.reader.read(into).map_err(|error| {
            if error.kind() == ErrorKind::Interrupted {
                return error;
            }
            let reason = damage_in_words(&error);
            if !is_checksum(&error) {
                self.broken = Some(reason.clone());
            }
            match error.kind() {
                ErrorKind::UnexpectedEof => error,
                _ => io::Error::other(reason),
            }
        })
    }
}

fn is_checksum(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|it| it.downcast_ref::<Error>());
    matches!(inner, Some(Error::ChecksumVerificationFailed))
}

fn damage_in_words(error: &io::Error) -> String {
    match error.get_ref().and_then(|it| it.downcast_ref::<Error>()) {
        Some(error) => in_words(error),
        None if error.kind() == ErrorKind::UnexpectedEof => super::in_words(error),
        // The file itself cannot be read.
        None if error.raw_os_error().is_some() => error.to_string(),
        None => format!("its compressed data is damaged: {error}"),
    }
}

fn in_words(error: &Error) -> String {
    match error {
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch => {
            "its checksum does not fit: the content is damaged".to_owned()
        }
        Error::Io(error, _) | Error::MaybeBadPassword(error) => damage_in_words(error),
        Error::Other(what) => format!("it is damaged: {what}"),
        Error::Unsupported(what) => {
            format!("packed in a way that is not read ({what}): send it as a zip file")
        }
        Error::UnsupportedCompressionMethod(method) => {
            format!("packed with {method}, which is not read: send it as a zip file")
        }
        Error::UnsupportedVersion { major, minor } => {
            format!("a 7z archive of version {major}.{minor}, which is not known")
        }
        Error::PasswordRequired => encrypted_in_words::<Password>(&[]).to_owned(),
        _ => "its table of contents is damaged".to_owned(),
    }
}

#[cfg(test)]
mod tests;
