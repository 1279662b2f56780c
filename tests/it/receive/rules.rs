//! Where plans come from: the URL of a verified request, a file of rules, and what is in force.

use std::fs;
use std::time::Duration;

use chatislav_receiver::{Config, RulesFile};
use chatislav_webhooks::Webhook;
use chatislav_webhooks::plan::{Per, Plan, Rules};

use crate::support::{LEAD, LEAD_SIGNATURE, Running, SECRET, exchange, start, verified};

async fn status(receiver: &Running, target: &str, body: &[u8]) -> String {
    let header = format!("x-chatislav-signature: {}\r\n", Webhook::new(SECRET).unwrap().sign(body));
    let answer = exchange(receiver.address, &format!("POST {target}"), &header, body).await;
    answer.get(9..12).unwrap_or("none").to_owned()
}

#[tokio::test]
async fn a_plan_in_the_url_is_obeyed_for_verified_requests_alone() {
    let receiver = start(verified("200")).await;
    let other = br#"{"event": "e"}"#;
    let mut seen = Vec::new();
    for body in [LEAD, LEAD, other, LEAD, other] {
        seen.push(status(&receiver, "/hook?a=b&respond=503x2,204", body).await);
    }
    assert_eq!(seen, ["503", "503", "503", "204", "503"]);
    // Percent-encoded, and `+` is not a blank.
    assert_eq!(status(&receiver, "/?respond=wait(1ms)%20409", LEAD).await, "409");
    assert_eq!(status(&receiver, "/?respond=wait(1ms)+409", LEAD).await, "500");
    // Another plan counts for itself.
    assert_eq!(status(&receiver, "/?respond=503,204", LEAD).await, "503");

    let forged = exchange(receiver.address, "POST /?respond=204", "", LEAD).await;
    assert!(forged.starts_with("HTTP/1.1 401 "), "{forged}");
    let config = Config { ignore_verdict: true, ..verified("418") };
    let lenient = start(config).await;
    let forged = exchange(lenient.address, "POST /?respond=204", "", LEAD).await;
    assert!(forged.starts_with("HTTP/1.1 418 "), "{forged}");
    let strict = start(Config { url_plans: false, ..verified("418") }).await;
    assert_eq!(status(&strict, "/?respond=204", LEAD).await, "418");
}

#[tokio::test]
async fn a_plan_in_the_url_that_is_wrong_is_500_and_says_where() {
    let receiver = start(verified("200")).await;
    let header = format!("x-chatislav-signature: {LEAD_SIGNATURE}\r\n");
    let answer = exchange(receiver.address, "POST /?respond=503;;", &header, LEAD).await;
    assert!(answer.starts_with("HTTP/1.1 500 ") && answer.ends_with("  503;;\n     ^\n"), "{answer}");
    let answer = exchange(receiver.address, "POST /?respond=forward", &header, LEAD).await;
    assert!(answer.contains("no --forward URL"), "{answer}");
}

fn written(text: &str) -> (tempfile::TempDir, RulesFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    fs::write(&path, text).unwrap();
    (folder, RulesFile::new(path, "200".to_owned(), Per::Delivery))
}

const RULES: &str = r#"
respond = "503,200"

[[rule]]
when = "path=/gone"
respond = "410"

[[rule]]
when = "event=lead_collection,path=/slow*"
respond = "500,201"
per = "path"
"#;

#[tokio::test]
async fn rules_are_for_parts_of_the_requests_and_count_apart() {
    let (_folder, file) = written(RULES);
    let receiver = start(Config { rules: file.read().unwrap(), ..verified("200") }).await;
    let other = br#"{"event": "lead_collection", "data": {"n": 1}}"#;
    let mut seen = Vec::new();
    for (target, body) in [
        ("/gone", LEAD),
        ("/slow/1", LEAD),
        ("/slow/1", &other[..]),
        ("/slow/2", LEAD),
        ("/", LEAD),
        ("/", other),
        ("/", LEAD),
    ] {
        seen.push(status(&receiver, target, body).await);
    }
    assert_eq!(seen, ["410", "500", "201", "500", "503", "503", "200"]);
}

#[test]
fn a_file_that_is_wrong_says_where() {
    #[track_caller]
    fn check(text: &str, words: &str) {
        let (_folder, file) = written(text);
        let error = file.read().unwrap_err();
        assert!(error.contains("rules.toml: ") && error.contains(words), "{error}");
    }
    check("respond = 5", "string");
    check("respnd = \"200\"", "unknown field `respnd`");
    check("respond = \"200", "TOML parse error at line 1");
    check("respond = \"503;;\"", "respond: ");
    check("[[rule]]\nwhen = \"pth=/x\"\nrespond = \"200\"", "rule 1, when: ");
    check("[[rule]]\nwhen = \"path=/x\"", "missing field `respond`");
    check("[[rule]]\nwhen = \"path=/x\"\nrespond = \"200\"\nper = \"client\"", "per: ");
    check("respond = \"seed=1; 200|500\"\n[[rule]]\nwhen = \"path=/x\"\nrespond = \"seed=2; 200\"", "seed");
    let absent = RulesFile::new("/nowhere/rules.toml".into(), "200".to_owned(), Per::All);
    assert!(absent.read().unwrap_err().contains("/nowhere/rules.toml: "));
}

#[tokio::test]
async fn a_file_that_changes_is_read_again_and_a_wrong_one_changes_nothing() {
    let (folder, file) = written("respond = \"503x9,200\"");
    let path = folder.path().join("rules.toml");
    let receiver = start(Config { rules: file.read().unwrap(), ..verified("200") }).await;
    tokio::spawn(file.follow(receiver.handle.clone()));
    assert_eq!(status(&receiver, "/", LEAD).await, "503");

    // As editors do: another file takes its place. Its length tells it from the one before.
    let change = |text: &str| {
        let new = folder.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &path).unwrap();
    };
    let noticed = async |count: usize| {
        while receiver.notices().len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        receiver.notices()[count - 1].clone()
    };
    change("respond = \"404\"");
    assert!(noticed(1).await.ends_with("new rules are in force"));
    assert_eq!(status(&receiver, "/", LEAD).await, "404");
    change("respond = \"404,\"");
    assert!(noticed(2).await.contains("the rules before stay in force"));
    assert_eq!(status(&receiver, "/", LEAD).await, "404");
    fs::remove_file(&path).unwrap();
    change("respond = \"503,204\"");
    noticed(3).await;
    assert_eq!(status(&receiver, "/", LEAD).await, "503");
    assert_eq!(status(&receiver, "/", LEAD).await, "204");
}

#[tokio::test]
async fn new_rules_begin_at_their_first_steps() {
    let receiver = start(verified("503,200")).await;
    assert_eq!(status(&receiver, "/", LEAD).await, "503");
    let same = Rules::of(Plan::parse("503,200").unwrap(), Per::Delivery);
    receiver.handle.change_rules(same).unwrap();
    assert_eq!(status(&receiver, "/", LEAD).await, "503");
    let nowhere = Rules::of(Plan::forward(), Per::Delivery);
    assert!(receiver.handle.change_rules(nowhere).unwrap_err().to_string().contains("--forward"));
}

#[tokio::test]
async fn a_seed_repeats_a_run_exactly() {
    let run = async |seed: u64| {
        let receiver = start(Config { seed, ..verified("200|500|503") }).await;
        let mut seen = Vec::new();
        for number in 0..12 {
            seen.push(status(&receiver, "/", format!("{{\"event\": \"e\", \"n\": {number}}}").as_bytes()).await);
        }
        seen
    };
    let first = run(7).await;
    assert_eq!(first, run(7).await);
    assert_ne!(first, run(8).await);
}

/// A pipe in the place of the file is not waited for: the receiver goes on.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_no_file_of_rules() {
    let (folder, file) = written("respond = \"404\"");
    let path = folder.path().join("rules.toml");
    let receiver = start(Config { rules: file.read().unwrap(), ..verified("200") }).await;
    tokio::spawn(file.follow(receiver.handle.clone()));
    assert_eq!(status(&receiver, "/", LEAD).await, "404");
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::rename(&pipe, &path).unwrap();
    while receiver.notices().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(receiver.notices()[0].contains("not a file"), "{:?}", receiver.notices());
    assert_eq!(status(&receiver, "/", LEAD).await, "404");
}
