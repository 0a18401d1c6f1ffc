//! From the arguments of a run to its cases: which file or folder is which case, and what it is called.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::container::CONTAINERS;
use super::reading::is_archive;
use super::{Bundle, FileMember};

/// What the names of archives end in: each of them is one case when it lies in an inbox, also a rar archive,
/// whose report says that it is not read.
fn archives() -> impl Iterator<Item = &'static str> {
    CONTAINERS.iter().flat_map(|it| it.endings).copied().chain([".zip", ".rar"])
}

/// Whether a file of this name is an archive.
pub fn names_archive(name: &str) -> bool {
    ends(&name.to_ascii_lowercase(), archives())
}

/// Files whose names say that they are evidence, whatever they hold.
const LOGS: [&str; 5] = [".log", ".reg", ".evtx", ".evt", ".hiv"];

/// What was given on the command line.
pub struct Inputs<'a> {
    pub paths: &'a [PathBuf],
    /// All inputs together are this one case.
    pub one_case: Option<&'a str>,
    /// The output folder: reports are never taken for bundles.
    pub output: &'a Path,
    /// Whether a loose file of an inbox is evidence, by its content.
    pub is_source: &'a dyn Fn(&Path) -> bool,
}

/// Something was given that cannot be begun with: the run stops before anything is read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("{path}: no such file or folder")]
    Missing { path: String },
    #[error("{path}: cannot be read: {error}")]
    Unreadable { path: String, error: io::Error },
    #[error("{path}: neither a file nor a folder")]
    Special { path: String },
}

/// The cases of a run, sorted by their source, each with a name of its own.
pub fn cases(inputs: &Inputs<'_>) -> Result<Vec<Bundle>, InputError> {
    let mut given = Vec::new();
    for path in inputs.paths {
        given.push((path.as_path(), kind(path)?));
    }
    let mut cases = match inputs.one_case {
        Some(name) => vec![one_case(name, &given, inputs.output)?],
        None => {
            let mut cases = Vec::new();
            for (path, kind) in given {
                match kind {
                    Kind::File => cases.push(file_case(path, shown(path))),
                    Kind::Folder => inbox(path, inputs, &mut cases)?,
                }
            }
            cases
        }
    };
    cases.sort_by(|one, other| one.place.cmp(&other.place));
    number_equal_names(&mut cases);
    Ok(cases)
}

enum Kind {
    File,
    Folder,
}

fn kind(path: &Path) -> Result<Kind, InputError> {
    let name = || path.display().to_string();
    let meta = path.metadata().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => InputError::Missing { path: name() },
        _ => InputError::Unreadable { path: name(), error },
    })?;
    match () {
        () if meta.is_dir() => Ok(Kind::Folder),
        () if meta.is_file() => Ok(Kind::File),
        () => Err(InputError::Special { path: name() }),
    }
}

/// A path as the report may show it: as given, but of an absolute one only its last name.
fn shown(path: &Path) -> String {
    if path.is_absolute() { leaf(path) } else { slashes(path) }
}

fn leaf(path: &Path) -> String {
    // `..` and `.` have no name of their own, but the folder they mean has.
    let named = path.file_name().map(|it| it.to_string_lossy().into_owned());
    named
        .or_else(|| Some(path.canonicalize().ok()?.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "case".to_owned())
}

fn slashes(path: &Path) -> String {
    path.components().map(|it| it.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The name of a file without the extension that says what it is.
fn stem(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let archive = archives().filter(|it| lower.ends_with(it)).map(str::len).max();
    let end = archive.map_or_else(|| name.rfind('.').unwrap_or(name.len()), |it| name.len() - it);
    if end == 0 { name } else { &name[..end] }
}

fn file_case(path: &Path, source: String) -> Bundle {
    let name = leaf(path);
    // Given by name, a link is meant to be followed.
    let on_disk = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Bundle {
        name: stem(&name).to_owned(),
        source,
        place: path.to_owned(),
        files: vec![FileMember { on_disk, path: name, whole_case: true }],
    }
}

/// A folder of cases: each archive and each folder in it is one; loose logs together are one more.
fn inbox(folder: &Path, inputs: &Inputs<'_>, cases: &mut Vec<Bundle>) -> Result<(), InputError> {
    let mut loose = Vec::new();
    for path in children(folder)? {
        if is_same(&path, inputs.output) {
            continue;
        }
        match child(folder, path, inputs.output, inputs.is_source) {
            Child::Case(bundle) => cases.push(bundle),
            Child::Loose(log) => loose.push(log),
            Child::Other => {}
        }
    }
    if !loose.is_empty() {
        cases.push(Bundle {
            name: leaf(folder),
            source: shown(folder),
            place: folder.to_owned(),
            files: loose,
        });
    }
    Ok(())
}

/// What a file or folder of an inbox is.
enum Child {
    Case(Bundle),
    /// A log.
    Loose(FileMember),
    Other,
}

fn child(folder: &Path, path: PathBuf, output: &Path, is_source: &dyn Fn(&Path) -> bool) -> Child {
    let name = leaf(&path);
    let lower = name.to_ascii_lowercase();
    let source = format!("{}/{name}", shown(folder));
    if path.is_dir() && !path.is_symlink() {
        let files = tree(&path, "", output);
        Child::Case(Bundle { name, source, place: path, files })
    } else if path.is_dir() {
        // A link to a folder: told as not followed.
        let member = FileMember { on_disk: path.clone(), path: name.clone(), whole_case: false };
        Child::Case(Bundle { name, source, place: path, files: vec![member] })
    } else if ends(&lower, archives()) || (!ends(&lower, LOGS) && is_plain_file(&path) && is_archive(&path)) {
        let member = FileMember { on_disk: path.clone(), path: name.clone(), whole_case: true };
        Child::Case(Bundle { name: stem(&name).to_owned(), source, place: path, files: vec![member] })
    } else if ends(&lower, LOGS) || (is_plain_file(&path) && is_source(&path)) {
        Child::Loose(FileMember { on_disk: path, path: name, whole_case: false })
    } else {
        Child::Other
    }
}

/// The case that was dropped into a folder at `path`, if it is one. A log is a case of its own there: over
/// months, logs of different machines come together in such a folder, and must not prove each other.
pub fn dropped(
    folder: &Path,
    path: &Path,
    output: &Path,
    is_source: &dyn Fn(&Path) -> bool,
) -> Option<Bundle> {
    match child(folder, path.to_owned(), output, is_source) {
        Child::Case(bundle) => Some(bundle),
        Child::Loose(log) => {
            let source = format!("{}/{}", shown(folder), log.path);
            Some(Bundle {
                name: stem(&log.path).to_owned(),
                source,
                place: path.to_owned(),
                files: vec![FileMember { whole_case: true, ..log }],
            })
        }
        Child::Other => None,
    }
}

fn ends(name: &str, endings: impl IntoIterator<Item = &'static str>) -> bool {
    endings.into_iter().any(|it| name.ends_with(it))
}

/// Neither a link nor a pipe: looking into a pipe would wait for whoever writes to it.
fn is_plain_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|it| it.is_file())
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, InputError> {
    let unreadable = |error| InputError::Unreadable { path: folder.display().to_string(), error };
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if !path.file_name().is_some_and(|it| it.as_encoded_bytes().starts_with(b".")) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Every file below `folder`, in the order of their names. Links are listed, and told as not followed later.
fn tree(folder: &Path, prefix: &str, output: &Path) -> Vec<FileMember> {
    let ours = |entry: &DirEntry| !(entry.file_type().is_dir() && is_same(entry.path(), output));
    WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(ours)
        .filter_map(|entry| {
            // A folder that cannot be opened stands in the list like a file that cannot.
            let on_disk = match entry {
                Ok(entry) if entry.file_type().is_dir() => return None,
                Ok(entry) => entry.into_path(),
                Err(error) => error.path()?.to_owned(),
            };
            let path = format!("{prefix}{}", slashes(on_disk.strip_prefix(folder).ok()?));
            Some(FileMember { on_disk, path, whole_case: false })
        })
        .collect()
}

fn one_case(name: &str, given: &[(&Path, Kind)], output: &Path) -> Result<Bundle, InputError> {
    let mut files = Vec::new();
    let mut labels = HashSet::new();
    let mut label = |path: &Path| {
        let name = leaf(path);
        let mut label = name.clone();
        let mut count = 1;
        while !labels.insert(label.clone()) {
            count += 1;
            label = format!("{name} ({count})");
        }
        label
    };
    for (path, kind) in given {
        match kind {
            Kind::File => {
                let on_disk = path.canonicalize().unwrap_or_else(|_| (*path).to_owned());
                files.push(FileMember { on_disk, path: label(path), whole_case: false });
            }
            Kind::Folder => {
                let prefix = if given.len() == 1 { String::new() } else { format!("{}/", label(path)) };
                files.extend(tree(path, &prefix, output));
            }
        }
    }
    let source = given.iter().map(|(path, _)| shown(path)).collect::<Vec<_>>().join(" ");
    Ok(Bundle { name: name.to_owned(), source, place: PathBuf::new(), files })
}

fn is_same(path: &Path, output: &Path) -> bool {
    matches!((path.canonicalize(), output.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// The second case of a name becomes `NAME-2`, the third `NAME-3`.
fn number_equal_names(cases: &mut [Bundle]) {
    let taken: HashSet<String> = cases.iter().map(|it| it.name.clone()).collect();
    let mut used = HashSet::new();
    for case in cases {
        let base = case.name.clone();
        let mut count = 1;
        while !used.insert(case.name.clone()) {
            count += 1;
            // A case that is called `NAME-2` on its own keeps that name.
            while taken.contains(&format!("{base}-{count}")) {
                count += 1;
            }
            case.name = format!("{base}-{count}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(root: &Path, files: &[&str]) {
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
    }

    fn run(root: &Path, paths: &[&str], one_case: Option<&str>) -> Vec<Bundle> {
        let paths: Vec<PathBuf> = paths.iter().map(|it| root.join(it)).collect();
        let is_source = |path: &Path| path.to_string_lossy().ends_with("_reg.txt");
        cases(&Inputs { paths: &paths, one_case, output: &root.join("inbox/reports"), is_source: &is_source })
            .unwrap()
    }

    #[test]
    fn an_inbox_has_a_case_for_each_bundle_folder_and_the_loose_logs() {
        let root = tempfile::tempdir().unwrap();
        let files = [
            "inbox/A.zip",
            "inbox/b.tar.gz",
            "inbox/C/x/CBS.log",
            "inbox/C/y.log",
            "inbox/CBS.log",
            "inbox/s_reg.txt",
            "inbox/README.md",
            "inbox/.hidden.zip",
            "inbox/reports/A.html",
        ];
        touch(root.path(), &files);
        let cases = run(root.path(), &["inbox"], None);
        let told: Vec<_> =
            cases.iter().map(|it| (it.name.as_str(), it.source.as_str(), it.paths())).collect();
        let expect = [
            ("inbox", "inbox", vec!["CBS.log", "s_reg.txt"]),
            ("A", "inbox/A.zip", vec!["A.zip"]),
            ("C", "inbox/C", vec!["x/CBS.log", "y.log"]),
            ("b", "inbox/b.tar.gz", vec!["b.tar.gz"]),
        ];
        assert_eq!(told, expect);
    }

    #[test]
    fn equal_names_are_numbered_in_path_order() {
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), &["b/X.zip", "a/X.zip", "c/X.log", "d/X-2.zip"]);
        let cases = run(root.path(), &["b/X.zip", "d/X-2.zip", "c/X.log", "a/X.zip"], None);
        let mut names: Vec<_> = cases.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["X", "X-2", "X-3", "X-4"]);
    }

    #[test]
    fn one_case_takes_all_inputs() {
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), &["a/X.zip", "b/X.zip", "c/sub/CBS.log"]);
        let cases = run(root.path(), &["a/X.zip", "b/X.zip", "c"], Some("T 7"));
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0].name, "T 7");
        assert_eq!(cases[0].paths(), ["X.zip", "X.zip (2)", "c/sub/CBS.log"]);
        assert_eq!(run(root.path(), &["c"], Some("T"))[0].paths(), ["sub/CBS.log"]);
    }

    #[test]
    fn a_missing_input_is_named() {
        let paths = [PathBuf::from("no-such-file.zip")];
        let inputs =
            Inputs { paths: &paths, one_case: None, output: Path::new("out"), is_source: &|_| false };
        assert_eq!(cases(&inputs).unwrap_err().to_string(), "no-such-file.zip: no such file or folder");
    }
}
