//! The shells that fix steps are written for, and how a value is put into a command of each so that it stays
//! one value. What cannot be written safely is not written at all.

/// What the commands of a fence are for: the word behind the fence's backticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    Cmd,
    Powershell,
    /// The text of a `.reg` file.
    Reg,
}

/// The quotes that a value stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    None,
    Single,
    Double,
}

impl Shell {
    pub const NAMES: [&str; 3] = ["cmd", "powershell", "reg"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "cmd" => Some(Self::Cmd),
            "powershell" => Some(Self::Powershell),
            "reg" => Some(Self::Reg),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Cmd => "cmd",
            Self::Powershell => "powershell",
            Self::Reg => "reg",
        }
    }

    /// What a person calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Cmd => "Command Prompt (run as administrator)",
            Self::Powershell => "PowerShell (run as administrator)",
            Self::Reg => "Registry file (.reg)",
        }
    }

    /// `value` as it has to be written behind `before`, the command's text up to it. `None` if the value could
    /// become something other than that value there.
    pub fn quote(self, before: &str, value: &str) -> Option<String> {
        if value.chars().any(|it| it.is_control() || matches!(it, '\u{2018}'..='\u{201f}')) {
            return None;
        }
        let bare = |it: char| it.is_alphanumeric() || matches!(it, '.' | '_' | '-' | '\\' | ':' | '~');
        match (self, quotes(self, before)) {
            // In double quotes the command prompt still expands %NAME%, and a quote ends them; there is no escape.
            // A backslash before the closing quote would take it for a letter.
            (Self::Cmd, Quotes::Double) => {
                (!value.contains(['"', '%', '!']) && !value.ends_with('\\')).then(|| value.to_owned())
            }
            (Self::Cmd, _) | (Self::Powershell, Quotes::None) => {
                value.chars().all(bare).then(|| value.to_owned())
            }
            (Self::Powershell, Quotes::Single) => Some(value.replace('\'', "''")),
            (Self::Powershell, Quotes::Double) => {
                Some(value.replace('`', "``").replace('$', "`$").replace('"', "`\""))
            }
            (Self::Reg, Quotes::None) => (!value.contains([']', '='])).then(|| value.to_owned()),
            (Self::Reg, _) => Some(value.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

/// Which quotes are open at the end of `text`, which is one line of a command.
fn quotes(shell: Shell, text: &str) -> Quotes {
    let mut open = Quotes::None;
    let mut escaped = false;
    for it in text.chars() {
        let escape = match shell {
            Shell::Cmd => false,
            Shell::Powershell => it == '`' && open != Quotes::Single,
            Shell::Reg => it == '\\' && open == Quotes::Double,
        };
        if escaped || escape {
            escaped = !escaped && escape;
            continue;
        }
        open = match (open, it) {
            (Quotes::None, '"') => Quotes::Double,
            (Quotes::Double, '"') | (Quotes::Single, '\'') => Quotes::None,
            // To the command prompt, an apostrophe is a letter.
            (Quotes::None, '\'') if shell == Shell::Powershell => Quotes::Single,
            (open, _) => open,
        };
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shell: Shell, before: &str, value: &str, expect: Option<&str>) {
        assert_eq!(shell.quote(before, value).as_deref(), expect);
    }

    #[test]
    fn the_command_prompt_has_no_escape() {
        check(Shell::Cmd, "mkdir \"C:\\", r"$x (1)\a & b", Some(r"$x (1)\a & b"));
        check(Shell::Cmd, "mkdir \"C:\\", "%PATH%", None);
        check(Shell::Cmd, "dir \"", "C:\\", None);
        check(Shell::Cmd, "mkdir \"C:\\", "a\"&calc", None);
        check(Shell::Cmd, "mkdir C:\\", "a b", None);
        check(Shell::Cmd, "mkdir C:\\", "a&b", None);
        check(Shell::Cmd, "mkdir C:\\", r"a\b-1.2", Some(r"a\b-1.2"));
    }

    #[test]
    fn powershell_escapes_by_its_quotes() {
        check(Shell::Powershell, "copy '", "it's $x", Some("it''s $x"));
        check(Shell::Powershell, "copy \"", "$(calc)`", Some("`$(calc)``"));
        check(Shell::Powershell, "copy ", "$(calc)", None);
        check(Shell::Powershell, "copy \"a`\"", "$x", Some("`$x"));
        check(Shell::Powershell, "copy '", "a\u{2019}; calc", None);
    }

    #[test]
    fn registry_files_double_backslashes() {
        check(Shell::Reg, r#""ImagePath"=""#, r#"C:\a"b"#, Some(r#"C:\\a\"b"#));
        check(Shell::Reg, r"[HKEY_LOCAL_MACHINE\", r"a\b", Some(r"a\b"));
        check(Shell::Reg, r"[HKEY_LOCAL_MACHINE\", "a]\n[b", None);
    }
}
