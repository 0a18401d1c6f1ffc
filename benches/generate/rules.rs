//! Rules by the dozen or the thousand: what a grown library asks of the scanner.

use std::fmt::Write as _;

const VERBS: [&str; 20] = [
    "resolve",
    "stage",
    "install",
    "uninstall",
    "commit",
    "enumerate",
    "open",
    "query",
    "register",
    "decompress",
    "hydrate",
    "delete",
    "rename",
    "verify",
    "download",
    "initialize",
    "finalize",
    "mount",
    "apply",
    "reserve",
];
const THINGS: [&str; 25] = [
    "package",
    "manifest",
    "component",
    "catalog",
    "driver",
    "session",
    "payload",
    "assembly",
    "hive",
    "key form",
    "registry value",
    "file stream",
    "update",
    "store transaction",
    "installer",
    "mount point",
    "snapshot",
    "delta",
    "capability",
    "feature",
    "deployment",
    "primitive",
    "queue item",
    "handler",
    "certificate",
];

/// An article with `count` rules, each with a signature of its own. The last one is met in every fiftieth line.
pub fn article(count: usize) -> String {
    let mut text = "# Rules of the benchmark\n".to_owned();
    for number in 0..count {
        let (verb, thing) = (VERBS[number % 20], THINGS[number / 20 % 25]);
        let signature = match number % 4 {
            _ if number + 1 == count => "[HRESULT = {code:hresult}".to_owned(),
            0 => format!("Failed to {verb} {thing}: {{name:word}} [HRESULT = {{code:hresult}}"),
            1 => format!("Exec: cannot {verb} the {thing} {{name:word}}, phase: {}", number % 97),
            2 => format!(
                "{verb} of {thing} {{name:word}} was refused ({:#x})",
                0x8007_0000_u32 + number as u32
            ),
            _ => format!("Doqe: {thing} {{name:word}} did not {verb}, status {}", 1000 + number),
        };
        let _ = write!(
            text,
            "\n## Benchmark {number}\n\n```rule\nid = \"benchmark-{number}\"\nseverity = \"note\"\n\n[[when]]\nin = \"cbs\"\nmatch = '''{signature}'''\n```\n\nA cause.\n\n### Fix\n\n1. Nothing.\n"
        );
    }
    text
}
