//! Lines that look like failures and are known to be none, as a report tells of them: of what kind, in which source,
//! how many, and where the first one stands.

use crate::case::Noise;

use super::Gathered;

impl Gathered<'_> {
    /// The noise of all sources, source by source, what is most frequent first.
    pub(super) fn noise(&self) -> Vec<Noise> {
        let mut found = self.hits.noise.clone();
        found.sort_by_key(|it| (it.source, std::cmp::Reverse(it.count), it.noise));
        let told = found.iter().filter_map(|it| {
            let (source, kind) = (self.sources.get(it.source)?, self.library.noise.get(it.noise)?);
            Some(Noise {
                title: kind.title.clone(),
                path: source.path.clone(),
                occurrences: it.count,
                at: source.at(it.first),
            })
        });
        told.collect()
    }
}
