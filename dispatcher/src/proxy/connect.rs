//! A tunnel through an HTTP proxy: `CONNECT`, RFC 9110 section 9.3.6.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::login::Login;
use super::{broken, fault};

/// How many bytes the heads of the proxy's answer may have, interim ones too.
const MAX_HEAD: usize = 8 * 1024;

/// Asks for a tunnel to this address, also where the target is plain HTTP: a proxy that was sent the
/// whole request would resolve the name a second time.
pub(super) async fn open(stream: &mut TcpStream, address: SocketAddr, login: Option<&Login>) -> io::Result<()> {
    let login_line = login.map_or(String::new(), |login| format!("Proxy-Authorization: {}\r\n", login.basic()));
    let request = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n{login_line}\r\n");
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let mut left = MAX_HEAD;
    loop {
        match answer(stream, &mut left).await? {
            // Interim: the answer itself is still to come.
            100 | 102..200 => {}
            200..300 => return Ok(()),
            407 if login.is_none() => return Err(fault("asks for a user name and password: status 407")),
            407 => return Err(fault("refused the user name and password: status 407")),
            status => return Err(fault(format_args!("refused to connect: status {status}"))),
        }
    }
}

/// The status of one head. Not a byte behind the head is taken: it is the tunnel's.
async fn answer(stream: &mut TcpStream, left: &mut usize) -> io::Result<u16> {
    let mut head = Vec::new();
    loop {
        let mut window = [0; 1024];
        let there = stream.peek(&mut window).await.map_err(broken)?;
        if there == 0 {
            return Err(broken(io::ErrorKind::UnexpectedEof.into()));
        }
        let before = head.len();
        head.extend_from_slice(window.get(..there).unwrap_or_default());
        let end = end_of_head(&head, before);
        head.truncate(end.unwrap_or(head.len()));
        let taken = head.len().saturating_sub(before);
        stream.read_exact(window.get_mut(..taken).unwrap_or_default()).await.map_err(broken)?;
        if !is_http(&head) {
            return Err(fault("answered something other than HTTP/1"));
        }
        *left = left.checked_sub(taken).ok_or_else(|| fault("answered with a head that does not end"))?;
        if end.is_some() {
            return status(&head).ok_or_else(|| fault("answered without a status"));
        }
    }
}

/// Whether this is, or could become, the beginning of an answer.
fn is_http(head: &[u8]) -> bool {
    head.iter().zip(b"HTTP/1.").all(|(got, wanted)| got == wanted)
}

/// Where the head ends, behind its empty line; what stands before `from` held no end.
fn end_of_head(head: &[u8], from: usize) -> Option<usize> {
    let from = from.saturating_sub(2);
    let lines = head.get(from..)?.windows(3).position(|bytes| bytes == b"\n\r\n").map(|at| from + at + 3);
    // A line may end in LF alone (RFC 9112 section 2.2).
    let bare = head.get(from..)?.windows(2).position(|bytes| bytes == b"\n\n").map(|at| from + at + 2);
    [lines, bare].into_iter().flatten().min()
}

fn status(head: &[u8]) -> Option<u16> {
    let rest = head.strip_prefix(b"HTTP/1.")?;
    match rest {
        [version, b' ', digits @ ..] if version.is_ascii_digit() => {
            let code = digits.get(..3)?;
            let ends = digits.get(3).is_some_and(|byte| matches!(byte, b' ' | b'\r' | b'\n'));
            let is_code = ends && code.iter().all(u8::is_ascii_digit) && code.first() != Some(&b'0');
            is_code.then(|| code.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0')))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_is_read_strictly() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        assert_eq!(status(b"HTTP/1.1 200\n\n"), Some(200));
        for head in
            ["HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n", "HTTP/1.1 000 \r\n\r\n"]
        {
            assert_eq!(status(head.as_bytes()), None, "{head}");
        }
        for head in ["HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 +20 OK\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.", ""] {
            assert_eq!(status(head.as_bytes()), None, "{head}");
        }
    }

    #[test]
    fn a_head_ends_at_its_first_empty_line_however_it_was_cut() {
        for (head, end) in [
            ("HTTP/1.1 200 OK\r\n\r\n", 19),
            ("HTTP/1.1 200 OK\r\na: b\r\n\r\n\r\n\r\n", 25),
            ("HTTP/1.1 200 OK\n\nx\r\n\r\n", 17),
        ] {
            for cut in 0..end {
                assert_eq!(end_of_head(&head.as_bytes()[..cut], 0), None, "{head:?} {cut}");
                assert_eq!(end_of_head(head.as_bytes(), cut), Some(end), "{head:?} {cut}");
            }
        }
        assert!(
            is_http(b"") && is_http(b"HT") && is_http(b"HTTP/1.1 ") && !is_http(b"SSH-2.0-") && !is_http(b"HTTP/2")
        );
    }
}
