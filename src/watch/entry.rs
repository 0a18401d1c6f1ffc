//! What is kept of a case between two runs: which bundle it is of, and its row of the index.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::{Certainty, Verdict};
use crate::code::Code;
use crate::report::{Failure, Summary, Symptom, Thing, ThingKind};

/// The form of an entry. One of another form is not believed: its bundle is analyzed again.
const FORM: u32 = 1;

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
    newest: Option<String>,
    /// Rule, text, certainty, and whether it is a cause.
    symptoms: Vec<(String, String, String, bool)>,
    symptoms_count: usize,
    codes: Vec<u32>,
    /// Kind and name.
    things: Vec<(String, String)>,
    /// Code, text, and whether that is a line.
    failures: Vec<(Option<u32>, String, bool)>,
    is_cut: bool,
    losses: Vec<String>,
    lost: usize,
    unexplained: usize,
    open: (usize, usize),
    pub whole: bool,
}

impl Kept {
    pub fn of(summary: &Summary) -> Self {
        let symptom =
            |it: &Symptom| (it.rule.clone(), it.text.clone(), it.certainty.name().to_owned(), it.is_cause);
        let failure = |it: &Failure| (it.code.map(|it| it.0), it.text.clone(), it.is_line);
        Self {
            name: summary.name.clone(),
            verdict: summary.verdict.name().to_owned(),
            headline: summary.headline.clone(),
            machine: summary.machine.clone(),
            newest: summary.newest.clone(),
            symptoms: summary.symptoms.iter().map(symptom).collect(),
            symptoms_count: summary.symptoms_count,
            codes: summary.codes.iter().map(|it| it.0).collect(),
            things: summary.things.iter().map(|it| (it.kind.name().to_owned(), it.name.clone())).collect(),
            failures: summary.failures.iter().map(failure).collect(),
            is_cut: summary.is_cut,
            losses: summary.losses.clone(),
            lost: summary.lost,
            unexplained: summary.unexplained,
            open: summary.open,
            whole: summary.whole,
        }
    }

    /// Nothing, where a word in it is none of this version.
    fn summary(&self, stem: &str) -> Option<Summary> {
        let certainties = [Certainty::Confirmed, Certainty::Likely, Certainty::Possible];
        let symptom = |(rule, text, how, is_cause): &(String, String, String, bool)| {
            let certainty = certainties.into_iter().find(|it| it.name() == how)?;
            Some(Symptom { rule: rule.clone(), text: text.clone(), certainty, is_cause: *is_cause })
        };
        let thing = |(kind, name): &(String, String)| {
            let kind = ThingKind::ALL.into_iter().find(|it| it.name() == kind)?;
            Some(Thing { kind, name: name.clone() })
        };
        let failure = |(code, text, is_line): &(Option<u32>, String, bool)| Failure {
            code: code.map(Code),
            text: text.clone(),
            is_line: *is_line,
        };
        Some(Summary {
            name: self.name.clone(),
            stem: stem.to_owned(),
            verdict: Verdict::ALL.into_iter().find(|it| it.name() == self.verdict)?,
            headline: self.headline.clone(),
            machine: self.machine.clone(),
            newest: self.newest.clone(),
            symptoms: self.symptoms.iter().map(symptom).collect::<Option<_>>()?,
            symptoms_count: self.symptoms_count,
            codes: self.codes.iter().copied().map(Code).collect(),
            things: self.things.iter().map(thing).collect::<Option<_>>()?,
            failures: self.failures.iter().map(failure).collect(),
            is_cut: self.is_cut,
            losses: self.losses.clone(),
            lost: self.lost,
            unexplained: self.unexplained,
            open: self.open,
            whole: self.whole,
        })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A case of which there is nothing to say.
    pub fn empty(stem: &str) -> Summary {
        Summary {
            name: stem.to_owned(),
            stem: stem.to_owned(),
            verdict: Verdict::Clean,
            headline: String::new(),
            machine: String::new(),
            newest: None,
            symptoms: Vec::new(),
            symptoms_count: 0,
            codes: Vec::new(),
            things: Vec::new(),
            failures: Vec::new(),
            is_cut: false,
            losses: Vec::new(),
            lost: 0,
            unexplained: 0,
            open: (0, 0),
            whole: true,
        }
    }

    #[test]
    fn an_entry_comes_back_as_it_was() {
        let summary = Summary {
            verdict: Verdict::Explained,
            headline: "It is broken.".to_owned(),
            machine: "SRV09".to_owned(),
            newest: Some("2024-03-14T02:11:21".to_owned()),
            symptoms: vec![Symptom {
                rule: "broken".to_owned(),
                text: "It is broken.".to_owned(),
                certainty: Certainty::Likely,
                is_cause: true,
            }],
            symptoms_count: 3,
            codes: vec![Code(0x8007_0002)],
            things: vec![Thing { kind: ThingKind::Driver, name: "a.inf".to_owned() }],
            failures: vec![Failure { code: None, text: "Failed".to_owned(), is_line: true }],
            is_cut: true,
            losses: vec!["b.log: cut off".to_owned()],
            lost: 2,
            unexplained: 1,
            open: (4, 5),
            whole: false,
            ..empty("A")
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
