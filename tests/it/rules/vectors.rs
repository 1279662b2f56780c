//! Vectors that every language runs.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

pub(crate) fn read<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Bytes as a vector holds them: a text, `{"hex": ..}`, or `{"text": .., "times": n}`.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Literal {
    Text(String),
    Hex { hex: String },
    Run { text: String, times: usize },
}

impl Literal {
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Literal::Text(text) => text.clone().into_bytes(),
            Literal::Hex { hex } => hex::decode(hex).unwrap(),
            Literal::Run { text, times } => text.repeat(*times).into_bytes(),
        }
    }
}

#[test]
fn each_case_says_why_and_what_is_expected() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        let cases: Vec<Value> = read(&name);
        assert!(!cases.is_empty(), "{name}");
        for case in &cases {
            let why = case["why"].as_str().unwrap_or_default();
            assert!(!why.trim().is_empty() && case.get("expect").is_some(), "{name}: {case}");
        }
    }
}

#[test]
fn refusals_outnumber_acceptances() {
    for (name, accepted) in
        [("signature.json", &["verified"][..]), ("event.json", &["lead_collection", "conversation_summary", "unknown"])]
    {
        let cases: Vec<Value> = read(name);
        let accepted = cases.iter().filter(|case| accepted.contains(&case["expect"].as_str().unwrap())).count();
        assert!(accepted * 2 < cases.len(), "{name}: {accepted} of {}", cases.len());
    }
}
