//! From an article to its rules: every key, pattern, placeholder and step is checked, and every mistake is
//! told at once.

mod conditions;
mod records;
mod signals;
mod steps;
mod words;

use std::collections::BTreeMap;

use toml::Spanned;

use crate::code::Code;
use crate::source;

use super::article::{self, Article, Block, Section};
use super::kind::Kind;
use super::problem::{Document, nearest};
use super::raw::{RawApplies, RawRule, Scalar};
use super::{
    Applies, Attempt, Builds, Happening, Problem, RegistryFact, RichTemplate, Rule, Sample, Severity, Signal,
};

use conditions::unknown_format;
use steps::rich;

pub use words::with_suggestion;

/// What one article holds.
#[derive(Debug, Default)]
pub struct Loaded {
    pub rules: Vec<Rule>,
    pub failures: Vec<Signal>,
    pub facts: Vec<Signal>,
    pub registry_facts: Vec<RegistryFact>,
    pub attempts: Vec<Attempt>,
    pub noise: Vec<Signal>,
    pub happenings: Vec<Happening>,
}

/// The words that start a fenced block with a meaning.
const BLOCKS: [&str; 8] =
    ["rule", "failure", "fact", "attempt", "noise", "moment", "sample", "counter-sample"];
/// Loads the article `text`, which `file` is called by in messages.
pub fn load(file: &str, text: &str) -> (Loaded, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let article = article::read(&text);
    let mut loader =
        Loader { document: Document::new(file, &text), base: 0, passed_over: false, incomplete: false };
    let mut loaded = Loaded::default();
    for section in &article.sections {
        loader.section(section, &article, &mut loaded);
    }
    let stray = article.sections.iter().flat_map(|it| &it.stray).chain(&article.stray);
    for at in stray {
        loader.problem(
            *at,
            "this stands outside of the numbered list and belongs to no step: indent it by three blanks",
        );
    }
    for block in
        article.homeless.iter().filter(|it| BLOCKS.contains(&it.tag.split(' ').next().unwrap_or_default()))
    {
        loader.problem(
            block.start,
            "this block stands above the first section: write `## What is wrong` above it",
        );
    }
    if article.title.is_empty() {
        loader.problem(0, "an article starts with a title: # What it is about");
    }
    let mut problems = loader.document.problems;
    problems.sort_by_key(|it| (it.place.line, it.place.column));
    (loaded, problems)
}

struct Loader<'a> {
    document: Document<'a>,
    /// Where the block at hand starts: places in TOML are told from there.
    base: usize,
    /// Whether a line of the block was passed over: what is missing then may be what it meant.
    passed_over: bool,
    /// Whether a condition could not be read: what it captures is then not known.
    incomplete: bool,
}

impl Loader<'_> {
    /// A mistake at a byte of the file.
    fn problem(&mut self, at: usize, message: impl Into<String>) {
        self.document.problem(at, message);
    }

    /// Something that should be in the block at hand and is not.
    fn lack(&mut self, at: usize, message: impl Into<String>) {
        if !self.passed_over {
            self.mistake(at, message);
        }
    }

    /// A mistake at a byte of the block at hand.
    fn mistake(&mut self, at: usize, message: impl Into<String>) {
        self.document.problem(self.base + at, message);
    }

    /// Blocks of other words are the author's own, unless one is nearly a word with a meaning.
    fn misspelled(&mut self, block: &Block, word: &str) {
        let like = nearest(word, BLOCKS).filter(|it| strsim::damerau_levenshtein(it, word) <= 2);
        if let Some(like) = like {
            self.problem(block.start, format!("a block `{word}` means nothing; did you mean `{like}`?"));
        }
    }

    fn section(&mut self, section: &Section, article: &Article, loaded: &mut Loaded) {
        let mut main: Vec<&Block> = Vec::new();
        let mut samples = Vec::new();
        for block in &section.blocks {
            let word = block.tag.split_whitespace().next().unwrap_or_default();
            match word {
                "rule" | "failure" | "fact" | "attempt" | "noise" | "moment" => main.push(block),
                "sample" | "counter-sample" => samples.extend(self.sample(block)),
                _ => self.misspelled(block, word),
            }
        }
        let [block] = main[..] else {
            if let Some(second) = main.get(1) {
                self.problem(
                    second.start,
                    "a section has one symptom: start a new `## Heading` for the next block",
                );
            } else if !samples.is_empty() || !section.fix.is_empty() {
                self.problem(section.start, "this section has samples or a fix, but no `rule` block");
            }
            return;
        };
        if !self.document.text[block.start..].starts_with(block.text.lines().next().unwrap_or_default())
            || self.document.text[..block.start].ends_with([' ', '\t'])
        {
            self.problem(block.start, "the lines of this block are indented: begin each in the first column");
            return;
        }
        let (word, more) = block.tag.split_once(' ').unwrap_or((&block.tag, ""));
        if !more.is_empty() {
            self.problem(
                block.start,
                format!("nothing stands behind `{word}` in the first line of its block"),
            );
        }
        if section.heading.trim().is_empty() || section.heading.contains("{{") {
            self.problem(
                section.start,
                "a heading says in plain words what is wrong: not empty, and without values",
            );
        }
        match word {
            "rule" => loaded.rules.extend(self.rule(section, block, samples, article)),
            "failure" => loaded.failures.extend(self.signal(word, section, block, samples)),
            "noise" => loaded.noise.extend(self.noise(section, block, samples)),
            "attempt" => loaded.attempts.extend(self.attempt(section, block, samples)),
            "moment" => loaded.happenings.extend(self.happening(section, block, samples)),
            _ if signals::asks_registry(block) => {
                loaded.registry_facts.extend(self.registry_fact(block, samples));
            }
            _ => loaded.facts.extend(self.signal(word, section, block, samples)),
        }
    }

    /// Parses a block's TOML. Its mistakes are told in the words of the TOML reader, with the nearest known key.
    /// A line with an unknown key is passed over, so that what is wrong behind it is told too.
    fn toml<T: serde::de::DeserializeOwned>(&mut self, block: &Block) -> Option<T> {
        (self.base, self.passed_over) = (block.start, false);
        let mut text = block.text.clone();
        let mut passed_over = None;
        loop {
            let error = match toml::from_str(&text) {
                Ok(raw) => return Some(raw),
                Err(error) => error,
            };
            let at = error.span().map_or(0, |it| it.start);
            let unknown = error.message().starts_with("unknown field");
            // A mistake that only passing over has made is none of the author's.
            if unknown || passed_over.is_none() {
                self.mistake(at, with_suggestion(error.message()));
            }
            let starts_line = text[..at].trim_end_matches([' ', '\t']).ends_with('\n') || at == 0;
            if !unknown || !starts_line || passed_over == Some(at) {
                return None;
            }
            (passed_over, self.passed_over) = (Some(at), true);
            let length = text[at..].chars().next().map_or(0, char::len_utf8);
            text.replace_range(at..at + length, &"#".repeat(length));
        }
    }

    fn rule(
        &mut self,
        section: &Section,
        block: &Block,
        samples: Vec<Sample>,
        article: &Article,
    ) -> Option<Rule> {
        let raw: RawRule = self.toml(block)?;
        let before = self.document.problems.len();
        let severity = self.head(&raw);
        let (codes, echoes) = (self.codes(&raw.codes), self.codes(&raw.echoes));
        if raw.when.is_empty() {
            self.lack(0, "a rule needs at least one [[when]]: what shows the symptom");
        }
        let mut captures = BTreeMap::new();
        let when = self.conditions(&raw.when, &mut captures);
        let add = self.conditions(&raw.add, &mut captures);
        let confirm = self.conditions(&raw.confirm, &mut captures);
        let contradict = self.conditions(&raw.contradict, &mut captures.clone());
        // What an exclusion captures is never told: it is not there when the rule speaks.
        let unless = self.conditions(&raw.unless, &mut captures.clone());
        self.only_later(&raw);
        let applies_to = self.applies_to(raw.applies_to.as_ref());
        let group_by = self.group_by(raw.group_by.as_ref(), &captures);
        let rich: Vec<RichTemplate> = section.paragraphs.iter().map(rich).collect();
        let steps = self.steps(section, article, &captures);
        let place = self.document.place(block.start);
        for (_, template) in rich.iter().flatten() {
            self.template(block.start, template, &captures, false);
        }
        if self.document.problems.len() > before {
            return None;
        }
        let source = raw.source.map(Spanned::into_inner);
        let symptom = section.heading.clone();
        let severity = severity?;
        Some(Rule {
            id: raw.id.into_inner(),
            symptom,
            cause: rich,
            severity,
            codes,
            echoes,
            source,
            applies_to,
            group_by,
            related: raw.related.into_iter().map(Spanned::into_inner).collect(),
            explains: raw.explains.into_iter().map(Spanned::into_inner).collect(),
            when,
            confirm,
            contradict,
            unless,
            add,
            steps,
            samples,
            place,
        })
    }

    /// `later` says of an exclusion that it must come after the symptom; elsewhere it means nothing.
    fn only_later(&mut self, raw: &RawRule) {
        let lists = [&raw.when, &raw.confirm, &raw.contradict, &raw.add];
        for later in lists.into_iter().flatten().filter_map(|it| it.get_ref().later.as_ref()) {
            self.mistake(
                later.span().start,
                "`later` belongs to [[unless]]: what comes later and ends the symptom",
            );
        }
    }

    fn applies_to(&mut self, raw: Option<&RawApplies>) -> Applies {
        let mut applies = Applies::default();
        let Some(raw) = raw else { return applies };
        for (build, at) in
            raw.build.iter().flat_map(|it| it.get_ref().0.iter().map(|one| (one, it.span().start)))
        {
            match Builds::parse(build) {
                Some(builds) => applies.build.push(builds),
                None => self.mistake(
                    at,
                    "a build is a number or a range: 17763, \">= 17763\", \"< 22000\", \"17763-19045\"",
                ),
            }
        }
        if let Some(architecture) = &raw.architecture {
            let known = ["amd64", "x86", "arm64"];
            if architecture.get_ref().0.iter().any(|it| !known.contains(&it.as_str())) {
                self.mistake(architecture.span().start, format!("an architecture is {}", known.join(", ")));
            }
            applies.architecture.clone_from(&architecture.get_ref().0);
        }
        applies
    }

    fn group_by(
        &mut self,
        name: Option<&Spanned<String>>,
        captures: &BTreeMap<String, Kind>,
    ) -> Option<String> {
        let name = name?;
        if !captures.contains_key(name.get_ref()) {
            self.mistake(name.span().start, format!("`{}` is not captured by any condition", name.get_ref()));
        }
        Some(name.get_ref().clone())
    }

    /// Checks what stands at the top of a rule, and tells its severity.
    fn head(&mut self, raw: &RawRule) -> Option<Severity> {
        let id = raw.id.get_ref();
        if id.is_empty() || !id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        {
            self.mistake(
                raw.id.span().start,
                "an id is lower-case words with hyphens, such as component-file-missing",
            );
        }
        if let Some(source) = raw.source.as_ref().filter(|it| !it.get_ref().starts_with("https://")) {
            self.mistake(
                source.span().start,
                "source is the https:// address of the article the knowledge comes from",
            );
        }
        let Some(word) = &raw.severity else { return Some(Severity::Error) };
        let severity = Severity::parse(word.get_ref());
        if severity.is_none() {
            self.mistake(word.span().start, "severity is error, warning or note");
        }
        severity
    }

    fn codes(&mut self, raw: &[Spanned<Scalar>]) -> Vec<Code> {
        let mut codes = Vec::new();
        for it in raw {
            match Code::parse(&it.get_ref().0) {
                Some(code) => codes.push(code.as_hresult()),
                None => self.mistake(it.span().start, "not an error code: write it as \"0x80070002\""),
            }
        }
        codes
    }

    fn sample(&mut self, block: &Block) -> Option<Sample> {
        let mut words = block.tag.split_whitespace();
        let counter = words.next() == Some("counter-sample");
        let name = words.next().unwrap_or_default();
        let Some(format) = source::format(name) else {
            let message = format!("a sample names its format behind the word: {}", unknown_format(name));
            self.problem(block.start, message);
            return None;
        };
        let (mut text, mut expect) = (String::new(), Vec::new());
        for line in block.text.lines() {
            match line.strip_prefix("=>").map(|it| it.split_once('=')) {
                Some(Some((name, value))) => expect.push((name.trim().to_owned(), value.trim().to_owned())),
                Some(None) => self.problem(block.start, "an expected value is written => name = value"),
                None => text = text + line + "\n",
            }
        }
        let place = self.document.place(block.start);
        Some(Sample { format: format.name(), text, expect, counter, place })
    }
}

#[cfg(test)]
mod tests;
