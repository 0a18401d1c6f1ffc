//! Zip files, the form in which nearly every bundle comes: made by Explorer, PowerShell, 7-Zip or a collector,
//! with their habits (backslashes in names, names in the machine's code page, one name twice, zip64).

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read, Seek};

use ::zip::read::{Config, OwnedZipFileEntry, read_zipfile_from_stream};
use ::zip::result::{ZipError, ZipResult};
use ::zip::unstable::read::ZipIterable;
use ::zip::{CompressionMethod, ZipReadOptions};

use super::container::{self, encrypted_in_words, zip_member};
use super::inflate::{Inflate, LittleByLittle};
use super::reading::{Archive, Inside, Reading};
use super::{ReadSeek, SkipKind};

/// Office documents and the like are zip files too, but nobody sends logs in them.
const DOCUMENTS: [&str; 7] = [".docx", ".xlsx", ".pptx", ".odt", ".jar", ".msix", ".appx"];

/// Whether a member is a zip file, by its content.
pub fn is_signed(path: &str, head: &[u8]) -> bool {
    let path = path.to_ascii_lowercase();
    let signed = head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06");
    signed && !DOCUMENTS.iter().any(|it| path.ends_with(it))
}

/// Whether it should be one by its name: it may be empty or damaged in front.
pub fn is_named(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".zip")
}

/// A member as the table of contents tells of it.
struct Listed {
    number: usize,
    path: String,
    entry: OwnedZipFileEntry,
}

impl Reading<'_> {
    /// Reads every member of the zip file `path`.
    pub(super) fn zip(&self, path: &str, archive: &Archive<'_>, inside: &Inside) {
        let skip = |reason: String| self.skip(&inside.position, path, reason, SkipKind::Loss);
        let mut file = match archive.open() {
            Ok(file) => file,
            Err(error) => return skip(format!("cannot be opened: {error}")),
        };
        if file.seek(io::SeekFrom::End(0)).unwrap_or(0) == 0 {
            return skip("an empty file (0 bytes)".to_owned());
        }
        match ZipIterable::try_new(&mut file, Config::default()) {
            Ok(contents) => {
                let listed = self.listed(path, inside, contents);
                let sizes: Vec<u64> = listed.iter().map(|it| it.entry.compressed_size()).collect();
                self.reader.crew.each(&sizes, &|at| match archive.open() {
                    Ok(mut file) => self.stored(&listed[at], &mut file, inside),
                    Err(error) => skip(format!("cannot be opened again: {error}")),
                });
            }
            Err(error) => {
                skip(format!("not a whole zip file: {}", zip_in_words(&error)));
                if file.rewind().is_ok() {
                    self.salvage(file.as_mut(), inside);
                }
            }
        }
    }

    /// The members to read, in the order of the table of contents.
    fn listed<R: Read + Seek>(
        &self,
        path: &str,
        inside: &Inside,
        mut contents: ZipIterable<R>,
    ) -> Vec<Listed> {
        let skip = |reason: String| self.skip(&inside.position, path, reason, SkipKind::Loss);
        let most = self.reader.limits.members;
        if contents.len() > most {
            skip(format!("holds {} members; only the first {most} are read", contents.len()));
        }
        let mut listed = Vec::new();
        let files = match contents.files() {
            Ok(files) => files,
            Err(error) => {
                skip(zip_in_words(&error));
                return listed;
            }
        };
        let mut names = Names::default();
        let mut breaks_off = false;
        for number in 0..most {
            let entry = match files.next() {
                None => break,
                Some(Ok(entry)) => entry,
                Some(Err(error)) => {
                    skip(format!("its table of contents breaks off: {}", zip_in_words(&error)));
                    breaks_off = true;
                    break;
                }
            };
            let path = format!("{}{}", inside.path, names.next(&name(entry.name_raw(), entry.name())));
            let entry = OwnedZipFileEntry::from(entry);
            if !entry.is_dir() && !path.ends_with('\\') {
                listed.push(Listed { number, path, entry });
            }
        }
        if listed.is_empty() && !breaks_off {
            skip("a zip file without members to read".to_owned());
        }
        listed
    }

    /// Reads one member that the table of contents tells of.
    fn stored<R: Read + Seek>(&self, listed: &Listed, file: &mut R, inside: &Inside) {
        let Listed { number, path, entry } = listed;
        let position = inside.at(*number);
        if !(self.reader.wanted)(&position) {
            return;
        }
        if entry.is_symlink() {
            return self.skip(&position, path, "a link, not followed", SkipKind::Blind);
        }
        // The library unpacks zstd only with the help of C.
        let zstd = [CompressionMethod::ZSTD, CompressionMethod::ZSTD_DEPRECATED];
        if zstd.contains(&entry.compression()) && !entry.encrypted() {
            let (start, packed) = (entry.header_start(), entry.compressed_size());
            return match zip_member(file, start, packed, entry.crc32()) {
                Ok(mut content) => self.member(position, path, &mut content, inside),
                Err(error) => self.skip(&position, path, in_words(&error), SkipKind::Loss),
            };
        }
        let mut password = None;
        if entry.encrypted() {
            let passwords = self.reader.passwords;
            password = passwords.iter().map(String::as_bytes).find(|it| {
                let options = ZipReadOptions::new().password(Some(it));
                let limits = self.reader.limits;
                entry.as_ref().with_reader(file, options).is_ok_and(|it| is_whole(limits.member(it)))
            });
            if password.is_none() {
                return self.skip(&position, path, encrypted_in_words(passwords), SkipKind::Loss);
            }
        }
        let start = match entry.as_ref().with_reader(file, ZipReadOptions::new().password(password)) {
            Ok(content) if entry.compression() == CompressionMethod::Deflated && password.is_none() => {
                content.data_start()
            }
            Ok(content) => return self.member(position, path, &mut LittleByLittle(content), inside),
            Err(error) => return self.skip(&position, path, zip_in_words(&error), SkipKind::Loss),
        };
        if let Err(error) = file.seek(io::SeekFrom::Start(start.unwrap_or(u64::MAX))) {
            return self.skip(&position, path, in_words(&error), SkipKind::Loss);
        }
        let mut content = Inflate::new(file.take(entry.compressed_size()), entry.crc32());
        self.member(position, path, &mut content, inside);
    }

    /// Reads the members of a zip file that lost its end, one after the other from its start.
    fn salvage(&self, mut file: &mut dyn ReadSeek, inside: &Inside) {
        let mut names = Names::default();
        for number in 0..self.reader.limits.members {
            let Ok(Some(mut entry)) = read_zipfile_from_stream(&mut file) else { return };
            let path = format!("{}{}", inside.path, names.next(&name(entry.name_raw(), entry.name())));
            let position = inside.at(number);
            let wanted = (self.reader.wanted)(&position);
            if wanted && !entry.is_dir() && !path.ends_with('\\') && !entry.is_symlink() {
                self.member(position, &path, &mut LittleByLittle(&mut entry), inside);
            }
            // The next member starts where this one ends; a damaged one hides where that is.
            if io::copy(&mut entry, &mut io::sink()).is_err() {
                return;
            }
        }
    }
}

/// A wrong password may pass the first check of the old encryption: only the checksum tells.
fn is_whole(mut file: impl Read) -> bool {
    io::copy(&mut file, &mut io::sink()).is_ok()
}

/// The name of a member. Its bytes are UTF-8 if they are valid UTF-8, whatever the flag beside them says;
/// otherwise they are in the code page that DOS had, as the crate reads them.
fn name<'a>(raw: &'a [u8], read: ZipResult<Cow<'a, str>>) -> Cow<'a, str> {
    match std::str::from_utf8(raw) {
        Ok(name) => Cow::Borrowed(name),
        Err(_) => read.unwrap_or_else(|_| String::from_utf8_lossy(raw)),
    }
}

/// Gives each of several members of one name a path of its own.
#[derive(Default)]
pub struct Names {
    /// Each path that was given, and how often its name was asked for.
    seen: HashMap<String, usize>,
}

impl Names {
    pub fn next<'a>(&mut self, name: &'a str) -> Cow<'a, str> {
        let mut count = self.seen.get(name).copied().unwrap_or(0) + 1;
        let mut path = if count == 1 { name.to_owned() } else { format!("{name} ({count})") };
        while count > 1 && self.seen.contains_key(&path) {
            count += 1;
            path = format!("{name} ({count})");
        }
        self.seen.insert(name.to_owned(), count);
        self.seen.entry(path.clone()).or_insert(1);
        if path == name { Cow::Borrowed(name) } else { Cow::Owned(path) }
    }
}

/// A reading error as a sentence for the report.
pub fn in_words(error: &io::Error) -> String {
    match error.get_ref().and_then(|it| it.downcast_ref::<ZipError>()) {
        Some(error) => zip_in_words(error),
        None if error.to_string() == "Invalid checksum" => {
            "its checksum does not fit: the content is damaged".to_owned()
        }
        None => container::in_words(error),
    }
}

fn zip_in_words(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) => in_words(error),
        ZipError::InvalidPassword => "encrypted, and the password is wrong".to_owned(),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            encrypted_in_words::<String>(&[]).to_owned()
        }
        ZipError::CompressionMethodNotSupported(method) => {
            format!(
                "packed with method {method}, which this version does not read: send it packed with deflate"
            )
        }
        ZipError::InvalidArchive(what) if what.contains("EOCD") => {
            "its table of contents is missing (truncated, or not a zip file)".to_owned()
        }
        ZipError::InvalidArchive(what) if what.contains("Unexpected end") => {
            "the file ends too early (truncated)".to_owned()
        }
        ZipError::InvalidArchive(what) if what.contains("Multi-disk") => {
            "one part of a split archive: join the parts and send them as one zip file".to_owned()
        }
        ZipError::InvalidArchive(what) => format!("damaged: {what}"),
        other => other.to_string(),
    }
}
