//! Why a signature does not fit, as JavaScript has it.

use chatislav_webhooks::explain::{Difference, HEADERS};
use napi_derive::napi;

/// What makes the signature of a request fit. For development: it shows a few bytes of the body.
#[napi(object)]
pub(crate) struct Explanation {
    /// Whether something makes the signature fit.
    pub found: bool,
    /// The changes that make it fit, such as `json_python` or `json_python+secret_trimmed`; `none` if it
    /// fits as it is. Absent if nothing was found.
    pub change: Option<String>,
    /// The same as a list of codes.
    pub changes: Vec<String>,
    /// Which secret it is, or was made of, counted from 0, newest first.
    pub secret_index: Option<u32>,
    /// What was found out, in a sentence.
    pub message: String,
    /// The line to change, for the frameworks in which the mistake is typical.
    pub fix: String,
    /// The first byte in which the body at hand is not the one that was signed, counted from 0.
    pub offset: Option<f64>,
    /// Its line, counted from 1.
    pub line: Option<f64>,
    /// Its place in the line in characters, counted from 1.
    pub column: Option<f64>,
    /// A few bytes around it in the body at hand, as printable ASCII.
    pub at_hand: Option<String>,
    /// A few bytes around it in what was signed, as printable ASCII.
    pub signed: Option<String>,
    /// What else was seen, if nothing was found. It proves nothing.
    pub observations: Vec<String>,
    /// How many combinations of body, secret and digest were compared.
    pub tried: f64,
    /// Whether everything was tried before the limit of work was reached.
    pub complete: bool,
}

impl From<chatislav_webhooks::explain::Explanation> for Explanation {
    fn from(explanation: chatislav_webhooks::explain::Explanation) -> Self {
        let difference = explanation.difference();
        // Neither bodies nor tries come near to what a number of JavaScript cannot count.
        let place = |of: fn(&Difference) -> usize| difference.map(|difference| of(difference) as f64);
        Explanation {
            found: explanation.is_found(),
            change: explanation.change(),
            changes: explanation.changes().iter().map(|change| (*change).to_owned()).collect(),
            secret_index: explanation.secret_index().and_then(|index| u32::try_from(index).ok()),
            message: explanation.message().to_owned(),
            fix: explanation.fix(),
            offset: place(Difference::offset),
            line: place(Difference::line),
            column: place(Difference::column),
            at_hand: difference.map(|difference| difference.at_hand().to_owned()),
            signed: difference.map(|difference| difference.signed().to_owned()),
            observations: explanation.observations().iter().map(|seen| seen.message().to_owned()).collect(),
            tried: explanation.tried() as f64,
            complete: explanation.is_complete(),
        }
    }
}

/// The headers that an explanation looks at, in lower case.
#[napi(catch_unwind)]
pub(crate) fn explained_headers() -> Vec<String> {
    HEADERS.map(str::to_owned).to_vec()
}
