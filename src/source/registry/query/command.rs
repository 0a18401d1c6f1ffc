//! The command line of `reg query`, as prompts and collectors print it above a listing.

use super::super::path::{has_root, short_root};

/// `reg query KEY /s`, as far as it says what the listing covers.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// `None` where it cannot be told which key of this machine was meant.
    pub key: Option<String>,
    pub recursive: bool,
    /// Only some values or keys were asked for.
    pub filtered: bool,
    /// Another machine's registry, or the one that 32-bit programs see: its keys are not where they seem to be.
    pub elsewhere: bool,
}

/// A key as people and PowerShell write it: `"HKLM\…"`, `HKLM:\…`, `Registry::HKEY_…`.
pub fn key_of(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['"', '\'']).trim_end_matches('\\');
    let text = text.strip_prefix("Registry::").unwrap_or(text).replacen(":\\", "\\", 1);
    (has_root(&text) && !text.contains(['%', '$', '*', '"'])).then(|| short_root(&text))
}

/// The command in a line, if there is one.
pub fn command(text: &str) -> Option<Command> {
    let lower = text.to_ascii_lowercase();
    let end_of = |word: &str| lower.find(word).map(|at| (at, at + word.len()));
    let (at, end) =
        end_of("reg query ").or_else(|| end_of("reg.exe query ")).or_else(|| end_of("reg.exe\" query "))?;
    if lower[..at].ends_with(|it: char| it.is_alphanumeric()) {
        return None;
    }
    let rest = text[end..].trim_start();
    let (key, options) = match rest.chars().next().filter(|it| matches!(it, '"' | '\'')) {
        Some(quote) => rest[1..].split_once(quote)?,
        None => {
            let end = [" /", " >", " 2>", " |", " &"].iter().filter_map(|it| rest.find(it)).min();
            rest.split_at(end.unwrap_or(rest.len()))
        }
    };
    let words: Vec<String> = options.split_whitespace().map(str::to_ascii_lowercase).collect();
    let has = |wanted: &str| words.iter().any(|it| it == wanted);
    let whole = |it: &String| {
        matches!(it.as_str(), "/s" | "/reg:64" | "2>&1") || !it.starts_with(['/', '|', '&', '-'])
    };
    Some(Command {
        key: key_of(key),
        recursive: has("/s"),
        filtered: !words.iter().all(whole) || options.contains(['|', ';']),
        elsewhere: has("/reg:32") || key.starts_with(r"\\"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_command(text: &str, key: Option<&str>, recursive: bool, filtered: bool, elsewhere: bool) {
        let key = key.map(str::to_owned);
        assert_eq!(command(text), Some(Command { key, recursive, filtered, elsewhere }));
    }

    #[test]
    fn commands() {
        let key = Some(r"HKLM\SOFTWARE\A b");
        check_command(r"20240314 02:11:21.123 : REG.exe QUERY HKLM\SOFTWARE\A b /s", key, true, false, false);
        check_command(
            r#"C:\>reg query "HKEY_LOCAL_MACHINE\SOFTWARE\A b\" > x.txt 2>&1"#,
            key,
            false,
            false,
            false,
        );
        check_command(r#"reg query "HKLM\SOFTWARE\A b" /v Start"#, key, false, true, false);
        check_command(r#"reg query "HKLM\SOFTWARE\A b" /s | findstr x"#, key, true, true, false);
        check_command(r#"reg query "HKLM\SOFTWARE\A b" /s /reg:32"#, key, true, true, true);
        check_command(r"reg query \\SRV09\HKLM\SOFTWARE /s", None, true, false, true);
        check_command(r"reg query %KEY% /s", None, true, false, false);
        assert_eq!(command("a xreg query of mine"), None);
    }
}
