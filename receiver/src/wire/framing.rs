//! Where in the bytes of a connection the heads are, and which of them could be read in two ways.

use bytes::Bytes;

/// A head as it came.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) bytes: Bytes,
    /// Why it is refused although a parser may take it.
    pub(crate) doubt: Option<Doubt>,
}

/// What two readers could understand in two ways, or what HTTP forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) status: u16,
    pub(crate) reason: &'static str,
}

/// Follows the bytes that come in, request after request.
///
/// It reads the framing a second time beside hyper, so a head in doubt ends it: what comes after
/// such a head belongs to nobody, and the connection is closed.
#[derive(Debug)]
pub(crate) struct Framing {
    state: State,
    /// The head or the line that has not come to its end.
    partial: Vec<u8>,
    /// Where in `partial` the line that is being read begins.
    line: usize,
    max_head: usize,
    is_too_long: bool,
}

const TOO_LONG: Doubt = Doubt { status: 431, reason: "a head that is too long" };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailer,
    Lost,
}

impl Framing {
    pub(crate) fn new(max_head: usize) -> Self {
        Framing { state: State::Head, partial: Vec::new(), line: 0, max_head, is_too_long: false }
    }

    /// Whether what comes next belongs to a head.
    pub(crate) fn awaits_head(&self) -> bool {
        matches!(self.state, State::Head | State::Lost)
    }

    /// Whether a head has begun and not ended.
    pub(crate) fn has_begun(&self) -> bool {
        self.state == State::Head && !self.partial.is_empty()
    }

    /// What came of a head that did not come to its end.
    pub(crate) fn unfinished(&mut self) -> Option<Bytes> {
        let is_head = matches!(self.state, State::Head | State::Lost);
        let partial = std::mem::take(&mut self.partial);
        (is_head && !partial.is_empty()).then(|| partial.into())
    }

    /// What came of a head over the limit, which hyper takes where the limit is below its own.
    pub(crate) fn too_long(&mut self) -> Option<Head> {
        std::mem::take(&mut self.is_too_long)
            .then(|| Head { bytes: std::mem::take(&mut self.partial).into(), doubt: Some(TOO_LONG) })
    }

    /// Takes what came, and hands out each head that came to its end.
    pub(crate) fn take(&mut self, mut bytes: &[u8], mut head: impl FnMut(Head)) {
        while !bytes.is_empty() {
            match self.state {
                State::Lost => return,
                State::Head => bytes = self.head(bytes, &mut head),
                State::Body(left) => {
                    let rest = skip(&mut bytes, left);
                    self.state = if rest == 0 { State::Head } else { State::Body(rest) };
                }
                State::Chunk(left) => {
                    let rest = skip(&mut bytes, left);
                    self.state = if rest == 0 { State::ChunkEnd } else { State::Chunk(rest) };
                }
                State::ChunkSize | State::ChunkEnd | State::Trailer => {
                    let Some(line) = self.line(&mut bytes) else { return };
                    self.state = self.after(&line);
                }
            }
        }
    }

    fn head<'a>(&mut self, bytes: &'a [u8], head: &mut impl FnMut(Head)) -> &'a [u8] {
        let mut at = 0;
        while let Some(end) = memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).map(|end| at + end + 1) {
            let is_blank = if at == 0 && self.line < self.partial.len() {
                let begun = self.partial.get(self.line..).unwrap_or_default();
                begun == b"\r" && end == 1
            } else {
                matches!(bytes.get(at..end), Some(b"\n" | b"\r\n"))
            };
            if is_blank && at == 0 && matches!(self.partial.as_slice(), b"" | b"\r") {
                // Empty lines before a request are nothing (RFC 9112 section 2.2).
                self.partial.clear();
                self.line = 0;
                return bytes.get(end..).unwrap_or_default();
            }
            if is_blank {
                self.partial.extend_from_slice(bytes.get(..end).unwrap_or_default());
                self.line = 0;
                let whole = Bytes::from(std::mem::take(&mut self.partial));
                let (state, doubt) =
                    if whole.len() > self.max_head { (State::Lost, Some(TOO_LONG)) } else { judge(&whole) };
                self.state = if doubt.is_some() { State::Lost } else { state };
                head(Head { bytes: whole, doubt });
                return bytes.get(end..).unwrap_or_default();
            }
            at = end;
            self.line = self.partial.len() + end;
        }
        let room = self.max_head.saturating_sub(self.partial.len()).min(bytes.len());
        self.partial.extend_from_slice(bytes.get(..room).unwrap_or_default());
        if room < bytes.len() {
            self.state = State::Lost;
            self.is_too_long = true;
        }
        &[]
    }

    /// A line of the framing between chunks, without its end. To hyper a bare line feed is no end
    /// here, so what comes after one belongs to nobody.
    fn line(&mut self, bytes: &mut &[u8]) -> Option<Vec<u8>> {
        const LONGEST: usize = 16 * 1024;
        let end = memchr::memchr(b'\n', bytes);
        let taken = end.map_or(bytes.len(), |end| end + 1);
        let (now, rest) = bytes.split_at(taken);
        *bytes = rest;
        self.partial.extend_from_slice(now);
        if self.partial.len() > LONGEST {
            self.partial.clear();
            self.state = State::Lost;
            return None;
        }
        end?;
        let line = std::mem::take(&mut self.partial);
        let whole = line.strip_suffix(b"\r\n").map(<[u8]>::to_vec);
        if whole.is_none() {
            self.state = State::Lost;
        }
        whole
    }

    fn after(&self, line: &[u8]) -> State {
        match self.state {
            State::ChunkSize => {
                let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
                let size = str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok());
                match size {
                    Some(0) => State::Trailer,
                    Some(size) => State::Chunk(size),
                    None => State::Lost,
                }
            }
            State::ChunkEnd if line.is_empty() => State::ChunkSize,
            State::Trailer if line.is_empty() => State::Head,
            State::Trailer => State::Trailer,
            _ => State::Lost,
        }
    }
}

/// Passes over as many bytes as are wanted and there; says how many are still wanted.
fn skip(bytes: &mut &[u8], wanted: u64) -> u64 {
    let here = usize::try_from(wanted).map_or(bytes.len(), |wanted| wanted.min(bytes.len()));
    *bytes = bytes.get(here..).unwrap_or_default();
    wanted - here as u64
}

/// How the body after a head is framed, or why the head is refused.
fn judge(head: &[u8]) -> (State, Option<Doubt>) {
    let bad = |reason| (State::Lost, Some(Doubt { status: 400, reason }));
    if memchr::memchr(0, head).is_some() {
        return bad("a NUL in the head");
    }
    let mut begin = 0;
    let mut lines = memchr::memchr_iter(b'\n', head).map(|end| {
        let line = head.get(begin..end).unwrap_or_default();
        begin = end + 1;
        line.strip_suffix(b"\r").unwrap_or(line)
    });
    let request = lines.next().unwrap_or_default();
    let (mut length, mut is_chunked, mut hosts) = (None, false, 0);
    for line in lines {
        let Some(first) = line.first() else { break };
        if matches!(first, b' ' | b'\t') {
            return bad("a header that goes on in a second line (obs-fold)");
        }
        if !matches!(first | 0x20, b'c' | b't' | b'h') {
            continue;
        }
        let Some(colon) = memchr::memchr(b':', line) else { return bad("a header line without a colon") };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.trim_ascii_end().len() != name.len() {
            return bad("a blank before the colon of a header");
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            if length.is_some() {
                return bad("Content-Length twice");
            }
            let digits = str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            match digits.and_then(|digits| digits.parse::<u64>().ok()) {
                Some(value) => length = Some(value),
                None => return bad("a Content-Length that is no number"),
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if is_chunked {
                return bad("Transfer-Encoding twice");
            }
            if !value.eq_ignore_ascii_case(b"chunked") {
                // RFC 9112 section 6.1: a coding that is not understood is 501.
                let reason = "a Transfer-Encoding other than chunked";
                return (State::Lost, Some(Doubt { status: 501, reason }));
            }
            is_chunked = true;
        } else if name.eq_ignore_ascii_case(b"host") {
            hosts += 1;
        }
    }
    if is_chunked && length.is_some() {
        return bad("Transfer-Encoding and Content-Length together");
    }
    let is_11 = request.ends_with(b"HTTP/1.1");
    if is_chunked && !is_11 {
        return bad("Transfer-Encoding in HTTP/1.0");
    }
    if hosts > 1 || (is_11 && hosts == 0) {
        return bad("not exactly one Host header");
    }
    match (is_chunked, length) {
        (true, _) => (State::ChunkSize, None),
        (false, Some(length)) if length > 0 => (State::Body(length), None),
        _ => (State::Head, None),
    }
}
