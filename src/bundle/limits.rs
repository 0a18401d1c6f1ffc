//! What one bundle may cost. Bundles come from strangers: an archive may claim or hold any amount, and meeting
//! a limit is told in the report.

use std::io::{self, Read};

/// The most that is read, each chosen far above what real bundles hold.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes that one member may unpack to.
    pub member_bytes: u64,
    /// Bytes of archives inside archives, as many as are open together: they are held in memory.
    pub nested_bytes: u64,
    /// Archives inside archives.
    pub depth: usize,
    /// Members of one archive.
    pub members: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { member_bytes: 32 << 30, nested_bytes: 1 << 30, depth: 8, members: 200_000 }
    }
}

impl Limits {
    /// `reader` up to the limit; going on behind it is an error, not an end.
    pub fn member<R: Read>(&self, reader: R) -> Limited<R> {
        Limited { reader, left: self.member_bytes, limit: self.member_bytes }
    }

    /// A nested archive that starts with `head`, while `held` bytes of others are in memory; and what cut it
    /// short, if anything did.
    pub fn nested_archive(
        &self,
        head: Vec<u8>,
        rest: &mut dyn Read,
        held: u64,
    ) -> (Vec<u8>, Option<io::Error>) {
        let mut bytes = head;
        let limit = self.nested_bytes.saturating_sub(held);
        let room = limit.saturating_sub(bytes.len() as u64);
        let error = rest.take(room + 1).read_to_end(&mut bytes).err();
        if bytes.len() as u64 > limit {
            bytes.truncate(limit as usize);
            return (bytes, Some(over(self.nested_bytes, "an archive inside an archive")));
        }
        (bytes, error)
    }
}

fn over(limit: u64, what: &str) -> io::Error {
    io::Error::other(format!("{what} of more than {} MB is not read further", limit >> 20))
}

/// A reader that ends in an error where its limit is met.
pub struct Limited<R> {
    reader: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        if count as u64 > self.left {
            return Err(over(self.limit, "a member"));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meeting_a_limit_is_an_error() {
        let limits = Limits { member_bytes: 4, nested_bytes: 1 << 20, ..Limits::default() };
        let mut text = String::new();
        assert!(limits.member(&b"1234"[..]).read_to_string(&mut text).is_ok());
        assert!(limits.member(&b"12345"[..]).read_to_string(&mut text).is_err());
        let nested = |rest: &[u8], held| limits.nested_archive(b"PK".to_vec(), &mut &*rest, held);
        assert!(matches!(nested(b"rest", 0), (bytes, None) if bytes == b"PKrest"));
        assert!(matches!(nested(b"rest", 1 << 20), (bytes, Some(_)) if bytes.is_empty()));
        assert!(matches!(nested(&vec![0; 1 << 20], 0), (bytes, Some(_)) if bytes.len() == 1 << 20));
    }
}
