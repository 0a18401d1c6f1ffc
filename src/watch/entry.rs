//! What is kept of a case between two runs: which bundle it is of, and its row of the index.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::{Certainty, Verdict};
use crate::report::Summary;

/// The form of an entry. One of another form is not believed: its bundle is analyzed again.
const FORM: u32 = 1;
/// More than so many losses of one case are not kept: a state stays small.
const LOSSES: usize = 1000;

/// How a file or folder looks from outside. Where this is the same, its content is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub files: u64,
    pub bytes: u64,
    /// A hash over names, sizes and times.
    pub stamp: String,
}

/// One case. While its reports are being written there is no summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub(super) form: u32,
    /// The file names of its reports without their extension.
    pub stem: String,
    /// The name of the case.
    pub case: String,
    /// The file or folder that it is of.
    pub bundle: String,
    /// The hash of its content.
    pub hash: String,
    pub seen: Seen,
    /// Others with the same content.
    #[serde(default)]
    pub copies: BTreeMap<String, Seen>,
    /// Since when the bundle is away, in seconds since 1970.
    #[serde(default)]
    pub gone: Option<u64>,
    /// The program, the rules and the choices that it was analyzed with.
    pub made_by: String,
    /// Which password file there was.
    #[serde(default)]
    pub passwords: String,
    /// When its reports were written, in seconds since 1970.
    #[serde(default)]
    pub finished: u64,
    pub summary: Option<Kept>,
}

impl Entry {
    /// A case that nothing is known of yet.
    pub fn new(stem: String, case: String, bundle: String, hash: String, seen: Seen) -> Self {
        Self {
            form: FORM,
            stem,
            case,
            bundle,
            hash,
            seen,
            copies: BTreeMap::new(),
            gone: None,
            made_by: String::new(),
            passwords: String::new(),
            finished: 0,
            summary: None,
        }
    }

    /// Reads an entry; nothing, where it is damaged or of another form.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|it: &Self| it.form == FORM)
    }

    pub fn write(&self) -> Vec<u8> {
        // Strings and numbers: nothing in it can fail.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// The row of the index.
    pub fn row(&self) -> Option<Summary> {
        self.summary.as_ref()?.summary(&self.stem)
    }
}

/// A [`Summary`] as it is kept. A new field of it is a line here, with a `#[serde(default)]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    name: String,
    verdict: String,
    headline: String,
    machine: String,
    symptoms: Vec<(String, String)>,
    losses: Vec<String>,
    unexplained: usize,
    pub whole: bool,
}

impl Kept {
    pub fn of(summary: &Summary) -> Self {
        Self {
            name: summary.name.clone(),
            verdict: summary.verdict.name().to_owned(),
            headline: summary.headline.clone(),
            machine: summary.machine.clone(),
            symptoms: summary.symptoms.iter().map(|(it, how)| (it.clone(), (*how).to_owned())).collect(),
            losses: summary.losses.iter().take(LOSSES).cloned().collect(),
            unexplained: summary.unexplained,
            whole: summary.whole,
        }
    }

    /// Nothing, where a word in it is none of this version.
    fn summary(&self, stem: &str) -> Option<Summary> {
        let certainties = [Certainty::Confirmed, Certainty::Likely, Certainty::Possible].map(Certainty::name);
        let certainty = |word: &str| certainties.into_iter().find(|it| *it == word);
        let symptoms = self.symptoms.iter().map(|(it, how)| Some((it.clone(), certainty(how)?)));
        Some(Summary {
            name: self.name.clone(),
            stem: stem.to_owned(),
            verdict: Verdict::ALL.into_iter().find(|it| it.name() == self.verdict)?,
            headline: self.headline.clone(),
            machine: self.machine.clone(),
            symptoms: symptoms.collect::<Option<_>>()?,
            losses: self.losses.clone(),
            unexplained: self.unexplained,
            whole: self.whole,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_as_it_was() {
        let summary = Summary {
            name: "A".to_owned(),
            stem: "A".to_owned(),
            verdict: Verdict::Explained,
            headline: "It is broken.".to_owned(),
            machine: "SRV09".to_owned(),
            symptoms: vec![("It is broken.".to_owned(), Certainty::Likely.name())],
            losses: vec!["b.log: cut off".to_owned()],
            unexplained: 2,
            whole: false,
        };
        let seen = Seen { files: 1, bytes: 9, stamp: "s".to_owned() };
        let mut entry = Entry::new("A".into(), "A".into(), "A.zip".into(), "h".into(), seen);
        entry.summary = Some(Kept::of(&summary));
        let back = Entry::read(&entry.write()).unwrap();
        assert_eq!(back, entry);
        assert_eq!(format!("{:?}", back.row().unwrap()), format!("{summary:?}"));
    }

    #[test]
    fn what_is_damaged_or_of_another_form_is_not_believed() {
        let seen = Seen { files: 1, bytes: 9, stamp: "s".to_owned() };
        let entry = Entry::new("A".into(), "A".into(), "A.zip".into(), "h".into(), seen).write();
        let text = String::from_utf8(entry.clone()).unwrap();
        assert!(Entry::read(text.replace("\"form\": 1", "\"form\": 2").as_bytes()).is_none());
        assert!(Entry::read(&entry[..entry.len() / 2]).is_none());
        assert!(Entry::read(b"").is_none());
    }
}
