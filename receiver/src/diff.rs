//! What is different between two captures: in bytes, as JSON, in the heads, in what became of them.

mod body;
mod head;
mod json;
mod shown;

use chatislav_webhooks::ascii_json;
use serde::Serialize;

pub use body::{Bytes, Context};
pub use head::{Headers, Order};
pub use json::{Changed, Json, Spelling};

use crate::journal::Capture;

/// How two captures differ. `Display` is for a terminal, with nothing in it that a terminal obeys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The first one's id.
    pub before: String,
    /// The other's.
    pub after: String,
    /// The words of the request line and the results that are different.
    pub changed: Vec<Field>,
    /// The header lines; `None` if they are the same bytes.
    pub headers: Option<Headers>,
    /// The bodies; `None` if they are the same bytes.
    pub body: Option<Bytes>,
    /// The bodies as JSON, if both are and are not the same bytes.
    pub json: Option<Json>,
    /// The bodies of the answers; `None` if they are the same bytes.
    pub answer_body: Option<Bytes>,
    /// The headers of the answers; `None` if they are the same.
    pub answer_headers: Option<Headers>,
}

/// One thing that a capture says in one word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// `method`, `target`, `verdict`, `reason`, `event`, `status` or `end`.
    pub name: &'static str,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// Compares two captures. Times, numbers and attempts always differ and do not count.
pub fn diff(before: &Capture, after: &Capture) -> Difference {
    let fields = |capture: &Capture| {
        let (method, target) = capture.method_and_target();
        let status = capture.status().map(|status| status.to_string()).unwrap_or_default();
        [
            ("method", method.into_owned()),
            ("target", target.into_owned()),
            ("verdict", capture.verdict.to_string()),
            ("reason", capture.reason.to_string()),
            ("event", capture.event.to_string()),
            ("status", status),
            ("end", capture.end.name().to_owned()),
        ]
    };
    let both = fields(before).into_iter().zip(fields(after));
    let changed = both.filter(|(before, after)| before != after);
    let body = Bytes::between(&before.body, &after.body);
    let answer = |capture: &Capture| capture.answer.as_ref().map(|answer| answer.body.clone()).unwrap_or_default();
    let request = |capture: &Capture| {
        capture.headers().map(|(name, value)| (name.into_owned(), value.to_vec())).collect::<Vec<_>>()
    };
    let answer_lines = |capture: &Capture| {
        let headers = capture.answer.iter().flat_map(|answer| &answer.headers);
        headers.map(|(name, value)| (name.clone(), value.to_vec())).collect::<Vec<_>>()
    };
    Difference {
        before: before.id(),
        after: after.id(),
        changed: changed.map(|((name, before), (_, after))| Field { name, before, after }).collect(),
        headers: Headers::between(&request(before), &request(after)),
        json: body.as_ref().and_then(|_| Json::between(&before.body, &after.body)),
        body,
        answer_body: Bytes::between(&answer(before), &answer(after)),
        answer_headers: Headers::between(&answer_lines(before), &answer_lines(after)),
    }
}

impl Difference {
    /// One JSON object in one line, printable ASCII.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Record<'a> {
            v: u8,
            r#type: &'static str,
            #[serde(flatten)]
            difference: &'a Difference,
        }
        ascii_json(serde_json::to_string(&Record { v: 1, r#type: "difference", difference: self }).unwrap_or_default())
    }

    /// Whether nothing is different.
    pub fn is_none(&self) -> bool {
        self.changed.is_empty()
            && self.headers.is_none()
            && self.body.is_none()
            && self.answer_body.is_none()
            && self.answer_headers.is_none()
    }
}
