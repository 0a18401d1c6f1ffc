//! The zip files of `samples/`, made from their sources under `tests/samples/`. A folder there whose name ends in
//! `.zip` becomes a nested zip file; `case.toml` says how names and texts are written.
//!
//! After a change to a source: `CASEBOOK_UPDATE=1 cargo test pack`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use serde::Deserialize;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, ZipArchive};

use super::root;

/// `case.toml` of a sample.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    #[expect(dead_code, reason = "tells a reader what the sample is")]
    about: String,
    #[serde(default)]
    pack: Pack,
    pub expect: Expect,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Pack {
    separator: Option<String>,
    method: Option<String>,
    encode: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub verdict: String,
    #[serde(default)]
    pub unexplained: Vec<String>,
    #[serde(default)]
    pub finding: Vec<Finding>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub rule: String,
    pub certainty: String,
    pub occurrences: u64,
    #[serde(default)]
    pub values: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub command: Vec<Contains>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contains {
    pub contains: String,
}

/// Every sample by its name, with the zip file that its sources make.
pub fn samples() -> Vec<(String, Sample, Vec<u8>)> {
    let folder = root().join("tests/samples");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap())
        .filter(|it| it.path().is_dir())
        .map(|it| it.file_name().into_string().unwrap())
        .collect();
    names.sort();
    let read = |name: String| {
        let toml = fs::read_to_string(folder.join(&name).join("case.toml")).unwrap();
        let sample: Sample =
            toml::from_str(&toml).unwrap_or_else(|error| panic!("{name}/case.toml: {error}"));
        let bytes = pack(&folder.join(&name).join("bundle"), "", &sample.pack);
        (name, sample, bytes)
    };
    names.into_iter().map(read).collect()
}

/// Zips a folder; `below` is its path in the sample, for the encodings.
fn pack(folder: &Path, below: &str, how: &Pack) -> Vec<u8> {
    let mut members = Vec::new();
    collect(folder, "", below, how, &mut members);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let method = if how.method.as_deref() == Some("store") {
        CompressionMethod::Stored
    } else {
        CompressionMethod::Deflated
    };
    for (name, content) in members {
        let name = name.replace('/', how.separator.as_deref().unwrap_or("/"));
        // No time of its own: the same sources make the same bytes.
        writer.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn collect(folder: &Path, inside: &str, below: &str, how: &Pack, members: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap()).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let leaf = entry.file_name().into_string().unwrap();
        let (name, path) = (format!("{inside}{leaf}"), format!("{below}{leaf}"));
        if !entry.path().is_dir() {
            let content = fs::read(entry.path()).unwrap();
            members.push((name, how.encode.get(&path).map_or(content.clone(), |it| encode(&content, it))));
        } else if leaf.ends_with(".zip") {
            members.push((name, pack(&entry.path(), &format!("{path}/"), how)));
        } else {
            collect(&entry.path(), &format!("{name}/"), &format!("{path}/"), how, members);
        }
    }
}

/// UTF-8 text in another encoding.
pub fn encode(text: &[u8], encoding: &str) -> Vec<u8> {
    let text = std::str::from_utf8(text).unwrap();
    let units = || text.encode_utf16();
    match encoding {
        "utf-8-bom" => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        "utf-16le" => units().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => units().flat_map(u16::to_be_bytes).collect(),
        "utf-16le-bom" => [0xFF, 0xFE].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect(),
        "utf-16be-bom" => [0xFE, 0xFF].into_iter().chain(units().flat_map(u16::to_be_bytes)).collect(),
        "windows-1252" => encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
        other => panic!("no encoding {other}"),
    }
}

/// The members of a zip file, nested ones too, in their order.
fn members(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut member = archive.by_index(at).unwrap();
            let mut content = Vec::new();
            member.read_to_end(&mut content).unwrap();
            (member.name().unwrap().into_owned(), content)
        })
        .collect()
}

#[test]
fn packed_samples_are_their_sources() {
    let update = std::env::var_os("CASEBOOK_UPDATE").is_some();
    let samples = samples();
    for (name, _, bytes) in &samples {
        let path = root().join("samples").join(format!("{name}.zip"));
        if update {
            fs::write(&path, bytes).unwrap();
        }
        let packed = fs::read(&path)
            .unwrap_or_else(|_| panic!("{name}.zip is missing: CASEBOOK_UPDATE=1 cargo test pack"));
        // Packers may differ in how they compress; what is inside may not.
        assert!(
            flat(&packed) == flat(bytes),
            "{name}.zip is not what tests/samples/{name} holds: CASEBOOK_UPDATE=1 cargo test pack"
        );
    }
    let zips = fs::read_dir(root().join("samples"))
        .unwrap()
        .filter(|it| it.as_ref().unwrap().path().extension() == Some("zip".as_ref()));
    assert_eq!(zips.count(), samples.len(), "a zip file in samples/ has no source in tests/samples/");
}

/// All members with their paths, through nested zip files.
fn flat(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (name, content) in members(bytes) {
        if name.ends_with(".zip") {
            all.extend(
                flat(&content).into_iter().map(|(inner, content)| (format!("{name}!/{inner}"), content)),
            );
        } else {
            all.push((name, content));
        }
    }
    all
}
