//! One bundle, gathered: first its logs, side by side; then its exports and listings, which answer what the logs
//! raised.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use super::{Setup, Team};
use crate::bundle::{Bundle, Entry, Loss, Position, Reader, SkipKind, Skipped};
use crate::case::Source;
use crate::diagnosis::{Answers, Gathered, questions};
use crate::matching::{Answer, Hits, Ledger, Question, Scanned, Scanner, ask};
use crate::source::{Format, Taken, identify};
use crate::text::{Blocks, Encoding, Filler};

/// Reads one bundle, and lets `look` make something of all that was gathered from it.
pub fn gather<T>(bundle: &Bundle, setup: &Setup<'_>, team: &Team, look: &dyn Fn(&Gathered<'_>) -> T) -> T {
    let pass = Pass { setup, team, items: Mutex::default() };
    let mut skipped = bundle.read(&pass.reader(&|_| true), &|entry| contained(|| pass.first(entry)));
    let mut items = pass.items.into_inner().unwrap_or_else(PoisonError::into_inner);
    items.sort_by(|one, other| one.position.cmp(&other.position));
    let mut hits = Hits::default();
    for (number, item) in items.iter_mut().enumerate() {
        hits.take(number, std::mem::take(&mut item.hits));
    }
    let answers = answer(bundle, setup, team, &hits, &mut items, &mut skipped);
    let computers: Vec<String> = items.iter_mut().filter_map(|it| it.computer.take()).collect();
    let sources: Vec<Source> = items.into_iter().map(Item::into_source).collect();
    look(&Gathered {
        library: setup.library,
        hits: &hits,
        sources: &sources,
        skipped: &skipped,
        computers: &computers,
        answers: &answers,
    })
}

/// A member that is text, and what came of it.
struct Item {
    position: Position,
    path: String,
    format: &'static dyn Format,
    encoding: Encoding,
    mark: usize,
    /// Nothing yet, where it is only asked.
    source: Option<Source>,
    hits: Hits,
    computer: Option<String>,
}

impl Item {
    fn is_asked(&self) -> bool {
        self.format.tree().is_some()
    }

    /// For the ledger. What could not be read again the second time is not whole.
    fn into_source(self) -> Source {
        let unread = Ledger::new(self.format).finish();
        self.source.unwrap_or_else(|| row(self.path, self.format, 0, &unread, false))
    }
}

/// The logs are scanned; exports and listings wait for the questions.
struct Pass<'p> {
    setup: &'p Setup<'p>,
    team: &'p Team,
    items: Mutex<Vec<Item>>,
}

impl Pass<'_> {
    fn reader<'r>(&'r self, wanted: &'r (dyn Fn(&Position) -> bool + Sync)) -> Reader<'r> {
        reader(self.setup, self.team, wanted)
    }

    fn first(&self, entry: Entry<'_>) -> Vec<Loss> {
        let (format, encoding, mark) = match identify(entry.path, entry.head) {
            Taken::Unread(it) => return vec![Loss { reason: it.reason.to_owned(), kind: it.kind }],
            Taken::Text { format, encoding, mark } => (format, encoding, mark),
        };
        let (position, path) = (entry.position.clone(), entry.path.to_owned());
        let (source, hits, computer) = (None, Hits::default(), None);
        let mut item = Item { position, path, format, encoding, mark, source, hits, computer };
        let mut losses = Vec::new();
        if !item.is_asked() || self.setup.matcher.wants(format) {
            let mut filler = match Filler::open(entry.reader, encoding, mark) {
                Ok(filler) => filler,
                Err(error) => return vec![Loss::of_rest(&error)],
            };
            let (scanned, hits) = self.team.scan(&mut filler, Scanner::new(self.setup.matcher, format));
            if filler.bytes_read() == 0 && filler.damage().is_none() {
                return vec![only_a_mark()];
            }
            losses = losses_of(&scanned, filler.damage());
            let bytes = filler.bytes_read() + mark as u64;
            item.source = Some(row(item.path.clone(), format, bytes, &scanned, losses.is_empty()));
            item.computer.clone_from(&scanned.computer);
            item.hits = hits;
        }
        self.items.lock().unwrap_or_else(PoisonError::into_inner).push(item);
        losses
    }
}

fn reader<'r>(
    setup: &'r Setup<'r>,
    team: &'r Team,
    wanted: &'r (dyn Fn(&Position) -> bool + Sync),
) -> Reader<'r> {
    Reader { limits: &setup.limits, passwords: &setup.passwords, crew: team, wanted }
}

/// What the exports and listings say to what the hits raise.
fn answer(
    bundle: &Bundle,
    setup: &Setup<'_>,
    team: &Team,
    hits: &Hits,
    items: &mut [Item],
    skipped: &mut Vec<Skipped>,
) -> Answers {
    let questions = questions(setup.library, hits);
    let asked = |it: &Item| {
        it.is_asked() && (it.source.is_none() || questions.iter().any(|one| one.format == it.format.name()))
    };
    let pending: Vec<&Item> = items.iter().filter(|it| asked(it)).collect();
    let mut answers: Vec<Vec<Answer>> = questions.iter().map(|_| Vec::new()).collect();
    if pending.is_empty() {
        return Answers { asked: questions.into_iter().zip(answers).collect() };
    }
    let replies: Mutex<Vec<Reply>> = Mutex::default();
    let wanted = |it: &Position| {
        // The member itself, or an archive around one.
        let at = pending.partition_point(|pending| pending.position < *it);
        pending.get(at).is_some_and(|pending| pending.position.starts_with(it))
    };
    bundle.read(&reader(setup, team, &wanted), &|entry| {
        let number = items.binary_search_by(|it| it.position.cmp(entry.position));
        let Some(number) = number.ok().filter(|it| asked(&items[*it])) else { return Vec::new() };
        let mut reply = Reply { number, ..Reply::default() };
        reply.losses = contained(|| reply.ask(&items[number], &questions, entry));
        replies.lock().unwrap_or_else(PoisonError::into_inner).push(reply);
        Vec::new()
    });
    let mut replies = replies.into_inner().unwrap_or_else(PoisonError::into_inner);
    replies.sort_by_key(|it| it.number);
    for reply in replies {
        reply.answers.into_iter().for_each(|(question, answer)| answers[question].push(answer));
        let item = &mut items[reply.number];
        if item.source.is_none() {
            let lost = reply.losses.into_iter();
            skipped.extend(lost.map(|it| Skipped {
                path: item.path.clone(),
                reason: it.reason,
                kind: it.kind,
            }));
            item.source = reply.source;
        }
    }
    Answers { asked: questions.into_iter().zip(answers).collect() }
}

/// What one export or listing says.
#[derive(Default)]
struct Reply {
    number: usize,
    /// By question.
    answers: Vec<(usize, Answer)>,
    source: Option<Source>,
    losses: Vec<Loss>,
}

impl Reply {
    fn ask(&mut self, item: &Item, questions: &[Question], entry: Entry<'_>) -> Vec<Loss> {
        let Some(tree) = item.format.tree() else { return Vec::new() };
        let mut blocks = match Blocks::open(entry.reader, item.encoding, item.mark) {
            Ok(blocks) => blocks,
            Err(error) => return vec![Loss::of_rest(&error)],
        };
        let format = item.format.name();
        let mine: Vec<usize> = (0..questions.len()).filter(|it| questions[*it].format == format).collect();
        let asked: Vec<Question> = mine.iter().map(|it| questions[*it].clone()).collect();
        let mut ledger = Ledger::new(item.format);
        let answers = ask(&asked, self.number, tree, &mut blocks, &mut |line| ledger.line(line));
        self.answers = mine.into_iter().zip(answers).collect();
        let scanned = ledger.finish();
        let losses = losses_of(&scanned, blocks.damage());
        if blocks.bytes_read() == 0 && losses.is_empty() {
            return vec![only_a_mark()];
        }
        let bytes = blocks.bytes_read() + item.mark as u64;
        self.source = Some(row(item.path.clone(), item.format, bytes, &scanned, losses.is_empty()));
        losses
    }
}

/// A row of the ledger.
fn row(path: String, format: &'static dyn Format, bytes: u64, scanned: &Scanned, whole: bool) -> Source {
    Source {
        path,
        format: format.name(),
        bytes,
        records: scanned.records,
        first: scanned.first.clone(),
        last: scanned.last.clone(),
        whole,
    }
}

fn only_a_mark() -> Loss {
    Loss { reason: "an empty file (only a byte order mark)".to_owned(), kind: SkipKind::Empty }
}

/// What of a text could not be read or matched.
fn losses_of(scanned: &Scanned, damage: Option<&io::Error>) -> Vec<Loss> {
    let mut losses = Vec::new();
    if scanned.long_lines > 0 {
        let lines = scanned.long_lines;
        losses.push(Loss::new(format!("{lines} lines are longer than 1 MB and were matched in pieces")));
    }
    if scanned.zeros > 0 {
        let zeros = scanned.zeros;
        losses.push(Loss::new(format!("{zeros} zero bytes stand in it: what was written there is lost")));
    }
    losses.extend(damage.map(Loss::of_rest));
    losses
}

/// A fault of casebook itself costs one member, and is told in the report.
fn contained(read: impl FnOnce() -> Vec<Loss>) -> Vec<Loss> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let what = message_of(panic.as_ref());
        vec![Loss::new(format!("casebook failed on this file ({what}): please report it"))]
    })
}

/// What a panic says.
pub fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
