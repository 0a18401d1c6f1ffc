//! The machine part of the case page: what is known of it, where each fact was read, and what disagrees.

use serde::Serialize;

use crate::case::{At, Case, Conflict, Fact};

#[derive(Serialize)]
pub struct MachinePart<'a> {
    /// What stands at the top of the page, and all that is known.
    head: Vec<Named<'a>>,
    pub rows: Vec<Named<'a>>,
    places: Vec<Place<'a>>,
    disagreements: Vec<String>,
    collector: &'static str,
    lacks: &'static [&'static str],
}

/// The facts that a reader wants first.
const HEAD: [&str; 4] = ["Computer", "Windows", "Build", "Architecture"];

#[derive(Clone, Copy, Serialize)]
pub struct Named<'a> {
    name: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    name: &'static str,
    value: &'a str,
    path: &'a str,
    at: String,
}

pub fn machine(case: &Case) -> MachinePart<'_> {
    let machine = &case.machine;
    let all = [
        ("Computer", &machine.name),
        ("Windows", &machine.windows),
        ("Build", &machine.build),
        ("Architecture", &machine.architecture),
        ("Edition", &machine.edition),
        ("Language", &machine.language),
        ("Time zone", if machine.time_zone.is_some() { &machine.time_zone } else { &machine.utc_offset }),
        ("Servicing stack", &machine.servicing_stack),
    ];
    let rows: Vec<Named<'_>> =
        all.into_iter().filter_map(|(name, it)| Some(Named { name, value: it.as_deref()? })).collect();
    MachinePart {
        head: rows.iter().filter(|it| HEAD.contains(&it.name)).copied().collect(),
        rows,
        places: machine.facts.iter().map(place).collect(),
        collector: case.layout.map_or("", |it| it.name),
        lacks: case.layout.map_or(&[], |it| it.lacks),
        disagreements: machine.conflicts.iter().map(disagreement).collect(),
    }
}

fn place(it: &Fact) -> Place<'_> {
    Place { name: word(it.name), value: &it.value, path: &it.path, at: it.at.to_string() }
}

/// `Build 14393 in CBS.log (line 12), 17763 in systeminfo.txt (line 4)`
fn disagreement(it: &Conflict) -> String {
    let one = |it: &Fact| match it.path.as_str() {
        "" => format!("{} in events", it.value),
        path if it.at == At::Nowhere => format!("{} in {path}", it.value),
        path => format!("{} in {path} ({})", it.value, it.at),
    };
    format!("{} {}", word(it.fact), it.values.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn word(fact: &str) -> &'static str {
    match fact {
        "name" => "Computer",
        "windows" => "Windows",
        "build" => "Build",
        "architecture" => "Architecture",
        "edition" => "Edition",
        "language" => "Language",
        "time_zone" => "Time zone",
        "utc_offset" => "Offset from UTC",
        "servicing_stack" => "Servicing stack",
        _ => "",
    }
}
