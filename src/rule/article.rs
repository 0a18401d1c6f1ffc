//! A rule file is a Markdown article. Here it is taken apart into its sections, fenced blocks and fix steps;
//! what they mean is checked one file further.

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// An article, as it was written.
#[derive(Debug, Default)]
pub struct Article {
    pub title: String,
    /// The steps of its section "Before you start": they come first in each of its fixes.
    pub before: Vec<RawStep>,
    /// Where something of these steps stands outside of their list.
    pub stray: Vec<usize>,
    pub sections: Vec<Section>,
    /// Blocks above the first section.
    pub homeless: Vec<Block>,
}

/// A `## Heading` and what stands under it.
#[derive(Debug, Default)]
pub struct Section {
    pub heading: String,
    /// Its first byte in the article.
    pub start: usize,
    /// Paragraphs outside of lists, quotes and subsections.
    pub paragraphs: Vec<Rich>,
    pub blocks: Vec<Block>,
    /// The numbered list under `### Fix`.
    pub fix: Vec<RawStep>,
    /// Where something of a step stands outside of the list, so that it belongs to none.
    pub stray: Vec<usize>,
}

/// A fenced block.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The words behind the backticks: `rule`, `sample cbs`, `cmd`.
    pub tag: String,
    pub text: String,
    /// Where the text starts in the file.
    pub start: usize,
}

/// An item of a fix's numbered list.
#[derive(Debug, Default)]
pub struct RawStep {
    pub start: usize,
    /// `Only if …`: bold text that the item starts with.
    pub guard: Option<String>,
    pub text: Rich,
    pub commands: Vec<Block>,
    pub cautions: Vec<Rich>,
}

/// Text with inline code told apart.
pub type Rich = Vec<Span>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub code: bool,
    pub text: String,
}

/// The heading of the section whose steps belong to every fix of the article.
pub const BEFORE: &str = "Before you start";

/// Where the reader of the events stands.
#[derive(Default)]
struct Walk {
    article: Article,
    in_before: bool,
    in_fix: bool,
    /// Under another `###`: for the reader of the article only.
    in_aside: bool,
    heading: Option<(HeadingLevel, String)>,
    block: Option<Block>,
    lists: usize,
    paragraph: Option<Rich>,
    caution: Option<Rich>,
    strong: Option<String>,
    /// How deep in block quotes: outside of steps, these are notes of the author to authors.
    quotes: usize,
}

/// Takes an article apart. Line ends must be `\n`.
pub fn read(text: &str) -> Article {
    let options = Options::ENABLE_GFM | Options::ENABLE_TABLES;
    let mut walk = Walk::default();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        walk.event(event, range.start);
    }
    walk.article
}

impl Walk {
    fn event(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => self.heading = Some((level, String::new())),
            Event::End(TagEnd::Heading(_)) => self.end_heading(at),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(tag))) => {
                self.block = Some(Block { tag: tag.trim().to_owned(), ..Block::default() });
            }
            Event::End(TagEnd::CodeBlock) => self.end_block(),
            Event::Start(Tag::List(_)) => self.lists += 1,
            Event::End(TagEnd::List(_)) => self.lists -= 1,
            Event::Start(Tag::Item) if self.lists == 1 => self.start_step(at),
            Event::Start(Tag::Item) => self.text("\n• ", false),
            Event::Start(Tag::BlockQuote(kind)) => {
                self.quotes += 1;
                if kind.is_some_and(|it| it != BlockQuoteKind::Note) {
                    self.caution = Some(Rich::new());
                }
            }
            Event::End(TagEnd::BlockQuote(_)) => self.end_quote(at),
            Event::Start(Tag::Paragraph) if self.lists == 0 && self.quotes == 0 => {
                self.paragraph = Some(Rich::new());
            }
            Event::Start(Tag::Paragraph) => self.separate(),
            Event::End(TagEnd::Paragraph) => self.end_paragraph(at),
            Event::Start(Tag::Strong) if self.at_start_of_step() => self.strong = Some(String::new()),
            Event::End(TagEnd::Strong) => self.end_strong(),
            Event::Text(text) => match &mut self.block {
                Some(block) => {
                    if block.text.is_empty() {
                        block.start = at;
                    }
                    block.text.push_str(&text);
                }
                None => self.text(&text, false),
            },
            Event::Code(text) => self.text(&text, true),
            Event::Html(text) | Event::InlineHtml(text) => self.text(&text, false),
            Event::SoftBreak | Event::HardBreak => self.text(" ", false),
            _ => {}
        }
    }

    fn section(&mut self) -> Option<&mut Section> {
        self.article.sections.last_mut()
    }

    fn steps(&mut self) -> Option<&mut Vec<RawStep>> {
        match (self.in_before, self.in_fix) {
            (true, _) => Some(&mut self.article.before),
            (_, true) => self.section().map(|it| &mut it.fix),
            _ => None,
        }
    }

    fn step(&mut self) -> Option<&mut RawStep> {
        if self.lists == 0 { None } else { self.steps()?.last_mut() }
    }

    fn end_heading(&mut self, start: usize) {
        let Some((level, text)) = self.heading.take() else { return };
        match level {
            HeadingLevel::H1 => self.article.title = text,
            HeadingLevel::H2 => {
                (self.in_fix, self.in_aside) = (false, false);
                self.in_before = text == BEFORE;
                if !self.in_before {
                    self.article.sections.push(Section { heading: text, start, ..Section::default() });
                }
            }
            HeadingLevel::H3 => {
                self.in_fix = text == "Fix";
                self.in_aside = !self.in_fix;
            }
            // A heading further down only divides what it stands in.
            _ => {}
        }
    }

    fn end_block(&mut self) {
        let Some(block) = self.block.take() else { return };
        if self.lists > 0 {
            if let Some(step) = self.step() {
                step.commands.push(block);
            }
        } else if self.in_fix || self.in_before {
            self.stray(block.start);
        } else if let Some(section) = self.section() {
            section.blocks.push(block);
        } else {
            self.article.homeless.push(block);
        }
    }

    fn stray(&mut self, at: usize) {
        if self.in_before {
            self.article.stray.push(at);
        } else if let Some(section) = self.section() {
            section.stray.push(at);
        }
    }

    fn start_step(&mut self, at: usize) {
        if let Some(steps) = self.steps() {
            steps.push(RawStep { start: at, ..RawStep::default() });
        }
    }

    fn at_start_of_step(&mut self) -> bool {
        self.caution.is_none() && self.step().is_some_and(|it| it.text.is_empty() && it.guard.is_none())
    }

    fn end_strong(&mut self) {
        let Some(strong) = self.strong.take() else { return };
        let is_guard = strong.starts_with("Only if ");
        if let Some(step) = self.step()
            && is_guard
        {
            step.guard = Some(strong);
        } else {
            self.text(&strong.replace('`', ""), false);
        }
    }

    fn end_quote(&mut self, at: usize) {
        self.quotes -= 1;
        let Some(caution) = self.caution.take() else { return };
        if let Some(step) = self.step() {
            step.cautions.push(caution);
        } else if self.in_fix || self.in_before {
            self.stray(at);
        }
    }

    fn end_paragraph(&mut self, at: usize) {
        let Some(paragraph) = self.paragraph.take() else { return };
        if self.in_fix || self.in_before {
            self.stray(at);
        } else if !self.in_aside
            && let Some(section) = self.section()
        {
            section.paragraphs.push(paragraph);
        }
    }

    /// A second paragraph of the same step or caution.
    fn separate(&mut self) {
        let started = match &self.caution {
            Some(caution) => !caution.is_empty(),
            None => self.step().is_some_and(|it| !it.text.is_empty()),
        };
        if started {
            self.text("\n", false);
        }
    }

    fn text(&mut self, text: &str, code: bool) {
        if let Some((_, heading)) = &mut self.heading {
            return heading.push_str(text);
        }
        if let Some(strong) = &mut self.strong {
            let tick = if code { "`" } else { "" };
            return *strong += &format!("{tick}{text}{tick}");
        }
        let into = if let Some(caution) = &mut self.caution {
            caution
        } else if let Some(paragraph) = &mut self.paragraph {
            paragraph
        } else if let Some(step) = self.step() {
            &mut step.text
        } else {
            return;
        };
        let text = if into.is_empty() { text.trim_start() } else { text };
        match into.last_mut() {
            Some(last) if !code && !last.code => last.text.push_str(text),
            _ if text.is_empty() => {}
            _ => into.push(Span { code, text: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: &str = "# Title\n\nBackground.\n\n## Before you start\n\n1. Back up.\n\n## A file is missing\n\n```rule\nid = \"x\"\n```\n\nThe update needs `{{file}}`.\nMore.\n\n```sample cbs\nline one\nline two\n```\n\n### Fix\n\n1. Create *the* folder `a`:\n   ```cmd\n   mkdir a\n   ```\n   > [!CAUTION]\n   > It **hurts**.\n2. **Only if `x` contains `\\y`:** Do it.\n\n   Then that.\n";

    fn plain(rich: &Rich) -> String {
        rich.iter().map(|it| if it.code { format!("`{}`", it.text) } else { it.text.clone() }).collect()
    }

    #[test]
    fn an_article_is_taken_apart() {
        let article = read(ARTICLE);
        assert_eq!(article.title, "Title");
        assert_eq!(plain(&article.before[0].text), "Back up.");
        let section = &article.sections[0];
        assert_eq!(
            (section.heading.as_str(), section.start),
            ("A file is missing", ARTICLE.find("## A").unwrap())
        );
        assert_eq!(
            section.blocks.iter().map(|it| it.tag.as_str()).collect::<Vec<_>>(),
            ["rule", "sample cbs"]
        );
        assert_eq!(section.blocks[1].text, "line one\nline two\n");
        assert_eq!(&ARTICLE[section.blocks[0].start..][..2], "id");
        assert_eq!(plain(&section.paragraphs[0]), "The update needs `{{file}}`. More.");
    }

    #[test]
    fn steps_have_commands_cautions_and_guards() {
        let article = read(ARTICLE);
        let [first, second] = &article.sections[0].fix[..] else { panic!("two steps") };
        assert_eq!(plain(&first.text), "Create the folder `a`:");
        assert_eq!((first.commands[0].tag.as_str(), first.commands[0].text.as_str()), ("cmd", "mkdir a\n"));
        assert_eq!(plain(&first.cautions[0]), "It hurts.");
        assert_eq!(second.guard.as_deref(), Some("Only if `x` contains `\\y`:"));
        assert_eq!(plain(&second.text), "Do it.\nThen that.");
    }
}
