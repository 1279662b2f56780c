//! An answer, read byte by byte: heads by `httparse`, bodies by their framing.

use httparse::{EMPTY_HEADER, ParserConfig, Response, Status};

use crate::exchange::MAX_KEPT;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;
/// How much may come before the final head and with it, in bytes: answers like `100 Continue` may be without end.
const MAX_BEFORE: usize = MAX_HEAD + MAX_KEPT + 32 * 1024;

/// How far an answer has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// No final head yet; how many `100 Continue` went before it.
    Before { continues: usize },
    /// The head is there; where the body begins, and whether all of it is there.
    Head { head: Head, body: Vec<u8>, body_at: usize, is_whole: bool },
    /// This is no HTTP/1.1.
    NotHttp,
}

/// A final head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

/// Reads what has come so far.
pub(crate) fn read(bytes: &[u8], is_head: bool) -> Progress {
    let mut rest = bytes;
    let mut continues = 0;
    loop {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut response = Response::new(&mut headers);
        let parsed = ParserConfig::default().parse_response(&mut response, rest);
        let length = match parsed {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) if rest.len() <= MAX_HEAD && bytes.len() <= MAX_BEFORE => {
                return Progress::Before { continues };
            }
            _ => return Progress::NotHttp,
        };
        let status = response.code.unwrap_or_default();
        let head = Head {
            status,
            headers: response
                .headers
                .iter()
                .map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec()))
                .collect(),
        };
        rest = rest.get(length..).unwrap_or_default();
        match status {
            // Nobody asked for another protocol.
            101 => return Progress::NotHttp,
            100..200 => continues += 1,
            _ => {
                let (body, is_whole) = head.body(rest, is_head);
                return Progress::Head { head, body, body_at: bytes.len() - rest.len(), is_whole };
            }
        }
    }
}

/// Where the chunks begin of an answer whose body comes in chunks.
pub(crate) fn chunks_at(bytes: &[u8], is_head: bool) -> Option<usize> {
    match read(bytes, is_head) {
        Progress::Head { head, body, body_at, .. } if head.is_chunked() && !body.is_empty() => Some(body_at),
        _ => None,
    }
}

impl Head {
    fn is_chunked(&self) -> bool {
        self.value("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().ends_with(b"chunked"))
    }

    fn value(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_slice())
    }

    /// The body without its framing, and whether that is all of it. What is long is cut and whole.
    fn body(&self, rest: &[u8], is_head: bool) -> (Vec<u8>, bool) {
        if is_head || matches!(self.status, 204 | 304) {
            return (Vec::new(), true);
        }
        let is_long = rest.len() > MAX_KEPT;
        let kept = rest.get(..MAX_KEPT.min(rest.len())).unwrap_or_default();
        if self.is_chunked() {
            let (body, is_whole) = unchunked(kept);
            return (body, is_whole || is_long);
        }
        let length = self.value("content-length").and_then(|value| str::from_utf8(value).ok()?.trim().parse().ok());
        match length {
            Some(length) => {
                let length: usize = length;
                (kept.get(..length.min(kept.len())).unwrap_or_default().to_vec(), kept.len() >= length || is_long)
            }
            // Its end is that of the connection.
            None => (kept.to_vec(), is_long),
        }
    }
}

/// Takes chunks apart as far as they go.
fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Ok(Status::Complete((start, size))) = httparse::parse_chunk_size(rest) else {
            return (body, false);
        };
        if size == 0 {
            return (body, true);
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let data = rest.get(start..).unwrap_or_default();
        body.extend_from_slice(data.get(..size.min(data.len())).unwrap_or_default());
        match data.get(size.saturating_add(2)..) {
            Some(behind) => rest = behind,
            None => return (body, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &str, status: u16, body: &str, is_whole: bool) {
        let Progress::Head { head, body: seen, is_whole: whole, .. } = read(bytes.as_bytes(), false) else {
            panic!("no head in {bytes:?}");
        };
        assert_eq!((head.status, seen.as_slice(), whole), (status, body.as_bytes(), is_whole), "{bytes:?}");
    }

    #[test]
    fn a_body_ends_where_its_framing_says() {
        check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokmore", 200, "ok", true);
        check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 200, "ok", true);
        check("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok", 200, "ok", false);
        check("HTTP/1.1 200 OK\r\n\r\nok", 200, "ok", false);
        check("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true);
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1;x=y\r\n!\r\n0\r\n\r\n",
            200,
            "ok!",
            true,
        );
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n5\r\n!", 200, "ok!", false);
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nok", 200, "ok", false);
    }

    #[test]
    fn answers_before_the_final_one_are_passed_over() {
        check(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\na: b\r\n\r\nHTTP/1.1 401 No\r\n\r\n",
            401,
            "",
            false,
        );
        assert_eq!(read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2", false), Progress::Before { continues: 1 });
        // An endless row of them is no answer.
        let row = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(MAX_BEFORE / 25 + 1);
        assert_eq!(read(&row, false), Progress::NotHttp);
        assert!(matches!(read(&row[..MAX_BEFORE - 1_000], false), Progress::Before { .. }));
    }

    #[test]
    fn what_is_no_http_is_said_to_be_none() {
        assert_eq!(read(b"SSH-2.0-OpenSSH_9.2\r\n", false), Progress::NotHttp);
        assert_eq!(read(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", false), Progress::NotHttp);
        assert_eq!(read(b"", false), Progress::Before { continues: 0 });
    }
}
