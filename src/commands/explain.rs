//! `casebook explain`: what an error code means, in whatever spelling it was found, and which rules know it.

use anstyle::Style;
use anyhow::anyhow;
use serde::Serialize;

use super::terminal::print;
use super::{Failure, Status, library};
use crate::cli::Explain;
use crate::code::{Code, CodeKind, Reading, SetupResult, Spelling, near, read, setup_result};
use crate::rule::Library;
use crate::text::{cut, one_line};

pub fn run(args: &Explain) -> Result<Status, Failure> {
    let (asked, unknown): (Vec<_>, Vec<_>) =
        joined(&args.codes).into_iter().map(Asked::new).partition(Result::is_ok);
    let unknown: Vec<String> = unknown.into_iter().filter_map(Result::err).collect();
    if !unknown.is_empty() {
        return Err(Failure::Refused(anyhow!(unknown.join("; "))));
    }
    let library = library(&args.library)?;
    let all: Vec<Explained> = asked.into_iter().flatten().map(|it| it.explain(&library)).collect();
    if args.json {
        let json = serde_json::to_string_pretty(&all).map_err(|it| Failure::Refused(it.into()))?;
        print(&json);
    } else {
        let all: Vec<String> = all.iter().map(Explained::lines).collect();
        print(&all.join("\n\n"));
    }
    Ok(Status::Whole)
}

/// The arguments, with `0xC1900101 - 0x20017` as one where it came as three.
fn joined(args: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut open = false;
    for arg in args {
        let dash = ["-", "–"].contains(&arg.as_str());
        match all.last_mut() {
            Some(last) if dash || open => *last = format!("{last} {arg}"),
            _ => all.push(arg.clone()),
        }
        open = dash;
    }
    all
}

/// What was asked for, and the code that it is.
struct Asked {
    input: String,
    code: Code,
    reading: String,
    setup: Option<SetupResult>,
}

impl Asked {
    /// Or else what is to be told of it.
    fn new(input: String) -> Result<Self, String> {
        if let Some(setup) = setup_result(&input) {
            let reading = "a result of Windows setup with its extended code".to_owned();
            return Ok(Self { input, code: setup.result, reading, setup: Some(setup) });
        }
        let Some(reading) = read(&input) else { return Err(refusal(&input)) };
        let code = reading.code.as_hresult();
        Ok(Self { code, reading: words(&input, reading), input, setup: None })
    }

    fn explain(self, library: &Library) -> Explained<'_> {
        let Self { input, code, reading, setup } = self;
        let names = code.names();
        let facility = code.facility();
        let rules = library.rules.iter().filter(|it| it.codes.contains(&code));
        Explained {
            input,
            read: reading,
            code: code.to_string(),
            signed: code.0.cast_signed(),
            unsigned: code.0,
            win32: (code.kind() == CodeKind::Win32).then_some(code.0 & 0xFFFF),
            name: names.first().map(|(name, _)| *name),
            names: names.iter().map(|(name, _)| *name).collect(),
            tables: names.iter().map(|(_, table)| *table).collect(),
            facility: facility.and_then(|it| it.name),
            area: facility.map(|it| it.about),
            kind: code.kind().name(),
            failure: code.is_failure(),
            meaning: code.meaning(),
            wrapper: code.meaning().map(|_| code.is_wrapper()),
            extend: setup.map(|it| format!("0x{:x}", it.extend)),
            phase: setup.and_then(|it| it.phase),
            operation: setup.and_then(|it| it.operation),
            rules: rules.map(|it| Known { id: &it.id, symptom: &it.symptom }).collect(),
        }
    }
}

/// Why an argument is refused, and what may have been meant.
fn refusal(input: &str) -> String {
    // Characters; no code is longer, and a whole line may have been pasted.
    const SHOWN: usize = 80;
    let like = match near(input.trim())[..] {
        [] => ": write it as 0x80070002, as a decimal number or by its name".to_owned(),
        [one] => format!(" (did you mean {one}?)"),
        [ref most @ .., last] => format!(" (did you mean {} or {last}?)", most.join(", ")),
    };
    let (shown, is_cut) = cut(input, SHOWN);
    format!("`{}{}` is no error code{like}", one_line(shown), if is_cut { "…" } else { "" })
}

/// How a code was read: a number may mean several things.
fn words(input: &str, Reading { code, spelling }: Reading) -> String {
    const DIGITS: usize = 8;
    let small = (1..=0xFFFF).contains(&code.0);
    let web = small && code.names().first().is_some_and(|(_, table)| *table == "WinHTTP");
    let which = if web { "WinHTTP" } else { "Win32" };
    let form = match spelling {
        Spelling::Hex if small => format!("the {which} code {}, in hexadecimal", code.0),
        Spelling::Decimal if small => format!("the {which} code {}, in decimal", code.0),
        Spelling::Hex => "a hexadecimal number".to_owned(),
        Spelling::BareHex => "eight hexadecimal digits without 0x".to_owned(),
        Spelling::Decimal => "a decimal number without a sign".to_owned(),
        Spelling::Signed => "a decimal number with a sign".to_owned(),
        Spelling::Name => "a name".to_owned(),
        Spelling::Wrapped => "a code made of another one".to_owned(),
    };
    let within = match code.0 {
        0xC007_0000..=0xC007_FFFF => ", an NTSTATUS with a Win32 code in it",
        0xD007_0000..=0xD007_FFFF => ", an NTSTATUS with a Win32 code in it, as an HRESULT",
        it if it != code.as_hresult().0 && it >> 28 == 0xD => ", an HRESULT with an NTSTATUS in it",
        it if it != code.as_hresult().0 && it >> 28 == 0xE => ", a code of SetupAPI in its own form",
        _ if spelling == Spelling::Hex && !small && input.trim().len() == "0x".len() + DIGITS - 1 => {
            ", with seven digits where a code has eight"
        }
        _ => "",
    };
    form + within
}

/// An element of what `explain --json` prints; `docs/codes.md` describes it.
#[derive(Serialize)]
struct Explained<'a> {
    input: String,
    read: String,
    code: String,
    signed: i32,
    unsigned: u32,
    win32: Option<u32>,
    name: Option<&'static str>,
    names: Vec<&'static str>,
    #[serde(skip)]
    tables: Vec<&'static str>,
    facility: Option<&'static str>,
    area: Option<&'static str>,
    kind: &'static str,
    failure: bool,
    meaning: Option<&'static str>,
    wrapper: Option<bool>,
    extend: Option<String>,
    phase: Option<&'static str>,
    operation: Option<&'static str>,
    rules: Vec<Known<'a>>,
}

#[derive(Serialize)]
struct Known<'a> {
    id: &'a str,
    symptom: &'a str,
}

impl Explained<'_> {
    /// For people: the code and its name, and a line for everything else that is known.
    fn lines(&self) -> String {
        const BOLD: Style = Style::new().bold();
        let extend = self.extend.as_ref().map_or_else(String::new, |it| format!(" - {it}"));
        let name = self.name.unwrap_or("no table has a name for it");
        let mut lines = vec![format!("{BOLD}{}{extend}{BOLD:#}  {name}", self.code)];
        let mut line = |label: &str, text: &str| lines.push(format!("  {label:<10}{text}"));
        line("read as", &self.read);
        for (name, table) in self.names.iter().zip(&self.tables).skip(1) {
            line("also", &format!("{name} ({table})"));
        }
        let win32 = self.win32.map_or_else(String::new, |it| format!(", Win32 code {it}"));
        line("decimal", &format!("{}, {}{win32}", self.signed, self.unsigned));
        line("from", &self.origin());
        if self.extend.is_some() {
            line("phase", self.phase.unwrap_or("not a phase that is known"));
            line("operation", self.operation.unwrap_or("not an operation that is known"));
        }
        if let Some(meaning) = self.meaning {
            line("meaning", meaning);
        }
        if self.wrapper == Some(true) {
            line("wrapper", "it hands on that something failed: look for the code before it");
        }
        // A number that nobody knows may as well be mistyped.
        if !self.failure && self.name.is_some() {
            line("failure", "none by itself: a success, a cancellation, or nothing to do");
        }
        if self.rules.is_empty() {
            line("rules", "none lists it");
        }
        for (number, rule) in self.rules.iter().enumerate() {
            let label = if number == 0 { "rules" } else { "" };
            line(label, &one_line(&format!("{}: {}", rule.id, rule.symptom)));
        }
        lines.join("\n")
    }

    fn origin(&self) -> String {
        match (self.facility, self.area) {
            (Some(name), Some(area)) => format!("{name}: {area}"),
            (None, Some(area)) => area.to_owned(),
            (_, None) if self.unsigned == 0 => "anywhere: it is a success".to_owned(),
            (_, None) => {
                format!("facility 0x{:03x}, which casebook does not know", (self.unsigned >> 16) & 0x0FFF)
            }
        }
    }
}
