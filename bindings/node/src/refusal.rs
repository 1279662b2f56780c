//! What JavaScript makes a `WebhookError` of. Fields are public because napi reads them.

use chatislav_webhooks::{Error, ErrorKind};
use napi_derive::napi;

/// Why something was refused: a code of the table, what to do, and where in the payload.
#[napi(object)]
pub(crate) struct Refusal {
    /// The stable code, such as `signature_mismatch`.
    pub code: String,
    /// What to do about it, in one line.
    pub hint: String,
    /// Where in the payload, such as `byte 17`.
    pub path: Option<String>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal { code: error.code().into(), hint: worded(error.hint()), path: error.path().map(Into::into) }
    }
}

/// A row of the table of codes.
#[napi(object)]
pub(crate) struct Code {
    /// The stable code.
    pub code: String,
    /// The status to answer with.
    pub http_status: u16,
    /// What the code says.
    pub message: String,
    /// What to do, where nothing closer is known.
    pub hint: String,
}

/// Every code, in the order of the documentation. `lib/codes.ts` is made from it.
#[napi(catch_unwind)]
pub(crate) fn codes() -> Vec<Code> {
    let row = |kind: ErrorKind| {
        let error = Error::new(kind);
        Code {
            code: error.code().into(),
            http_status: error.http_status(),
            message: worded(&error.to_string()),
            hint: worded(error.hint()),
        }
    };
    ErrorKind::ALL.into_iter().map(row).collect()
}

/// Options have names of JavaScript's there.
fn worded(text: &str) -> String {
    text.replace("max_body", "maxBody").replace("max_age", "maxAge")
}
