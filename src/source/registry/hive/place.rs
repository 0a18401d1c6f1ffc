//! Where in the registry a hive hangs. Its content says so, or the name that Windows wrote into it; a hive that was
//! saved from some key deep inside has neither, and then nothing is guessed.

use std::collections::HashSet;

use super::cells::{Cells, name};
use super::key::Key;

/// So many children are looked at to tell what they are.
const ENOUGH: usize = 512;

/// Where hives of this name hang, if they have this key at their root.
const NAMED: [(&str, &str, &str); 7] = [
    ("system", "select", r"HKLM\SYSTEM"),
    ("software", "microsoft", r"HKLM\SOFTWARE"),
    ("default", "software", r"HKU\.DEFAULT"),
    ("ntuser.dat", "software", "HKCU"),
    ("usrclass.dat", "local settings", r"HKCU\Software\Classes"),
    ("security", "policy", r"HKLM\SECURITY"),
    ("sam", "sam", r"HKLM\SAM"),
];

/// The path of a hive's root, if that is certain; `path` is where the hive lies in the bundle.
pub fn place(cells: &Cells, root: &Key<'_>, path: &str) -> Option<String> {
    let names: HashSet<String> =
        root.children(cells, ENOUGH).found.iter().filter_map(|it| Some(it.name()?.to_lowercase())).collect();
    let has = |name: &str| names.contains(name);
    let sets = names.iter().any(|it| it.starts_with("controlset0"));
    let certain = if has("select") && sets {
        Some(r"HKLM\SYSTEM")
    } else if has("canonicaldata") && has("deriveddata") {
        Some(r"HKLM\COMPONENTS")
    } else if has("driverdatabase") && names.len() < 4 {
        Some(r"HKLM\DRIVERS")
    } else if has("classes") && is_software(cells, root) {
        Some(r"HKLM\SOFTWARE")
    } else {
        None
    };
    let path = path.to_lowercase();
    let leaf = path.rsplit(['/', '\\']).next().unwrap_or(&path);
    let known = certain.or_else(|| {
        let inside = name_inside(cells);
        // Not those of services and of users to come.
        let other =
            ["localservice", "networkservice", "systemprofile", r"default\ntuser.dat", r"default\appdata"];
        let mine = inside.rsplit('\\').next().filter(|_| !other.iter().any(|it| inside.contains(it)));
        let by = |name: &str| {
            NAMED
                .iter()
                .find(|(it, child, _)| *it == name && (has(child) || (*it == "system" && sets)))
                .map(|it| it.2)
        };
        // What Windows wrote into it counts; only where that is nothing, the file's own name does.
        if inside.is_empty() { by(leaf) } else { mine.and_then(by) }
    });
    let drivers = (has("deviceids") && has("driverpackages") && leaf.contains("system"))
        .then_some(r"HKLM\SYSTEM\DriverDatabase");
    let services = || {
        let named =
            root.name().is_some_and(|it| it.eq_ignore_ascii_case("services")) || leaf.contains("services");
        are_services(cells, root, named).then_some(r"HKLM\SYSTEM\CurrentControlSet\Services")
    };
    known.or(drivers).or_else(services).map(str::to_owned)
}

/// The name of its file, as Windows wrote it into the base block: often only its end.
fn name_inside(cells: &Cells) -> String {
    let name = name(cells.bytes().get(0x30..0x70).unwrap_or_default(), false);
    name.split('\0').next().unwrap_or_default().to_lowercase()
}

/// A user's `Software` looks like the machine's, but says nothing of the installation.
fn is_software(cells: &Cells, root: &Key<'_>) -> bool {
    let path = ["Microsoft", "Windows NT", "CurrentVersion"];
    let key = path.iter().try_fold(*root, |key, name| key.child(cells, name, cells.bytes().len() / 16));
    key.is_some_and(|it| has_values(cells, &it, &["SystemRoot"]))
}

/// Whether most of what is there looks like a service. A few could be anything, unless the name says it too.
fn are_services(cells: &Cells, root: &Key<'_>, named: bool) -> bool {
    const MANY: usize = 16;
    let children = root.children(cells, ENOUGH).found;
    let services =
        children.iter().filter(|it| has_values(cells, it, &["Start", "Type", "ErrorControl"])).count();
    services > 0 && services * 2 > children.len() && (named || services >= MANY)
}

fn has_values(cells: &Cells, key: &Key<'_>, names: &[&str]) -> bool {
    let values = key.values(cells, ENOUGH).found;
    names.iter().all(|name| values.iter().any(|it| it.name().eq_ignore_ascii_case(name)))
}
