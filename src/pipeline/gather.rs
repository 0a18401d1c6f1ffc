//! One bundle, gathered: first its logs, side by side; then its exports and listings, which answer what the logs
//! raised.

use std::any::Any;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use super::{Setup, Team};
use crate::bundle::{
    Alone, Attempt, Budget, Bundle, Crew, Entry, Held, Loss, Position, Reader, SkipKind, Skipped, in_bytes,
};
use crate::case::Source;
use crate::diagnosis::{Answers, Gathered, questions};
use crate::matching::{Answer, Hits, Ledger, Question, Scanned, Scanner, ask, ask_tree};
use crate::source::{Decoded, Format, Lack, Taken, TreeReader, identify};
use crate::text::{Encoding, Filler, LINE_LIMIT, one_line};

/// Reads one bundle, and lets `look` make something of all that was gathered from it. Nothing comes of an attempt
/// that met a limit where nobody can say at which member.
pub fn gather<T>(
    bundle: &Bundle,
    setup: &Setup<'_>,
    (team, attempt): (&Team, Attempt),
    look: &dyn Fn(&Gathered<'_>) -> T,
) -> Option<T> {
    let crew: &dyn Crew = if attempt == Attempt::InOrder { &Alone } else { team };
    let end = (setup.clock)().saturating_add(setup.limits.time);
    let budget = || Budget::new(&setup.limits, bundle.size(), attempt).until(setup.clock, end);
    let (first, second) = (budget(), budget());
    let folded = Mutex::new(Hits::keeping(setup.limits.evidence));
    let case = &bundle.name;
    let pass = Pass { setup, team, case, budget: &first, folded: &folded, items: Mutex::default() };
    let reader = Reader { budget: &first, passwords: &setup.passwords, crew, wanted: &|_| true };
    let mut skipped = bundle.read(&reader, &|entry| contained(|| pass.first(entry)));
    let mut items = pass.items.into_inner().unwrap_or_else(PoisonError::into_inner);
    if first.overrun() {
        return None;
    }
    items.sort_by(|one, other| one.position.cmp(&other.position));
    let mut hits = folded.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (number, item) in items.iter_mut().enumerate() {
        hits.take(number, std::mem::take(&mut item.hits));
    }
    let reader = Reader { budget: &second, ..reader };
    let answers = answer(bundle, (setup, team), &reader, &hits, &mut items, &mut skipped);
    if second.overrun() {
        return None;
    }
    let computers: Vec<String> = items.iter_mut().filter_map(|it| it.computer.take()).collect();
    let sources: Vec<Source> = items.into_iter().map(Item::into_source).collect();
    Some(look(&Gathered {
        library: setup.library,
        hits: &hits,
        sources: &sources,
        skipped: &skipped,
        computers: &computers,
        answers: &answers,
    }))
}

/// A source, and what came of it.
struct Item {
    position: Position,
    path: String,
    format: &'static dyn Format,
    /// Its encoding and how many bytes its byte order mark takes; nothing, where it is no text.
    text: Option<(Encoding, usize)>,
    /// Nothing yet, where it is only asked.
    source: Option<Source>,
    hits: Hits,
    computer: Option<String>,
}

impl Item {
    fn is_asked(&self) -> bool {
        self.text.is_none() || self.format.tree().is_some()
    }

    /// What the numbers of its records count, where that is no lines.
    fn counted(&self) -> Option<&'static str> {
        self.text.is_none().then(|| self.format.counted())
    }

    /// For the ledger. What could not be read again the second time is not whole.
    fn into_source(mut self) -> Source {
        let unread = Scanned::default();
        self.source.take().unwrap_or_else(|| row(&self, 0, &unread, false))
    }

    /// Scans it as text.
    fn scan(&mut self, pass: &Pass<'_>, reader: &mut dyn Read, text: (Encoding, usize)) -> Vec<Loss> {
        let mut filler = match Filler::open(reader, text.0, text.1) {
            Ok(filler) => filler,
            Err(error) => return vec![Loss::of_rest(&error)],
        };
        let (scanned, hits) = pass.team.scan(&mut filler, Scanner::new(pass.setup.matcher, self.format));
        let losses = losses_of(&scanned, filler.damage(), pass.setup.limits.line);
        if filler.bytes_read() == 0 && losses.is_empty() {
            return vec![only_a_mark()];
        }
        let bytes = filler.bytes_read() + text.1 as u64;
        self.source = Some(row(self, bytes, &scanned, losses.is_empty()));
        self.computer = scanned.computer;
        self.hits = hits;
        losses
    }

    /// Scans the text that its decoder makes of it.
    fn decode(&mut self, pass: &Pass<'_>, decoder: &mut dyn Decoded) -> Vec<Loss> {
        let mut made: &mut dyn Decoded = decoder;
        let mut filler = Filler::new(&mut made, Encoding::Bytes);
        let scanner = Scanner::new(pass.setup.matcher, self.format);
        let (scanned, hits) = pass.team.scan(&mut filler, scanner);
        let damage = filler.damage().map(Loss::of_rest);
        let mut losses: Vec<Loss> = decoder.losses().into_iter().map(Loss::new).collect();
        losses.extend(damage);
        let ledger = decoder.ledger();
        self.source = Some(Source {
            path: self.path.clone(),
            format: self.format.name(),
            bytes: ledger.bytes,
            records: ledger.records,
            counted: self.counted(),
            first: ledger.first.clone().or(scanned.first),
            last: ledger.last.clone().or(scanned.last),
            whole: losses.is_empty(),
        });
        self.computer = ledger.computer.clone().or(scanned.computer);
        self.hits = hits;
        losses
    }
}

/// The logs are scanned; exports and listings wait for the questions.
struct Pass<'p> {
    setup: &'p Setup<'p>,
    team: &'p Team,
    case: &'p str,
    budget: &'p Budget<'p>,
    /// What sources that came in order have found; of others, each has its own until all are there.
    folded: &'p Mutex<Hits>,
    items: Mutex<Vec<Item>>,
}

impl Pass<'_> {
    fn first(&self, entry: Entry<'_>) -> Vec<Loss> {
        let member = || one_line(&self.setup.redaction.text(&format!("{}: {}", self.case, entry.path)));
        let _doing = tracing::debug_span!("member", member = member()).entered();
        tracing::debug!("read");
        let (format, text) = match identify(entry.path, entry.head) {
            Taken::Unread(it) => return vec![Loss { reason: it.reason.to_owned(), kind: it.kind }],
            Taken::Text { format, encoding, mark } => (format, Some((encoding, mark))),
            Taken::Bytes(format) => (format, None),
        };
        let (position, path) = (entry.position.clone(), entry.path.to_owned());
        let (source, hits, computer) = (None, Hits::default(), None);
        let mut item = Item { position, path, format, text, source, hits, computer };
        let mut losses = Vec::new();
        let matcher = self.setup.matcher;
        if let Some(mut decoder) = format.decoder(entry.head, entry.reader, matcher.providers(format)) {
            losses = item.decode(self, &mut *decoder);
        } else if let Some(text) = text.filter(|_| !item.is_asked() || matcher.wants(format)) {
            losses = item.scan(self, entry.reader, text);
            if item.source.is_none() {
                return losses;
            }
        }
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        if self.budget.attempt == Attempt::InOrder {
            let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
            folded.take(items.len(), std::mem::take(&mut item.hits));
        } else {
            self.budget.evidence(item.hits.weight());
        }
        items.push(item);
        losses
    }
}

/// What the exports and listings say to what the hits raise.
fn answer(
    bundle: &Bundle,
    (setup, team): (&Setup<'_>, &Team),
    reader: &Reader<'_>,
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
    bundle.read(&Reader { wanted: &wanted, ..*reader }, &|entry| {
        let number = items.binary_search_by(|it| it.position.cmp(entry.position));
        let Some(number) = number.ok().filter(|it| asked(&items[*it])) else { return Vec::new() };
        let mut reply = Reply { number, ..Reply::default() };
        reply.losses = contained(|| reply.ask(team, &items[number], &questions, entry));
        replies.lock().unwrap_or_else(PoisonError::into_inner).push(reply);
        Vec::new()
    });
    let mut replies = replies.into_inner().unwrap_or_else(PoisonError::into_inner);
    replies.sort_by_key(|it| it.number);
    let unanswered: Vec<usize> = (0..items.len())
        .filter(|it| asked(&items[*it]) && replies.binary_search_by_key(it, |it| it.number).is_err())
        .collect();
    for number in unanswered {
        let again = "it could not be read again for what the logs raise";
        let reason = reader.budget.spent().map_or(again.to_owned(), |it| format!("{again}: {it}"));
        skipped.push(Skipped { path: items[number].path.clone(), reason, kind: SkipKind::Loss });
    }
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
    fn ask(&mut self, team: &Team, item: &Item, questions: &[Question], entry: Entry<'_>) -> Vec<Loss> {
        let format = item.format.name();
        let mine: Vec<usize> = (0..questions.len()).filter(|it| questions[*it].format == format).collect();
        let asked: Vec<Question> = mine.iter().map(|it| questions[*it].clone()).collect();
        let (answers, losses) = match (item.text, item.format.tree()) {
            (Some(text), Some(tree)) => self.ask_text(item, text, tree, &asked, (team, entry.reader)),
            (None, _) => self.ask_bytes(item, &asked, entry.budget.hold(Vec::new(), entry.reader)),
            (Some(_), None) => return Vec::new(),
        };
        self.answers = mine.into_iter().zip(answers).collect();
        losses
    }

    fn ask_text(
        &mut self,
        item: &Item,
        (encoding, mark): (Encoding, usize),
        tree: Box<dyn TreeReader>,
        asked: &[Question],
        (team, reader): (&Team, &mut dyn Read),
    ) -> (Vec<Answer>, Vec<Loss>) {
        let mut filler = match Filler::open(reader, encoding, mark) {
            Ok(filler) => filler,
            Err(error) => return (Vec::new(), vec![Loss::of_rest(&error)]),
        };
        let (number, format) = (self.number, item.format);
        let (answers, scanned) = team.look(&mut filler, move |blocks| {
            let mut ledger = Ledger::new(format);
            let answers = ask(asked, number, tree, blocks, &mut |line| ledger.line(line));
            (answers, ledger.finish())
        });
        let losses = losses_of(&scanned, filler.damage(), LINE_LIMIT);
        if filler.bytes_read() == 0 && losses.is_empty() {
            return (answers, vec![only_a_mark()]);
        }
        let bytes = filler.bytes_read() + mark as u64;
        self.source = Some(row(item, bytes, &scanned, losses.is_empty()));
        (answers, losses)
    }

    fn ask_bytes(&mut self, item: &Item, asked: &[Question], mut held: Held<'_>) -> (Vec<Answer>, Vec<Loss>) {
        let (bytes, damage) = (std::mem::take(&mut held.bytes), held.error.take());
        let mut scanned = Scanned::default();
        let length = bytes.len() as u64;
        let (answers, lacks) = match item.format.binary(bytes, &item.path) {
            Err(lack) => (Vec::new(), vec![lack]),
            Ok(tree) => {
                scanned.records = tree.count();
                let (answers, lacks) = ask_tree(asked, self.number, tree.as_ref(), damage.is_none());
                (answers, tree.lacks().into_iter().chain(lacks).collect())
            }
        };
        let kind = |it: &Lack| if it.damage { SkipKind::Loss } else { SkipKind::Harmless };
        let lost = |it: Lack| Loss { kind: kind(&it), reason: it.reason };
        let whole = damage.is_none() && lacks.iter().all(|it| !it.damage);
        let losses: Vec<Loss> =
            lacks.into_iter().map(lost).chain(damage.as_ref().map(Loss::of_rest)).collect();
        self.source = Some(row(item, length, &scanned, whole));
        (answers, losses)
    }
}

/// A row of the ledger.
fn row(item: &Item, bytes: u64, scanned: &Scanned, whole: bool) -> Source {
    Source {
        path: item.path.clone(),
        format: item.format.name(),
        bytes,
        records: scanned.records,
        counted: item.counted(),
        first: scanned.first.clone(),
        last: scanned.last.clone(),
        whole,
    }
}

fn only_a_mark() -> Loss {
    Loss { reason: "an empty file (only a byte order mark)".to_owned(), kind: SkipKind::Empty }
}

/// What of a text could not be read or matched.
fn losses_of(scanned: &Scanned, damage: Option<&io::Error>, line: usize) -> Vec<Loss> {
    let mut losses = Vec::new();
    if scanned.long_lines > 0 {
        let limit = in_bytes(line as u64);
        losses.push(Loss::new(match scanned.long_lines {
            1 => format!("1 line is longer than {limit} and was matched in pieces"),
            lines => format!("{lines} lines are longer than {limit} and were matched in pieces"),
        }));
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
