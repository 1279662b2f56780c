//! `openapi.json` says what is true: each route in it answers as it says, and no other route answers.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Controlled, LEAD, LEAD_DELIVERY, LEAD_SIGNATURE, Told, controlled, exchange, verified};

/// The whole form.
const SETTINGS: &str = r#"{"revision":"r","enabled":true,"url":"https://example.com/","method":"POST",
    "timeout":"30s","events":[],"headers":[{"name":"X-A","value":"b"}],"allow_local":false}"#;

const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

async fn api() -> (Controlled, Value) {
    let control = controlled(verified("503,200")).await;
    for path in ["/a", "/b"] {
        let header = format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\n");
        exchange(control.receiver.address, &format!("POST {path}"), &header, LEAD).await;
    }
    exchange(control.receiver.address, "POST /forged", "", LEAD).await;
    let spec = control.ask("GET", "/api/v1/openapi.json").await.json();
    (control, spec)
}

/// A request as the description has it: a good value for every parameter, required or not.
async fn ask(control: &Controlled, method: &str, path: &str, operation: &Value) -> Told {
    let query: Vec<_> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| {
            let name = parameter["name"].as_str().unwrap();
            let value = match name {
                "filter" => "verified",
                "before" => "9",
                "after" => "0",
                "limit" => "10",
                "format" => "har",
                "redact" => "true",
                "to" => "http://127.0.0.1:1/",
                "a" => "0000-1",
                "b" => "0000-2",
                "delivery" => LEAD_DELIVERY,
                other => panic!("no value for the parameter {other}"),
            };
            format!("{name}={value}")
        })
        .collect();
    let path = format!("{}?{}", path.replace("{id}", "0000-1"), query.join("&"));
    match operation.get("requestBody") {
        None => control.ask(method, path.trim_end_matches('?')).await,
        Some(_) => {
            let body = match path.trim_end_matches('?').rsplit('/').next() {
                Some("plan" | "preview") => r#"{"respond":"200"}"#,
                Some("settings") => SETTINGS,
                Some("secret") => r#"{"revision":"r","keep":"1h"}"#,
                Some("sample" | "send") => r#"{"event":"lead_collection"}"#,
                _ => r#"{"resign":true}"#,
            };
            let json = "Content-Type: application/json\r\n";
            control.ask_with(method, path.trim_end_matches('?'), json, body).await
        }
    }
}

#[tokio::test]
async fn each_route_answers_as_it_says() {
    let (control, spec) = api().await;
    let mut deletes = Vec::new();
    for (path, item) in spec["paths"].as_object().unwrap() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            match method {
                "get" if path.ends_with("/stream") => drop(control.stream("", "").await),
                // Last, or there is nothing left for the others.
                "delete" => deletes.push((path, operation)),
                _ => answers(&control, &spec, method, path, operation).await,
            }
        }
    }
    for (path, operation) in deletes {
        answers(&control, &spec, "delete", path, operation).await;
    }
}

async fn answers(control: &Controlled, spec: &Value, method: &str, path: &str, operation: &Value) {
    let told = ask(control, &method.to_uppercase(), path, operation).await;
    assert_eq!(told.status, 200, "{method} {path}: {told:?}");
    let (kind, content) = operation["responses"]["200"]["content"].as_object().unwrap().iter().next().unwrap();
    assert!(kind == "*/*" || told.head.contains(&format!("content-type: {kind}")), "{method} {path}: {}", told.head);
    if let Some(schema) = content.get("schema") {
        fits(spec, schema, &told.json(), &format!("{method} {path}"));
    }
}

#[tokio::test]
async fn no_other_route_answers() {
    let (control, spec) = api().await;
    let mut routes = BTreeSet::new();
    for (path, item) in spec["paths"].as_object().unwrap() {
        routes.insert(path.clone());
        for method in METHODS.iter().filter(|method| item.get(**method).is_none()) {
            let told = control.ask(&method.to_uppercase(), &path.replace("{id}", "0000-1")).await;
            assert_eq!(told.status, 405, "{method} {path}");
            fits(&spec, &spec["components"]["schemas"]["Error"], &told.json(), path);
        }
    }
    let source = include_str!("../../../../receiver/src/control.rs");
    let written: BTreeSet<String> = source
        .split(".route(")
        .skip(1)
        .map(|rest| rest.split('"').nth(1).unwrap())
        .map(|path| if path == "/health" { path.to_owned() } else { format!("/api/v1{path}") })
        .collect();
    assert_eq!(routes, written, "the paths of openapi.json, and the routes of control.rs");
}

#[tokio::test]
async fn its_codes_are_those_that_exist() {
    let (_, spec) = api().await;
    let listed = &spec["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]["enum"];
    let listed: Vec<&str> = listed.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    let source = include_str!("../../../../receiver/src/control/refusal.rs");
    let written: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Code::")?.split_once("=> \"")?.1.strip_suffix("\","))
        .collect();
    assert_eq!(listed, written, "the codes of openapi.json, and those of refusal.rs");
}

#[tokio::test]
#[should_panic(expected = "`x` is not in the schema")]
async fn what_does_not_fit_is_noticed() {
    let (_, spec) = api().await;
    let health = serde_json::json!({ "v": 1, "type": "health", "pid": 1, "x": 1 });
    fits(&spec, &spec["components"]["schemas"]["Health"], &health, "health");
}

/// Holds a value against a schema, as far as this description uses JSON Schema.
#[track_caller]
fn fits(spec: &Value, schema: &Value, value: &Value, place: &str) {
    for (key, rule) in schema.as_object().unwrap() {
        match key.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                fits(spec, spec.pointer(pointer).unwrap(), value, place);
            }
            "type" => {
                let is = |kind: &Value| match kind.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_u64() || value.is_i64(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("{other} is no type"),
                };
                assert!(
                    rule.as_array().map_or_else(|| is(rule), |kinds| kinds.iter().any(is)),
                    "{place}: {value} is no {rule}"
                );
            }
            "const" => assert_eq!(value, rule, "{place}"),
            "enum" => assert!(rule.as_array().unwrap().contains(value), "{place}: {value} is none of {rule}"),
            "required" => {
                for name in rule.as_array().unwrap().iter().filter(|_| value.is_object()) {
                    assert!(value.get(name.as_str().unwrap()).is_some(), "{place}: {name} is missing");
                }
            }
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(schema) => fits(spec, schema, value, &format!("{place}.{name}")),
                        None => {
                            assert!(schema["additionalProperties"] != false, "{place}: `{name}` is not in the schema")
                        }
                    }
                }
            }
            "items" => {
                for value in value.as_array().into_iter().flatten() {
                    fits(spec, rule, value, &format!("{place}[]"));
                }
            }
            "additionalProperties" | "contentEncoding" | "description" => {}
            other => panic!("{place}: this checker does not know {other}"),
        }
    }
}
