//! Registry hives (`SYSTEM`, `SOFTWARE`, `COMPONENTS`, `NTUSER.DAT`, what `reg save` writes): the registry as Windows
//! keeps it on disk. One is held whole and walked only where the questions lead.

mod cells;
mod key;
mod place;
mod walk;

use super::super::record::{Lack, Node, TreeSource, Wanted};
use cells::{Cells, u32_at};
use key::Key;
use walk::Walk;

/// What every hive, and every log of one, begins with.
pub const MAGIC: &[u8] = b"regf";

pub struct Hive {
    cells: Cells,
    /// The offset of its root key, and where that hangs.
    root: u32,
    place: String,
    /// Windows had not yet written all that is in it: what was changed last is in its logs.
    dirty: bool,
}

impl Hive {
    /// Reads the head of a hive and finds out where it hangs; `path` is its path in the bundle. The error says why
    /// nothing can be answered from it.
    pub fn open(bytes: Vec<u8>, path: &str) -> Result<Self, Lack> {
        const LOGS: [u32; 4] = [1, 2, 6, 7];
        let refuse = |reason: &str, damage| Err(Lack { reason: reason.to_owned(), damage });
        let (base, kind) = (bytes.get(..4096).unwrap_or_default(), u32_at(&bytes, 0x1C));
        if kind.is_some_and(|it| LOGS.contains(&it)) {
            return refuse("the log of a registry hive, which says nothing by itself", false);
        }
        let others = ["regback", "windows.old", "newos"];
        if others.iter().any(|it| path.to_lowercase().contains(it)) {
            return refuse(
                "a registry hive of another Windows or an old copy: it does not tell how things are now",
                false,
            );
        }
        let dirty = u32_at(base, 4) != u32_at(base, 8) || checksum(base) != u32_at(base, 508);
        let cells = Cells::new(bytes);
        let root = u32_at(cells.bytes(), 0x24).unwrap_or(u32::MAX);
        let Some(key) = Key::at(&cells, root) else {
            return refuse("a registry hive whose root key cannot be read: damaged or cut short", true);
        };
        let Some(place) = place::place(&cells, &key, path) else {
            return refuse(
                "a registry hive, and nothing says where in the registry it belongs, so nothing is answered from \
                 it: export the key as text with reg export",
                false,
            );
        };
        Ok(Self { cells, root, place, dirty })
    }
}

/// The checksum that the base block should have; `None` where there is not all of it.
fn checksum(base: &[u8]) -> Option<u32> {
    let words = base.get(..508)?.chunks_exact(4);
    let sum = words.filter_map(|it| u32_at(it, 0)).fold(0, |sum, it| sum ^ it);
    Some(match sum {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        other => other,
    })
}

impl TreeSource for Hive {
    fn count(&self) -> u64 {
        self.cells.keys()
    }

    fn lacks(&self) -> Vec<Lack> {
        let mut lacks = Vec::new();
        if self.dirty {
            let reason = "a registry hive that was copied in use: its newest changes are in its .LOG1 and .LOG2, \
                          which are not read, so nothing counts as missing by it";
            lacks.push(Lack { reason: reason.to_owned(), damage: false });
        }
        match self.cells.missing_bytes() {
            0 => {}
            count => lacks.push(Lack {
                reason: format!("a registry hive that is cut short: {count} bytes of it are not there"),
                damage: true,
            }),
        }
        lacks
    }

    fn walk(&self, wanted: &Wanted, tell: &mut dyn FnMut(Node<'_>)) -> Vec<Lack> {
        let mut walk = Walk::new(&self.cells, self.dirty, wanted, tell);
        if let Some(root) = Key::at(&self.cells, self.root) {
            walk.current_set(&root, &self.place);
            walk.key(&root, &self.place, 0);
        }
        match walk.lost() {
            0 => Vec::new(),
            count => vec![Lack {
                reason: format!(
                    "in this registry hive {count} keys, values or lists of them cannot be read: what is missing \
                     beside them is not known"
                ),
                damage: true,
            }],
        }
    }
}

#[cfg(test)]
mod writer;
#[cfg(test)]
mod tests;
