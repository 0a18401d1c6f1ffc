//! From an article to its rules: every key, pattern, placeholder and step is checked, and every mistake is
//! told at once.

use std::collections::BTreeMap;

use toml::Spanned;

use crate::code::Code;
use crate::source::{self, FORMATS, Format};

use super::article::{self, Article, Block, RawStep, Rich, Section};
use super::kind::Kind;
use super::pattern::{Pattern, PatternError, unknown_type};
use super::problem::{Document, nearest};
use super::raw::{OneOrMany, RawCondition, RawLine, RawRule, RawSignal, Scalar};
use super::{
    Commands, Condition, FieldTest, Guard, Is, NodeTest, Problem, RecordTest, Relation, RichTemplate, Rule,
    Sample, Sequence, Severity, Shell, Signal, Step, Template, Test,
};

/// What one article holds.
#[derive(Debug, Default)]
pub struct Loaded {
    pub rules: Vec<Rule>,
    pub failures: Vec<Signal>,
    pub facts: Vec<Signal>,
}

/// The words that start a fenced block with a meaning.
const BLOCKS: [&str; 5] = ["rule", "failure", "fact", "sample", "counter-sample"];
/// How far behind the first record of a sequence the last may be, if the rule does not say.
const WITHIN: u64 = 100;

/// Loads the article `text`, which `file` is called by in messages.
pub fn load(file: &str, text: &str) -> (Loaded, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let article = article::read(&text);
    let mut loader = Loader { document: Document::new(file, &text), base: 0 };
    let mut loaded = Loaded::default();
    for section in &article.sections {
        loader.section(section, &article, &mut loaded);
    }
    if article.title.is_empty() {
        loader.document.problem(0, "an article starts with a title: # What it is about");
    }
    (loaded, loader.document.problems)
}

struct Loader<'a> {
    document: Document<'a>,
    /// Where the block at hand starts: places in TOML are told from there.
    base: usize,
}

impl Loader<'_> {
    fn problem(&mut self, at: usize, message: impl Into<String>) {
        self.document.problem(self.base + at, message);
    }

    fn section(&mut self, section: &Section, article: &Article, loaded: &mut Loaded) {
        self.base = 0;
        let mut main: Vec<&Block> = Vec::new();
        let mut samples = Vec::new();
        for block in &section.blocks {
            let word = block.tag.split_whitespace().next().unwrap_or_default();
            match word {
                "rule" | "failure" | "fact" => main.push(block),
                "sample" | "counter-sample" => samples.extend(self.sample(block)),
                _ => {
                    let like = nearest(word, BLOCKS).filter(|it| strsim::damerau_levenshtein(it, word) <= 2);
                    if let Some(like) = like {
                        self.problem(
                            block.start,
                            format!("a block `{word}` means nothing; did you mean `{like}`?"),
                        );
                    }
                }
            }
        }
        let [block] = main[..] else {
            if let Some(second) = main.get(1) {
                self.problem(
                    second.start,
                    "a section has one symptom: start a new `## Heading` for the next block",
                );
            } else if !samples.is_empty() || !section.fix.is_empty() {
                let at = self.document.text.lines().take(section.line - 1).map(|it| it.len() + 1).sum();
                self.problem(at, "this section has samples or a fix, but no `rule` block");
            }
            return;
        };
        match block.tag.as_str() {
            "rule" => loaded.rules.extend(self.rule(section, block, samples, article)),
            kind => {
                let signal = self.signal(section, block, samples);
                let list = if kind == "fact" { &mut loaded.facts } else { &mut loaded.failures };
                list.extend(signal);
            }
        }
    }

    /// Parses a block's TOML. Its mistakes are told in the words of the TOML reader, with the nearest known key.
    fn toml<T: serde::de::DeserializeOwned>(&mut self, block: &Block) -> Option<T> {
        self.base = block.start;
        match toml::from_str(&block.text) {
            Ok(raw) => Some(raw),
            Err(error) => {
                let at = error.span().map_or(0, |it| it.start);
                let message = with_suggestion(error.message());
                self.problem(at, message);
                None
            }
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
        let id = raw.id.get_ref().clone();
        if id.is_empty() || !id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        {
            self.problem(
                raw.id.span().start,
                "an id is lower-case words with hyphens, such as component-file-missing",
            );
        }
        let severity =
            raw.severity.as_ref().map_or(Some(Severity::Error), |it| Severity::parse(it.get_ref()));
        if let (None, Some(word)) = (severity, &raw.severity) {
            self.problem(word.span().start, "severity is error, warning or note");
        }
        if let Some(source) = raw.source.as_ref().filter(|it| !it.get_ref().starts_with("https://")) {
            self.problem(
                source.span().start,
                "source is the https:// address of the article the knowledge comes from",
            );
        }
        let (codes, echoes) = (self.codes(&raw.codes), self.codes(&raw.echoes));
        if raw.when.is_empty() {
            self.problem(0, "a rule needs at least one [[when]]: what shows the symptom");
        }
        let mut captures = BTreeMap::new();
        let when = self.conditions(&raw.when, &mut captures);
        let add = self.conditions(&raw.add, &mut captures);
        let confirm = self.conditions(&raw.confirm, &mut captures);
        let unless = self.conditions(&raw.unless, &mut captures);
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
            id,
            symptom,
            cause: rich,
            severity,
            codes,
            echoes,
            source,
            when,
            confirm,
            unless,
            add,
            steps,
            samples,
            place,
        })
    }

    fn signal(&mut self, section: &Section, block: &Block, samples: Vec<Sample>) -> Option<Signal> {
        let raw: RawSignal = self.toml(block)?;
        let condition = RawCondition {
            formats: raw.formats,
            text: raw.text,
            regex: raw.regex,
            types: raw.types,
            filters: raw.filters,
            event: raw.event,
            id: raw.id,
            data: raw.data,
            ..RawCondition::default()
        };
        let Condition::Records(test) = self.condition(&condition, 0, &mut BTreeMap::new())? else {
            return None;
        };
        let place = self.document.place(block.start);
        Some(Signal { title: section.heading.clone(), test, samples, place })
    }

    fn codes(&mut self, raw: &[Spanned<Scalar>]) -> Vec<Code> {
        let mut codes = Vec::new();
        for it in raw {
            match Code::parse(&it.get_ref().0) {
                Some(code) => codes.push(code.from_win32()),
                None => self.problem(it.span().start, "not an error code: write it as \"0x80070002\""),
            }
        }
        codes
    }

    fn conditions(
        &mut self,
        raw: &[Spanned<RawCondition>],
        captures: &mut BTreeMap<String, Kind>,
    ) -> Vec<Condition> {
        raw.iter().filter_map(|it| self.condition(it.get_ref(), it.span().start, captures)).collect()
    }

    /// One condition; which kind it is follows from the key that it has.
    fn condition(
        &mut self,
        raw: &RawCondition,
        at: usize,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<Condition> {
        match (&raw.formats, &raw.event, &raw.registry, &raw.listing) {
            (Some(formats), None, None, None) => {
                self.lines(raw, formats, at, captures).map(Condition::Records)
            }
            (None, Some(provider), None, None) => self.event(raw, provider, captures).map(Condition::Records),
            (None, None, Some(path), None) => self.node(raw, "registry", path, captures).map(Condition::Node),
            (None, None, None, Some(path)) => self.node(raw, "listing", path, captures).map(Condition::Node),
            _ => {
                let message =
                    "a condition has one of the keys `in` (a log line), `event`, `registry` or `listing`";
                self.problem(at, message);
                None
            }
        }
    }

    fn lines(
        &mut self,
        raw: &RawCondition,
        formats: &Spanned<OneOrMany>,
        at: usize,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<Sequence> {
        let known = self.formats(formats)?;
        let misplaced = [("value", &raw.value), ("is", &raw.is)];
        if let Some((key, value)) =
            misplaced.iter().find_map(|(key, value)| value.as_ref().map(|it| (key, it)))
        {
            self.problem(value.span().start, format!("`{key}` belongs to a registry or listing condition"));
        }
        let mut first =
            self.record(raw.text.as_ref(), raw.regex.as_ref(), &raw.types, &raw.filters, at, captures)?;
        first.fields.extend(self.data(&raw.data, captures));
        let mut records = vec![first];
        for RawLine { text, regex, types, filters } in raw.then.iter().flat_map(|it| &it.0) {
            records.push(self.record(text.as_ref(), regex.as_ref(), types, filters, at, captures)?);
        }
        let within = raw.within.as_ref().map_or(WITHIN, |it| *it.get_ref());
        if let Some(within) = raw.within.as_ref().filter(|_| records.len() == 1) {
            self.problem(within.span().start, "`within` says how far a `then` may be: there is none here");
        }
        let mut breakers = Vec::new();
        for RawLine { text, regex, types, filters } in raw.broken_by.iter().flat_map(|it| &it.0) {
            breakers.push(self.record(
                text.as_ref(),
                regex.as_ref(),
                types,
                filters,
                at,
                &mut BTreeMap::new(),
            )?);
        }
        if breakers.len() > 1 {
            self.problem(at, "`broken_by` is one text or table: join several with a regex");
        }
        Some(Sequence { formats: known, records, within, broken_by: breakers.pop() })
    }

    fn formats(&mut self, names: &Spanned<OneOrMany>) -> Option<Vec<&'static dyn Format>> {
        let mut formats = Vec::new();
        for name in &names.get_ref().0 {
            match source::format(name) {
                Some(format) if format.tree().is_none() => formats.push(format),
                Some(_) => {
                    self.problem(
                        names.span().start,
                        format!("ask a {name} with a condition of its own: {name} = '…'"),
                    );
                    return None;
                }
                None => {
                    self.problem(names.span().start, unknown_format(name));
                    return None;
                }
            }
        }
        Some(formats)
    }

    fn record(
        &mut self,
        text: Option<&Spanned<String>>,
        regex: Option<&Spanned<String>>,
        types: &BTreeMap<String, Spanned<String>>,
        filters: &BTreeMap<String, Spanned<OneOrMany>>,
        at: usize,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<RecordTest> {
        let pattern = match (text, regex) {
            (Some(text), None) => {
                if let Some(it) = types.values().next() {
                    self.problem(
                        it.span().start,
                        "with `match`, the type stands in the placeholder: {name:type}",
                    );
                }
                self.pattern(text, Pattern::from_match(text.get_ref()))?
            }
            (None, Some(regex)) => {
                let kinds =
                    types.iter().filter_map(|(name, it)| Some((name.clone(), self.kind(it)?))).collect();
                self.pattern(regex, Pattern::from_regex(regex.get_ref(), &kinds))?
            }
            _ => {
                self.problem(at, "a line is found by `match` or by `regex`: write one of them");
                return None;
            }
        };
        let mut fields = Vec::new();
        for (name, test) in filters {
            let captured = pattern.captures.iter().any(|(it, _)| it == name);
            if !captured && !FIELDS.contains(&name.as_str()) {
                let known = pattern.captures.iter().map(|(it, _)| it.as_str()).chain(FIELDS);
                let like = nearest(name, known).map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                self.problem(
                    test.span().start,
                    format!("`{name}` is neither captured here nor a field{like}"),
                );
            }
            fields.push((name.clone(), FieldTest::Is(parse_test(test.get_ref()))));
        }
        self.add_captures(&pattern, text.or(regex).map_or(at, |it| it.span().start), captures);
        let anchor = pattern.anchor.clone();
        Some(RecordTest { pattern: Some(pattern), fields, anchor })
    }

    fn kind(&mut self, name: &Spanned<String>) -> Option<Kind> {
        let kind = Kind::parse(name.get_ref());
        if kind.is_none() {
            self.problem(name.span().start, unknown_type(name.get_ref()));
        }
        kind
    }

    fn pattern(
        &mut self,
        written: &Spanned<String>,
        pattern: Result<Pattern, PatternError>,
    ) -> Option<Pattern> {
        match pattern {
            Ok(pattern) => Some(pattern),
            Err(PatternError { at, message }) => {
                // The span begins with the quotes; an escape in the text makes the column approximate.
                let quotes = if self.document.text[self.base + written.span().start..].starts_with("'''") {
                    3
                } else {
                    1
                };
                self.problem(written.span().start + quotes + at, message);
                None
            }
        }
    }

    fn add_captures(&mut self, pattern: &Pattern, at: usize, captures: &mut BTreeMap<String, Kind>) {
        for (name, kind) in &pattern.captures {
            let before = *captures.entry(name.clone()).or_insert(*kind);
            if before != *kind {
                let message = format!(
                    "`{name}` is a {} elsewhere in this rule, and a {} here",
                    before.name(),
                    kind.name()
                );
                self.problem(at, message);
            }
        }
    }

    /// Tests on fields: a text without placeholders is what the field must be, one with placeholders is found
    /// in it.
    fn data(
        &mut self,
        data: &BTreeMap<String, Spanned<Scalar>>,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Vec<(String, FieldTest)> {
        let mut fields = Vec::new();
        for (name, written) in data {
            let Scalar(text) = written.get_ref();
            let test = match Pattern::from_match(text) {
                Ok(pattern) if text.contains('{') => {
                    self.add_captures(&pattern, written.span().start, captures);
                    FieldTest::Find(pattern)
                }
                Err(PatternError { message, .. }) if text.contains('{') => {
                    self.problem(written.span().start, message);
                    continue;
                }
                _ => FieldTest::Is(parse_test(&OneOrMany(vec![text.clone()]))),
            };
            fields.push((name.clone(), test));
        }
        fields
    }

    fn event(
        &mut self,
        raw: &RawCondition,
        provider: &Spanned<String>,
        captures: &mut BTreeMap<String, Kind>,
    ) -> Option<Sequence> {
        let provider_is = Test { any_of: vec![provider.get_ref().clone()], negated: false };
        let mut fields = vec![("provider".to_owned(), FieldTest::Is(provider_is))];
        if let Some(id) = &raw.id {
            fields.push(("id".to_owned(), FieldTest::Is(parse_test(id.get_ref()))));
        }
        fields.extend(self.data(&raw.data, captures));
        let pattern = match (&raw.text, &raw.regex) {
            (Some(text), _) => Some(self.pattern(text, Pattern::from_match(text.get_ref()))?),
            (None, Some(regex)) => {
                let kinds =
                    raw.types.iter().filter_map(|(name, it)| Some((name.clone(), self.kind(it)?))).collect();
                Some(self.pattern(regex, Pattern::from_regex(regex.get_ref(), &kinds))?)
            }
            (None, None) => None,
        };
        if let Some(pattern) = &pattern {
            self.add_captures(pattern, provider.span().start, captures);
        }
        for (name, test) in &raw.filters {
            fields.push((name.clone(), FieldTest::Is(parse_test(test.get_ref()))));
        }
        let anchor = Some(provider.get_ref().clone());
        let format = source::format("event")?;
        Some(Sequence {
            formats: vec![format],
            records: vec![RecordTest { pattern, fields, anchor }],
            within: WITHIN,
            broken_by: None,
        })
    }

    fn node(
        &mut self,
        raw: &RawCondition,
        format: &'static str,
        path: &Spanned<String>,
        captures: &BTreeMap<String, Kind>,
    ) -> Option<NodeTest> {
        let is = raw.is.as_ref().map_or(Some(Is::Present), |it| Is::parse(it.get_ref()));
        if let (None, Some(word)) = (is, &raw.is) {
            self.problem(word.span().start, "`is` is present, missing or empty");
        }
        let template = Template::parse(path.get_ref());
        self.template(self.base + path.span().start, &template, captures, false);
        let equals = raw.equals.as_ref().map(|it| Template::parse(&it.get_ref().0));
        if let (Some(equals), Some(written)) = (&equals, &raw.equals) {
            self.template(self.base + written.span().start, equals, captures, false);
            if raw.value.is_none() {
                self.problem(
                    written.span().start,
                    "`equals` says what a value must be: name it with `value = '…'`",
                );
            }
        }
        let mut filters = Vec::new();
        for (name, test) in &raw.filters {
            // The same name and part as in a template, without its braces.
            let filter = Template::parse(&format!("{{{{{name}}}}}"));
            self.template(self.base + test.span().start, &filter, captures, false);
            filters.push((filter, parse_test(test.get_ref())));
        }
        let value = raw.value.as_ref().map(|it| it.get_ref().clone());
        Some(NodeTest { format, path: template, value, equals, is: is?, filters })
    }

    /// Checks that a template names values that are captured, and parts that they have.
    fn template(&mut self, at: usize, template: &Template, captures: &BTreeMap<String, Kind>, command: bool) {
        let base = std::mem::take(&mut self.base);
        for (name, part) in template.values() {
            let Some(kind) = captures.get(name) else {
                let like = nearest(name, captures.keys().map(String::as_str));
                let like =
                    like.map_or_else(|| "; nothing is".to_owned(), |it| format!("; did you mean `{it}`?"));
                self.problem(at, format!("{{{{{name}}}}} is not captured by any condition{like}"));
                continue;
            };
            if let Some(part) = part.filter(|it| !kind.parts().contains(it)) {
                let has = match kind.parts() {
                    [] => "has no parts".to_owned(),
                    parts => format!("has the parts {}", parts.join(", ")),
                };
                self.problem(at, format!("{{{{{name}.{part}}}}}: a {} {has}", kind.name()));
            }
            if command && *kind == Kind::Text {
                let message = format!(
                    "{{{{{name}}}}} is free text of a log and must not enter a command: give it a type"
                );
                self.problem(at, message);
            }
        }
        self.base = base;
    }

    fn steps(
        &mut self,
        section: &Section,
        article: &Article,
        captures: &BTreeMap<String, Kind>,
    ) -> Vec<Step> {
        if section.fix.is_empty() {
            let at = self.document.text.lines().take(section.line - 1).map(|it| it.len() + 1).sum::<usize>();
            let base = std::mem::take(&mut self.base);
            self.problem(at, "this symptom has no fix: write `### Fix` and a numbered list under it");
            self.base = base;
        }
        article.before.iter().chain(&section.fix).map(|it| self.step(it, captures)).collect()
    }

    fn step(&mut self, raw: &RawStep, captures: &BTreeMap<String, Kind>) -> Step {
        let base = std::mem::take(&mut self.base);
        let guard = raw.guard.as_deref().and_then(|text| {
            let guard = parse_guard(text);
            match &guard {
                None => self.problem(
                    raw.start,
                    "a guard reads: **Only if `name` [does not] contain(s)|start(s) with|end(s) with|is [not] `text`:**",
                ),
                Some(it) if !captures.contains_key(&it.name) => {
                    self.problem(raw.start, format!("`{}` is not captured by any condition", it.name));
                }
                Some(_) => {}
            }
            guard
        });
        let mut commands = Vec::new();
        for block in &raw.commands {
            let Some(shell) = Shell::parse(&block.tag) else {
                let message = format!("a block of commands names its shell: {}", Shell::NAMES.join(", "));
                self.problem(block.start, message);
                continue;
            };
            let lines: Vec<Template> = block.text.lines().map(|it| Template::parse(it.trim_end())).collect();
            for template in &lines {
                self.template(block.start, template, captures, true);
            }
            if commands.first().is_some_and(|it: &Commands| it.shell != shell) {
                self.problem(block.start, "the commands of one step are for one shell: start a new step");
            }
            commands.push(Commands { shell, lines });
        }
        let text = rich(&raw.text);
        let cautions: Vec<RichTemplate> = raw.cautions.iter().map(rich).collect();
        for (_, template) in text.iter().chain(cautions.iter().flatten()) {
            self.template(raw.start, template, captures, false);
        }
        self.base = base;
        Step { guard, text, commands, cautions }
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

/// Fields that records have beside what a pattern captures.
const FIELDS: [&str; 14] = [
    "level",
    "component",
    "tag",
    "process",
    "thread",
    "log",
    "provider",
    "id",
    "task",
    "computer",
    "code",
    "client",
    "outcome",
    "category",
];

fn unknown_format(name: &str) -> String {
    let names: Vec<&str> = FORMATS.iter().map(|it| it.name()).collect();
    let like =
        nearest(name, names.iter().copied()).map_or(String::new(), |it| format!("; did you mean `{it}`?"));
    format!("there is no format `{name}`{like} The formats are {}", names.join(", "))
}

fn parse_test(values: &OneOrMany) -> Test {
    if let [one] = &values.0[..]
        && let Some(other) = one.strip_prefix("not ")
    {
        return Test { any_of: vec![other.trim().to_owned()], negated: true };
    }
    Test { any_of: values.0.clone(), negated: false }
}

fn parse_guard(text: &str) -> Option<Guard> {
    let (name, rest) = text.strip_prefix("Only if `")?.split_once("` ")?;
    let (words, rest) = rest.split_once('`')?;
    let (text, end) = rest.rsplit_once('`')?;
    let (relation, negated) = match words.trim() {
        "is" => (Relation::Is, false),
        "is not" => (Relation::Is, true),
        "contains" => (Relation::Contains, false),
        "does not contain" => (Relation::Contains, true),
        "starts with" => (Relation::StartsWith, false),
        "does not start with" => (Relation::StartsWith, true),
        "ends with" => (Relation::EndsWith, false),
        "does not end with" => (Relation::EndsWith, true),
        _ => return None,
    };
    matches!(end.trim(), "" | ":").then(|| Guard {
        name: name.to_owned(),
        relation,
        negated,
        text: text.to_owned(),
    })
}

fn rich(text: &Rich) -> RichTemplate {
    text.iter().map(|it| (it.code, Template::parse(&it.text))).collect()
}

/// `unknown field `sevrity`, expected one of `id`, …` with the nearest of the expected ones in front.
fn with_suggestion(message: &str) -> String {
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match words.split_first() {
        Some((word, known)) if message.starts_with("unknown field") => {
            match nearest(word, known.iter().copied()) {
                Some(like) => {
                    format!("unknown key `{word}`; did you mean `{like}`? The keys are {}", known.join(", "))
                }
                None => format!("unknown key `{word}`; the keys are {}", known.join(", ")),
            }
        }
        _ => message.to_owned(),
    }
}
