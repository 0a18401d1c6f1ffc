//! What a reply is written on: plain text, or Markdown in which nothing that a log says is markup.

use std::fmt::Write as _;

use crate::case::{Rich, Span};
use crate::report::markdown::text as markdown;
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
            Form::Markdown => self.block(&markdown::block(language, &lines, "")),
        }
    }

    /// Text of a case, on one line, as this form writes it.
    fn safe(&self, text: &str) -> String {
        let line = one_line(text);
        if self.form == Form::Text { line } else { markdown::plain(&line) }
    }

    fn spans(&self, rich: &Rich) -> String {
        let one = |it: &Span| match self.form {
            Form::Markdown if it.code => markdown::code(&it.text),
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

#[cfg(test)]
mod tests {
    use super::*;

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
