//! The three forms of one machine's registry answer alike. The data of a real machine is used where it lies beside
//! the project.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use super::super::record::Wanted;
use super::*;

const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";

fn real() -> Option<PathBuf> {
    Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/real")).filter(|it| it.is_dir())
}

/// What a form tells: the keys right under the services with their `ImagePath`, and how many keys are covered.
#[derive(Default)]
struct Told {
    services: BTreeMap<String, Option<String>>,
    covered: bool,
    doubtful: bool,
}

impl Told {
    fn node(&mut self, node: Node<'_>) {
        let service = |key: &str| {
            let name = key.get(SERVICES.len() + 1..).filter(|it| !it.contains('\\'))?;
            key.get(..SERVICES.len())
                .filter(|it| it.eq_ignore_ascii_case(SERVICES))
                .map(|_| name.to_lowercase())
        };
        match node {
            Node::Named(key) | Node::Covered(key) | Node::Valued(key) => {
                self.covered |= key == SERVICES && matches!(node, Node::Covered(_));
                if let Some(name) = service(key) {
                    self.services.entry(name).or_default();
                }
            }
            Node::Value { key, name: "ImagePath", data } => {
                if let Some(name) = service(key) {
                    self.services.insert(name, Some(data.to_owned()));
                }
            }
            Node::DoubtfulSince(_) => self.doubtful = true,
            _ => {}
        }
    }
}

fn text(text: &str) -> Told {
    let (mut reader, mut told) = (Registry.tree().unwrap(), Told::default());
    for (number, line) in (1..).zip(text.lines()) {
        reader.line(number, line, &mut |_, node| told.node(node));
    }
    reader.end(true, &mut |_, node| told.node(node));
    told
}

#[test]
fn three_forms_of_a_real_registry_are_alike() {
    let Some(real) = real() else { return };
    let file = std::fs::File::open(real.join("services-export-healthy-win10.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut member = |ending: &str| {
        for at in 0..archive.len() {
            let mut member = archive.by_index(at).unwrap();
            if member.name().unwrap().ends_with(ending) {
                let mut bytes = Vec::new();
                member.read_to_end(&mut bytes).unwrap();
                return bytes;
            }
        }
        panic!("no {ending}");
    };
    let export = text(&encoding_rs::UTF_16LE.decode(&member(".reg")).0);
    let query = String::from_utf8(member(".txt")).unwrap();
    assert!(Registry.fit("x.txt", &query[..60_000]) == 90);
    let query = text(&query);

    let mut bytes = Vec::new();
    let file = std::fs::File::open(real.join("SYSTEM-hive-healthy-win10.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    assert!(Registry.fits_bytes(&bytes[..64]));
    let hive = Registry.binary(bytes, "a/x.bin").unwrap();
    assert!(hive.count() > 10_000 && hive.lacks().is_empty());
    let mut wanted = Wanted::default();
    let services = SERVICES.to_lowercase();
    wanted.paths.extend(services.match_indices('\\').map(|(at, _)| services[..at].to_owned()));
    wanted.paths.insert(services.clone());
    wanted.below.insert(services);
    wanted.values.insert("imagepath".to_owned());
    let (mut walked, mut current) = (Told::default(), None);
    let lost = hive.walk(&wanted, &mut |node| {
        if let Node::Current(set) = node {
            current = Some(set);
        }
        walked.node(node);
    });
    assert!(lost.is_empty() && current == Some(1));

    for told in [&export, &query, &walked] {
        assert!(told.covered && !told.doubtful);
        for name in ["flpydisk", "sfloppy", "wimmount"] {
            assert!(told.services[name].is_some(), "{name}");
        }
        assert!(told.services.contains_key("clr_optimization_v4.0.30319_64"));
    }
    assert!(export.services.len() > 600);
    assert_eq!(export.services, query.services);
    assert_eq!(export.services, walked.services);
}

#[test]
fn the_first_line_tells_the_form() {
    let key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services";
    for form in [
        format!(
            "\u{feff}\nWindows Registry Editor Version 5.00\n\n[{key}]\n[{key}\\A]\n\"ImagePath\"=\"x\"\n"
        ),
        format!("\n{key}\n\n{key}\\A\n    ImagePath    REG_SZ    x\n\n"),
        format!(
            "[WARNING] Registry Key 'HKLM:\\X' does not exist.\n\n{key}\n\n{key}\\A\n    ImagePath    REG_SZ    x\n\n"
        ),
    ] {
        let told = text(&form);
        assert!(told.covered, "{form}");
        assert_eq!(told.services.into_iter().collect::<Vec<_>>(), [("a".to_owned(), Some("x".to_owned()))]);
    }
}
