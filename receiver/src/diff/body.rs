//! Bytes against bytes.

use serde::Serialize;

/// How many bytes are shown on either side of the first difference.
const AROUND: usize = 16;
/// How far ahead the two sides are searched for where they meet again.
const WINDOW: usize = 32;
/// How many equal bytes are a meeting.
const MEETING: usize = 8;
/// How often they are searched; after that the rest is one region. It bounds the time.
const SEARCHES: usize = 4_000;

/// Where two rows of bytes differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bytes {
    /// The offset of the first difference, from 0.
    pub first: usize,
    /// How many bytes each has.
    pub lengths: (usize, usize),
    /// How many stretches differ, with at least 8 equal bytes between them.
    pub regions: usize,
    /// What stands around the first difference, on both sides.
    pub around: (Context, Context),
}

/// A few bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Context {
    /// Where they begin.
    pub start: usize,
    /// As ASCII, everything else as escapes.
    pub text: String,
    /// As hexadecimal digits.
    pub hex: String,
}

impl Bytes {
    /// `None` if they are equal.
    pub fn between(before: &[u8], after: &[u8]) -> Option<Self> {
        let first = common(before, after);
        if first == before.len() && first == after.len() {
            return None;
        }
        Some(Bytes {
            first,
            lengths: (before.len(), after.len()),
            regions: regions(before, after, first),
            around: (Context::of(before, first), Context::of(after, first)),
        })
    }
}

impl Context {
    fn of(bytes: &[u8], at: usize) -> Self {
        let start = at.saturating_sub(AROUND);
        let shown = bytes.get(start..bytes.len().min(at + AROUND)).unwrap_or_default();
        let hex = shown.iter().map(|byte| format!("{byte:02x}")).collect();
        Context { start, text: shown.escape_ascii().to_string(), hex }
    }
}

/// How many bytes are equal from the start.
fn common(before: &[u8], after: &[u8]) -> usize {
    // Slices are compared at many bytes a step, and a difference is looked for in one block only.
    const BLOCK: usize = 4096;
    let blocks = before.chunks(BLOCK).zip(after.chunks(BLOCK)).take_while(|(before, after)| before == after);
    let equal: usize = blocks.map(|(block, _)| block.len()).sum();
    let rest = before.iter().skip(equal).zip(after.iter().skip(equal));
    equal + rest.take_while(|(before, after)| before == after).count()
}

/// Counts what differs. At a difference the nearest place is taken where both go on alike.
fn regions(before: &[u8], after: &[u8], first: usize) -> usize {
    let (mut b, mut a) = (first, first);
    let (mut regions, mut searches) = (0, 0);
    loop {
        let (left, right) = (before.get(b..).unwrap_or_default(), after.get(a..).unwrap_or_default());
        if left.is_empty() && right.is_empty() {
            return regions;
        }
        regions += 1;
        let Some((skip_b, skip_a)) = meeting(left, right, &mut searches) else { return regions };
        let (left, right) = (left.get(skip_b..).unwrap_or_default(), right.get(skip_a..).unwrap_or_default());
        let equal = common(left, right);
        b += skip_b + equal;
        a += skip_a + equal;
    }
}

/// How far to go on each side until both are alike; `None` if they never are.
fn meeting(left: &[u8], right: &[u8], searches: &mut usize) -> Option<(usize, usize)> {
    let mut passed = 0;
    loop {
        let (left, right) = (left.get(passed..)?, right.get(passed..)?);
        if left.is_empty() || right.is_empty() || *searches == SEARCHES {
            return None;
        }
        *searches += 1;
        for distance in 1..=WINDOW {
            for (skip_left, skip_right) in (0..=distance)
                .map(|back| (distance - back, distance))
                .chain((1..=distance).map(|back| (distance, distance - back)))
            {
                if meets(left, right, skip_left, skip_right) {
                    return Some((passed + skip_left, passed + skip_right));
                }
            }
        }
        passed += WINDOW;
    }
}

/// Whether both go on alike, for long enough or to their ends.
fn meets(left: &[u8], right: &[u8], skip_left: usize, skip_right: usize) -> bool {
    let (Some(left), Some(right)) = (left.get(skip_left..), right.get(skip_right..)) else { return false };
    match (left.first_chunk::<MEETING>(), right.first_chunk::<MEETING>()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right && !left.is_empty(),
    }
}
