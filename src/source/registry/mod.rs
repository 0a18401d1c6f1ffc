//! The registry, in the three forms that bundles bring it: exports (`.reg`), the text of `reg query`, and hives.
//! They answer alike, whatever the file is called.

mod path;
mod skim;
mod data;
mod export;
mod query;
mod hive;

use super::Format;
use super::record::{Lack, Node, Record, TreeReader, TreeSource, Wanted};

use crate::text::Next;

pub struct Registry;

impl Format for Registry {
    fn name(&self) -> &'static str {
        "registry"
    }

    fn about(&self) -> &'static str {
        "a registry export"
    }

    fn fit(&self, _: &str, head: &str) -> u32 {
        if is_export(head.trim_start()) { 99 } else { u32::from(query::is_query(head)) * 90 }
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        line.starts_with(b"[") || line.starts_with(b"HKEY_")
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        Record { message: text, ..Record::default() }
    }

    fn path(&self, path: &str) -> String {
        path::current_control_set(&path::short_root(path)).1
    }

    fn noun(&self) -> &'static str {
        "registry key"
    }

    fn tree(&self) -> Option<Box<dyn TreeReader>> {
        Some(Box::new(Text::Unknown))
    }

    fn fits_bytes(&self, head: &[u8]) -> bool {
        head.starts_with(hive::MAGIC)
    }

    fn binary(&self, bytes: Vec<u8>, path: &str) -> Result<Box<dyn TreeSource>, Lack> {
        Ok(Box::new(hive::Hive::open(bytes, path)?))
    }
}

fn is_export(start: &str) -> bool {
    start.starts_with("Windows Registry Editor Version") || start.starts_with("REGEDIT4")
}

/// The reader of a form of text, which its first line tells.
enum Text {
    Unknown,
    Known(Box<dyn TreeReader>),
}

impl TreeReader for Text {
    fn line(&mut self, number: u64, line: &str, tell: &mut dyn FnMut(u64, Node<'_>)) {
        if let Self::Unknown = self {
            let start = line.trim_start_matches('\u{feff}');
            *self = if is_export(start) || start.starts_with("[HKEY_") || start.starts_with("[-HKEY_") {
                Self::Known(Box::new(export::Export::default()))
            } else if !start.trim().is_empty() {
                Self::Known(Box::new(query::Query::after_blank(number > 1)))
            } else {
                return;
            };
        }
        if let Self::Known(reader) = self {
            reader.line(number, line, tell);
        }
    }

    fn passes_over(&mut self, number: u64, line: &[u8], wanted: &Wanted) -> Option<Next> {
        match self {
            Self::Unknown => None,
            Self::Known(reader) => reader.passes_over(number, line, wanted),
        }
    }

    fn end(&mut self, whole: bool, tell: &mut dyn FnMut(u64, Node<'_>)) {
        if let Self::Known(reader) = self {
            reader.end(whole, tell);
        }
    }
}

#[cfg(test)]
mod tests;
