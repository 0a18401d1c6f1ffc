//! Events as a table with a header: Event Viewer's "Save as CSV" and its table of tabs, the `*_evt_*.csv` of
//! Microsoft's collectors, PowerShell's `Export-Csv`. Messages of several lines stand in quotes.

use std::io::{self, Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::{memchr, memchr_iter};

use super::super::decoded::{Decoded, Ledger, Providers, Reading, Steps};
use super::told::Told;
use super::words::{self, Part};
use super::{time, wanted};
use crate::text::{Blocks, Encoding, decode_line};

/// A row of more bytes has a quote that is never closed.
const ROW_LIMIT: usize = 1 << 20;
/// More columns than any such table has.
const COLUMN_LIMIT: usize = 256;

/// What the columns of a table hold.
struct Columns {
    delimiter: u8,
    parts: Vec<Option<Part>>,
    /// Whether dates have the month first on every machine: the collectors write them so.
    month_first: bool,
}

/// Whether the first lines of a source are the header of such a table.
pub fn fits(head: &str) -> bool {
    head.lines().take(5).any(|it| columns(it.as_bytes()).is_some())
}

/// The events of `reader` as text.
pub fn decoder<'r>(
    reader: &'r mut dyn Read,
    encoding: Encoding,
    wanted: &Providers,
) -> Box<dyn Decoded + 'r> {
    Box::new(Reading::new(Csv {
        blocks: Blocks::new(reader, encoding),
        rows: Rows { fields: vec![0; ROW_LIMIT], ends: vec![0; COLUMN_LIMIT], reader: Reader::new() },
        columns: None,
        names: wanted::names(wanted),
        keep_from: 0,
        counts: Counts::default(),
    }))
}

/// The columns that a header line names; `None` if it is no header of events.
fn columns(line: &[u8]) -> Option<Columns> {
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line).trim_ascii();
    let delimiter = *[b',', b';', b'\t'].iter().max_by_key(|it| memchr_iter(**it, line).count())?;
    let mut rows =
        Rows { fields: vec![0; line.len() + 1], ends: vec![0; COLUMN_LIMIT], reader: reader(delimiter) };
    let fields = match rows.next(line, true) {
        Row::Whole { fields, .. } => fields,
        _ => return None,
    };
    let parts: Vec<_> = fields.iter().map(|it| words::part(&decode_line(it))).collect();
    let has = |part: Part| parts.contains(&Some(part));
    let month_first = fields.iter().any(|it| it.eq_ignore_ascii_case(b"Type/Level"));
    // The log of security has keywords where others have a level.
    let rated = has(words::LEVEL) || has(words::KEYWORDS);
    let events = rated && has(words::PROVIDER) && has(words::ID) && has(Part::Date);
    events.then_some(Columns { delimiter, parts, month_first })
}

fn reader(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).build()
}

/// Cuts rows out of text.
struct Rows {
    reader: Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

enum Row<'r> {
    Whole {
        fields: Vec<&'r [u8]>,
        length: usize,
    },
    /// The row does not end in this text.
    Open,
    TooLong,
    End,
}

impl Rows {
    /// The row that `text` starts with; `last` says that nothing comes behind it.
    fn next(&mut self, text: &[u8], last: bool) -> Row<'_> {
        self.reader.reset();
        let (mut read, mut written, mut count) = (0, 0, 0);
        loop {
            let (result, input, output, ends) =
                self.reader.read_record(&text[read..], &mut self.fields[written..], &mut self.ends[count..]);
            read += input;
            written += output;
            count += ends;
            match result {
                // No more input means the end, if there is nothing that could follow.
                ReadRecordResult::InputEmpty if last => {}
                ReadRecordResult::InputEmpty => return Row::Open,
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => return Row::TooLong,
                ReadRecordResult::End => return Row::End,
                ReadRecordResult::Record => break,
            }
        }
        let starts = std::iter::once(0).chain(self.ends[..count].iter().copied());
        let fields = starts.zip(&self.ends[..count]).map(|(from, to)| &self.fields[from..*to]).collect();
        Row::Whole { fields, length: read }
    }
}

struct Csv<'r> {
    blocks: Blocks<'r>,
    rows: Rows,
    columns: Option<Columns>,
    names: Option<wanted::Names>,
    keep_from: usize,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    ledger: Ledger,
    /// Rows that hold no event, and rows without an end.
    odd: u64,
    endless: u64,
    shortened: u64,
}

impl Steps for Csv<'_> {
    fn step(&mut self, into: &mut String) -> io::Result<bool> {
        if self.blocks.at_end() {
            return self.blocks.outcome().map(|()| false);
        }
        self.blocks.advance(self.keep_from);
        let at_end = self.blocks.at_end();
        let text = self.blocks.bytes();
        let (mut at, mut line) = (0, self.blocks.first_line());
        loop {
            let Some(columns) = &self.columns else {
                let Some(end) = memchr(b'\n', &text[at..]) else { break };
                self.columns = columns_of(&text[at..at + end], &mut self.rows);
                at += end + 1;
                line += 1;
                continue;
            };
            // Blank lines belong to no row, so that a row's line is where it begins.
            let blank = text[at..].iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
            line += memchr_iter(b'\n', &text[at..at + blank]).count() as u64;
            at += blank;
            let too_long = text.len() - at > ROW_LIMIT;
            let length = match self.rows.next(&text[at..], at_end) {
                Row::Whole { length, .. } if is_open(&text[at..at + length]) => {
                    self.counts.endless += 1;
                    memchr(b'\n', &text[at..]).map_or(length, |it| it + 1)
                }
                Row::Whole { fields, length } => {
                    self.counts.row(columns, &fields, line, self.names.as_ref(), into);
                    length
                }
                Row::Open if !too_long => break,
                Row::End => {
                    at = text.len();
                    break;
                }
                Row::Open | Row::TooLong => {
                    // The line that it begins with is given up; what follows may be sound.
                    self.counts.endless += 1;
                    memchr(b'\n', &text[at..]).map_or(text.len() - at, |it| it + 1)
                }
            };
            line += memchr_iter(b'\n', &text[at..at + length]).count() as u64;
            at += length;
        }
        self.keep_from = at;
        self.counts.ledger.bytes = self.blocks.bytes_read();
        Ok(true)
    }

    fn losses(&self) -> Vec<String> {
        let mut losses = Vec::new();
        if self.counts.odd > 0 {
            losses.push(format!("{} rows of the table hold no event and were passed over", self.counts.odd));
        }
        if self.counts.endless > 0 {
            losses.push(format!("{} rows of the table have no end and were left out", self.counts.endless));
        }
        losses.extend(wanted::shortened(self.counts.shortened));
        losses
    }

    fn ledger(&self) -> &Ledger {
        &self.counts.ledger
    }
}

/// Whether a row took in others because a quote of it was not closed: then the quotes do not pair.
fn is_open(row: &[u8]) -> bool {
    memchr_iter(b'"', row).count() % 2 == 1 && memchr(b'\n', row.trim_ascii_end()).is_some()
}

/// The header, if this line is it; rows are then cut as it says.
fn columns_of(line: &[u8], rows: &mut Rows) -> Option<Columns> {
    let columns = columns(line)?;
    rows.reader = reader(columns.delimiter);
    Some(columns)
}

impl Counts {
    fn row(
        &mut self,
        columns: &Columns,
        fields: &[&[u8]],
        line: u64,
        names: Option<&wanted::Names>,
        into: &mut String,
    ) {
        // The collectors add rows of their own, which have nothing in the first columns.
        if fields.iter().take(2).all(|it| it.is_empty()) {
            return;
        }
        let told = told(columns, fields);
        if told.id.is_empty() || !told.id.bytes().all(|it| it.is_ascii_digit()) {
            self.odd += 1;
            return;
        }
        self.ledger.records += 1;
        if let Some(time) = time::local(&told.date) {
            self.ledger.time(&time);
        }
        self.ledger.machine(&told.computer);
        if names.is_none_or(|it| it.has(&told.provider)) {
            self.shortened += u64::from(!told.write(line, into));
        }
    }
}

/// The event that a row tells.
fn told(columns: &Columns, fields: &[&[u8]]) -> Told {
    let mut told = Told::default();
    let mut clock = String::new();
    for (at, field) in fields.iter().enumerate() {
        let value = decode_line(field);
        let value = value.trim();
        // Event Viewer has no name for its last column.
        let part = columns.parts.get(at).copied().unwrap_or(Some(Part::Message));
        match part.filter(|_| !value.is_empty()) {
            Some(Part::Field(name)) => {
                if let Some(into) = told.field(name).filter(|it| it.is_empty()) {
                    value.clone_into(into);
                }
            }
            Some(Part::Date) if told.date.is_empty() => value.clone_into(&mut told.date),
            Some(Part::Time) => value.clone_into(&mut clock),
            Some(Part::Message) if told.message.is_empty() => value.clone_into(&mut told.message),
            _ => {}
        }
    }
    if !clock.is_empty() {
        told.date = format!("{} {clock}", told.date);
    }
    if columns.month_first {
        told.date = time::month_first(&told.date).unwrap_or_default();
    }
    told
}

#[cfg(test)]
mod tests;
