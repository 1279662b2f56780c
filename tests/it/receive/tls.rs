//! TLS and HTTP/2: the same judgement and the same record, and faults as resets of the stream.

use std::process::Command;

use chatislav_receiver::{Config, InvalidTls, Tls};

use crate::support::{LEAD, LEAD_SIGNATURE, Listening, Running, SECRET, chatislav, run, start, verified};

/// A receiver with TLS, and the file of its authority.
async fn secure(plan: &str) -> (Running, tempfile::NamedTempFile) {
    let (tls, authority) = Tls::self_signed(&["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority).unwrap();
    (start(Config { tls: Some(tls), ..verified(plan) }).await, file)
}

/// curl with these options: what it wrote, and its exit code.
async fn curl(options: &[&str], url: String) -> (String, i32) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--max-time", "20", "--write-out", " %{http_code} %{http_version}"]);
    command.args(["--header", &format!("X-Chatislav-Signature: {LEAD_SIGNATURE}")]);
    command.args(["--data-binary", std::str::from_utf8(LEAD).unwrap()]).args(options).arg(url);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap())
}

fn url(receiver: &Running, scheme: &str, path: &str) -> String {
    format!("{scheme}://127.0.0.1:{}{path}", receiver.address.port())
}

#[tokio::test]
async fn both_versions_are_judged_alike() {
    let (receiver, authority) = secure("503,200(body=ok)").await;
    let ca = authority.path().to_str().unwrap();
    let (first, _) = curl(&["--http1.1", "--cacert", ca], url(&receiver, "https", "/a?b=c")).await;
    assert_eq!(first, " 503 1.1");
    let (second, _) = curl(&["--http2", "--cacert", ca], url(&receiver, "https", "/a?b=c")).await;
    assert_eq!(second, "ok 200 2");
    let (forged, _) = curl(&["--http2", "--cacert", ca, "--data-binary", "x"], url(&receiver, "https", "/")).await;
    assert_eq!(forged, "{\"error\": \"signature_mismatch\"} 401 2");

    let [old, new] = [1, 2].map(|number| receiver.journal.get(number).unwrap());
    assert!(old.head.starts_with(b"POST /a?b=c HTTP/1.1\r\nHost: "), "{:?}", old.head);
    assert!(old.headers().any(|(name, _)| name == "X-Chatislav-Signature"));
    assert!(new.head.starts_with(b"POST /a?b=c HTTP/2\r\nhost: 127.0.0.1:"), "{:?}", new.head);
    assert!(new.headers().any(|(name, _)| name == "x-chatislav-signature"));
    assert_eq!((old.attempt, new.attempt), (1, 2));
    assert_eq!(new.body, LEAD);
}

#[tokio::test]
async fn faults_reset_the_stream_on_http2() {
    let (receiver, authority) = secure("200").await;
    let ca = authority.path().to_str().unwrap();
    for (plan, end) in [
        ("reset", "reset"),
        ("close", "closed"),
        ("garbage", "reset"),
        ("short(10B)", "short"),
        ("reset(after=9B)", "reset"),
    ] {
        let (_, code) = curl(&["--http2", "--cacert", ca], url(&receiver, "https", &format!("/?respond={plan}"))).await;
        // curl: 92 is a stream error in the framing layer, 18 a transfer that was cut.
        assert!(matches!(code, 92 | 18), "{plan}: {code}");
        let newest = receiver.journal.before(u64::MAX, 1);
        assert_eq!(newest[0].end.name(), end, "{plan}");
    }
    let (answer, _) = curl(&["--http2", "--cacert", ca], url(&receiver, "https", "/?respond=drip(3,30ms)")).await;
    assert_eq!(answer, "... 200 2");
}

#[tokio::test]
async fn http2_without_tls_is_taken_where_it_is_wanted() {
    let receiver = start(Config { h2c: true, ..verified("200") }).await;
    assert_eq!(curl(&["--http2-prior-knowledge"], url(&receiver, "http", "/")).await.0, " 200 2");
    assert_eq!(curl(&["--http1.1"], url(&receiver, "http", "/")).await.0, " 200 1.1");
    let receiver = start(verified("200")).await;
    assert_ne!(curl(&["--http2-prior-knowledge"], url(&receiver, "http", "/")).await.1, 0);
}

#[tokio::test]
async fn who_speaks_no_tls_is_noticed_and_hurts_nobody() {
    let (receiver, authority) = secure("200").await;
    assert_ne!(curl(&["--http1.1"], url(&receiver, "http", "/")).await.1, 0);
    assert!(receiver.notices()[0].contains("no TLS with 127.0.0.1"), "{:?}", receiver.notices());
    let ca = authority.path().to_str().unwrap();
    assert_eq!(curl(&["--cacert", ca], url(&receiver, "https", "/")).await.0, " 200 2");
    // Without the authority it is not trusted.
    assert_ne!(curl(&[], url(&receiver, "https", "/")).await.1, 0);
}

#[test]
fn send_trusts_the_authority_that_listen_wrote() {
    let receiver = Listening::start(&["--secret", SECRET, "--tls-self-signed"]);
    assert!(receiver.url.starts_with("https://127.0.0.1:"), "{}", receiver.url);
    let authority = receiver.ready["ca"].as_str().unwrap().to_owned();
    let (url, port) = (receiver.url.clone(), receiver.address().port());
    for url in [format!("{url}/hook"), format!("https://localhost:{port}/hook")] {
        let send = ["send", "--to", &url, "--allow-local", "--secret", SECRET, "--no-retry"];
        let (code, out, err) = run(&[&send[..], &["--ca", &authority]].concat(), b"");
        assert_eq!(code, 0, "{out}{err}");
        assert_eq!(run(&send, b"").0, 1);
    }
    receiver.signal("TERM");
    assert_eq!(receiver.wait().0, Some(0));
    assert!(!std::path::Path::new(&authority).exists(), "{authority} is left behind");
}

#[test]
fn certificates_that_cannot_be_used_are_refused_at_start() {
    let invalid = |certificate: &[u8], key: &[u8]| -> InvalidTls { Tls::from_pem(certificate, key).unwrap_err() };
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let other = rcgen::KeyPair::generate().unwrap();
    assert!(invalid(b"", key.serialize_pem().as_bytes()).to_string().contains("no certificate"));
    assert!(invalid(own.pem().as_bytes(), b"").to_string().contains("key"));
    assert!(invalid(own.pem().as_bytes(), other.serialize_pem().as_bytes()).to_string().contains("cannot be used"));
    Tls::from_pem(own.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();

    let refused = |arguments: &[&str]| {
        let output = chatislav().args(["listen", "--port", "0", "--secret", "s"]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    };
    refused(&["--tls-cert", "/nowhere"]);
    refused(&["--tls-cert", "/nowhere", "--tls-key", "/nowhere"]);
    refused(&["--tls-self-signed", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"]);
}

/// Who begins HTTP/2 and then says nothing holds its place no longer than a slow head would.
#[tokio::test]
async fn a_silent_http2_connection_is_let_go_and_a_slow_answer_is_not() {
    let limits = chatislav_receiver::Limits { head: std::time::Duration::from_millis(100), ..Default::default() };
    let receiver = start(Config { limits, h2c: true, ..verified("drip(3,500ms)") }).await;
    let mut silent = crate::support::connect(receiver.address).await;
    tokio::io::AsyncWriteExt::write_all(&mut silent, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    let ended = tokio::io::AsyncReadExt::read_to_end(&mut silent, &mut bytes);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(20), ended).await.expect("it is held for ever");
    assert_eq!(curl(&["--http2-prior-knowledge"], url(&receiver, "http", "/")).await.0, "... 200 2");
}
