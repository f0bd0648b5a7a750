//! Whether a document is as its published schema says.
//!
//! SARIF's schema and JUnit's are in packages of the registry that nobody compiles here: cargo says where it keeps them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// What is wrong with `value`, by its path; nothing where it is valid.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).expect("the schema is one");
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// What is wrong with an XML document.
pub fn xml_violations(schema: &str, document: &str) -> Vec<String> {
    let parsed = xmlschema::parse_schema(schema).expect("the schema is one");
    let skipped = xmlschema::support::unsupported(&oxml::parse(schema).expect("the schema is XML"));
    assert!(skipped.is_empty(), "the schema asks for what is not checked: {skipped:?}");
    let document = oxml::parse(document).expect("the document is XML");
    let report = xmlschema::validate(&document, &parsed);
    report.violations.iter().map(|violation| format!("{violation:?}")).collect()
}

/// A file of a package that this one names.
pub fn file_of(package: &str, file: &str) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--locked"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let found = packages.iter().find(|p| p["name"] == package).unwrap_or_else(|| panic!("no {package}"));
    let manifest = PathBuf::from(found["manifest_path"].as_str().unwrap());
    let path = manifest.parent().unwrap().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_document_that_is_not_as_the_schema_says_is_found_out() {
    let schema = serde_json::json!({
        "type": "object", "required": ["n"], "additionalProperties": false,
        "properties": { "n": { "type": "integer", "minimum": 1 } }
    });
    assert_eq!(violations(&schema, &serde_json::json!({ "n": 1 })), Vec::<String>::new());
    assert_eq!(violations(&schema, &serde_json::json!({ "n": 0, "x": 1 })).len(), 2);
    let schema = junit_schema();
    let suite =
        |case: &str| format!("<testsuites><testsuite name=\"s\" tests=\"1\">{case}</testsuite></testsuites>");
    assert_eq!(xml_violations(&schema, &suite("<testcase name=\"t\"/>")), Vec::<String>::new());
    assert_ne!(xml_violations(&schema, &suite("<testcase/>")), Vec::<String>::new());
    assert_ne!(xml_violations(&schema, &suite("<verdict/>")), Vec::<String>::new());
}

/// That of Jenkins (dtkit, `junit-4.xsd`), whose format runners write and CI reads: JUnit itself has published none.
pub fn junit_schema() -> String {
    file_of("junit-report", "tests/JUnit.xsd")
}

/// That of the OASIS Standard.
pub fn sarif_schema() -> Value {
    serde_json::from_str(&file_of("serde-sarif", "src/schema.json")).unwrap()
}
