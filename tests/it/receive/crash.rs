//! Ends that nobody planned: a kill in the middle of a storm, a full disk.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use chatislav_receiver::journal::Limits;
use chatislav_receiver::{Capture, Journal};
use rusqlite::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::journal::a_capture;
use crate::support::{Listening, SmallDisk};

fn open(path: &Path) -> Journal {
    Journal::open(path, Limits::default()).unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_promised() {
    let Some(disk) = SmallDisk::mounted(2) else { return };
    let path = disk.path("store");
    let journal = open(&path);
    let ballast = disk.take(1 << 20);
    let mut promised = Vec::new();
    let refusal = loop {
        match journal.append(a_capture(vec![b'x'; 20_000])).await {
            Ok(capture) => promised.push(capture),
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(refusal.to_string(), "the disk is full");
    assert!(!promised.is_empty());
    std::fs::remove_file(&ballast).unwrap();
    promised.push(journal.append(a_capture("after")).await.unwrap());
    assert_eq!(journal.after(0, 1000), promised);
    drop(journal);
    let check: String =
        Connection::open(&path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[cfg(unix)]
#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    const SENDERS: usize = 16;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let arguments = ["--unsigned", "--store", path.to_str().unwrap()];
    let mut answered: Vec<Bytes> = Vec::new();
    for round in 0..3 {
        let receiver = Listening::start(&arguments);
        let address = receiver.url.strip_prefix("http://").unwrap().to_owned();
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        for sender in 0..SENDERS {
            let (address, told) = (address.clone(), told.clone());
            tokio::spawn(async move {
                let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
                for turn in 0.. {
                    let filling = "x".repeat(turn * 997 % 9000);
                    let body = format!(r#"{{"event": "e{round}-{sender}-{turn}", "x": "{filling}"}}"#);
                    let request = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                    let mut answer = [0; 512];
                    let sent = stream.write_all(request.as_bytes()).await;
                    match stream.read(&mut answer).await {
                        Ok(count) if sent.is_ok() && count > 0 => assert!(answer.starts_with(b"HTTP/1.1 200 ")),
                        _ => return,
                    }
                    let _ = told.send(Bytes::from(body));
                }
            });
        }
        drop(told);
        // In the middle of the storm, and at another point of it each time. Its log is not read, so it
        // must not be longer than a pipe.
        for _ in 0..50 + 37 * round {
            answered.push(heard.recv().await.unwrap());
        }
        receiver.signal("KILL");
        while let Some(body) = heard.recv().await {
            answered.push(body);
        }
        // What the next one finds has not been looked at by anybody.
        drop(receiver.wait());
    }
    let journal = open(&path);
    let kept = journal.after(0, usize::MAX);
    assert_eq!(journal.fault(), None);
    let bodies: std::collections::HashSet<&Bytes> = kept.iter().map(|capture: &Arc<Capture>| &capture.body).collect();
    let missing = answered.iter().filter(|body| !bodies.contains(body)).count();
    assert_eq!((missing, kept.len() >= answered.len()), (0, true), "{} answered, {} kept", answered.len(), kept.len());
    assert!(kept.windows(2).all(|pair| pair[0].number < pair[1].number));
    assert_eq!(journal.counts().0 - journal.counts().1, kept.len() as u64);
    drop(journal);
    let check: String =
        Connection::open(&path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}
