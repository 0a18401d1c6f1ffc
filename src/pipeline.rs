//! Many cases side by side: each bundle is read, matched, diagnosed and written by one worker, so that memory
//! is bounded by the workers and not by the run. Only this module knows of threads.

use std::any::Any;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rayon::prelude::*;

use crate::bundle::{Bundle, Entry, Limits, SkipKind, Skipped};
use crate::case::{Case, NotChecked, Source};
use crate::diagnosis::{Answers, Gathered, diagnose, questions};
use crate::matching::{Hits, Matcher, ask, scan};
use crate::redact::Redaction;
use crate::report::{About, FileNames, Summary, write_file};
use crate::rule::Library;
use crate::source::{self, Decoded, Format, Wanted, is_known, recognize, unread};
use crate::text::{Blocks, Encoding, decode_head, sniff};

/// What every case of a run is read with.
pub struct Setup<'a> {
    pub library: &'a Library,
    pub matcher: &'a Matcher<'a>,
    pub limits: Limits,
    pub passwords: Vec<String>,
    /// Rules that are not asked, with the reason: told in every report.
    pub switched_off: &'a [NotChecked],
    pub redaction: &'a Redaction,
    /// How many cases are read at the same time; 0 is one for each processor.
    pub jobs: usize,
}

/// The threads of a run could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start threads")]
pub struct ThreadsError(#[from] rayon::ThreadPoolBuildError);

/// Reads every bundle and writes its reports into `output`. `done` hears of each case when it is written, by
/// its number and from any thread. The summaries come in the order of the bundles.
pub fn run(
    bundles: &[Bundle],
    setup: &Setup<'_>,
    about: &About<'_>,
    output: &Path,
    done: &(dyn Fn(usize, &Summary) + Sync),
) -> Result<Vec<Summary>, ThreadsError> {
    let mut names = FileNames::default();
    let stems: Vec<String> = bundles.iter().map(|it| names.next(&setup.redaction.text(&it.name))).collect();
    let one = |(number, (bundle, stem)): (usize, (&Bundle, &String))| {
        let mut case = catch_unwind(AssertUnwindSafe(|| analyze(bundle, setup)))
            .unwrap_or_else(|panic| failed(bundle, setup, panic.as_ref()));
        case.not_checked.extend_from_slice(setup.switched_off);
        case.not_checked.sort();
        setup.redaction.case(&mut case);
        let mut summary = Summary::of(&case, stem);
        write(&case, about, output, &mut summary);
        done(number, &summary);
        summary
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(setup.jobs.min(bundles.len())).build()?;
    Ok(pool.install(|| bundles.par_iter().zip(&stems).enumerate().map(one).collect()))
}

/// Writes every report of a case. One that cannot be written costs this case only, and is told.
fn write(case: &Case, about: &About<'_>, output: &Path, summary: &mut Summary) {
    for format in &about.outputs {
        let name = format!("{}.{}", summary.stem, format.extension());
        if let Err(error) = write_file(output, &name, &mut |into| format.write(case, about, into)) {
            summary.losses.push(format!("{}: cannot be written: {error}", output.join(&name).display()));
            summary.whole = false;
        }
    }
}

/// Reads one bundle and says what is wrong with its machine.
fn analyze(bundle: &Bundle, setup: &Setup<'_>) -> Case {
    gather(bundle, setup, &|gathered| diagnose(&bundle.name, &bundle.source, gathered))
}

/// Reads one bundle, and lets `look` make something of all that was gathered from it.
pub fn gather<T>(bundle: &Bundle, setup: &Setup<'_>, look: &dyn Fn(&Gathered<'_>) -> T) -> T {
    let mut pass = FirstPass {
        setup,
        hits: Hits::default(),
        sources: Vec::new(),
        numbers: Vec::new(),
        computers: Vec::new(),
        skipped: Vec::new(),
    };
    let mut skipped = bundle.read(&setup.limits, &setup.passwords, &mut |entry| pass.entry(entry));
    skipped.append(&mut pass.skipped);
    let answers = second_pass(bundle, setup, &pass);
    look(&Gathered {
        library: setup.library,
        hits: &pass.hits,
        sources: &pass.sources,
        skipped: &skipped,
        computers: &pass.computers,
        answers: &answers,
    })
}

/// The logs are matched; exports and listings are counted, and asked later.
struct FirstPass<'s> {
    setup: &'s Setup<'s>,
    hits: Hits,
    sources: Vec<Source>,
    /// For each source, its number among the members of the bundle.
    numbers: Vec<usize>,
    computers: Vec<String>,
    skipped: Vec<Skipped>,
}

impl FirstPass<'_> {
    fn lose(&mut self, path: &str, reason: String) {
        self.skipped.push(Skipped { path: path.to_owned(), reason, kind: SkipKind::Loss });
    }

    fn entry(&mut self, entry: Entry<'_>) -> io::Result<()> {
        let encoding = sniff(entry.head);
        if let Some(kind) = unread(entry.path, entry.head, encoding.is_some()) {
            let (path, reason) = (entry.path.to_owned(), kind.reason.to_owned());
            self.skipped.push(Skipped { path, reason, kind: kind.kind });
            return Ok(());
        }
        let Some((encoding, mark)) = encoding else { return Ok(()) };
        let format = recognize(entry.path, &decode_head(&entry.head[mark..], encoding));
        if let Some(mut decoded) = format.decoder(entry.head, entry.reader, &Wanted::All) {
            return self.decoded(entry.path, entry.number, format, &mut *decoded);
        }
        let mut blocks = Blocks::open(entry.reader, encoding, mark)?;
        let number = self.sources.len();
        let scanned = scan(self.setup.matcher, format, number, &mut blocks, &mut self.hits);
        if blocks.bytes_read() == 0 && blocks.damage().is_none() {
            let (path, reason) = (entry.path.to_owned(), "an empty file (only a byte order mark)".to_owned());
            self.skipped.push(Skipped { path, reason, kind: SkipKind::Empty });
            return Ok(());
        }
        let damage = blocks.damage().map(|it| io::Error::new(it.kind(), it.to_string()));
        self.sources.push(Source {
            path: entry.path.to_owned(),
            format: format.name(),
            bytes: blocks.bytes_read() + mark as u64,
            records: scanned.records,
            first: scanned.first,
            last: scanned.last,
            whole: damage.is_none() && scanned.long_lines == 0 && scanned.zeros == 0,
        });
        self.numbers.push(entry.number);
        self.computers.extend(scanned.computer);
        if scanned.long_lines > 0 {
            let reason =
                format!("{} lines are longer than 1 MB and were matched in pieces", scanned.long_lines);
            self.lose(entry.path, reason);
        }
        if scanned.zeros > 0 {
            let reason = format!("{} zero bytes stand in it: what was written there is lost", scanned.zeros);
            self.lose(entry.path, reason);
        }
        damage.map_or(Ok(()), Err)
    }
}

impl FirstPass<'_> {
    /// A source that becomes text while it is read.
    fn decoded(
        &mut self,
        path: &str,
        number: usize,
        format: &dyn Format,
        decoded: &mut dyn Decoded,
    ) -> io::Result<()> {
        let mut blocks = Blocks::new(&mut *decoded, Encoding::Bytes);
        let scanned = scan(self.setup.matcher, format, self.sources.len(), &mut blocks, &mut self.hits);
        let damage = blocks.damage().map(|it| io::Error::new(it.kind(), it.to_string()));
        let (losses, ledger) = (decoded.losses(), decoded.ledger());
        self.sources.push(Source {
            path: path.to_owned(),
            format: format.name(),
            bytes: ledger.bytes,
            records: ledger.records,
            first: ledger.first.clone().or(scanned.first),
            last: ledger.last.clone().or(scanned.last),
            whole: damage.is_none() && losses.is_empty(),
        });
        self.numbers.push(number);
        self.computers.extend(ledger.computer.clone().or(scanned.computer));
        losses.into_iter().for_each(|it| self.lose(path, it));
        damage.map_or(Ok(()), Err)
    }
}

/// Exports and listings answer what the logs raised.
fn second_pass(bundle: &Bundle, setup: &Setup<'_>, first: &FirstPass<'_>) -> Answers {
    let questions = questions(setup.library, &first.hits);
    let mut answers: Vec<Vec<_>> = questions.iter().map(|_| Vec::new()).collect();
    let wanted = |format: &str| questions.iter().any(|it| it.format == format);
    if !first.sources.iter().any(|it| wanted(it.format)) {
        return Answers { asked: questions.into_iter().zip(answers).collect() };
    }
    bundle.read(&setup.limits, &setup.passwords, &mut |entry| {
        let Some(number) = first.numbers.binary_search(&entry.number).ok() else { return Ok(()) };
        let source = &first.sources[number];
        let tree = source::format(source.format).and_then(|it| it.tree()).filter(|_| wanted(source.format));
        let (Some(tree), Some((encoding, mark))) = (tree, sniff(entry.head)) else { return Ok(()) };
        let mut blocks = Blocks::open(entry.reader, encoding, mark)?;
        let mine: Vec<usize> =
            (0..questions.len()).filter(|it| questions[*it].format == source.format).collect();
        let asked: Vec<_> = mine.iter().map(|it| questions[*it].clone()).collect();
        for (question, answer) in mine.into_iter().zip(ask(&asked, number, tree, &mut blocks)) {
            answers[question].push(answer);
        }
        Ok(())
    });
    Answers { asked: questions.into_iter().zip(answers).collect() }
}

/// A fault of casebook itself costs one case, and is told in it.
fn failed(bundle: &Bundle, setup: &Setup<'_>, panic: &(dyn Any + Send)) -> Case {
    let what =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let reason =
        format!("casebook failed on this bundle ({}): please report it", what.unwrap_or("no message"));
    let skipped = [Skipped { path: bundle.source.clone(), reason, kind: SkipKind::Loss }];
    let (hits, answers) = (Hits::default(), Answers::default());
    diagnose(
        &bundle.name,
        &bundle.source,
        &Gathered {
            library: setup.library,
            hits: &hits,
            sources: &[],
            skipped: &skipped,
            computers: &[],
            answers: &answers,
        },
    )
}

/// Whether a loose file is a log, an export or a listing, by its first bytes.
pub fn is_source(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|it| it.take(64 << 10).read_to_end(&mut head));
    let Some((encoding, mark)) = sniff(&head).filter(|_| read.is_ok() && !head.is_empty()) else {
        return false;
    };
    is_known(&path.to_string_lossy(), &decode_head(&head[mark..], encoding))
}
