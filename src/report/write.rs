//! Files that are whole or not there: written under a temporary name beside their place, then renamed.

use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes `folder/name`. A reader sees the file as it was before or as it is after, never half of it.
pub fn write_file(
    folder: &Path,
    name: &str,
    content: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".casebook-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are for their owner only; a report is for colleagues too, as far as the umask allows.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = BufWriter::new(builder.tempfile_in(folder)?);
    content(&mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.persist(folder.join(name)).map_err(|it| it.error)?;
    Ok(())
}
