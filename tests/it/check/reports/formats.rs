//! What each format says of the same run.

use base64::Engine;
use chatislav_check::report::{Place, html, json, junit, sarif};
use chatislav_check::{Config, Report, battery};
use quick_junit::{TestCase, TestCaseStatus};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::endpoint::status;
use super::super::{Arrived, config, only, run, serve};

/// A MUST fails (C-03), a SHOULD fails (C-13/charset), C-04/empty is known to fail, C-05 passes.
fn verdict(arrived: &Arrived) -> u16 {
    match arrived.judged() {
        401 if arrived.signature().trim().is_empty() => 200,
        204 if arrived.content_type.contains("charset") => 415,
        status => status,
    }
}

async fn report(is_strict: bool) -> Report {
    let server = serve(status(verdict)).await;
    let known = ["C-04/empty".to_owned()].into_iter().collect();
    let config = Config { is_strict, known, ..only(&["C-03", "C-04/empty", "C-05", "C-13/charset", "C-24"]) };
    run(&server.url("/hook"), config).await
}

#[tokio::test]
async fn json_is_one_document_with_a_version() {
    let document: Value = serde_json::from_str(&json(&report(false).await)).unwrap();
    assert_eq!((&document["v"], &document["type"], &document["seed"]), (&1.into(), &"check".into(), &7.into()));
    assert_eq!(
        (&document["good"], &document["counting"], &document["obstacle"]),
        (&false.into(), &1.into(), &Value::Null)
    );
    let counts = serde_json::json!({ "passed": 1, "failed": 2, "known": 1, "noted": 0, "skipped": 1 });
    assert_eq!(document["counts"], counts);
    let findings = document["findings"].as_array().unwrap();
    let ids: Vec<_> = findings.iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["C-13/charset", "C-24", "C-03", "C-04/empty", "C-05"]);
    let failed = &findings[2];
    assert_eq!(
        (&failed["outcome"], &failed["level"], &failed["counts"]),
        (&"failed".into(), &"MUST".into(), &true.into())
    );
    assert_eq!(failed["cause"], "header-optional");
    assert!(document["causes"]["header-optional"]["fixes"]["Django"].is_string());
    let exchange = &failed["exchanges"][0];
    assert_eq!(exchange["status"], 200);
    let sent = exchange["sent"]["text"].as_str().unwrap();
    assert!(sent.starts_with("POST /hook HTTP/1.1\r\n") && sent.len() == exchange["sent"]["bytes"]);
    assert!(exchange["again"].as_str().unwrap().starts_with("curl -i -X POST "));
    assert_eq!(findings[4]["exchanges"], serde_json::json!([]));
}

#[tokio::test]
async fn junit_fails_what_makes_the_exit_code() {
    for (is_strict, failures, skipped) in [(false, 1, 3), (true, 2, 2)] {
        let read = quick_junit::Report::deserialize_from_str(&junit(&report(is_strict).await)).unwrap();
        assert_eq!((read.tests, read.failures, read.errors), (5, failures, 0), "strict: {is_strict}");
        let suites: Vec<_> = read.test_suites.iter().map(|suite| suite.name.as_str()).collect();
        assert_eq!(suites, ["accepts", "refuses"]);
        let tests = read.test_suites.iter().flat_map(|suite| &suite.test_cases);
        let is_skipped = |test: &&TestCase| matches!(test.status, TestCaseStatus::Skipped { .. });
        assert_eq!(tests.filter(is_skipped).count(), skipped);
    }
    let server = serve(status(|_| 204)).await;
    let read = quick_junit::Report::deserialize_from_str(&junit(&run(&server.url("/"), config()).await)).unwrap();
    assert_eq!((read.tests, read.errors, read.test_suites[0].name.as_str()), (1, 1, "preflight"));
}

#[tokio::test]
async fn sarif_has_what_code_scanning_asks_for() {
    let place: Place = "./src/web hook.ts:12".parse().unwrap();
    let log: Value = serde_json::from_str(&sarif(&report(false).await, Some(&place))).unwrap();
    assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&"2.1.0".into(), 1));
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 1 + battery().count());
    for rule in rules {
        for text in [&rule["shortDescription"]["text"], &rule["fullDescription"]["text"], &rule["help"]["text"]] {
            let length = text.as_str().unwrap().len();
            assert!((1..=1024).contains(&length), "{} {text}", rule["id"]);
        }
    }
    let results = run["results"].as_array().unwrap();
    let seen: Vec<_> = results.iter().map(|r| (r["ruleId"].as_str().unwrap(), r["level"].as_str().unwrap())).collect();
    assert_eq!(seen, [("C-13/charset", "warning"), ("C-03", "error")]);
    for result in results {
        assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], result["ruleId"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().ends_with(":1"));
        let location = &result["locations"][0];
        assert_eq!(location["physicalLocation"]["artifactLocation"]["uri"], "src/web%20hook.ts");
        let region = serde_json::json!({ "startLine": 12, "startColumn": 1, "endLine": 12, "endColumn": 2 });
        assert_eq!(location["physicalLocation"]["region"], region);
        assert_eq!(location["logicalLocations"][0]["kind"], "resource");
    }
    let markdown = rules[seen_rule(rules, "C-03")]["help"]["markdown"].as_str().unwrap();
    assert!(markdown.contains("**Express**: answer 401 if req.get"), "{markdown}");
}

fn seen_rule(rules: &[Value], id: &str) -> usize {
    rules.iter().position(|rule| rule["id"] == id).unwrap()
}

#[test]
fn a_place_is_a_file_of_the_repository() {
    for good in ["a.ts", "src/a.ts", "./src/a.ts:1", "src/[id]/route.ts:400"] {
        assert!(good.parse::<Place>().is_ok(), "{good}");
    }
    for bad in
        ["", "/etc/passwd", "../a.ts", "src//a.ts", "src/", "a.ts:0", r"src\a.ts", "file:///a.ts", "C:/a.ts", "a\nb"]
    {
        assert!(bad.parse::<Place>().is_err(), "{bad}");
    }
}

#[tokio::test]
async fn the_page_lets_in_its_own_style_and_nothing_else() {
    let page = html(&report(false).await);
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
    assert!(page.contains(&format!("content=\"default-src 'none'; style-src 'sha256-{digest}'; ")), "{page}");
    for part in ["<script", "style=", "src=", "url(", "@import", "<link", "<img"] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains("✗ 1 that count have failed") && page.contains("<h3 id=\"C-03\">C-03"));
}
