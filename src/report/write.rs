//! Files that are whole or not there: written under a temporary name, then renamed.

use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Most pages go to the disk in two or three pieces.
const BUFFER: usize = 64 << 10;

/// Where files are written.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    folder: &'p Path,
    /// Where they lie until they are whole: on the same file system.
    aside: &'p Path,
    /// Whether a file that is there is there after a power cut too.
    durable: bool,
}

impl<'p> Place<'p> {
    /// Files become whole beside their place.
    pub fn new(folder: &'p Path) -> Self {
        Self { folder, aside: folder, durable: false }
    }

    /// Files become whole in `aside`, where nothing but them is, and outlast a power cut.
    pub fn durable(folder: &'p Path, aside: &'p Path) -> Self {
        Self { folder, aside, durable: true }
    }

    /// Files become whole in `aside`.
    pub fn quick(folder: &'p Path, aside: &'p Path) -> Self {
        Self { folder, aside, durable: false }
    }

    pub fn folder(&self) -> &'p Path {
        self.folder
    }

    /// Writes a file. A reader sees it as it was before or as it is after, never half of it.
    pub fn write(
        &self,
        name: &str,
        content: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".casebook-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Temporary files are for their owner only; a report is for colleagues too, as far as the umask
            // allows.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let mut file = BufWriter::with_capacity(BUFFER, builder.tempfile_in(self.aside)?);
        content(&mut file)?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        if self.durable {
            file.as_file().sync_all()?;
        }
        file.persist(self.folder.join(name)).map_err(|it| it.error)?;
        if self.durable {
            // The name outlasts it too, where a folder can be opened and flushed as a file can: not on every
            // share, and then the file is there all the same.
            let _ = std::fs::File::open(self.folder).and_then(|it| it.sync_all());
        }
        Ok(())
    }
}

/// Writes `folder/name`, which a reader never sees half of.
pub fn write_file(
    folder: &Path,
    name: &str,
    content: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    Place::new(folder).write(name, content)
}
