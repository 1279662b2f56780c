//! `chatislav wait`: exit 0 when enough has come, 4 when it has not.

use std::io::{BufRead, BufReader, Read};

use crate::support::Desk;

#[test]
fn what_has_come_already_counts() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    for body in [r#"{"event": "a"}"#, r#"{"event": "b"}"#] {
        desk.send(&receiver, "/", body);
    }
    let (code, lines) = desk.lines(&["wait", "--count", "2"]);
    assert_eq!(code, 0);
    let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["request", "request", "waited"]);
    assert_eq!(desk.run(&["wait", "--filter", "event:b"]).0, 0);
    assert_eq!(desk.run(&["wait", "--count", "0"]).0, 2);
}

#[test]
fn in_vain_it_says_what_came_closest() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    for body in [r#"{"event": "a", "n": 1}"#, r#"{"event": "a", "n": 2}"#, r#"{"event": "b"}"#] {
        desk.send(&receiver, "/", body);
    }
    let (code, _, err) = desk.run(&["wait", "--count", "3", "--filter", "verified event:a", "--timeout", "1ms"]);
    assert_eq!(code, 4);
    assert!(err.contains("2 of 3; the closest differed in `event`"), "{err}");
    let (code, _, err) = desk.run(&["wait", "--new", "--timeout", "1ms"]);
    assert_eq!((code, err.contains("0 of 1")), (4, true), "{err}");
    // However short the time, what is there is counted.
    assert_eq!(desk.run(&["wait", "--count", "3", "--timeout", "0"]).0, 0);
}

#[test]
fn it_comes_back_with_the_request_that_was_missing() {
    for new in [&[][..], &["--new"]] {
        let desk = Desk::new();
        let receiver = desk.listen(&["--secret", "s", "--exit-after", "2"]);
        let mut waiting = desk.spawn(&[&["wait", "--count", "2", "--timeout", "60s"], new].concat());
        let mut err = BufReader::new(waiting.stderr.take().unwrap());
        let mut line = String::new();
        err.read_line(&mut line).unwrap();
        assert_eq!(line, "waiting for 2\n");
        for body in [r#"{"event": "a"}"#, r#"{"event": "b"}"#] {
            desk.send(&receiver, "/", body);
        }
        // The receiver ends with the second, and it is told all the same.
        let mut rest = String::new();
        err.read_to_string(&mut rest).unwrap();
        assert_eq!(waiting.wait().unwrap().code(), Some(0), "{rest}");
    }
}

#[test]
fn a_receiver_that_ends_is_exit_5() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    let mut waiting = desk.spawn(&["wait", "--timeout", "60s"]);
    let mut err = BufReader::new(waiting.stderr.take().unwrap());
    let mut line = String::new();
    err.read_line(&mut line).unwrap();
    receiver.signal("TERM");
    let mut rest = String::new();
    err.read_to_string(&mut rest).unwrap();
    assert_eq!(waiting.wait().unwrap().code(), Some(5), "{rest}");
    assert!(rest.contains("the receiver ended: 0 of 1"), "{rest}");
}

#[test]
fn what_was_seen_counts_after_it_was_cleared() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    let mut waiting = desk.spawn(&["--output", "json", "wait", "--count", "2", "--timeout", "3s"]);
    desk.send(&receiver, "/", r#"{"event": "a"}"#);
    let mut out = BufReader::new(waiting.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.contains(r#""type":"request""#), "{line}");
    assert_eq!(desk.run(&["clear"]).0, 0);
    line.clear();
    out.read_line(&mut line).unwrap();
    assert_eq!(waiting.wait().unwrap().code(), Some(4));
    assert!(line.contains(r#""seen":1,"count":2"#), "{line}");
}

#[cfg(unix)]
#[test]
fn an_interruption_is_exit_130() {
    for signal in ["INT", "TERM"] {
        let desk = Desk::new();
        let _receiver = desk.listen(&["--secret", "s"]);
        let mut waiting = desk.spawn(&["wait", "--timeout", "60s"]);
        let mut err = BufReader::new(waiting.stderr.take().unwrap());
        let mut line = String::new();
        err.read_line(&mut line).unwrap();
        let pid = waiting.id().to_string();
        assert!(std::process::Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        assert_eq!(waiting.wait().unwrap().code(), Some(130), "{signal}");
    }
}
