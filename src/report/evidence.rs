//! Evidence as the page shows it: where it stands, its line with what was looked for marked, the lines around it,
//! and no more of a long line, or of many, than a page can carry.

use std::collections::HashMap;

use serde::Serialize;

use super::words::time;
use crate::case::{At, Evidence};
use crate::text::cut;

/// As much of a line is shown at once, more of it behind "the rest of this line".
const TEXT: usize = 512;
/// More of one line than this is not on the page; the JSON has it all.
const REST: usize = 4000;
const AROUND: usize = 300;
/// How many pieces of a finding are shown.
const PIECES: usize = 40;
/// About as many bytes of evidence are on a page.
const ROOM: usize = 700_000;
/// What the markup of a piece, and of a line, takes.
const PIECE_MARKUP: usize = 300;
const LINE_MARKUP: usize = 40;

#[derive(Serialize)]
pub struct EvidencePart<'a> {
    anchor: String,
    path: &'a str,
    at: String,
    time: &'a str,
    /// The same for people.
    when: String,
    note: &'a str,
    before: Vec<&'a str>,
    text: Vec<Marked<'a>>,
    after: Vec<&'a str>,
    /// What of a long line is folded away.
    rest: &'a str,
    /// Whether the page lacks some of it.
    cut: bool,
}

#[derive(Serialize)]
struct Marked<'a> {
    mark: bool,
    text: &'a str,
}

/// The pieces that are shown: at once, and behind "more evidence".
#[derive(Serialize)]
pub struct Pieces<'a> {
    first: Vec<EvidencePart<'a>>,
    folded: Vec<EvidencePart<'a>>,
    /// How many stand only in the JSON, as a sentence; empty where none do.
    more: String,
}

/// As many are read without unfolding anything.
const OPEN: usize = 3;

/// What room for evidence is left on a page, and where each piece that is shown stands.
pub struct Exhibits<'a> {
    room: usize,
    anchors: HashMap<(&'a str, At), String>,
}

impl Default for Exhibits<'_> {
    fn default() -> Self {
        Self { room: ROOM, anchors: HashMap::new() }
    }
}

impl<'a> Exhibits<'a> {
    /// The anchor of the piece that quotes this place.
    pub fn anchor(&self, path: &'a str, at: At) -> Option<&str> {
        self.anchors.get(&(path, at)).map(String::as_str)
    }

    /// The pieces of the section with this anchor.
    pub fn show(&mut self, section: &str, all: &'a [Evidence]) -> Pieces<'a> {
        let mut shown: Vec<EvidencePart<'a>> = Vec::new();
        for it in all.iter().take(PIECES) {
            let mut part = evidence(format!("{section}-evidence-{}", shown.len() + 1), it);
            if part.size() > self.room {
                if !shown.is_empty() {
                    break;
                }
                part.shorten();
            }
            self.room = self.room.saturating_sub(part.size());
            if it.at != At::Nowhere {
                self.anchors.entry((&it.path, it.at)).or_insert_with(|| part.anchor.clone());
            }
            shown.push(part);
        }
        let more = match all.len() - shown.len() {
            0 => String::new(),
            1 => "One more place stands in the JSON report of this case.".to_owned(),
            count => format!("{count} more places stand in the JSON report of this case."),
        };
        let folded = shown.split_off(OPEN.min(shown.len()));
        Pieces { first: shown, folded, more }
    }
}

impl EvidencePart<'_> {
    /// About how many bytes it takes on the page.
    fn size(&self) -> usize {
        let lines = self.before.iter().chain(&self.after).map(|it| LINE_MARKUP + written(it));
        let text = self.text.iter().map(|it| LINE_MARKUP + written(it.text));
        PIECE_MARKUP + written(self.path) + written(self.rest) + lines.chain(text).sum::<usize>()
    }

    /// Leaves what proves the most: however much else there is, no finding is without any proof.
    fn shorten(&mut self) {
        self.cut |= !self.rest.is_empty();
        self.rest = "";
        self.before.clear();
        self.after.clear();
    }
}

/// How long a text becomes as HTML, about.
fn written(text: &str) -> usize {
    let marks = text.bytes().filter(|it| matches!(it, b'<' | b'>' | b'&' | b'"' | b'\'' | b'=')).count();
    text.len() + 5 * marks
}

fn evidence(anchor: String, it: &Evidence) -> EvidencePart<'_> {
    let (all, is_cut) = cut(&it.text, REST);
    let start = head(all, &it.marks);
    EvidencePart {
        anchor,
        path: &it.path,
        at: it.at.to_string(),
        time: it.time.as_deref().unwrap_or_default(),
        when: time(it.time.as_deref()),
        note: it.note.as_deref().unwrap_or_default(),
        before: around(&it.before),
        text: marked(&all[..start], &it.marks),
        after: around(&it.after),
        rest: &all[start..],
        cut: is_cut,
    }
}

/// Where the part that is shown at once ends: behind what is marked, too. A few characters are not worth folding.
fn head(text: &str, marks: &[(usize, usize)]) -> usize {
    let short = cut(text, TEXT).0.len();
    let last = marks.iter().map(|(_, end)| *end).filter(|it| *it <= text.len()).max().unwrap_or(0);
    let end = short.max(last);
    if text.is_char_boundary(end) && text.len() - end > TEXT / 8 { end } else { text.len() }
}

fn around(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| cut(line, AROUND).0).collect()
}

/// The text cut at the edges of its marks.
fn marked<'a>(text: &'a str, marks: &[(usize, usize)]) -> Vec<Marked<'a>> {
    let mut sorted = marks.to_vec();
    sorted.sort_unstable();
    let mut parts = Vec::new();
    let mut at = 0;
    for (start, end) in sorted {
        let sound = start >= at && start < end && text.is_char_boundary(start) && text.is_char_boundary(end);
        if sound && end <= text.len() {
            parts.push(Marked { mark: false, text: &text[at..start] });
            parts.push(Marked { mark: true, text: &text[start..end] });
            at = end;
        }
    }
    parts.push(Marked { mark: false, text: &text[at..] });
    parts.retain(|it| !it.text.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_cut_the_text() {
        let parts = marked("a größe b", &[(2, 9), (1, 3), (40, 50)]);
        let told: Vec<_> = parts.iter().map(|it| (it.mark, it.text)).collect();
        // The first of two that overlap wins.
        assert_eq!(told, [(false, "a"), (true, " g"), (false, "röße b")]);
    }

    fn long(length: usize, marks: &[(usize, usize)]) -> Evidence {
        Evidence { text: "x".repeat(length), marks: marks.to_vec(), at: At::Line(7), ..Evidence::default() }
    }

    #[test]
    fn a_long_line_is_folded_behind_its_marks() {
        let folded = |length, marks: &[(usize, usize)]| {
            let it = long(length, marks);
            let part = evidence(String::new(), &it);
            (part.text.iter().map(|it| it.text.len()).sum::<usize>(), part.rest.len(), part.cut)
        };
        assert_eq!(folded(500, &[]), (500, 0, false));
        assert_eq!(folded(530, &[]), (530, 0, false));
        assert_eq!(folded(2000, &[]), (512, 1488, false));
        assert_eq!(folded(2000, &[(1500, 1600)]), (1600, 400, false));
        assert_eq!(folded(10_000, &[(9000, 9010)]), (512, 3488, true));
    }

    #[test]
    fn every_finding_shows_some_and_says_how_many_more() {
        let all: Vec<Evidence> = (0..60).map(|_| long(900, &[])).collect();
        let mut exhibits = Exhibits::default();
        let first = exhibits.show("finding-1", &all);
        assert_eq!((first.first.len(), first.folded.len()), (3, 37));
        assert_eq!(first.more, "20 more places stand in the JSON report of this case.");
        assert_eq!(exhibits.anchor("", At::Line(7)), Some("finding-1-evidence-1"));
        exhibits.room = 0;
        let last = exhibits.show("finding-2", &all);
        assert_eq!((last.first.len(), last.folded.len()), (1, 0));
        assert_eq!((last.first[0].rest, last.first[0].cut), ("", true));
        assert_eq!(last.more, "59 more places stand in the JSON report of this case.");
    }
}
