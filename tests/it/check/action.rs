//! The GitHub Action: its steps, run by bash as a runner would, and what is said of its inputs.

use std::collections::HashMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use saphyr::{LoadableYamlNode, Yaml};

use crate::support::chatislav;

const ACTION: &str = include_str!("../../../action.yml");
const README: &str = include_str!("../../../README.md");

fn action() -> Yaml<'static> {
    Yaml::load_from_str(ACTION).unwrap().remove(0)
}

fn texts(node: &Yaml<'_>) -> Vec<(String, String)> {
    let text = |node: &Yaml<'_>| node.as_str().unwrap_or_default().to_owned();
    node.as_mapping().into_iter().flatten().map(|(name, value)| (text(name), text(value))).collect()
}

/// A job in the making: inputs, what steps have put out, a folder for the runner.
struct Job {
    inputs: HashMap<String, String>,
    outputs: HashMap<String, String>,
    folder: tempfile::TempDir,
}

impl Job {
    fn new(given: &[(&str, &str)]) -> Self {
        let declared = action()["inputs"].as_mapping().unwrap().clone();
        let default = |node: &Yaml<'_>| node.as_mapping_get("default").and_then(Yaml::as_str).unwrap_or("").to_owned();
        let mut inputs: HashMap<_, _> =
            declared.iter().map(|(name, input)| (name.as_str().unwrap().to_owned(), default(input))).collect();
        for (name, value) in given {
            assert!(inputs.insert((*name).to_owned(), (*value).to_owned()).is_some(), "{name} is no input");
        }
        Job { inputs, outputs: HashMap::new(), folder: tempfile::tempdir().unwrap() }
    }

    /// What stands between `${{` and `}}`: an input, an output, or the first of two that is not empty.
    fn value(&self, expression: &str) -> String {
        let of = |name: &str| match name.split_once('.').unwrap() {
            ("inputs", name) => self.inputs[name].clone(),
            ("steps", name) => self.outputs.get(name).cloned().unwrap_or_default(),
            _ => panic!("what is {name}?"),
        };
        expression.split(" || ").map(|name| of(name.trim())).find(|value| !value.is_empty()).unwrap_or_default()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the step of this id: its exit code, and what it has said.
    fn step(&mut self, id: &str) -> (i32, String) {
        let action = action();
        let steps = action["runs"]["steps"].as_sequence().unwrap().clone();
        let is_it = |step: &&Yaml<'_>| step.as_mapping_get("id").and_then(Yaml::as_str) == Some(id);
        let step = steps.iter().find(is_it).unwrap();
        let script = self.path("step.sh");
        fs::write(&script, step["run"].as_str().unwrap()).unwrap();
        let output = self.path("output");
        fs::write(&output, "").unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&script);
        for (name, value) in step.as_mapping_get("env").map(texts).unwrap_or_default() {
            let value = match value.strip_prefix("${{ ").and_then(|value| value.strip_suffix(" }}")) {
                Some(expression) => self.value(expression),
                None => value,
            };
            command.env(name, value);
        }
        let binary = chatislav();
        let here = Path::new(binary.get_program()).parent().unwrap().to_owned();
        let ran = command
            .env_remove("CHATISLAV_WEBHOOK_SECRET")
            .env("PATH", format!("{}:{}", here.display(), std::env::var("PATH").unwrap()))
            .env("RUNNER_TEMP", self.folder.path())
            .env("GITHUB_OUTPUT", &output)
            .env("GITHUB_STEP_SUMMARY", self.path("summary.md"))
            .env("GITHUB_WORKFLOW_REF", "octo/shop/.github/workflows/webhook.yml@refs/heads/a@b")
            .env("GITHUB_ACTION_PATH", Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
            .output()
            .unwrap();
        for line in fs::read_to_string(&output).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.outputs.insert(format!("{id}.outputs.{name}"), value.to_owned());
        }
        let said = [ran.stdout, ran.stderr].concat();
        (ran.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    #[track_caller]
    fn succeed(&mut self, ids: &[&str]) {
        for id in ids {
            let (code, said) = self.step(id);
            assert_eq!(code, 0, "{id}: {said}");
        }
    }
}

/// A port that is free and that the system gives to nobody who asks for any.
fn port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Ten for each process, and each once: whoever was given the last may not listen yet.
    let from = 10_000 + u16::try_from(std::process::id() % 900 * 10).unwrap();
    let mut ports = std::iter::repeat_with(|| from + GIVEN.fetch_add(1, Ordering::SeqCst)).take(900);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

/// A job against `chatislav listen` with these flags.
fn job(flags: &str, given: &[(&str, &str)]) -> (Job, u16) {
    let port = port();
    let start = format!("chatislav listen --port {port} --no-console {flags}");
    let url = format!("http://127.0.0.1:{port}/hook");
    (Job::new(&[&[("start", start.as_str()), ("url", url.as_str())], given].concat()), port)
}

#[test]
fn it_starts_an_app_checks_it_and_stops_it() {
    let (mut job, port) = job("", &[("arguments", "--only\nC-01/lead,C-05\n--seed=7")]);
    job.succeed(&["binary", "secret", "start", "check", "stop", "verdict"]);
    let read = |name: &str| fs::read_to_string(job.path("chatislav-check").join(name)).unwrap();
    let document: serde_json::Value = serde_json::from_str(&read("check.json")).unwrap();
    assert_eq!((&document["seed"], document["findings"].as_array().unwrap().len()), (&7.into(), 3));
    assert!(read("junit.xml").contains("C-05") && read("report.html").contains("C-05"));
    // Nothing failed, so no place is shown; the workflow's file was a good one.
    assert!(read("check.sarif").contains("2.1.0"));
    assert!(fs::read_to_string(job.path("summary.md")).unwrap().starts_with("## chatislav check: ✅"));
    assert_eq!(
        (job.value("steps.check.outputs.good"), job.value("steps.binary.outputs.build")),
        ("true".into(), "false".into())
    );
    assert!(!job.path("chatislav-check.secret").exists());
    assert!(!job.path("chatislav-check").join("app.log").exists());
    // Whoever has the port next is not the app.
    let is_free = |_| {
        std::thread::sleep(Duration::from_millis(20));
        TcpListener::bind(("127.0.0.1", port)).is_ok()
    };
    assert!((0..500).any(is_free), "the app is still there");
}

#[test]
fn a_failure_is_reported_before_the_job_fails() {
    let (mut job, _) = job("--ignore-verdict", &[("arguments", "--anyway\n--only=C-05"), ("handler", "src/a.ts:4")]);
    job.succeed(&["binary", "secret", "start", "check"]);
    assert_eq!(
        (job.value("steps.check.outputs.good"), job.value("steps.check.outputs.exit-code")),
        ("false".into(), "1".into())
    );
    assert_eq!(job.value("steps.check.outputs.sarif"), "true");
    assert!(fs::read_to_string(job.path("chatislav-check/check.sarif")).unwrap().contains("\"uri\": \"src/a.ts\""));
    assert!(fs::read_to_string(job.path("summary.md")).unwrap().contains("❌"));
    job.succeed(&["stop"]);
    assert_eq!(job.step("verdict").0, 1);
}

#[test]
fn an_app_that_does_not_come_up_is_said_with_its_output() {
    let mut job = Job::new(&[("start", "echo it is broken; exit 3"), ("url", "http://127.0.0.1:9/")]);
    job.succeed(&["binary", "secret"]);
    let (code, said) = job.step("start");
    assert_eq!(code, 1);
    assert!(said.contains("::error::the app ended before it answered") && said.contains("it is broken"), "{said}");

    let mut job = Job::new(&[("start", "exec sleep 60"), ("url", "http://127.0.0.1:9/"), ("wait-seconds", "0")]);
    job.succeed(&["binary", "secret"]);
    let (code, said) = job.step("start");
    assert!(code == 1 && said.contains("did not answer at http://127.0.0.1:9/ within 0 seconds"), "{said}");
    job.succeed(&["stop"]);
}

#[test]
fn a_secret_that_is_given_is_masked_and_is_the_one() {
    let (mut job, _) = job("", &[("secret", "a given secret"), ("arguments", "--only=C-01/lead")]);
    job.succeed(&["binary"]);
    assert_eq!(job.step("secret"), (0, "::add-mask::a given secret\n".to_owned()));
    job.succeed(&["start", "check", "stop", "verdict"]);
}

#[test]
fn no_step_pastes_what_users_write_into_a_script() {
    let action = action();
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        let script = step.as_mapping_get("run").and_then(Yaml::as_str).unwrap_or_default();
        assert!(!script.contains("${{"), "{script}");
        assert_eq!(script.is_empty(), step.as_mapping_get("shell").is_none());
    }
}

#[test]
fn what_is_kept_is_built_anew_where_a_source_changes() {
    let line = ACTION.lines().find(|line| line.contains("sources=") && line.contains("find ")).unwrap();
    let named: Vec<_> = line.split("find ").nth(1).unwrap().split(" -type").next().unwrap().split(' ').collect();
    assert_eq!(named, ["Cargo.toml", "Cargo.lock", "core", "sqlite", "receiver", "dispatcher", "check", "cli"]);
}

#[test]
fn every_input_and_output_is_in_the_readme() {
    let section = README.split("### In GitHub Actions").nth(1).unwrap().split("\n## ").next().unwrap();
    for list in ["inputs", "outputs"] {
        for (name, of) in action()[list].as_mapping().unwrap() {
            let name = name.as_str().unwrap();
            assert!(section.contains(&format!("`{name}`")), "{name} is not there");
            assert!(!of["description"].as_str().unwrap().is_empty());
        }
    }
}
