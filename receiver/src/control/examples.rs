//! How a webhook is verified in each language: the files of `examples/verify`, which are part of the
//! program.

use axum::response::Response;
use serde::Serialize;

use super::{Asked, Nothing, json};

#[derive(Serialize)]
struct Examples {
    v: u8,
    r#type: &'static str,
    examples: &'static [Example],
}

#[derive(Serialize)]
struct Example {
    /// The folder's name.
    language: &'static str,
    /// The name that people write.
    title: &'static str,
    file: &'static str,
    code: &'static str,
}

macro_rules! examples {
    ($($language:literal $title:literal $file:literal),+ $(,)?) => {
        &[$(Example {
            language: $language,
            title: $title,
            file: $file,
            code: include_str!(concat!("../../../examples/verify/", $language, "/", $file)),
        }),+]
    };
}

/// Every language; a test holds the list to the folder.
const EXAMPLES: &[Example] = examples![
    "python" "Python" "verify.py",
    "node" "Node" "verify.mjs",
    "rust" "Rust" "verify.rs",
    "go" "Go" "verify.go",
    "php" "PHP" "verify.php",
    "ruby" "Ruby" "verify.ru",
    "java" "Java" "Verify.java",
    "csharp" "C#" "Verify.cs",
    "shell" "Shell" "verify.cgi",
];

pub(super) async fn list(Asked(Nothing {}): Asked<Nothing>) -> Response {
    let examples = Examples { v: 1, r#type: "examples", examples: EXAMPLES };
    json(serde_json::to_string(&examples).unwrap_or_default())
}
