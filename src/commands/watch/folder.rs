//! The watched folder as it lies there: what is in it, how each bundle looks from outside, and the hash of what
//! it holds.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use crate::bundle::{Bundle, dropped};
use crate::pipeline::is_source;
use crate::watch::{Listing, Seen, is_left_alone, key};

/// The folder, and the one of the reports, which may lie in it and is no bundle.
pub struct Folder {
    path: PathBuf,
    output: PathBuf,
    /// The same without links, to compare with.
    own: Option<PathBuf>,
}

/// Where the bundles lie, by name.
pub type Paths = BTreeMap<String, PathBuf>;

impl Folder {
    pub fn new(path: &Path, output: &Path) -> Self {
        Self { path: path.to_owned(), output: output.to_owned(), own: output.canonicalize().ok() }
    }

    /// Whether both are the same folder.
    pub fn is_output(&self) -> bool {
        self.own.is_some() && self.path.canonicalize().ok() == self.own
    }

    /// What lies in it now.
    pub fn list(&self) -> io::Result<(Listing, Paths)> {
        let (mut listing, mut paths) = (Listing::new(), Paths::new());
        for entry in self.path.read_dir()? {
            let entry = entry?;
            let name = entry.file_name();
            if is_left_alone(&name.to_string_lossy()) || self.is_own(&entry.path()) {
                continue;
            }
            // What is gone by now is as if it had not been there.
            if let Some(seen) = self.seen(&entry.path()) {
                listing.insert(key(&name), seen);
                paths.insert(key(&name), entry.path());
            }
        }
        Ok((listing, paths))
    }

    fn is_own(&self, path: &Path) -> bool {
        self.own.as_deref().is_some_and(|own| {
            let may_be = own.file_name() == path.file_name() || path.is_symlink();
            may_be && path.canonicalize().is_ok_and(|it| it == own)
        })
    }

    fn walk(&self, path: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
        let walk = WalkDir::new(path).sort_by_file_name().into_iter();
        walk.filter_entry(|it| it.depth() == 0 || !it.file_type().is_dir() || !self.is_own(it.path()))
    }

    /// How a bundle looks from outside; nothing, if it is not there.
    pub fn seen(&self, path: &Path) -> Option<Seen> {
        path.symlink_metadata().ok()?;
        let (mut files, mut bytes, mut stamp) = (0, 0, Sha256::new());
        for entry in self.walk(path) {
            let told = entry.and_then(|it| Ok((it.metadata()?, it)));
            match told {
                Ok((meta, entry)) => {
                    name_into(&mut stamp, path, &entry);
                    if !meta.is_dir() {
                        files += 1;
                        bytes += meta.len();
                        stamp.update(meta.len().to_le_bytes());
                        times_into(&mut stamp, &meta);
                    }
                }
                Err(error) => error_into(&mut stamp, &error.to_string()),
            }
        }
        Some(Seen { files, bytes, stamp: hex(stamp) })
    }

    /// The hash of all that a bundle holds. What cannot be read is part of it by its error, so that the bundle
    /// is another one as soon as it can be read.
    pub fn hash(&self, path: &Path) -> String {
        let mut hash = Sha256::new();
        for entry in self.walk(path) {
            let content = match &entry {
                Ok(entry) => {
                    // A file is the same under any name; in a folder, names are content.
                    if entry.depth() > 0 {
                        name_into(&mut hash, path, entry);
                    }
                    content_into(&mut hash, entry)
                }
                Err(error) => Err(io::Error::other(error.to_string())),
            };
            if let Err(error) = content {
                error_into(&mut hash, &error.to_string());
            }
        }
        hex(hash)
    }

    /// The case that lies there, if it is one.
    pub fn bundle(&self, path: &Path) -> Option<Bundle> {
        dropped(&self.path, path, &self.output, &is_source)
    }
}

/// Length first, so that no two run together.
fn name_into(hash: &mut Sha256, root: &Path, entry: &DirEntry) {
    let name = entry.path().strip_prefix(root).unwrap_or(entry.path()).as_os_str().as_encoded_bytes();
    hash.update([if entry.file_type().is_dir() { b'd' } else { b'f' }]);
    hash.update((name.len() as u64).to_le_bytes());
    hash.update(name);
}

fn error_into(hash: &mut Sha256, error: &str) {
    hash.update(b"!");
    hash.update(error);
}

fn times_into(hash: &mut Sha256, meta: &Metadata) {
    let modified = meta.modified().ok().and_then(|it| it.duration_since(UNIX_EPOCH).ok());
    hash.update(modified.map_or(0, |it| it.as_nanos()).to_le_bytes());
    // A copy may keep the time of its original; that the system has changed the file is told by this one.
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        hash.update(meta.ctime().to_le_bytes());
        hash.update(meta.ctime_nsec().to_le_bytes());
    }
}

fn content_into(hash: &mut Sha256, entry: &DirEntry) -> io::Result<()> {
    let kind = entry.file_type();
    if kind.is_symlink() {
        hash.update(std::fs::read_link(entry.path())?.as_os_str().as_encoded_bytes());
    }
    // Opening a pipe would wait for whoever writes to it.
    if !kind.is_file() {
        return Ok(());
    }
    let mut file = File::open(entry.path())?;
    let mut buffer = vec![0; 256 << 10];
    let mut length = 0_u64;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hash.update(&buffer[..count]);
                length += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    hash.update(length.to_le_bytes());
    Ok(())
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|it| format!("{it:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_names_in_a_folder_tell_bundles_apart() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let folder = Folder::new(root.path(), &at("reports"));
        for (name, content) in [("a.zip", "x"), ("b.zip", "x"), ("c.zip", "y")] {
            std::fs::write(at(name), content).unwrap();
        }
        assert_eq!(folder.hash(&at("a.zip")), folder.hash(&at("b.zip")));
        assert_ne!(folder.hash(&at("a.zip")), folder.hash(&at("c.zip")));
        for name in ["d/x", "e/y", "f"] {
            std::fs::create_dir_all(at(name)).unwrap();
        }
        std::fs::write(at("d/x/1"), "one").unwrap();
        std::fs::write(at("e/y/1"), "one").unwrap();
        assert_ne!(folder.hash(&at("d")), folder.hash(&at("e")));
        let before = folder.seen(&at("d")).unwrap();
        std::fs::write(at("d/x/2"), "").unwrap();
        assert_ne!(folder.seen(&at("d")).unwrap(), before);
        assert_eq!(folder.seen(&at("gone")), None);
    }

    #[test]
    fn reports_and_files_on_their_way_are_not_listed() {
        let root = tempfile::tempdir().unwrap();
        for name in ["reports/A.html", "a.zip", "b.zip.part", ".hidden", "~$c.docx", "D/reports/x.log"] {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let (listing, _) = Folder::new(root.path(), &root.path().join("reports")).list().unwrap();
        assert_eq!(listing.keys().collect::<Vec<_>>(), ["D", "a.zip"]);
        assert_eq!(listing["D"].files, 1);
    }
}
