//! What of a case in JSON is of its machine.

use serde::Serialize;

use super::view::line;
use crate::case::{Fact, Machine};

#[derive(Serialize)]
pub struct MachineView<'a> {
    name: Option<&'a str>,
    windows: Option<&'a str>,
    build: Option<&'a str>,
    architecture: Option<&'a str>,
    edition: Option<&'a str>,
    language: Option<&'a str>,
    time_zone: Option<&'a str>,
    utc_offset: Option<&'a str>,
    servicing_stack: Option<&'a str>,
    /// Where each of these was read.
    facts: Vec<FactView<'a>>,
    conflicts: Vec<ConflictView<'a>>,
}

#[derive(Serialize)]
struct FactView<'a> {
    fact: &'static str,
    value: &'a str,
    path: &'a str,
    line: Option<u64>,
}

#[derive(Serialize)]
struct ConflictView<'a> {
    fact: &'static str,
    values: Vec<FactView<'a>>,
}

pub fn machine(it: &Machine) -> MachineView<'_> {
    MachineView {
        name: it.name.as_deref(),
        windows: it.windows.as_deref(),
        build: it.build.as_deref(),
        architecture: it.architecture.as_deref(),
        edition: it.edition.as_deref(),
        language: it.language.as_deref(),
        time_zone: it.time_zone.as_deref(),
        utc_offset: it.utc_offset.as_deref(),
        servicing_stack: it.servicing_stack.as_deref(),
        facts: it.facts.iter().map(fact).collect(),
        conflicts: it
            .conflicts
            .iter()
            .map(|it| ConflictView { fact: it.fact, values: it.values.iter().map(fact).collect() })
            .collect(),
    }
}

fn fact(it: &Fact) -> FactView<'_> {
    FactView { fact: it.name, value: &it.value, path: &it.path, line: line(it.at) }
}
