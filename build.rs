//! Embeds the rule library: every article under `rules/` becomes a row of a table of file name and text, and each of
//! their regular expressions a row of what can be read off it.

#[path = "src/rule/expression.rs"]
mod expression;
#[path = "src/rule/need.rs"]
mod need;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn articles(folder: &Path, into: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            articles(&path, into)?;
        } else if path.extension().is_some_and(|it| it == "md")
            && path.file_name().is_some_and(|it| it != "README.md")
        {
            into.push(path);
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    for it in ["rules", "build.rs", "src/rule/expression.rs", "src/rule/need.rs"] {
        println!("cargo::rerun-if-changed={it}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let mut paths = Vec::new();
    articles(&root.join("rules"), &mut paths)?;
    paths.sort();
    let mut table = String::from("[\n");
    let mut expressions = BTreeSet::new();
    for path in paths {
        let text = fs::read_to_string(&path)?;
        expressions.extend(text.split("regex = '''").skip(1).filter_map(expression_of));
        let name = path.strip_prefix(&root).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        writeln!(table, "    ({name:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("articles.rs"), table)?;
    let rows: String = expressions.iter().filter_map(|it| known(it)).collect();
    fs::write(out.join("expressions.rs"), format!("[\n{rows}]\n"))
}

/// An expression in its quotes, which stand on one line.
fn expression_of(text: &str) -> Option<String> {
    let (expression, _) = text.split_once("'''")?;
    (!expression.contains('\n')).then(|| expression.to_owned())
}

/// The row of an expression. What cannot be read is left to the loader, which tells the mistake and its place.
fn known(expression: &str) -> Option<String> {
    let hir = regex_syntax::parse(expression).ok().filter(|it| !expression::is_large(it))?;
    let (groups, needs) = (expression::groups(&hir), need::needs(&hir));
    let needs: String = needs.iter().map(|it| format!("&{it:?}, ")).collect();
    Some(format!("    Known {{ expression: {expression:?}, groups: &{groups:?}, needs: &[{needs}] }},\n"))
}
