//! Microsoft cabinets ([MS-CAB]): Windows keeps old CBS logs in them (`CbsPersist_*.cab`), and its collectors
//! pack whole folders (`MpSupportFiles.cab`, `mdmlogs-*.cab`). They say where things are and are not believed.

mod folder;
mod lzx;

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use encoding_rs::WINDOWS_1252;

use super::{Container, Member, ReadSeek, Show, Told, Walk, With, ends, in_words, lost};
use folder::{Content, Folder};

pub const CABINET: Container = Container {
    name: "a cabinet file",
    endings: &[".cab"],
    // The package of an update is one too, and holds no logs.
    fits: |path, head| head.starts_with(b"MSCF\0\0\0\0") && !ends(path, ".msu"),
    walk: Walk::Seeking(walk),
};

/// Flags of a cabinet.
const PREVIOUS: u16 = 1;
const NEXT: u16 = 2;
const RESERVE: u16 = 4;

/// Folders of a file that reaches beyond this cabinet.
const FROM_PREVIOUS: u16 = 0xFFFD;
const TO_NEXT: u16 = 0xFFFE;
const THROUGH: u16 = 0xFFFF;

/// What stands before the data: a cabinet has 65,535 folders and files at most.
#[derive(Default)]
struct Tables {
    folders: Vec<Folder>,
    files: Vec<File>,
    /// The names of the brothers in a set.
    previous: Option<String>,
    next: Option<String>,
    /// Counts from 0.
    part: u16,
    /// What ended the reading of the tables.
    broken: Option<String>,
}

struct File {
    name: String,
    folder: usize,
    /// It begins in the part of the set before this one, or goes on in the next.
    before: bool,
    after: bool,
    /// Where it begins in the unpacked folder, and how long it is.
    start: u64,
    size: u64,
}

fn walk(file: &mut dyn ReadSeek, _: &With<'_>, show: &mut Show<'_>) -> Result<(), String> {
    let tables = Tables::read(file).map_err(|error| in_words(&error))?;
    for files in tables.files.chunk_by(|one, other| one.folder == other.folder) {
        if !tables.show(files, file, show) {
            return Ok(());
        }
    }
    match (tables.broken, tables.files.is_empty()) {
        (Some(reason), _) => Err(format!("its table of contents breaks off: {reason}")),
        (None, true) => Err("a cabinet without files".to_owned()),
        (None, false) => Ok(()),
    }
}

impl Tables {
    /// `Err`: not even the header can be read.
    fn read(file: &mut dyn ReadSeek) -> io::Result<Self> {
        let mut file = BufReader::new(file);
        file.rewind()?;
        let header: [u8; 36] = array(&mut file)?;
        let (folders, files, flags) = (u16_at(&header, 26), u16_at(&header, 28), u16_at(&header, 30));
        let mut tables = Self { part: u16_at(&header, 34), ..Self::default() };
        let (mut folder_reserve, mut data_reserve) = (0, 0);
        if flags & RESERVE != 0 {
            let sizes: [u8; 4] = array(&mut file)?;
            (folder_reserve, data_reserve) = (sizes[2], sizes[3]);
            file.seek_relative(i64::from(u16_at(&sizes, 0)))?;
        }
        let mut brother = |flag| -> io::Result<Option<String>> {
            if flags & flag == 0 {
                return Ok(None);
            }
            let name = name(&text(&mut file)?, false);
            // The name of the disk that it is on.
            text(&mut file)?;
            Ok(Some(name))
        };
        tables.previous = brother(PREVIOUS)?;
        tables.next = brother(NEXT)?;
        for _ in 0..folders {
            let entry: [u8; 8] = array(&mut file)?;
            file.seek_relative(i64::from(folder_reserve))?;
            tables.folders.push(Folder::new(&entry, data_reserve));
        }
        file.seek(SeekFrom::Start(u64::from(u32_at(&header, 16))))?;
        if let Err(error) = tables.read_files(&mut file, files) {
            tables.broken = Some(in_words(&error));
        }
        // A folder is unpacked once, from its start to its end.
        tables.files.sort_by_key(|it| (it.folder, it.start));
        Ok(tables)
    }

    fn read_files(&mut self, file: &mut impl Read, count: u16) -> io::Result<()> {
        for _ in 0..count {
            let entry: [u8; 16] = array(file)?;
            // The attribute says that the name is UTF-8.
            let name = name(&text(file)?, u16_at(&entry, 14) & 0x80 != 0);
            let (size, start) = (u64::from(u32_at(&entry, 0)), u64::from(u32_at(&entry, 4)));
            let folder = u16_at(&entry, 8);
            let (before, after) = (folder == FROM_PREVIOUS || folder == THROUGH, folder == TO_NEXT);
            let folder = match (before, after) {
                (true, _) => 0,
                (_, true) => self.folders.len().saturating_sub(1),
                _ => usize::from(folder),
            };
            self.files.push(File { name, folder, before, after, start, size });
        }
        Ok(())
    }

    /// Shows the files of one folder. `false`: no more is wanted.
    fn show(&self, files: &[File], file: &mut dyn ReadSeek, show: &mut Show<'_>) -> bool {
        let begun_before = files.iter().any(|it| it.before);
        let content = match self.folders.get(files[0].folder) {
            None => {
                Err("the cabinet has no such part as it should lie in: the cabinet is damaged".to_owned())
            }
            Some(_) if begun_before => Err(self.in_set("it begins in", &self.previous)),
            Some(folder) => Content::new(folder, file),
        };
        let mut content = match content {
            Ok(content) => content,
            Err(reason) => return files.iter().all(|it| show(lost(&it.name, reason.as_str()))),
        };
        files.iter().all(|it| match content.pass_to(it.start) {
            Ok(()) => {
                content.begin(it.size);
                if it.after {
                    content.short = self.in_set("it goes on in", &self.next);
                }
                show(Told::File(Member { name: &it.name, reader: &mut content, only: false }))
            }
            Err(_) if it.after => show(lost(&it.name, self.in_set("it goes on in", &self.next))),
            Err(error) => show(lost(&it.name, in_words(&error))),
        })
    }

    fn in_set(&self, what: &str, part: &Option<String>) -> String {
        let name = part.as_deref().unwrap_or("another part");
        format!("part {} of a cabinet set: {what} {name}, which is needed", u32::from(self.part) + 1)
    }
}

/// A name is in the code page of the machine where the cabinet was made: which, it does not say.
fn name(bytes: &[u8], utf8: bool) -> String {
    match std::str::from_utf8(bytes) {
        Ok(name) => name.to_owned(),
        Err(_) if utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// A text that ends in a zero byte; one that does not end is damage.
fn text(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        match array::<1>(file)?[0] {
            0 => return Ok(text),
            _ if text.len() == 1024 => return Err(io::Error::other("a name without an end")),
            byte => text.push(byte),
        }
    }
}

fn array<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests;
