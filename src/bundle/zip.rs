//! Zip files, the form in which nearly every bundle comes: made by Explorer, PowerShell, 7-Zip or a collector,
//! with their habits (backslashes in names, names in the machine's code page, one name twice, zip64).

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::slice;

use ::zip::read::{Config, OwnedZipFileEntry};
use ::zip::result::{ZipError, ZipResult};
use ::zip::unstable::read::ZipIterable;
use ::zip::{CompressionMethod, ZipReadOptions};

use super::SkipKind;
use super::container::{self, encrypted_in_words, zip_member};
use super::extents::Extents;
use super::inflate::{Inflate, LittleByLittle};
use super::limits::in_bytes;
use super::reading::{Archive, Inside, Reading};

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

/// The most that a table of contents may take in memory.
const CONTENTS: u64 = 64 << 20;

/// Counts what is read.
struct Counted<R> {
    reader: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        self.read += count as u64;
        Ok(count)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}

/// What a table of contents tells.
#[derive(Default)]
struct Contents {
    listed: Vec<Listed>,
    /// Where each member lies, also one that is a folder.
    places: Vec<Range<u64>>,
    count: usize,
    breaks_off: bool,
    /// Whether all that it lists is here, as far as it goes.
    whole: bool,
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
        match ZipIterable::try_new(Counted { reader: &mut file, read: 0 }, Config::default()) {
            Ok(contents) => self.by_contents(path, archive, inside, contents),
            Err(error) => {
                skip(format!("not a whole zip file: {}", zip_in_words(&error)));
                let length = file.seek(io::SeekFrom::End(0)).unwrap_or(0);
                self.salvage(
                    file.as_mut(),
                    (slice::from_ref(&(0..length)), 0),
                    &mut Names::default(),
                    inside,
                );
            }
        }
    }

    /// Reads what the table of contents tells of, and then what it does not.
    fn by_contents<R: Read + Seek>(
        &self,
        path: &str,
        archive: &Archive<'_>,
        inside: &Inside,
        contents: ZipIterable<Counted<R>>,
    ) {
        let skip = |reason: String, kind| self.skip(&inside.position, path, reason, kind);
        let mut names = Names::default();
        let contents = self.listed(path, inside, contents, &mut names);
        let listed = &contents.listed;
        let length = archive.open().and_then(|mut it| it.seek(io::SeekFrom::End(0))).unwrap_or(0);
        let extents = Extents::of(&contents.places, length);
        // Where only one is wanted, it is the only work that there is.
        let is_wanted = |it: &&Listed| (self.reader.wanted)(&inside.at(it.number));
        let wanted: Vec<&Listed> = listed.iter().filter(is_wanted).collect();
        let sizes: Vec<u64> = wanted.iter().map(|it| it.entry.compressed_size()).collect();
        self.reader.crew.each(&sizes, &|at| match archive.open() {
            _ if extents.overlapping[wanted[at].number] => {
                let reason =
                    "it lies over another member of the zip file, which is damaged or made to do harm";
                self.skip(&inside.at(wanted[at].number), &wanted[at].path, reason, SkipKind::Loss);
            }
            Ok(mut file) => self.stored(wanted[at], &mut file, inside),
            Err(error) => skip(format!("cannot be opened again: {error}"), SkipKind::Loss),
        });
        if !contents.whole {
            return;
        }
        let found = archive.open().map_or(0, |mut file| {
            self.salvage(file.as_mut(), (&extents.gaps, contents.count), &mut names, inside)
        });
        if found > 0 {
            let many =
                if found == 1 { "1 member stands".to_owned() } else { format!("{found} members stand") };
            let reason = format!("{many} in it that its table of contents does not list: read too");
            skip(reason, SkipKind::Harmless);
        } else if listed.is_empty() && !contents.breaks_off {
            skip("a zip file without members to read".to_owned(), SkipKind::Loss);
        }
    }

    /// The members to read, in the order of the table of contents.
    fn listed<R: Read + Seek>(
        &self,
        path: &str,
        inside: &Inside,
        mut contents: ZipIterable<Counted<R>>,
        names: &mut Names,
    ) -> Contents {
        let skip = |reason: String| self.skip(&inside.position, path, reason, SkipKind::Loss);
        let most = self.reader.budget.limits.members;
        let mut told = Contents { whole: true, ..Contents::default() };
        if contents.len() > most {
            let count = contents.len();
            skip(format!(
                "holds {count} members, and no more than {most} of a case are read (--max-members)"
            ));
            told.whole = false;
        }
        let files = match contents.files() {
            Ok(files) => files,
            Err(error) => {
                skip(zip_in_words(&error));
                told.breaks_off = true;
                return told;
            }
        };
        let at_start = files.reader_mut().read;
        // One more than is read: whoever reads it meets the limit.
        while told.count <= most {
            let entry = match files.next() {
                None => break,
                Some(Ok(entry)) => entry,
                Some(Err(error)) => {
                    skip(format!("its table of contents breaks off: {}", zip_in_words(&error)));
                    told.breaks_off = true;
                    break;
                }
            };
            if files.reader_mut().read - at_start > CONTENTS {
                skip(format!(
                    "its table of contents takes more than {}: not read further",
                    in_bytes(CONTENTS)
                ));
                told.whole = false;
                break;
            }
            let path = self.path(inside, names, &name(entry.name_raw(), entry.name()));
            let (start, packed) = (entry.header_start(), entry.compressed_size());
            let end = start.saturating_add(30 + entry.name_raw().len() as u64).saturating_add(packed);
            told.places.push(start..end);
            let entry = OwnedZipFileEntry::from(entry);
            // A folder has no content: what has some is none, whatever it is called.
            let is_folder = (entry.is_dir() || path.ends_with('\\')) && packed <= 2;
            if !is_folder {
                told.listed.push(Listed { number: told.count, path, entry });
            }
            told.count += 1;
        }
        told
    }

    /// Reads one member that the table of contents tells of.
    fn stored<R: Read + Seek>(&self, listed: &Listed, file: &mut R, inside: &Inside) {
        let Listed { number, path, entry } = listed;
        let position = inside.at(*number);
        if let Some(reason) = self.refusal(path) {
            return self.skip(&position, &self.shown(path), reason, SkipKind::Loss);
        }
        if entry.is_symlink() {
            return self.skip(&position, path, "a link, not followed", SkipKind::Blind);
        }
        // Pipes and devices, as Unix tells them in the upper bits of the mode.
        if entry.unix_mode().is_some_and(|it| matches!(it & 0xF000, 0x1000 | 0x2000 | 0x6000 | 0xC000)) {
            return self.skip(&position, path, "neither a file nor a folder", SkipKind::Blind);
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
                let budget = self.reader.budget;
                entry.as_ref().with_reader(file, options).is_ok_and(|it| is_whole(budget.limited(it, true)))
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
        let mut content = Inflate::new(file.take(entry.compressed_size()), Some(entry.crc32()));
        self.member(position, path, &mut content, inside);
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

/// The name of a member that only its own header tells of.
pub fn name_of(raw: &[u8]) -> Cow<'_, str> {
    name(raw, Ok(String::from_utf8_lossy(raw)))
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
