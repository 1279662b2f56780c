//! The user name and password that a proxy asks for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// What RFC 1929 can carry, and RFC 7617 (Basic).
#[derive(Clone)]
pub(super) struct Login {
    user: Vec<u8>,
    password: Vec<u8>,
}

impl Login {
    /// As they stand in a URL, percent-encoded.
    pub(super) fn read(user: &str, password: &str) -> Option<Self> {
        let [user, password] = [user, password].map(|text| percent_decode_str(text).collect::<Vec<_>>());
        let is_carried = |bytes: &[u8]| bytes.len() <= 255 && !bytes.iter().any(u8::is_ascii_control);
        let is_good = !user.is_empty() && !user.contains(&b':') && is_carried(&user) && is_carried(&password);
        is_good.then_some(Login { user, password })
    }

    /// The value of `Proxy-Authorization`.
    pub(super) fn basic(&self) -> String {
        let pair = [self.user.as_slice(), b":", self.password.as_slice()].concat();
        format!("Basic {}", STANDARD.encode(pair))
    }

    /// The request of RFC 1929.
    pub(super) fn negotiation(&self) -> Vec<u8> {
        let mut request = vec![1];
        for field in [&self.user, &self.password] {
            // Never over 255, by `read`.
            request.push(u8::try_from(field.len()).unwrap_or(u8::MAX));
            request.extend_from_slice(field);
        }
        request
    }
}
