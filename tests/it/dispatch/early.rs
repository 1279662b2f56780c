//! An answer that comes before all of the request was written.

use chatislav_dispatcher::{Method, Request};
use chatislav_webhooks::{Outcome, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::local;
use crate::support::Server;

const EMPTY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// More than the buffers of both ends hold.
const LARGE: usize = 16 * 1024 * 1024;

fn large(server: &Server) -> Request {
    let target = Target::parse(&server.url("/")).unwrap();
    Request::new(target, Method::Post, vec![b'x'; LARGE].into(), None, &[]).unwrap()
}

#[tokio::test]
async fn an_answer_before_the_request_was_written_decides_and_ends_the_connection() {
    for closes in [false, true] {
        let server = Server::new(move |mut stream, _| async move {
            let _ = stream.read(&mut [0; 64]).await;
            stream.write_all(EMPTY).await.unwrap();
            if closes {
                // Closing with bytes unread is a reset.
                return;
            }
            while stream.read(&mut [0; 4096]).await.is_ok_and(|count| count > 0) {}
        })
        .await;
        let dispatcher = local();
        for _ in 0..5 {
            let attempt = dispatcher.attempt(&large(&server)).await;
            assert_eq!((attempt.outcome, attempt.reused), (Outcome::Success(200), false), "{:?}", attempt.error);
            assert_eq!(attempt.timings.headers, None);
        }
        assert_eq!(server.connections(), 5);
    }
}

#[tokio::test]
async fn an_answer_that_began_before_the_request_ended_is_the_last_of_its_connection() {
    let server = Server::new(|mut stream, _| async move {
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { return };
                head.push(byte);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no").await.unwrap();
            stream.read_exact(&mut vec![0; LARGE]).await.unwrap();
            stream.write_all(b"k").await.unwrap();
        }
    })
    .await;
    let dispatcher = local();
    for _ in 0..2 {
        let attempt = dispatcher.attempt(&large(&server)).await;
        assert_eq!((attempt.outcome, attempt.reused), (Outcome::Success(200), false), "{:?}", attempt.error);
    }
}
