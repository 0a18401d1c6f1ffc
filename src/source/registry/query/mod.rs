//! The text of `reg query`, as people paste it and as collectors (TSS, SDP) append it to their files. What it
//! covers must be worked out: with `/s` it prints every key with its values, without it the values of one key
//! and the mere names of its subkeys, and of a search only the hits.

mod command;
mod line;
mod listing;
mod series;

use super::super::record::{Node, TreeReader};
use super::data::LONGEST;
use super::path::{current_control_set, current_set, is_below, parent};
use command::Command;
use line::{Line, Value, line as classify};
use listing::{Block, Fact, Listing, Open};
use series::Series;

pub use line::is_query;

type Tell<'t> = dyn FnMut(u64, Node<'_>) + 't;

/// What the line before was; empty lines are counted apart.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Before {
    Key,
    Value,
    #[default]
    Other,
}

#[derive(Default)]
pub struct Query {
    before: Before,
    /// How many empty lines stand since then.
    blanks: u32,
    /// The command that is known to have printed what follows, and its line.
    command: Option<(u64, Command)>,
    /// Nothing has been printed since the command.
    fresh: bool,
    /// The line that this output began in, and whether some of it is known to be left out.
    since: u64,
    partial: bool,
    listing: Option<Listing>,
    series: Series,
    value: Option<Open>,
    view: u32,
    /// The last line may be the prompt behind a listing: that one needs no end.
    prompt: bool,
}

impl TreeReader for Query {
    fn line(&mut self, number: u64, text: &str, tell: &mut Tell<'_>) {
        let line = classify(text);
        self.prompt = line == Line::Other && text.trim_end().ends_with('>');
        let goes_on = self.blanks == 0 && self.before == Before::Value && self.value.is_some();
        if goes_on && self.go_on(&line, text) {
            return;
        }
        self.close_value(tell);
        match line {
            Line::Blank => {
                self.blanks += 1;
                return;
            }
            Line::Key(key) => self.key(number, key, tell),
            Line::Value(value) => self.value(number, &value, tell),
            Line::Indented => {
                self.doubt_block();
                self.before = Before::Value;
            }
            other => self.around(number, other, tell),
        }
        self.blanks = 0;
    }

    fn end(&mut self, whole: bool, tell: &mut Tell<'_>) {
        self.close_value(tell);
        self.partial |= !whole && !self.prompt;
        self.finish_output(u64::MAX, tell);
    }
}

impl Query {
    /// A reader of what stands behind an empty line, or not.
    pub fn after_blank(blank: bool) -> Self {
        Self { blanks: u32::from(blank), ..Self::default() }
    }

    /// Whether this line continues a string. One that is indented may be a value that cannot be read as well.
    fn go_on(&mut self, line: &Line<'_>, text: &str) -> bool {
        use Line::{Absent, Blank, Command, Failed, Key, NotFound, Value};
        if matches!(line, Blank | Key(_) | Value(_) | Command(_) | Absent(_) | NotFound | Failed) {
            return false;
        }
        if matches!(line, Line::Indented) {
            self.doubt_block();
        }
        let Some(open) = &mut self.value else { return false };
        if open.data.len() + text.len() < LONGEST {
            open.data.push('\n');
            open.data.push_str(text);
        } else {
            self.doubt_block();
        }
        true
    }

    fn key(&mut self, number: u64, key: String, tell: &mut Tell<'_>) {
        let elsewhere = self.command.as_ref().is_some_and(|(_, it)| it.elsewhere);
        if !elsewhere {
            self.say(number, &key, tell, Fact::Named);
            self.place(number, key, tell);
        }
        (self.before, self.fresh) = (Before::Key, false);
    }

    /// Finds out what a key line is: the next key of a listing, a subkey's name, or the start of something new.
    fn place(&mut self, number: u64, key: String, tell: &mut Tell<'_>) {
        let goes_on = self.listing.as_ref().is_some_and(|it| match (self.blanks, self.before) {
            (_, Before::Other) => false,
            (0, _) => true,
            // Asked for again, it is the start of another query.
            (1, _) if key.eq_ignore_ascii_case(&it.last) => false,
            (1, _) => it.names_of.is_none() && is_below(&key, &it.root),
            _ => false,
        });
        if !goes_on {
            self.finish_block(None, tell);
            self.begin(number, key, tell);
        } else if self.blanks == 0 && self.before == Before::Key {
            self.name(key, tell);
        } else {
            // The program sets keys off from values by an empty line: where it is gone, lines may be gone too.
            self.partial |= self.blanks == 0;
            self.finish_block(Some(&key), tell);
            self.open_block(number, key, tell);
        }
    }

    fn begin(&mut self, number: u64, key: String, tell: &mut Tell<'_>) {
        let mut root = key.clone();
        if let Some((at, asked)) = self.command.as_ref().and_then(|(at, it)| Some((*at, it.key.clone()?)))
            && (key.eq_ignore_ascii_case(&asked) || is_below(&key, &asked))
        {
            // A key without values is not printed itself, but all of its subkeys are.
            if self.before == Before::Other && !key.eq_ignore_ascii_case(&asked) {
                self.say(at, &asked, tell, Fact::Covered);
            }
            root = asked;
        } else if self.blanks == 1 && self.before != Before::Other && !self.ends_in_names() {
            self.series.next(number, &key);
        } else {
            self.finish_series(tell);
            self.series = Series::starting(number, &key);
        }
        let last = root.clone();
        self.listing =
            Some(Listing { root, last, keys: 0, spaced: self.blanks > 0, names_of: None, block: None });
        self.open_block(number, key, tell);
    }

    fn ends_in_names(&self) -> bool {
        self.listing.as_ref().is_some_and(|it| it.names_of.is_some())
    }

    fn open_block(&mut self, number: u64, key: String, tell: &mut Tell<'_>) {
        let Some(listing) = &mut self.listing else { return };
        // With `/s`, every key is printed before those below it.
        let above = parent(&key).unwrap_or_default();
        let in_order = listing.last.eq_ignore_ascii_case(above) || is_below(&listing.last, above);
        self.partial |= !in_order && !key.eq_ignore_ascii_case(&listing.root);
        listing.keys += 1;
        listing.last.clone_from(&key);
        let covered = self.command.as_ref().is_some_and(|(_, it)| {
            let asked = it.key.as_deref().unwrap_or_default();
            key.eq_ignore_ascii_case(asked) || (it.recursive && is_below(&key, asked))
        });
        if covered {
            self.say(number, &key, tell, Fact::Covered);
        }
        if let Some(listing) = &mut self.listing {
            listing.block =
                Some(Block { line: number, key, values: 0, unset: false, covered, doubtful: false });
        }
    }

    /// A key right behind another one: both are names of subkeys of one key, and all of them are told.
    fn name(&mut self, key: String, tell: &mut Tell<'_>) {
        let Some(listing) = &mut self.listing else { return };
        let above = parent(&key).unwrap_or_default();
        if let Some(first) = listing.block.take() {
            let names_of = parent(&first.key).unwrap_or_default().to_owned();
            let begins = listing.keys == 1;
            let recursive = self.command.as_ref().is_some_and(|(_, it)| it.recursive);
            let of_root = begins || names_of.eq_ignore_ascii_case(&listing.root);
            self.partial |= first.values > 0 || !of_root || recursive;
            let covers = begins && listing.spaced;
            listing.names_of = Some(names_of.clone());
            if covers {
                self.say(first.line, &names_of, tell, Fact::Covered);
            }
            self.series.spoil();
        }
        if let Some(listing) = &mut self.listing {
            self.partial |= listing.names_of.as_ref().is_none_or(|it| !it.eq_ignore_ascii_case(above));
            listing.last = key;
        }
    }

    fn value(&mut self, number: u64, value: &Value<'_>, tell: &mut Tell<'_>) {
        let after_names = self.before == Before::Key && self.ends_in_names();
        self.before = Before::Value;
        // Names of subkeys have no values: lines between them must be gone.
        self.partial |= after_names;
        let Some(block) = self.listing.as_mut().and_then(|it| it.block.as_mut()) else { return };
        // Without `/s` the values of one key are printed: this is not what that command printed.
        let asked = self.command.as_ref().filter(|(_, it)| !it.recursive).and_then(|(_, it)| it.key.as_ref());
        self.partial |= asked.is_some_and(|it| is_below(&block.key, it));
        if value.is_unset() {
            block.unset = true;
            return;
        }
        block.values += 1;
        let Some(data) = value.text() else { return self.doubt_block() };
        let (key, name) = (block.key.clone(), value.name.to_owned());
        self.value = Some(Open { line: number, key, name, data });
        if !value.is_string() {
            self.close_value(tell);
        }
    }

    fn close_value(&mut self, tell: &mut Tell<'_>) {
        let Some(Open { line, key, name, data }) = self.value.take() else { return };
        if let Some(set) = current_set(&key, &name, &data) {
            tell(line, Node::Current(set));
        }
        let key = self.enter(line, &key, tell);
        tell(line, Node::Value { key: &key, name: &name, data: &data });
    }

    fn doubt_block(&mut self) {
        if let Some(block) = self.listing.as_mut().and_then(|it| it.block.as_mut()) {
            block.doubtful = true;
        }
    }

    /// What stands around the listings.
    fn around(&mut self, number: u64, line: Line<'_>, tell: &mut Tell<'_>) {
        match line {
            Line::Command(command) => {
                self.finish_output(number, tell);
                self.partial = command.filtered;
                (self.command, self.fresh) = (Some((number, command)), true);
            }
            // A ruler below the command belongs to it.
            Line::Heading if self.fresh => {}
            Line::Heading => {
                self.finish_output(number, tell);
                self.command = None;
            }
            Line::Absent(key) => {
                self.finish_output(number, tell);
                (self.command, self.fresh) = (None, false);
                self.say(number, &key, tell, Fact::Missing);
            }
            Line::NotFound => {
                let asked =
                    self.command.as_ref().filter(|(_, it)| self.fresh && !it.filtered && !it.elsewhere);
                if let Some(key) = asked.and_then(|(_, it)| it.key.clone()) {
                    self.say(number, &key, tell, Fact::Missing);
                }
                self.fresh = false;
            }
            Line::Failed | Line::SearchEnd => self.partial = true,
            // Only a console that wraps long lines puts anything right behind a key: names are cut, then.
            _ => self.partial |= self.before == Before::Key && self.blanks == 0 && !self.prompt,
        }
        self.finish_block(None, tell);
        self.listing = None;
        self.finish_series(tell);
        self.before = Before::Other;
    }

    /// The key before `next` is done: what has been seen decides whether all under it is told.
    fn finish_block(&mut self, next: Option<&str>, tell: &mut Tell<'_>) {
        let Some(listing) = &mut self.listing else { return };
        let Some(block) = listing.block.take() else { return };
        let covered = listing.covers(&block, next);
        if block.values == 0 && !block.unset && block.key == listing.root {
            self.series.bare();
        }
        if block.doubtful {
            self.series.spoil();
            self.say(block.line, &block.key, tell, Fact::Doubtful);
        } else if covered && !block.covered {
            self.say(block.line, &block.key, tell, Fact::Covered);
        }
    }

    fn finish_series(&mut self, tell: &mut Tell<'_>) {
        let series = std::mem::take(&mut self.series);
        if let Some((line, above, first, last)) = series.covered() {
            let path = self.enter(line, above, tell);
            tell(line, Node::Between { path: &path, first, last });
        }
    }

    /// All that one command printed is over, or the text is.
    fn finish_output(&mut self, next: u64, tell: &mut Tell<'_>) {
        self.finish_block(None, tell);
        self.listing = None;
        self.finish_series(tell);
        if self.partial {
            tell(next, Node::DoubtfulSince(self.since));
        }
        (self.since, self.partial) = (next, false);
    }

    /// Tells something of a key, in the control set that the key is of.
    fn say(&mut self, line: u64, key: &str, tell: &mut Tell<'_>, fact: Fact) {
        let path = self.enter(line, key, tell);
        let node = match fact {
            Fact::Covered => Node::Covered(&path),
            Fact::Named => Node::Named(&path),
            Fact::Doubtful => Node::Doubtful(&path),
            Fact::Missing => Node::Missing(&path),
        };
        tell(line, node);
    }

    /// The path of a key, told under its control set from here on.
    fn enter(&mut self, line: u64, key: &str, tell: &mut Tell<'_>) -> String {
        let (view, path) = current_control_set(key);
        if view != self.view {
            self.view = view;
            tell(line, Node::View(view));
        }
        path
    }
}

#[cfg(test)]
mod tests;
