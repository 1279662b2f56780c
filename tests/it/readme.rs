//! The README's commands, held against the binary.

use std::process::Command;

use crate::support::{chatislav, run};

const README: &str = include_str!("../../README.md");

/// The lines of all shell blocks.
fn commands() -> Vec<&'static str> {
    let mut in_shell = false;
    let mut lines = Vec::new();
    for line in README.lines() {
        match line {
            "```sh" => in_shell = true,
            "```" => in_shell = false,
            line if in_shell => lines.push(line),
            _ => {}
        }
    }
    lines
}

#[test]
fn each_command_parses() {
    let ours: Vec<_> = commands().into_iter().filter(|line| line.starts_with("chatislav ")).collect();
    assert!(ours.len() > 15, "{ours:?}");
    for line in ours {
        // Flags and values are parsed from left to right, so help comes only if all are valid.
        let script = format!("{} --help", line.replacen("chatislav", "\"$0\"", 1));
        let parsed = Command::new("bash").args(["-c", &script]).arg(chatislav().get_program()).output().unwrap();
        assert!(parsed.status.success(), "{line}\n{}", String::from_utf8_lossy(&parsed.stderr));
    }
}

#[test]
fn each_plan_of_the_readme_parses() {
    let plans: Vec<_> = commands().into_iter().filter_map(|line| line.split("--respond ").nth(1)).collect();
    assert!(plans.len() >= 7, "{plans:?}");
    for plan in plans {
        let plan = plan.trim_matches('\'');
        assert_eq!(run(&["plan", plan], b"").0, 0, "{plan}");
    }
}

#[test]
fn the_first_two_commands_come_first() {
    assert_eq!(commands()[..2], ["cargo run --release -- demo", "make test"]);
}

#[test]
fn the_codes_of_the_readme_are_the_codes() {
    for kind in chatislav_webhooks::ErrorKind::ALL {
        let row = README.lines().find(|line| line.starts_with("| `") && line.contains(&format!("`{}`", kind.code())));
        let row = row.unwrap_or_else(|| panic!("{} is not in the README", kind.code()));
        assert!(row.contains(&format!("| {} |", kind.http_status())), "{row}");
    }
}
