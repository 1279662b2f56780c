//! Short texts out of JavaScript, without an allocation.

use std::ptr;

use napi::bindgen_prelude::FromNapiValue;
use napi::{Result, check_status, sys};

/// Room for a signature and some blanks; longer texts are allocated.
const ROOM: usize = 80;

/// A text as UTF-8.
pub(crate) enum Text {
    Short([u8; ROOM], usize),
    Long(String),
}

impl Text {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Text::Short(bytes, length) => bytes.get(..*length).unwrap_or_default(),
            Text::Long(text) => text.as_bytes(),
        }
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl FromNapiValue for Text {
    #[expect(unsafe_code, reason = "N-API fills a buffer of ours; `String` allocates and asks twice")]
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut bytes = [0; ROOM];
        let mut length = 0;
        // SAFETY: `env` and `value` are those of the call under way; Node writes at most `ROOM`
        // bytes, a final NUL included, and says in `length` how many without it.
        let status =
            unsafe { sys::napi_get_value_string_utf8(env, value, ptr::from_mut(&mut bytes).cast(), ROOM, &mut length) };
        check_status!(status, "not a string")?;
        // A character has up to four bytes, and one that no longer fits is left out.
        if length + 4 < ROOM {
            Ok(Text::Short(bytes, length))
        } else {
            // SAFETY: as above.
            unsafe { String::from_napi_value(env, value) }.map(Text::Long)
        }
    }
}
