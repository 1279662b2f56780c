//! Forwarding: the same bytes to the app, and its answer back.

use std::process::Command;
use std::time::Duration;

use chatislav_webhooks::Webhook;
use tokio::io::AsyncWriteExt;

use crate::support::{LEAD, LEAD_SIGNATURE, Listening, SECRET, Server, chatislav, exchange, request};

/// A receiver of the binary with these flags, and the answer to a signed lead.
async fn answered(receiver: &Listening, path: &str, headers: &str) -> String {
    let headers = format!("x-chatislav-signature: {LEAD_SIGNATURE}\r\n{headers}");
    exchange(receiver.address(), &format!("POST {path}"), &headers, LEAD).await
}

fn listening(arguments: &[&str]) -> Listening {
    Listening::start(&[&["--secret", SECRET], arguments].concat())
}

#[tokio::test]
async fn the_app_gets_the_same_and_its_answer_goes_back() {
    let (seen, mut app_saw) = tokio::sync::mpsc::unbounded_channel();
    let app = Server::new(move |mut stream, _| {
        let seen = seen.clone();
        async move {
            seen.send(request(&mut stream).await).unwrap();
            let answer = "HTTP/1.1 418 Teapot\r\nX-App: yes\r\nConnection: close\r\nContent-Length: 5\r\n\r\nshort";
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let receiver = listening(&["--forward", &app.url("/app?x=1")]);
    let answer = answered(&receiver, "/hook", "X-Custom: One\r\nx-custom: two\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 418 ") && answer.contains("x-app: yes") && answer.ends_with("short"),
        "{answer}"
    );

    let saw = String::from_utf8(app_saw.recv().await.unwrap()).unwrap();
    assert!(saw.starts_with("POST /app?x=1 HTTP/1.1\r\n"), "{saw}");
    assert!(saw.contains(&format!("host: {}\r\n", app.address)), "{saw}");
    assert!(saw.contains("x-custom: One\r\n") && saw.contains("x-custom: two\r\n"), "{saw}");
    assert!(saw.contains(&format!("x-chatislav-signature: {LEAD_SIGNATURE}\r\n")), "{saw}");
    assert!(saw.as_bytes().ends_with(LEAD), "{saw}");
}

#[tokio::test]
async fn a_refused_request_never_reaches_the_app_unless_that_is_said() {
    let app = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let receiver = listening(&["--forward", &app.url("/")]);
    let answer = exchange(receiver.address(), "POST /", "", LEAD).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert_eq!(app.connections(), 0);
    let receiver = listening(&["--forward", &app.url("/"), "--ignore-verdict"]);
    assert!(exchange(receiver.address(), "POST /", "", LEAD).await.starts_with("HTTP/1.1 204 "));
    assert_eq!(app.connections(), 1);
}

#[tokio::test]
async fn the_plan_says_when_the_app_is_asked() {
    let app = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let receiver = listening(&["--forward", &app.url("/"), "--respond", "503x2,forward"]);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(answered(&receiver, "/", "").await[9..12].to_owned());
    }
    assert_eq!(statuses, ["503", "503", "204", "204"]);
    assert_eq!(app.connections(), 2);
}

#[tokio::test]
async fn an_app_that_is_down_is_502_and_a_slow_one_504() {
    let gone = Server::answering("").await;
    let url = gone.url("/");
    drop(gone);
    let receiver = listening(&["--forward", &url]);
    assert!(answered(&receiver, "/", "").await.starts_with("HTTP/1.1 502 "));

    let silent = Server::new(|mut stream, _| async move {
        request(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let receiver = listening(&["--forward", &silent.url("/"), "--forward-timeout", "100ms"]);
    assert!(answered(&receiver, "/", "").await.starts_with("HTTP/1.1 504 "));
    let rude = Server::answering("not HTTP at all\r\n\r\n").await;
    let receiver = listening(&["--forward", &rude.url("/")]);
    assert!(answered(&receiver, "/", "").await.starts_with("HTTP/1.1 502 "));
}

#[tokio::test]
async fn a_redirect_is_handed_back_and_not_followed() {
    let elsewhere = Server::answering("HTTP/1.1 200 OK\r\n\r\n").await;
    let answer = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\n\r\n", elsewhere.url("/"));
    let app = Server::answering(answer).await;
    let receiver = listening(&["--forward", &app.url("/")]);
    let answer = answered(&receiver, "/", "").await;
    assert!(answer.starts_with("HTTP/1.1 307 ") && answer.contains("location: "), "{answer}");
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn events_go_to_their_own_apps_and_the_rest_to_none() {
    let leads = Server::answering("HTTP/1.1 202 Accepted\r\n\r\n").await;
    let receiver = listening(&["--forward", &format!("lead_collection={}", leads.url("/leads"))]);
    assert!(answered(&receiver, "/", "").await.starts_with("HTTP/1.1 202 "));
    let other = br#"{"event": "conversation_summary", "summary": {}}"#;
    let header = format!("x-chatislav-signature: {}\r\n", Webhook::new(SECRET).unwrap().sign(other));
    assert!(exchange(receiver.address(), "POST /", &header, other).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(leads.connections(), 1);
}

#[test]
fn only_this_machine_unless_allowed_by_name() {
    let refused = |url: &str, code: i32, words: &str| {
        let output = chatislav().args(["listen", "--port", "0", "--secret", "s", "--forward", url]).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{url}: {err}");
        assert!(err.contains(words), "{url}: {err}");
    };
    refused("http://93.184.215.14/", 3, "not-allowed");
    refused("http://10.0.0.1/", 3, "private");
    refused("lead_collection=http://169.254.169.254/", 3, "metadata");
    refused("nonsense", 2, "no target");
    let allowed = ["--forward", "http://10.0.0.1/", "--allow", "10.0.0.0/8"];
    drop(listening(&allowed));
}

#[tokio::test]
async fn each_use_of_a_way_through_is_told() {
    let app = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let host = format!("app.localhost:{}", app.address.port());
    let receiver = listening(&["--forward", &format!("http://{host}/"), "--allow-host", "app.localhost"]);
    for _ in 0..2 {
        assert!(answered(&receiver, "/", "").await.starts_with("HTTP/1.1 204 "));
    }
    receiver.signal("TERM");
    let err = receiver.wait().2;
    assert_eq!(err.matches(&format!("note: {host} was let through by --allow-host")).count(), 2, "{err}");
}

/// A name that is not allowed is judged by what it resolves to, before anything is dialled.
#[tokio::test]
async fn a_public_name_is_refused_when_it_resolves() {
    let receiver = listening(&["--forward", "http://example.com/"]);
    let answer = tokio::time::timeout(Duration::from_secs(30), answered(&receiver, "/", "")).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 502 ") || answer.starts_with("HTTP/1.1 504 "), "{answer}");
}

#[test]
fn forward_without_a_url_is_refused_at_start() {
    let listen = ["listen", "--port", "0", "--secret", "s", "--respond", "503,forward"];
    let output = Command::output(chatislav().args(listen)).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no --forward URL"));
}

/// It would go round until there are no connections left.
#[test]
fn a_receiver_does_not_forward_to_itself() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    for url in [format!("http://127.0.0.1:{port}/"), format!("lead_collection=http://localhost:{port}/x")] {
        let listen = ["listen", "--port", &port, "--no-console", "--secret", "s", "--forward", &url];
        let output = Command::output(Command::new("timeout").arg("10").arg(chatislav().get_program()).args(listen));
        let output = output.unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}: {err}");
        assert!(err.contains("this receiver itself"), "{url}: {err}");
    }
}

#[tokio::test]
async fn an_app_that_changes_the_protocol_is_502() {
    let app = Server::answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n").await;
    let receiver = listening(&["--forward", &app.url("/")]);
    assert!(answered(&receiver, "/", "").await.starts_with("HTTP/1.1 502 "));
}
