//! `casebook schema`: the schemas say what casebook writes and reads, no more and no less.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::{Casebook, root};

fn schema(args: &[&str]) -> Value {
    serde_json::from_str(&Casebook::new().arg("schema").args(args).run().status(0).stdout).unwrap()
}

/// What is wrong with a value by a schema, with the words of JSON Schema that ours use; any other word is a
/// mistake here. `strict`: an object may only hold what the schema names, so that no key goes untold.
struct Validator<'s> {
    whole: &'s Value,
    strict: bool,
}

impl Validator<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        for (word, want) in schema.as_object().unwrap() {
            let holds = match word.as_str() {
                "$schema" | "title" | "description" | "$defs" => true,
                "$ref" => {
                    let target = self.whole.pointer(want.as_str().unwrap().strip_prefix('#').unwrap());
                    self.check(target.unwrap_or_else(|| panic!("no {want}")), value, at, wrong);
                    true
                }
                "const" => value == want,
                "enum" => want.as_array().unwrap().contains(value),
                "type" => match want {
                    Value::Array(any) => any.iter().any(|it| is(value, it)),
                    one => is(value, one),
                },
                "minimum" => value.as_i64().is_none_or(|it| it >= want.as_i64().unwrap()),
                "minItems" => value.as_array().is_none_or(|it| it.len() as u64 >= want.as_u64().unwrap()),
                "pattern" => value
                    .as_str()
                    .is_none_or(|it| regex::Regex::new(want.as_str().unwrap()).unwrap().is_match(it)),
                "required" => value.as_object().is_none_or(|it| {
                    want.as_array().unwrap().iter().all(|key| it.contains_key(key.as_str().unwrap()))
                }),
                "items" => {
                    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(want, item, &format!("{at}/{number}"), wrong);
                    }
                    true
                }
                "anyOf" => self.passing(want, value) >= 1,
                "oneOf" => self.passing(want, value) == 1,
                "properties" | "additionalProperties" => true,
                other => panic!("the tests do not know `{other}`"),
            };
            if !holds {
                wrong.push(format!("{at}: {word} {want}: {value}"));
            }
        }
        if schema.get("properties").or(schema.get("additionalProperties")).is_some() {
            self.members(schema, value, at, wrong);
        }
    }

    fn members(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        for (key, member) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{key}");
            match (schema["properties"].get(key), &schema["additionalProperties"]) {
                (Some(known), _) => self.check(known, member, &at, wrong),
                (None, more @ Value::Object(_)) => self.check(more, member, &at, wrong),
                (None, Value::Null) if !self.strict => {}
                _ => wrong.push(format!("{at} is not in the schema")),
            }
        }
    }

    fn passing(&self, schemas: &Value, value: &Value) -> usize {
        let passes = |it: &&Value| {
            let mut wrong = Vec::new();
            self.check(it, value, "", &mut wrong);
            wrong.is_empty()
        };
        schemas.as_array().unwrap().iter().filter(passes).count()
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        other => panic!("no type {other}"),
    }
}

pub(super) fn mistakes(schema: &Value, value: &Value, strict: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    Validator { whole: schema, strict }.check(schema, value, "", &mut wrong);
    wrong
}

/// The reports of all samples.
fn reports() -> Vec<Value> {
    let outcome = Casebook::new().arg("analyze").arg(root().join("samples")).run().status(0);
    let files = fs::read_dir(outcome.path("reports")).unwrap().map(|it| it.unwrap().path());
    let json = files.filter(|it| it.extension().is_some_and(|it| it == "json"));
    json.map(|it| serde_json::from_str(&fs::read_to_string(it).unwrap()).unwrap()).collect()
}

#[test]
fn every_report_is_as_the_schema_says() {
    let schema = schema(&[]);
    let reports = reports();
    assert!(reports.len() > 5);
    for report in &reports {
        assert_eq!(mistakes(&schema, report, true), [""; 0], "{}", report["case"]);
    }
    let unreadable = Casebook::new().file("x.zip", "PK\x03\x04").args(&["analyze", "x.zip"]).run().status(1);
    assert_eq!(mistakes(&schema, &unreadable.case("x"), true), [""; 0]);
}

#[test]
fn keys_are_never_left_out() {
    // Whatever the schema names of an object, it also requires: unknown is null or empty.
    fn objects<'v>(schema: &'v Value, into: &mut Vec<&'v Value>) {
        if schema.get("properties").is_some_and(Value::is_object)
            && schema.get("type").is_some_and(Value::is_string)
        {
            into.push(schema);
        }
        match schema {
            Value::Object(all) => all.values().for_each(|it| objects(it, into)),
            Value::Array(all) => all.iter().for_each(|it| objects(it, into)),
            _ => {}
        }
    }
    let schema = schema(&["case"]);
    let mut all = Vec::new();
    objects(&schema, &mut all);
    assert!(all.len() > 8, "{}", all.len());
    for object in all {
        let named: Vec<&str> = object["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let required: Vec<&str> =
            object["required"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(named, required);
    }
}

#[test]
fn a_broken_report_is_refused() {
    let schema = schema(&[]);
    let report = reports().into_iter().find(|it| it["verdict"] == "explained").unwrap();
    assert_eq!(mistakes(&schema, &report, false), [""; 0]);
    for (pointer, broken) in [
        ("/schema", json!("casebook.case/2")),
        ("/verdict", json!("fine")),
        ("/machine", json!({"name": null})),
        ("/findings/0/certainty", json!(null)),
        ("/findings/0/occurrences", json!("2")),
        ("/findings/0/evidence/0/line", json!(-1)),
        ("/findings/0/steps/0/shell", json!("bash")),
        ("/findings/0/values", json!({"file": "not a list"})),
        ("/sources/0", json!({})),
    ] {
        let mut other = report.clone();
        *other.pointer_mut(pointer).unwrap() = broken;
        assert_ne!(mistakes(&schema, &other, false), [""; 0], "{pointer}");
    }
    let mut later = report;
    later["new"] = json!("a key of a later version");
    assert_eq!(mistakes(&schema, &later, false), [""; 0], "scripts with this schema read later reports too");
}

/// The keys that the program names when it refuses `rule`'s TOML.
fn keys(rule: &str) -> BTreeSet<String> {
    let article = format!("# T\n\n## S\n\n```rule\nid = \"x\"\n{rule}\n```\n\n### Fix\n\n1. Do it.\n");
    let told = Casebook::new().file("x.md", article).args(&["rules", "check", "x.md"]).run().status(2).stdout;
    let list = told.split("eys are ").nth(1).unwrap_or_else(|| panic!("{told}")).lines().next().unwrap();
    list.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_schema_of_rules_has_the_keys_that_are_read() {
    let schema = schema(&["rule"]);
    for (pointer, rule) in [
        ("", "qqqqqq = 1"),
        ("/properties/applies_to", "[applies_to]\nqqqqqq = 1"),
        ("/$defs/condition", "[[when]]\nqqqqqq = 1"),
        ("/$defs/line", "[[when]]\nin = \"cbs\"\nthen = { qqqqqq = 1 }"),
    ] {
        let object = schema.pointer(pointer).unwrap();
        assert_eq!(object["additionalProperties"], false, "{pointer}");
        let named: BTreeSet<String> = object["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(named, keys(rule), "{pointer}");
    }
}

#[test]
fn every_rule_that_is_built_in_is_as_the_schema_says() {
    let schema = schema(&["rule"]);
    let mut count = 0;
    let files = walkdir::WalkDir::new(root().join("rules")).into_iter().map(|it| it.unwrap());
    for file in files.filter(|it| it.file_type().is_file()) {
        let Ok(text) = fs::read_to_string(file.path()) else { continue };
        for block in text.split("```rule\n").skip(1).map(|it| it.split("\n```").next().unwrap()) {
            let rule: Value = toml::from_str(block).unwrap();
            assert_eq!(mistakes(&schema, &rule, true), [""; 0], "{block}");
            count += 1;
        }
    }
    assert!(count >= 5, "{count}");
    for broken in [
        "id = \"x\"",
        "id = \"X y\"\n[[when]]\nin = \"cbs\"",
        "id = \"x\"\n[[when]]\nin = \"cbs\"\nevent = \"p\"",
        "id = \"x\"\nseverity = \"bad\"\n[[when]]\nin = \"cbs\"",
        "id = \"x\"\n[[when]]\nin = \"cbs\"\nthen = [3]",
    ] {
        assert_ne!(mistakes(&schema, &toml::from_str(broken).unwrap(), true), [""; 0], "{broken}");
    }
}
