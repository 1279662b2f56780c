//! What may have happened to the body between the signer and us.

mod sorted;
mod style;
mod text;
mod wrapped;
mod writer;
mod writing;

use std::borrow::Cow;

use self::style::{Habits, Numbers, Style};
use self::writing::{OF_JAVASCRIPT, OF_PYTHON, WRITINGS, Writing};
use super::difference;
use super::mend::Mend;
use super::pieces::Pieces;
use crate::json::Json;

pub(super) use self::wrapped::is_python_name;

/// The body that was handed in.
pub(super) struct Body<'a> {
    pub(super) bytes: &'a [u8],
    /// What it says, if it is JSON.
    pub(super) payload: Option<Payload<'a>>,
}

pub(super) struct Payload<'a> {
    pub(super) json: Json<'a>,
    /// What stands around the JSON: blanks, a byte order mark.
    around: (&'a [u8], &'a [u8]),
    habits: Habits,
    /// The JSON with its names in order, if they are not.
    sorted: Option<String>,
}

/// The signer's bytes, as made of ours.
#[derive(Clone, Debug)]
pub(super) struct BodyChange {
    pub(super) code: &'static str,
    /// What was signed, behind "the signature fits".
    pub(super) signed: Cow<'static, str>,
    pub(super) mend: Mend,
    make: Make,
}

#[derive(Clone, Copy, Debug)]
enum Make {
    Write(Style),
    /// Says in the end whether there was anything to change.
    Text(fn(&Body<'_>, &mut Pieces<'_>) -> bool),
}

const fn text(
    code: &'static str,
    signed: &'static str,
    mend: Mend,
    make: fn(&Body<'_>, &mut Pieces<'_>) -> bool,
) -> BodyChange {
    BodyChange { code, signed: Cow::Borrowed(signed), mend, make: Make::Text(make) }
}

impl<'a> Body<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Body { bytes, payload: Payload::of(bytes) }
    }

    /// The body without a look at what it says, which takes time too.
    pub(super) fn unread(bytes: &'a [u8]) -> Self {
        Body { bytes, payload: None }
    }

    /// The changes that would make other bytes of this body, the likeliest first.
    pub(super) fn changes(&self) -> Vec<BodyChange> {
        let mut changes = text::CHANGES.to_vec();
        if let Some(payload) = &self.payload {
            let mut seen: Vec<Style> = Vec::new();
            let mut add = |mut change: BodyChange, style: Style| {
                let shown = payload.habits.shown(style);
                if !seen.contains(&shown) && (!style.is_sorted || payload.sorted.is_some()) {
                    seen.push(shown);
                    change.make = Make::Write(shown);
                    changes.push(change);
                }
            };
            for writing in WRITINGS {
                add(written(writing), writing.style);
            }
            add(respelt("json_unescaped", "the characters themselves where it has `\\uXXXX`"), writing::UNESCAPED);
            add(respelt("json_escaped", "`\\uXXXX` for every character outside ASCII"), writing::ESCAPED);
        }
        changes.extend(wrapped::CHANGES);
        changes
    }

    /// The payload with `.0` behind some of its whole numbers, which JavaScript takes away and nobody
    /// can see: every choice of few numbers; of many all together, and each of the first alone.
    pub(super) fn points(&self) -> Vec<BodyChange> {
        let Some(payload) = &self.payload else { return Vec::new() };
        let whole = payload.habits.whole;
        let choices: Vec<u64> = match whole {
            0 => Vec::new(),
            1..=FEW => (1..1 << whole).collect(),
            _ => [u64::MAX].into_iter().chain((0..ALONE).map(|which| 1 << which)).collect(),
        };
        let with_points = |which: u64, writing: &Writing| {
            let style = Style { numbers: Numbers::WithPoint(which), ..payload.habits.shown(writing.style) };
            BodyChange {
                code: "json_points",
                signed: format!("the same JSON as {}, with `.0` behind numbers that lost it", writing.who).into(),
                mend: Mend::JavaScript,
                make: Make::Write(style),
            }
        };
        choices
            .iter()
            .flat_map(|which| [OF_PYTHON, OF_JAVASCRIPT].map(|writing| with_points(*which, writing)))
            .collect()
    }

    /// The program that would have written this JSON just so.
    pub(super) fn writing(&self) -> Option<&'static Writing> {
        let payload = self.payload.as_ref().filter(|payload| payload.json.is_object())?;
        let ours = payload.json.as_str().as_bytes();
        let told = WRITINGS.iter().copied().filter(|writing| {
            // In these styles a payload is written only as long as it has nothing to change.
            !writing.style.is_sorted && writing.style.numbers == Numbers::Kept
        });
        told.into_iter().find(|writing| difference::first(ours, |pieces| written(writing).make(self, pieces)).is_none())
    }
}

/// How many numbers are few.
const FEW: u32 = 7;
/// How many of more are tried alone.
const ALONE: u32 = 12;

fn written(writing: &Writing) -> BodyChange {
    BodyChange {
        code: writing.code,
        signed: format!("the same JSON as {}", writing.who).into(),
        mend: writing.mend,
        make: Make::Write(writing.style),
    }
}

fn respelt(code: &'static str, with: &str) -> BodyChange {
    let signed = format!("the body with {with}").into();
    BodyChange { code, signed, mend: Mend::Any, make: Make::Write(writing::UNESCAPED) }
}

impl<'a> Payload<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        let json = Json::check(text.strip_prefix('\u{FEFF}').unwrap_or(text)).ok()?;
        let after = text.len() - text.trim_end_matches([' ', '\t', '\r', '\n']).len();
        let end = text.len() - after;
        let start = end.checked_sub(json.as_str().len())?;
        let around = (bytes.get(..start)?, bytes.get(end..)?);
        let mut payload = Payload { json, around, habits: Habits::of(json), sorted: None };
        payload.sorted = sorted::sorted(json).filter(|sorted| {
            // Both in one style, so that only the order can differ.
            let mut ours = Vec::new();
            let mut take = |piece: &[u8]| {
                ours.extend_from_slice(piece);
                std::ops::ControlFlow::Continue(())
            };
            let mut pieces = Pieces::new(&mut take);
            writer::write(json, (b"", b""), OF_JAVASCRIPT.style, &mut pieces);
            pieces.end();
            let sorted = Json::accepted(sorted);
            difference::first(&ours, |pieces| {
                writer::write(sorted, (b"", b""), OF_JAVASCRIPT.style, pieces);
                true
            })
            .is_some()
        });
        Some(payload)
    }
}

impl BodyChange {
    /// Whether it is the same JSON, written in another way.
    pub(super) fn is_rewriting(&self) -> bool {
        matches!(self.make, Make::Write(_))
    }

    /// Writes the signer's bytes; whether they can be other bytes than ours.
    pub(super) fn make(&self, body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
        match (self.make, &body.payload) {
            (Make::Text(make), _) => make(body, pieces),
            (Make::Write(_), None) => false,
            (Make::Write(style), Some(payload)) => {
                let json = match &payload.sorted {
                    Some(sorted) if style.is_sorted => Json::accepted(sorted),
                    _ => payload.json,
                };
                writer::write(json, payload.around, style, pieces);
                true
            }
        }
    }
}
