//! An exchange as a line for the shell.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatislav_webhooks::Printable;

use crate::exchange::Exchange;

/// What curl says by itself, and says right.
const ITS_OWN: [&str; 4] = ["host", "content-length", "connection", "expect"];
/// The longest body that a line has.
const LONGEST: usize = 16 * 1024;

impl Exchange {
    /// A line for a POSIX shell by which curl sends the same request to the target; `None` where that
    /// needs more than a line: a long body, one in chunks, one that was not sent whole.
    ///
    /// It holds the signature of this one body, and never a secret. The value of a custom header is read
    /// from a variable: of `X-Api-Key` from `$X_API_KEY`.
    pub fn curl(&self, target: &str) -> Option<String> {
        let is_bare = self.body_at.is_none() && self.sent.bytes.ends_with(b"\r\n\r\n");
        let at = if is_bare { self.sent.total } else { self.body_at? };
        if self.sent.is_cut() {
            return None;
        }
        let (head, body) = self.sent.bytes.split_at_checked(at)?;
        if body.len() > LONGEST || body.len() != announced(head) {
            return None;
        }
        let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        let method = String::from_utf8_lossy(lines.next()?.split(|byte| *byte == b' ').next()?).into_owned();
        let mut line = String::new();
        let is_text = shown(body);
        if !body.is_empty() && is_text.is_none() {
            line.push_str(&format!("printf %s {} | base64 -d | ", single(&STANDARD.encode(body))));
        }
        line.push_str("curl -i");
        line.push_str(&if method == "HEAD" { " --head".to_owned() } else { format!(" -X {method}") });
        line.push_str(&format!(" --globoff --path-as-is {}", single(target)));
        for header in lines.take_while(|header| !header.is_empty()) {
            let name = header.split(|byte| *byte == b':').next().unwrap_or_default();
            if !ITS_OWN.iter().any(|own| name.eq_ignore_ascii_case(own.as_bytes())) {
                line.push_str(&format!(" -H {}", word(header)));
            }
        }
        match is_text {
            _ if body.is_empty() && is_bare => {}
            // Not `--data-binary`, to which a leading `@` is the name of a file.
            Some(text) => line.push_str(&format!(" --data-raw {}", single(text))),
            None => line.push_str(" --data-binary @-"),
        }
        Some(line)
    }
}

/// The length that the head announces; 0 if none.
fn announced(head: &[u8]) -> usize {
    let text = String::from_utf8_lossy(head);
    let mut values = text.lines().filter_map(|line| line.strip_prefix("content-length: "));
    values.next().and_then(|value| value.parse().ok()).unwrap_or_default()
}

/// A header line as a word. `Name:` would take the header away; `Name;` sends it empty.
fn word(header: &[u8]) -> String {
    if let Some(name) = header.strip_suffix(b":") {
        return single(&format!("{};", String::from_utf8_lossy(name)));
    }
    if let Some(name) = concealed(header) {
        let variable: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        return format!("\"{name}: ${{{}}}\"", variable.to_ascii_uppercase());
    }
    if let Some(text) = shown(header) {
        return single(text);
    }
    let mut word = String::from("\"$(printf '");
    for byte in header {
        match byte {
            b'%' => word.push_str("%%"),
            b' ' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b':' | b'-' | b'_' | b'.' => word.push(char::from(*byte)),
            _ => word.push_str(&format!("\\{byte:03o}")),
        }
    }
    word + "')\""
}

/// The name of a header whose value was blotted out. Names are tokens (RFC 9110 section 5.1), but some
/// of those mean something between double quotes.
fn concealed(header: &[u8]) -> Option<&str> {
    let (name, value) = str::from_utf8(header).ok()?.split_once(": ")?;
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_plain && !value.is_empty() && value.bytes().all(|byte| byte == b'*')).then_some(name)
}

pub(crate) fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The text, if it is one line that a terminal takes as it is.
fn shown(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok().filter(|text| Printable(text).to_string() == *text)
}
