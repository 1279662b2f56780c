//! Waiting, never answering, stopping: nobody is left hanging and nothing in flight is lost.

use std::time::Duration;

use chatislav_receiver::journal::End;
use chatislav_receiver::{Config, Limits, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{LEAD, LEAD_SIGNATURE, Running, connect, exchange, read_to_end, start, verified};

/// A good request, sent and not waited for.
async fn sent(receiver: &Running) -> TcpStream {
    let mut stream = connect(receiver.address).await;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nx-chatislav-signature: {LEAD_SIGNATURE}\r\n\r\n",
        LEAD.len()
    );
    stream.write_all(&[head.as_bytes(), LEAD].concat()).await.unwrap();
    stream
}

async fn until(mut condition: impl FnMut() -> bool) {
    let patience = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), patience).await.expect("it never came about");
}

#[tokio::test]
async fn never_is_said_at_once_and_recorded_when_it_ends() {
    let mut receiver = start(verified("never")).await;
    let gone = sent(&receiver).await;
    until(|| !receiver.notices().is_empty()).await;
    assert!(receiver.notices()[0].contains("never, until the sender leaves"), "{:?}", receiver.notices());
    assert!(receiver.records().is_empty());
    drop(gone);
    until(|| !receiver.records().is_empty()).await;
    assert_eq!(receiver.journal.get(1).unwrap().end, End::SenderLeft);

    let mut stream = sent(&receiver).await;
    until(|| receiver.notices().len() == 2).await;
    receiver.begin_stop();
    assert_eq!(read_to_end(&mut stream).await, "");
    let journal = receiver.journal.clone();
    receiver.ended().await;
    assert_eq!((journal.get(2).unwrap().status(), journal.get(2).unwrap().end), (None, End::Stopped));
}

#[tokio::test]
async fn who_waits_is_answered_when_the_receiver_stops() {
    let mut receiver = start(verified("wait(1h) 503")).await;
    let mut stream = sent(&receiver).await;
    // On this one thread a request that is answered tells that those before it were read.
    exchange(receiver.address, "POST /", "", LEAD).await;
    receiver.begin_stop();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    receiver.ended().await;
}

#[tokio::test]
async fn a_sender_that_gives_up_during_a_wait_is_told_of() {
    let receiver = start(verified("wait(1h) 200")).await;
    let stream = sent(&receiver).await;
    drop(stream);
    until(|| !receiver.records().is_empty()).await;
    assert_eq!((receiver.records()[0].status, receiver.records()[0].verdict.clone()), (None, "verified".to_owned()));
}

#[tokio::test]
async fn a_wait_passes() {
    let receiver = start(verified("wait(10ms..20ms) 200")).await;
    let header = format!("x-chatislav-signature: {LEAD_SIGNATURE}\r\n");
    assert!(exchange(receiver.address, "POST /", &header, LEAD).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn after_so_many_answers_it_ends_by_itself() {
    let receiver = start(Config { exit_after: Some(2), ..verified("200") }).await;
    let address = receiver.address;
    for _ in 0..2 {
        assert!(exchange(address, "POST /", "", LEAD).await.starts_with("HTTP/1.1 401 "));
    }
    receiver.ended().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    // Without a limit that would end it anyway.
    let limits = Limits { stop: Duration::from_secs(3600), ..Limits::default() };
    let mut receiver = start(Config { limits, ..verified("200") }).await;
    let idle = connect(receiver.address).await;
    let mut half = connect(receiver.address).await;
    half.write_all(b"POST / HT").await.unwrap();
    receiver.begin_stop();
    tokio::time::timeout(Duration::from_secs(15), receiver.stopped()).await.expect("an idle connection held it up");
    drop((idle, half));
}

/// What stalls holds up nothing: a fault that is being played, a handshake that does not come, half a body.
#[tokio::test]
async fn what_stalls_does_not_hold_up_the_end() {
    let limits = Limits { stop: Duration::from_secs(3600), ..Limits::default() };
    let mut receiver = start(Config { limits, h2c: true, ..verified("stall(headers)") }).await;
    let mut stalled = sent(&receiver).await;
    let mut begun = Vec::new();
    stalled.read_buf(&mut begun).await.unwrap();
    let silent = connect(receiver.address).await;
    let mut half = connect(receiver.address).await;
    half.write_all(b"PRI * H").await.unwrap();
    receiver.begin_stop();
    let journal = receiver.journal.clone();
    receiver.ended().await;
    assert_eq!(journal.get(1).unwrap().end, End::Stalled);
    drop((stalled, silent, half));

    let (tls, _) = Tls::self_signed(&["localhost".to_owned()]).unwrap();
    let mut receiver = start(Config { limits, tls: Some(tls), ..verified("200") }).await;
    let silent = connect(receiver.address).await;
    tokio::task::yield_now().await;
    receiver.begin_stop();
    receiver.ended().await;
    drop(silent);
}

/// A plan of the URL is finished as any other.
#[tokio::test]
async fn a_plan_of_the_url_is_answered_when_the_receiver_stops() {
    for _ in 0..8 {
        let mut receiver = start(verified("200")).await;
        let mut stream = connect(receiver.address).await;
        let head = format!(
            "POST /?respond=wait(50s)%20204 HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nx-chatislav-signature: {LEAD_SIGNATURE}\r\n\r\n",
            LEAD.len()
        );
        stream.write_all(&[head.as_bytes(), LEAD].concat()).await.unwrap();
        exchange(receiver.address, "POST /", "", LEAD).await;
        receiver.begin_stop();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    }
}
