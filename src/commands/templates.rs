//! `--templates DIR`: a team's own templates, read.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};

use super::Failure;
use crate::report::{Own, Templates};

/// The program's templates, with those of the folder in their places.
pub fn read(folder: Option<&Path>) -> Result<Templates, Failure> {
    let templates = match folder {
        Some(folder) => Templates::with(own(folder).map_err(Failure::Refused)?),
        None => Templates::new(),
    };
    templates.map_err(Failure::Templates)
}

/// The files of the folder, but for what starts with a dot and for what a team writes about them.
fn own(folder: &Path) -> anyhow::Result<Vec<Own>> {
    let cannot_read = || format!("{}: no folder of templates that can be read", folder.display());
    let mut own = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot_read)? {
        let path = entry.with_context(cannot_read)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with(".md") || path.is_dir() {
            continue;
        }
        let shown = path.display().to_string();
        let bytes = fs::read(&path).with_context(|| format!("{shown}: cannot be read"))?;
        let text = String::from_utf8(bytes).map_err(|_| anyhow!("{shown}: save it as UTF-8 text"))?;
        own.push(Own { name, path: shown, text: text.trim_start_matches('\u{feff}').to_owned() });
    }
    own.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(own)
}
