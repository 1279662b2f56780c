//! A shared secret: redacted, wiped, never blank.

use std::fmt;
use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};

/// A webhook secret, as generated on Chatislav's Webhooks screen.
///
/// It cannot be printed, it is compared in constant time, and its bytes are wiped when it is dropped. Text is hashed
/// as its UTF-8 bytes; nothing is trimmed or decoded.
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Box<[u8]>>,
    // The two key blocks are hashed once, here; the state wipes itself (hmac's `zeroize`).
    keyed: Hmac<Sha256>,
}

impl Secret {
    /// Takes a secret as text or bytes.
    ///
    /// # Errors
    /// `secret_blank` for an empty secret or one of nothing but white space, zero-width characters
    /// and NULs: everybody could sign with it.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, Error> {
        let bytes = secret.as_ref();
        if is_blank(bytes) {
            return Err(Error::new(ErrorKind::SecretBlank));
        }
        Ok(Secret::of(bytes))
    }

    /// A secret that may be blank, to find out whether somebody signed with one.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104 section 2)")]
        let keyed = Hmac::new_from_slice(bytes).expect("HMAC takes a key of any length");
        Secret { bytes: Zeroizing::new(bytes.into()), keyed }
    }

    /// The text of a new secret: 64 hexadecimal digits of 32 bytes that the system drew at random.
    pub fn generate(random: &[u8; 32]) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(random))
    }

    /// A secret that [`Secret::generate`] has made: it is not blank.
    pub(crate) fn generated(text: &str) -> Self {
        Secret::of(text.as_bytes())
    }

    /// The secret itself, where it is text, for the one file that keeps it.
    pub(crate) fn text(&self) -> Option<&str> {
        str::from_utf8(&self.bytes).ok()
    }

    /// Whether both are the same secret. The time it takes tells the length alone.
    pub fn is_same(&self, other: &Secret) -> bool {
        self.bytes.ct_eq(&other.bytes).into()
    }

    /// Eight hexadecimal digits by which people tell secrets apart without seeing them.
    ///
    /// The first 4 bytes of HMAC-SHA256(secret, `chatislav-webhooks/fingerprint`).
    pub fn fingerprint(&self) -> String {
        let mut mac = self.keyed();
        mac.update(b"chatislav-webhooks/fingerprint");
        let digest = mac.finalize().into_bytes();
        hex::encode(digest.first_chunk::<4>().unwrap_or(&[0; 4]))
    }

    /// Something about the secret that often is a mistake of copying, for a warning at start-up.
    ///
    /// The secret works as it is: Chatislav may well have generated it like this.
    pub fn suspicion(&self) -> Option<&'static str> {
        let bytes = &**self.bytes;
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return None };
        if first.is_ascii_whitespace() || last.is_ascii_whitespace() {
            Some("it begins or ends with white space or a line end")
        } else if bytes.starts_with(b"\xEF\xBB\xBF") {
            Some("it begins with a byte order mark")
        } else if bytes.len() > 1 && first == last && matches!(first, b'"' | b'\'' | b'`') {
            Some("it stands in quotes")
        } else if bytes.starts_with(b"CHATISLAV_WEBHOOK_SECRET=") {
            Some("it begins with the name of the variable")
        } else {
            None
        }
    }

    /// Where the secret itself stands in these bytes, from here on: what is to be shown must not hold it.
    pub fn find_in(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let found = bytes.get(from..)?.windows(self.bytes.len()).position(|window| *window == **self.bytes)?;
        Some(from + found..from + found + self.bytes.len())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn keyed(&self) -> Hmac<Sha256> {
        self.keyed.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// Anything that is one secret or a list of them, newest first.
pub trait IntoSecrets {
    /// Takes each as a [`Secret`].
    ///
    /// # Errors
    /// `secret_blank` if one of them is blank.
    fn into_secrets(self) -> Result<Vec<Secret>, Error>;
}

/// One secret: text, bytes or a [`Secret`].
pub trait IntoSecret {
    /// Takes it as a [`Secret`].
    ///
    /// # Errors
    /// `secret_blank` if it is blank.
    fn into_secret(self) -> Result<Secret, Error>;
}

macro_rules! one_secret {
    ($($kind:ty),*) => {$(
        impl IntoSecret for $kind {
            fn into_secret(self) -> Result<Secret, Error> {
                Secret::new(self)
            }
        }
        impl IntoSecrets for $kind {
            fn into_secrets(self) -> Result<Vec<Secret>, Error> {
                Ok(vec![Secret::new(self)?])
            }
        }
    )*};
}

one_secret!(&str, String, &String, &[u8], Vec<u8>, &Vec<u8>);

impl<const N: usize> IntoSecrets for &[u8; N] {
    fn into_secrets(self) -> Result<Vec<Secret>, Error> {
        Ok(vec![Secret::new(self)?])
    }
}

impl IntoSecret for Secret {
    fn into_secret(self) -> Result<Secret, Error> {
        Ok(self)
    }
}

impl IntoSecrets for Secret {
    fn into_secrets(self) -> Result<Vec<Secret>, Error> {
        Ok(vec![self])
    }
}

impl<T: IntoSecret> IntoSecrets for Vec<T> {
    fn into_secrets(self) -> Result<Vec<Secret>, Error> {
        self.into_iter().map(T::into_secret).collect()
    }
}

impl<T: IntoSecret, const N: usize> IntoSecrets for [T; N] {
    fn into_secrets(self) -> Result<Vec<Secret>, Error> {
        self.into_iter().map(T::into_secret).collect()
    }
}

impl<T: IntoSecret + Clone> IntoSecrets for &[T] {
    fn into_secrets(self) -> Result<Vec<Secret>, Error> {
        self.iter().cloned().map(T::into_secret).collect()
    }
}

/// White space, zero-width characters and NULs are nothing to sign with: HMAC pads a key with
/// NULs, so a key of NULs is the empty key (RFC 2104 section 2). A vertical tab is no blank here,
/// or the first key of RFC 4231, twenty of them, could not be tested.
fn is_blank(secret: &[u8]) -> bool {
    let is_blank = |c: char| {
        (c.is_whitespace() && c != '\u{B}') || matches!(c, '\0' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
    };
    std::str::from_utf8(secret).is_ok_and(|text| text.chars().all(is_blank))
}
