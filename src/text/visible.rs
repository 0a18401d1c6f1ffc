//! Text of a bundle made safe to show: a log line can hold escape sequences for the terminal, marks that turn
//! the reading direction around, or characters that cannot be seen. Here they become visible.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with every control, direction and invisible character written out, as `\u{202e}`. Tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    // Nearly all text is plain; pieces of it are seen to be so at once.
    let is_plain = |it: &u8| matches!(it, b'\t' | b'\n' | b' '..=b'~');
    let mut pieces = text.as_bytes().chunks(32);
    if pieces.all(|it| it.iter().fold(true, |all, it| all & is_plain(it))) || !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for it in text.chars() {
        if is_hidden(it) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(it));
        } else {
            shown.push(it);
        }
    }
    Cow::Owned(shown)
}

/// The same for a place that is one line: a line end would forge another one.
pub fn one_line(text: &str) -> String {
    visible(text).replace('\n', "\\n").replace('\t', " ")
}

/// The same for what is printed in a CI job, whose log is read for commands: `::error` at the start of a line, and
/// `##vso[…]` or `##[…]` anywhere in one.
pub fn printed(text: &str) -> String {
    no_commands(&one_line(text))
}

/// `text` without what the log of a CI job would take for a command in it.
pub fn no_commands(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            told.push('\n');
        }
        let from = line.len() - line.trim_start().len();
        let (blank, line) = line.split_at(from);
        told.push_str(blank);
        // A number sign or colon that is written out is no part of a command.
        told.push_str(&if line.starts_with("::") {
            line.replacen("::", "\\u{3a}:", 1)
        } else {
            line.to_owned()
        });
    }
    told.replace("##", "#\\u{23}")
}

fn is_hidden(it: char) -> bool {
    match it {
        '\t' | '\n' => false,
        _ if it.is_control() => true,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        // No characters at all, and no part of XML.
        '\u{fffe}' | '\u{ffff}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

/// The first `limit` characters of `text`, and whether anything was cut.
pub fn cut(text: &str, limit: usize) -> (&str, bool) {
    match text.char_indices().nth(limit) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\0"), "a\\u{1b}[2Jb\\u{202e}c\\u{0}");
        assert_eq!(visible("plain\ttext für"), "plain\ttext für");
    }

    #[test]
    fn nothing_printed_is_a_command_to_a_ci_job() {
        assert_eq!(printed("a\n::error::x"), "a\\n::error::x");
        assert_eq!(printed(" ::error::x"), " \\u{3a}:error::x");
        assert_eq!(
            printed("x ##vso[task.setvariable]y ###[z]"),
            "x #\\u{23}vso[task.setvariable]y #\\u{23}#[z]"
        );
        assert_eq!(no_commands("a\n::b\n c::d"), "a\n\\u{3a}:b\n c::d");
    }

    #[test]
    fn cutting_counts_characters() {
        assert_eq!(cut("für", 2), ("fü", true));
        assert_eq!(cut("für", 3), ("für", false));
    }
}
