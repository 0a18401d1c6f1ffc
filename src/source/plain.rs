//! Any other text: one record a line, no fields. Rules may still ask for it (`in = "text"`).

use super::{Format, Record};

pub struct Plain;

impl Format for Plain {
    fn name(&self) -> &'static str {
        "text"
    }

    fn about(&self) -> &'static str {
        "a text file"
    }

    fn fit(&self, _: &str, _: &str) -> u32 {
        1
    }

    fn starts_record(&self, _: &[u8]) -> bool {
        true
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        Record { message: text, ..Record::default() }
    }
}
