//! Waiting, never answering, stopping: nobody is left hanging and nothing in flight is lost.

use std::time::Duration;

use chatislav_receiver::{Config, Receiver, StartError};
use tokio::io::AsyncWriteExt;
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
async fn never_is_told_at_once_and_closes_when_the_receiver_stops() {
    let mut receiver = start(verified("never")).await;
    let mut stream = sent(&receiver).await;
    until(|| !receiver.records().is_empty()).await;
    assert_eq!(receiver.records()[0].status, None);
    receiver.begin_stop();
    assert_eq!(read_to_end(&mut stream).await, "");
    receiver.ended().await;
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
    assert_eq!((receiver.records()[0].status, receiver.records()[0].verdict), (None, "verified"));
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
    let mut receiver = start(verified("200")).await;
    let idle = connect(receiver.address).await;
    let mut half = connect(receiver.address).await;
    half.write_all(b"POST / HT").await.unwrap();
    receiver.begin_stop();
    tokio::time::timeout(Duration::from_secs(15), receiver.stopped()).await.expect("an idle connection held it up");
    drop((idle, half));
}

#[tokio::test]
async fn an_action_that_is_not_played_yet_is_refused_by_name() {
    for (plan, name) in [
        ("503x2,forward", "forward"),
        ("200:9|reset:1", "reset"),
        ("loop(200,drip(5,1s))", "drip"),
        ("when(unsigned) close; else 200", "close"),
        ("wait(1s) stall(headers)", "stall"),
    ] {
        let sink =
            std::sync::Arc::new(chatislav_receiver::Lines::new(chatislav_receiver::Format::Quiet, std::io::sink()));
        let refused = Receiver::bind("127.0.0.1:0".parse().unwrap(), verified(plan), sink).await;
        match refused {
            Err(StartError::NotPlayed(not_played)) => {
                assert!(not_played.to_string().contains(&format!("`{name}`")), "{not_played}");
            }
            _ => panic!("{plan} was not refused"),
        }
    }
}
