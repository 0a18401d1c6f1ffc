//! What starts a new rule from a failure that no rule explains: the shape of its line, and the command that makes
//! an article of it.

use crate::case::{At, Evidence};
use crate::source::{Shape, format, parts};

/// No more of a line is folded than this.
const SHOWN: usize = 300;

/// The case that commands are for.
pub struct Start<'a> {
    /// The input as it was given.
    pub case: &'a str,
}

/// What a line says, with all that differs from case to case folded; its codes stay.
pub fn shape(form: &str, text: &str) -> Option<String> {
    let message = format(form)?.record(text).message;
    let message = message.lines().next().unwrap_or_default().trim();
    let mut folded = String::new();
    let mut from = 0;
    for part in parts(message) {
        folded.push_str(&message[from..part.start]);
        match part.shape {
            Shape::Value(kind, _) => folded.push_str(&format!("<{kind}>")),
            Shape::Volatile | Shape::Counter => folded.push('…'),
            Shape::Code(code) => folded.push_str(&code.to_string()),
        }
        from = part.end;
    }
    folded.push_str(&message[from..]);
    let folded: String = folded.chars().take(SHOWN).collect();
    (!folded.is_empty()).then_some(folded)
}

impl Start<'_> {
    /// `casebook rules new --from 'CASE.zip!/CBS.log:812'`, for a POSIX shell. Nothing, where a name of the bundle cannot
    /// be written there as what it is.
    pub fn command(&self, evidence: &Evidence) -> Option<String> {
        let number = match evidence.at {
            At::Line(number) | At::Record(_, number) => number,
            At::Nowhere => return None,
        };
        let place = format!("{}:{number}", self.place(&evidence.path));
        // What no reader would see is not asked to be copied into a shell.
        if place.chars().any(|it| it.is_control() || is_hidden(it)) {
            return None;
        }
        let place = if place.starts_with('-') { format!("./{place}") } else { place };
        Some(format!("casebook rules new --from '{}'", place.replace('\'', r"'\''")))
    }

    /// Where the member lies for whoever has the input: a case may be made of several, whose names stand in front of
    /// the paths of their members.
    fn place(&self, path: &str) -> String {
        let leaf = |it: &str| it.rsplit('/').next().unwrap_or(it).to_owned();
        let several = self.case.split(' ').filter(|it| self.case.len() > it.len() && !it.is_empty());
        // The last of several ends as all of them together do: so each is tried before the whole.
        for (input, is_one) in several.map(|it| (it, false)).chain([(self.case, true)]) {
            match path.strip_prefix(&leaf(input)) {
                Some(rest) if rest.is_empty() || rest.starts_with("!/") => return format!("{input}{rest}"),
                Some(rest) if rest.starts_with('/') && !is_one => return format!("{input}{rest}"),
                _ => {}
            }
        }
        format!("{}!/{path}", self.case)
    }
}

/// Characters that change the order of others, or take no room.
fn is_hidden(it: char) -> bool {
    matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(case: &str, path: &str, expect: Option<&str>) {
        let evidence = Evidence { path: path.to_owned(), at: At::Line(812), ..Evidence::default() };
        let expect = expect.map(|it| format!("casebook rules new --from {it}"));
        assert_eq!(Start { case }.command(&evidence), expect);
    }

    #[test]
    fn a_rule_is_started_from_its_line() {
        check("INC1.zip", "CBS.log", Some("'INC1.zip!/CBS.log:812'"));
        check("in/INC 1.zip", "a/b.zip!/CBS.log", Some("'in/INC 1.zip!/a/b.zip!/CBS.log:812'"));
        check("in/CBS.log", "CBS.log", Some("'in/CBS.log:812'"));
        check("in/case", "logs/CBS.log", Some("'in/case!/logs/CBS.log:812'"));
        check("a.zip in/b.zip", "b.zip!/CBS.log", Some("'in/b.zip!/CBS.log:812'"));
        check("a.zip in/logs", "logs/CBS.log", Some("'in/logs/CBS.log:812'"));
    }

    #[test]
    fn no_name_becomes_a_command() {
        check("a.zip", "x'; rm -rf ~ #.log", Some(r"'a.zip!/x'\''; rm -rf ~ #.log:812'"));
        check("a.zip", "$(reboot)`reboot`.log", Some("'a.zip!/$(reboot)`reboot`.log:812'"));
        check("-a.zip", "x.log", Some("'./-a.zip!/x.log:812'"));
        check("a.zip", "x\ny.log", None);
        check("a.zip", "x\u{1b}[2J.log", None);
        check("a.zip", "gol.\u{202e}x", None);
    }

    #[test]
    fn what_differs_from_case_to_case_is_folded() {
        let line = |message: &str| format!("2024-03-12 03:14:07, Error                 CBS    {message}");
        let one = shape(
            "cbs",
            &line(
                "Failed to resolve package 'Package_1_for_KB3192392~31bf3856ad364e35~amd64~~6.3.1.4' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]",
            ),
        );
        let other = shape(
            "cbs",
            &line(
                "Failed to resolve package 'Package_2_for_KB4012213~31bf3856ad364e35~amd64~~6.3.1.9' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]",
            ),
        );
        assert_eq!(one, other);
        assert!(one.unwrap().contains("Failed to resolve package '<package>' [HRESULT = 0x800f0831"));
    }
}
