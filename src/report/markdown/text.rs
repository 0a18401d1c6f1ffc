//! Text as Markdown: whatever it holds, it becomes no markup, no link, no mention and no end of a block. What a
//! bundle tells stands in code only, where nothing is markup.

use crate::case::{Rich, Span};
use crate::text::{cut, no_commands, one_line, visible};

/// More characters of a value or a line than this are not shown: the JSON has all of them.
const CODE: usize = 500;

/// Text of an article, which may have values of the bundle in it. A word that would become a link or a mention is
/// shown as code: a backslash does not keep every reader of Markdown from making one.
pub fn plain(text: &str) -> String {
    let line = ci(&one_line(text));
    let words = line.split(' ').map(|word| if is_risky(word) { code(word) } else { escaped(word) });
    words.collect::<Vec<_>>().join(" ")
}

fn is_risky(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let number = word.split('#').nth(1).and_then(|it| it.chars().next());
    word.contains(['@', '`', '<', '>', '&'])
        || lower.contains("://")
        || lower.contains("www.")
        || ["javascript:", "data:", "mailto:", "xmpp:"].iter().any(|it| lower.contains(it))
        || number.is_some_and(|it| it.is_ascii_digit())
}

fn escaped(word: &str) -> String {
    let mut told = String::with_capacity(word.len());
    for (at, it) in word.char_indices() {
        let in_front = at == 0 && matches!(it, '-' | '+' | '=' | '#' | ':');
        // `1.` at the start of a line begins a list.
        let item = matches!(it, '.' | ')')
            && at + 1 == word.len()
            && word[..at].bytes().all(|it| it.is_ascii_digit());
        if in_front
            || item
            || matches!(it, '\\' | '*' | '_' | '[' | ']' | '{' | '}' | '|' | '~' | '!' | '$' | '^')
        {
            told.push('\\');
        }
        told.push(it);
    }
    told
}

/// Text in which code is told apart.
pub fn rich(rich: &Rich) -> String {
    let piece = |Span { code: is_code, text }: &Span| if *is_code { code(text) } else { plain(text) };
    rich.iter().map(piece).collect()
}

/// Code in a line: its fence is longer than any in it.
pub fn code(text: &str) -> String {
    let text = ci(&one_line(text));
    let (shown, is_cut) = cut(&text, CODE);
    if shown.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest(shown) + 1);
    // A blank at both ends is taken off again; without one, a backtick at an end would belong to the fence.
    let edge = |it: char| it == '`' || it == ' ';
    let pad = if shown.starts_with(edge) || shown.ends_with(edge) { " " } else { "" };
    let more = if is_cut { " …" } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}{more}")
}

/// The same in a table, where a bar ends the cell even in code.
pub fn code_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A block of code, every line of it indented by `indent`.
pub fn block(word: &str, lines: &[String], indent: &str) -> String {
    let shown: Vec<String> = lines.iter().map(|it| no_commands(&visible(it))).collect();
    let fence = "`".repeat(shown.iter().map(|it| longest(it)).max().unwrap_or(0).max(2) + 1);
    let mut block = format!("{indent}{fence}{word}\n");
    for line in shown.iter().flat_map(|it| it.split('\n')) {
        block += &format!("{indent}{line}\n");
    }
    block + indent + &fence + "\n"
}

/// A line of a log for a block: cut where it is very long.
pub fn log_line(text: &str) -> String {
    let text = one_line(text);
    match cut(&text, CODE) {
        (shown, true) => format!("{shown} …"),
        (shown, false) => shown.to_owned(),
    }
}

fn longest(text: &str) -> usize {
    text.split(|it| it != '`').map(str::len).max().unwrap_or(0)
}

fn ci(text: &str) -> String {
    no_commands(text)
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    const HOSTILE: [&str; 14] = [
        "</pre><img src=x onerror=alert(1)>",
        "[click](https://evil.example) ![x](https://evil.example/x.png)",
        "<https://evil.example>",
        "`` a ``` b `",
        "a|b|c",
        "1. x",
        "- x",
        "# x",
        "&lt;script&gt; &#x202e;",
        "*a* _b_ ~~c~~ **d**",
        "\n\n```\n<script>\n",
        "javascript:alert(1) https://evil.example www.evil.example @team org/repo#12",
        "[a]: https://evil.example\n[a]",
        "\u{202e}gpj.exe\u{1b}[2J",
    ];

    /// The text that is read back, which must be no markup but code and paragraphs.
    #[track_caller]
    fn read(markdown: &str) -> String {
        let mut told = String::new();
        for event in Parser::new_ext(markdown, Options::all()) {
            match event {
                Event::Text(text) | Event::Code(text) => told += &text,
                Event::Start(Tag::Paragraph | Tag::CodeBlock(_)) | Event::End(_) => {}
                other => panic!("{markdown:?} has {other:?}"),
            }
        }
        told
    }

    #[test]
    fn hostile_text_is_only_text() {
        for hostile in HOSTILE {
            let shown = one_line(hostile);
            assert_eq!(read(&plain(hostile)), shown, "plain");
            assert_eq!(read(&code(hostile)), shown.trim(), "code");
            let lines = [format!("812: {}", log_line(hostile))];
            assert_eq!(read(&block("log", &lines, "")), format!("812: {shown}\n"), "block");
        }
    }

    #[test]
    fn nothing_is_a_command_to_a_ci_job() {
        for told in [plain("##vso[x]"), code("##[x]"), block("", &["::error::x".to_owned()], "  ")] {
            assert!(
                !told.contains("##") && !told.lines().any(|it| it.trim_start().starts_with("::")),
                "{told}"
            );
        }
    }
}
