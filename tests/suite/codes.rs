//! `casebook explain`: codes in the spellings of logs, what is told of them, and which rules know them.

use serde_json::{Value, json};

use super::{Casebook, Outcome, root, strings};

fn explain(args: &[&str]) -> Outcome {
    Casebook::new().arg("explain").args(args).run()
}

/// What is told of one code.
#[track_caller]
fn told(args: &[&str]) -> Value {
    let outcome = explain(&[&["--json"], args].concat()).status(0);
    assert_eq!(outcome.stderr, "");
    let all: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let [one] = &all.as_array().unwrap()[..] else { panic!("one code in {all:#}") };
    one.clone()
}

#[test]
fn every_spelling_is_the_same_code() {
    for text in [
        "0x80070002",
        "80070002",
        "-2147024894",
        "2147942402",
        "2",
        "ERROR_FILE_NOT_FOUND",
        "HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)",
        "NTSTATUS_FROM_WIN32(2)",
        "0xC0070002",
        "[HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        "result 2",
    ] {
        let told = told(&[text]);
        assert_eq!((&told["code"], &told["input"]), (&json!("0x80070002"), &json!(text)));
        assert_eq!(told["name"], "ERROR_FILE_NOT_FOUND");
        assert_eq!((&told["signed"], &told["win32"]), (&json!(-2_147_024_894), &json!(2)));
    }
}

#[test]
fn an_object_has_all_keys_in_their_order() {
    let told = told(&["0x8024402C"]);
    let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
    let documented = std::fs::read_to_string(root().join("docs/codes.md")).unwrap();
    let rows = documented.split("\n## As JSON\n").nth(1).unwrap().lines();
    let cells = rows.filter_map(|it| it.strip_prefix("| `")?.split(" |").next());
    let expect: Vec<&str> = cells.flat_map(|it| it.trim_matches('`').split("`, `")).collect();
    assert_eq!(keys, expect);
    assert_eq!(told["facility"], "FACILITY_WINDOWSUPDATE");
    assert_eq!((&told["kind"], &told["failure"]), (&json!("hresult"), &json!(true)));
    assert_eq!((&told["phase"], &told["win32"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_number_is_told_with_how_it_was_read() {
    for (text, expect, name) in [
        ("2", "the Win32 code 2, in decimal", "ERROR_FILE_NOT_FOUND"),
        ("12002", "the WinHTTP code 12002, in decimal", "ERROR_WINHTTP_TIMEOUT"),
        ("2359302", "a decimal number without a sign", "WU_S_ALREADY_INSTALLED"),
        ("80072EE7", "eight hexadecimal digits without 0x", "ERROR_WINHTTP_NAME_NOT_RESOLVED"),
        (
            "NTSTATUS -1073283059",
            "a decimal number with a sign, an NTSTATUS with a Win32 code in it",
            "ERROR_INVALID_DATA",
        ),
        (
            "0xd0000034",
            "a hexadecimal number, an HRESULT with an NTSTATUS in it",
            "STATUS_OBJECT_NAME_NOT_FOUND",
        ),
    ] {
        let told = told(&[text]);
        assert_eq!((&told["read"], &told["name"]), (&json!(expect), &json!(name)), "{text}");
    }
    assert!(told(&["0x8007002"])["read"].as_str().unwrap().contains("seven digits"));
}

#[test]
fn all_names_and_rules_of_a_code_are_told() {
    let told = told(&["0x80070005"]);
    assert_eq!(strings(&told["names"]), ["ERROR_ACCESS_DENIED", "E_ACCESSDENIED"]);
    let rules = |args: &[&str]| {
        let told = self::told(args);
        let ids = told["rules"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(rules(&["0xC1420121"]), ["wimmount-driver-missing"]);
    assert!(rules(&["2"]).contains(&"component-file-missing".to_owned()));
    assert!(
        !rules(&["2", "--without", "component-file-missing"]).contains(&"component-file-missing".to_owned())
    );
}

#[test]
fn rules_of_ones_own_are_told_too() {
    let article = "# T\n\nB.\n\n## A lamp went out\n\n```rule\nid = \"lamp-out\"\ncodes = [\"0x8007FFF1\"]\n[[when]]\nin = \"cbs\"\nmatch = '''The lamp went out'''\n```\n\nIt is dark.\n\n```sample cbs\n2024-03-12 03:14:07, Info                  CBS    The lamp went out\n```\n\n### Fix\n\n1. Light it.\n";
    let outcome = Casebook::new()
        .file("mine/lamp.md", article)
        .args(&["explain", "65521", "--rules", "mine"])
        .run()
        .status(0);
    assert!(outcome.stdout.contains("lamp-out: A lamp went out"), "{}", outcome.stdout);
    let wrong =
        Casebook::new().file("mine/lamp.md", "no title").args(&["explain", "2", "--rules", "mine"]).run();
    assert_eq!(wrong.status(2).stdout, "");
}

#[test]
fn a_result_of_setup_has_phase_and_operation() {
    for args in [
        &["0x80070002 - 0x20009"][..],
        &["0x80070002-0x20009"],
        &["0x80070002", "-", "0x20009"],
        &["2", "–", "0x20009"],
    ] {
        let told = told(args);
        assert_eq!((&told["code"], &told["extend"]), (&json!("0x80070002"), &json!("0x20009")), "{args:?}");
        assert_eq!(told["phase"], "SP_EXECUTION_SAFE_OS");
        assert_eq!(told["operation"], "SP_EXECUTION_OP_PREPARE_ROLLBACK");
    }
    let unknown = told(&["0x80070070-0x60000"]);
    assert_eq!((&unknown["extend"], &unknown["phase"]), (&json!("0x60000"), &Value::Null));
}

#[test]
fn a_wrapper_is_marked() {
    assert_eq!(told(&["0x80004005"])["wrapper"], true);
    assert_eq!(told(&["0x80070002"])["wrapper"], false);
    assert_eq!(told(&["0xDEADBEEF"])["wrapper"], Value::Null);
    assert!(explain(&["E_FAIL"]).status(0).stdout.contains("look for the code before it"));
}

#[test]
fn what_no_table_knows_is_told_as_that() {
    let outcome = explain(&["0x8024F123"]).status(0);
    assert!(outcome.stdout.contains("no table has a name for it"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("FACILITY_WINDOWSUPDATE"), "{}", outcome.stdout);
    assert!(explain(&["0xDEADBEEF"]).status(0).stdout.contains("which casebook does not know"));
}

#[test]
fn what_is_no_code_is_refused_with_what_is_near() {
    let outcome =
        explain(&["ERROR_FILE_NOT_FUOND", "2", "no\u{202e}code", "0x80070002 - 0x20009 - 0x1"]).status(2);
    assert_eq!(outcome.stdout, "", "nothing is told if one argument is wrong");
    assert!(outcome.stderr.contains("did you mean ERROR_FILE_NOT_FOUND?"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`no\\u{202e}code` is no error code"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`0x80070002 - 0x20009 - 0x1`"), "{}", outcome.stderr);
    explain(&[]).status(2);
    explain(&["-"]).status(2);
    explain(&["0x80070002", "-"]).status(2);
    explain(&[&"9".repeat(100_000)]).status(2);
}

#[test]
fn the_example_in_the_document_is_what_is_printed() {
    let path = root().join("docs/codes.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let example = text.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let (command, printed) = example.split_once('\n').unwrap();
    let args: Vec<&str> = command.strip_prefix("$ casebook explain ").unwrap().split(' ').collect();
    let outcome = explain(&args).status(0);
    if std::env::var_os("CASEBOOK_UPDATE").is_some() {
        let text = text.replace(example, &format!("{command}\n{}", outcome.stdout));
        std::fs::write(path, text).unwrap();
    } else {
        assert_eq!(outcome.stdout, printed, "CASEBOOK_UPDATE=1 cargo test codes");
    }
}
