//! What a reply is written on: plain text, or Markdown in which nothing that a log says is markup.

use std::fmt::Write as _;

use crate::case::{Rich, Span};
use crate::text::{one_line, visible};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Text,
    Markdown,
}

/// How far what belongs to a step or a bullet is indented.
const INDENT: usize = 3;

pub struct Paper {
    form: Form,
    text: String,
    /// Of what belongs to the last item.
    indent: usize,
}

impl Paper {
    pub fn new(form: Form) -> Self {
        Self { form, text: String::new(), indent: 0 }
    }

    pub fn finish(self) -> String {
        self.text.trim_end().to_owned() + "\n"
    }

    pub fn heading(&mut self, text: &str) {
        self.indent = 0;
        let text = self.safe(text);
        match self.form {
            Form::Text => {
                let line = "-".repeat(text.chars().count());
                self.block(&format!("{text}\n{line}"));
            }
            Form::Markdown => self.block(&format!("### {text}")),
        }
    }

    pub fn paragraph(&mut self, text: &str) {
        self.indent = 0;
        let text = self.safe(text);
        self.block(&text);
    }

    pub fn strong(&mut self, text: &str) {
        self.indent = 0;
        let text = self.safe(text);
        match self.form {
            Form::Text => self.block(&text),
            Form::Markdown => self.block(&format!("**{text}**")),
        }
    }

    pub fn rich(&mut self, rich: &Rich) {
        self.indent = 0;
        let text = self.spans(rich);
        self.block(&text);
    }

    pub fn step(&mut self, number: usize, text: &Rich) {
        let text = self.spans(text);
        let lead = format!("{number}. ");
        self.item(&lead, &text);
    }

    pub fn bullet(&mut self, text: &str) {
        let text = self.safe(text);
        self.item("- ", &text);
    }

    pub fn caution(&mut self, word: &str, text: &Rich) {
        let (word, text) = (self.safe(word), self.spans(text));
        match self.form {
            Form::Text => self.block(&format!("{word} {text}")),
            Form::Markdown => self.block(&format!("**{word}** {text}")),
        }
    }

    pub fn commands(&mut self, lead: &str, language: &str, commands: &[String]) {
        let lead = self.safe(lead);
        self.block(&lead);
        // Commands are made of typed values and one line each; what cannot be seen would still deceive.
        let lines: Vec<String> =
            commands.iter().flat_map(|it| it.lines()).map(|it| visible(it).into_owned()).collect();
        match self.form {
            Form::Text => {
                let shifted: Vec<String> = lines.iter().map(|it| format!("    {it}")).collect();
                self.block(&shifted.join("\n"));
            }
            Form::Markdown => {
                let fence = "`".repeat(longest_run(&lines.join("\n")).max(2) + 1);
                self.block(&format!("{fence}{language}\n{}\n{fence}", lines.join("\n")));
            }
        }
    }

    /// Text of a case, on one line, as this form writes it.
    fn safe(&self, text: &str) -> String {
        let line = one_line(text);
        if self.form == Form::Text { line } else { escape(&line) }
    }

    fn spans(&self, rich: &Rich) -> String {
        let one = |it: &Span| match self.form {
            Form::Markdown if it.code => code(&it.text),
            _ => self.safe(&it.text),
        };
        rich.iter().map(one).collect()
    }

    fn item(&mut self, lead: &str, text: &str) {
        self.indent = 0;
        self.block(&format!("{lead}{text}"));
        self.indent = lead.len().max(INDENT);
        // A bullet's text begins behind two characters, and that of its paragraphs too.
        if lead.len() < INDENT && self.form == Form::Markdown {
            self.indent = lead.len();
        }
    }

    /// Lines that stand apart from those before them.
    fn block(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        for line in text.lines() {
            let indent = if line.is_empty() { 0 } else { self.indent };
            // Writing to a String cannot fail.
            let _ = writeln!(self.text, "{:indent$}{line}", "");
        }
    }
}

/// Text as Markdown: none of it is markup, a link or the start of a list.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, it) in text.char_indices() {
        let starts = text[..at].trim().is_empty();
        let ends_number =
            matches!(it, '.' | ')') && at > 0 && text[..at].bytes().all(|it| it.is_ascii_digit());
        let always = matches!(
            it,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#' | '!' | '$' | '@' | '^'
        );
        // `http://` and `www.` become links by themselves in many a ticket system.
        let links = (it == ':' && text[at..].starts_with("://"))
            || (it == '.' && text[..at].to_ascii_lowercase().ends_with("www"));
        if always || links || ends_number || (starts && matches!(it, '-' | '+' | '=')) {
            escaped.push('\\');
        }
        escaped.push(it);
    }
    escaped
}

/// Code within a line, between more backticks than are in it.
fn code(text: &str) -> String {
    let text = one_line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    if text.is_empty() { text } else { format!("{fence}{pad}{text}{pad}{fence}") }
}

fn longest_run(text: &str) -> usize {
    text.split(|it| it != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markdown() {
        assert_eq!(escape("# [a](b) <i> `c` *d* _e_"), r"\# \[a\](b) \<i\> \`c\` \*d\* \_e\_");
        assert_eq!(escape("1. x"), r"1\. x");
        assert_eq!(escape("- x"), r"\- x");
        assert_eq!(escape("http://evil.example www.evil.example"), r"http\://evil.example www\.evil.example");
        assert_eq!(escape("KB5034768 build 1.2-3"), "KB5034768 build 1.2-3");
    }

    #[test]
    fn fences_are_longer_than_what_is_in_them() {
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
        let mut paper = Paper::new(Form::Markdown);
        paper.commands("Run:", "cmd", &["echo ````\r\nx".to_owned()]);
        assert_eq!(paper.finish(), "Run:\n\n`````cmd\necho ````\nx\n`````\n");
    }

    #[test]
    fn what_belongs_to_a_step_is_indented() {
        let plain = |text: &str| vec![Span { code: false, text: text.to_owned() }];
        for (form, expect) in [
            (Form::Text, "1. One\n\n   Run:\n\n       dir\n\n- x\n"),
            (Form::Markdown, "1. One\n\n   Run:\n\n   ```cmd\n   dir\n   ```\n\n- x\n"),
        ] {
            let mut paper = Paper::new(form);
            paper.step(1, &plain("One"));
            paper.commands("Run:", "cmd", &["dir".to_owned()]);
            paper.bullet("x");
            assert_eq!(paper.finish(), expect);
        }
    }
}
