//! As much of JSON Schema 2020-12 as the schemas here use. A keyword that is not known is an error, so that nobody takes for
//! checked what is not.

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
                "$schema" | "$defs" | "title" | "description" => true,
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
                    "integer" => value.is_i64() || value.is_u64(),
                    other => panic!("no type {other} is known"),
                },
                "const" => value == wanted,
                "enum" => wanted.as_array().expect("alternatives").contains(value),
                "minimum" => value.as_i64().is_none_or(|n| n >= wanted.as_i64().expect("a number")),
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
                    assert_eq!(*wanted, Value::Bool(false), "{path}");
                    let known = keywords.get("properties").and_then(Value::as_object);
                    value.as_object().is_none_or(|object| {
                        object.keys().all(|name| known.is_some_and(|k| k.contains_key(name)))
                    })
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

#[test]
fn a_document_that_is_not_as_the_schema_says_is_found_out() {
    let schema = serde_json::json!({
        "type": "object", "required": ["n"], "additionalProperties": false,
        "properties": { "n": { "type": "integer", "minimum": 1 }, "w": { "enum": ["a", "b"] } }
    });
    let wrong = |value| violations(&schema, &value).len();
    assert_eq!(wrong(serde_json::json!({ "n": 1, "w": "a" })), 0);
    assert_eq!(wrong(serde_json::json!({})), 1);
    assert_eq!(wrong(serde_json::json!({ "n": 0 })), 1);
    assert_eq!(wrong(serde_json::json!({ "n": "1" })), 1);
    assert_eq!(wrong(serde_json::json!({ "n": 1, "w": "c" })), 1);
    assert_eq!(wrong(serde_json::json!({ "n": 1, "x": 1 })), 1);
    assert_eq!(wrong(serde_json::json!([])), 1);
}
