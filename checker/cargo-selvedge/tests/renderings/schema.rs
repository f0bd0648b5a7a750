//! Whether a document is as its published schema says.
//!
//! SARIF's schema and JUnit's are in packages of the registry that nobody compiles here: cargo says where it keeps them. Of JSON
//! Schema (draft 7 and 2020-12) as much is checked as these schemas use. A keyword that is not known is an error, so that nobody
//! takes for checked what is not.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// What is wrong with `value`, by its path; nothing where it is valid.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Validator { root: schema, found: &mut found }.check(schema, value, "$");
    found
}

struct Validator<'a> {
    root: &'a Value,
    found: &'a mut Vec<String>,
}

impl Validator<'_> {
    fn check(&mut self, schema: &Value, value: &Value, path: &str) {
        let keywords = schema.as_object().unwrap_or_else(|| panic!("the schema for {path} is no object"));
        for (keyword, wanted) in keywords {
            let holds = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "definitions" | "title" | "description" | "default" => true,
                "$ref" => {
                    let pointer =
                        wanted.as_str().and_then(|r| r.strip_prefix('#')).expect("a reference inside");
                    let target = self.root.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}")).clone();
                    self.check(&target, value, path);
                    true
                }
                "type" => match wanted.as_str().expect("one type") {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64() || value.is_u64(),
                    other => panic!("no type {other} is known"),
                },
                "const" => value == wanted,
                "enum" => wanted.as_array().expect("alternatives").contains(value),
                "minimum" => value.as_i64().is_none_or(|n| n >= wanted.as_i64().expect("a number")),
                "maximum" => value.as_i64().is_none_or(|n| n <= wanted.as_i64().expect("a number")),
                "uniqueItems" => value.as_array().is_none_or(|items| {
                    (0..items.len()).all(|i| !items[i + 1..].contains(&items[i]))
                        || *wanted == Value::Bool(false)
                }),
                "format" => match wanted.as_str().expect("a format") {
                    // RFC 3986, as far as what is written here could break it.
                    "uri" | "uri-reference" => value.as_str().is_none_or(|uri| {
                        !uri.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c))
                    }),
                    other => panic!("the format {other} is not checked: {path}"),
                },
                "anyOf" | "oneOf" => {
                    let schemas = wanted.as_array().expect("schemas");
                    let holds = |schema: &&Value| {
                        let mut found = Vec::new();
                        Validator { root: self.root, found: &mut found }.check(schema, value, path);
                        found.is_empty()
                    };
                    let holding = schemas.iter().filter(holds).count();
                    if keyword == "oneOf" { holding == 1 } else { holding > 0 }
                }
                "minItems" => value
                    .as_array()
                    .is_none_or(|items| items.len() as u64 >= wanted.as_u64().expect("a number")),
                "minLength" => {
                    value.as_str().is_none_or(|text| text.len() as u64 >= wanted.as_u64().expect("a number"))
                }
                "required" => value.as_object().is_none_or(|object| {
                    wanted
                        .as_array()
                        .expect("names")
                        .iter()
                        .all(|n| object.contains_key(n.as_str().expect("a name")))
                }),
                "properties" => {
                    for (name, schema) in wanted.as_object().expect("schemas") {
                        if let Some(value) = value.get(name) {
                            self.check(schema, value, &format!("{path}.{name}"));
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = keywords.get("properties").and_then(Value::as_object);
                    let further = value.as_object().into_iter().flatten();
                    let further = further.filter(|(name, _)| !known.is_some_and(|k| k.contains_key(*name)));
                    for (name, value) in further {
                        match wanted {
                            Value::Bool(true) => {}
                            Value::Bool(false) => self.found.push(format!("{path}.{name}: is not known")),
                            schema => self.check(schema, value, &format!("{path}.{name}")),
                        }
                    }
                    true
                }
                "items" => {
                    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(wanted, item, &format!("{path}[{i}]"));
                    }
                    true
                }
                other => panic!("the keyword {other} is not checked: {path}"),
            };
            if !holds {
                self.found.push(format!("{path}: {keyword} {wanted} does not hold of {value}"));
            }
        }
    }
}

/// What is wrong with an XML document.
pub fn xml_violations(schema: &str, document: &str) -> Vec<String> {
    let parsed = xmlschema::parse_schema(schema).expect("the schema is one");
    let mut skipped = xmlschema::support::unsupported(&oxml::parse(schema).expect("the schema is XML"));
    // The texts of failures and errors, which the schema mixes with elements that there are none of, are not looked at.
    skipped.retain(|it| !it.construct.starts_with("@mixed"));
    assert!(skipped.is_empty(), "the schema asks for what is not checked: {skipped:?}");
    let document = oxml::parse(document).expect("the document is XML");
    let report = xmlschema::validate(&document, &parsed);
    let is_text = |path: &str| ["failure", "error"].iter().any(|name| path.contains(&format!("/{name}[")));
    let matters =
        |it: &&xmlschema::Violation| !(is_text(&it.path) && it.message == "this element must be empty");
    report.violations.iter().filter(matters).map(|violation| format!("{violation:?}")).collect()
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
