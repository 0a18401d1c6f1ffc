//! The house rules, held by the code itself: which way data flows, who may print, how large a file may be.

use std::fs;
use std::path::PathBuf;

use super::root;

/// A source file: its path below `src/` and its text.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &PathBuf, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|it| it == "rs") {
                into.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut paths = Vec::new();
    walk(&src, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        (path.strip_prefix(&src).unwrap().display().to_string(), fs::read_to_string(&path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// The part of a file that is not its tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap()
}

/// The modules of `lib.rs`, in their order.
fn modules() -> Vec<String> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    lib.lines().filter_map(|it| Some(it.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())).collect()
}

fn module_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

#[test]
fn modules_use_only_those_above() {
    let order = modules();
    assert!(order.len() > 8, "{order:?}");
    let place = |name: &str| order.iter().position(|it| it == name);
    for (file, text) in sources() {
        let Some(own) = place(module_of(&file)) else { continue };
        for used in text.split("crate::").skip(1) {
            let name: String = used.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
            let Some(at) = place(&name) else { panic!("{file}: crate::{name} is no module of lib.rs") };
            assert!(at <= own, "{file} uses crate::{name}, which stands below it in lib.rs");
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    for (file, text) in sources() {
        assert!(text.starts_with("//! "), "{file} does not start with what it is");
    }
}

#[test]
fn files_and_functions_are_small() {
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{file} has {lines} lines");
        let mut start = None;
        for (number, line) in code(&text).lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let begins =
                line.trim_start().split(' ').take(3).any(|it| it == "fn") && !line.trim_end().ends_with(';');
            if begins && start.is_none_or(|(_, outer)| indent <= outer) {
                start = Some((number, indent));
            }
            if let Some((first, outer)) = start
                && line.trim_end() == format!("{}}}", " ".repeat(outer))
            {
                let length = number - first + 1;
                assert!(length <= 60, "{file}:{}: a function of {length} lines", first + 1);
                start = None;
            }
        }
    }
}

/// Fails where a file outside of `allowed` names one of `words`.
#[track_caller]
fn only(allowed: &[&str], words: &[&str]) {
    for (file, text) in sources() {
        if allowed.contains(&module_of(&file)) || file.ends_with("tests.rs") {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            let line = line.split("//").next().unwrap();
            let word = words.iter().find(|it| line.contains(*it));
            assert!(word.is_none(), "{file}:{}: `{}` belongs to {allowed:?}", number + 1, word.unwrap());
        }
    }
}

#[test]
fn only_commands_print() {
    only(&["commands"], &["println!", "print!", "eprint", "stdout()", "stderr()", "anstream"]);
}

#[test]
fn only_commands_read_clock_and_environment() {
    only(
        &["commands", "main"],
        &["std::env", "env::var", "SystemTime::", "Instant::now", "ExitCode", "process::exit"],
    );
}

#[test]
fn only_pipeline_and_start_up_know_threads() {
    only(&["pipeline", "threads"], &["rayon", "std::thread", "thread::spawn"]);
}

#[test]
fn formats_are_named_in_one_place() {
    let names: Vec<String> = sources()
        .iter()
        .filter(|(file, _)| module_of(file) == "source")
        .flat_map(|(_, text)| code(text).lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| Some(line.trim().strip_prefix("name: \"")?.strip_suffix("\",")?.to_owned()))
        .collect();
    assert!(names.contains(&"cbs".to_owned()), "{names:?}");
    // Rules name formats: that is what the words are for.
    let words: Vec<String> = ["registry", "listing", "event", "windows-update", "text"]
        .iter()
        .map(|it| (*it).to_owned())
        .chain(names)
        .map(|it| format!("\"{it}\""))
        .collect();
    only(&["source", "rule"], &words.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn no_template_writes_unescaped_text() {
    for entry in fs::read_dir(root().join("templates")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|it| it == "hbs") {
            let own = ["{{{style}}}", "{{{script}}}", "{{{index_style}}}", "{{{index_script}}}"];
            let raw = own.iter().fold(text, |text, it| text.replace(it, ""));
            assert!(!raw.contains("{{{") && !raw.contains("{{&"), "{} writes unescaped text", path.display());
            for attribute in [" style=", " onclick=", " onload=", "javascript:"] {
                assert!(!raw.contains(attribute), "{} has {attribute}", path.display());
            }
        }
    }
}
