//! Load, slowness and rubbish leave it standing.

use crate::body;
use crate::case::Level::{Info, Must, Should};
use crate::case::{Case, Group, Level};
use crate::play::Accept::{Settled, Success};
use crate::play::Play::{self, Crowd, Each, GivenUp, Row, SlowUpload, Stalled};
use crate::play::RowRule;
use crate::recipe::Recipe;

const fn case(level: Level, id: &'static str, requirement: &'static str, sends: &'static str, play: Play) -> Case {
    Case::new((Group::Survives, level), id, requirement, sends, play)
}

pub(super) const CASES: &[Case] = &[
    case(
        Should,
        "C-10/invalid-utf8",
        "A signed body that is no UTF-8 brings no 5xx.",
        "a signed lead with the byte FF in a text",
        Each(&[Recipe::of(body::invalid_utf8)], Settled),
    ),
    case(
        Should,
        "C-10/nul",
        "A signed body with a NUL in it brings no 5xx.",
        r"a signed lead with the byte 00 in a text, and \u0000 in another",
        Each(&[Recipe::of(body::nul)], Settled),
    ),
    case(
        Should,
        "C-10/bom",
        "A signed body behind a byte order mark brings no 5xx.",
        "a signed lead behind EF BB BF",
        Each(&[Recipe::of(body::byte_order_mark)], Settled),
    ),
    case(
        Should,
        "C-10/not-json",
        "A signed body that is no JSON brings no 5xx.",
        "a signed form",
        Each(&[Recipe::of(body::not_json)], Settled),
    ),
    case(
        Should,
        "C-10/no-event",
        "Signed JSON that is no event brings no 5xx.",
        "a signed array",
        Each(&[Recipe::of(body::no_event)], Settled),
    ),
    case(
        Should,
        "C-10/deep",
        "Signed JSON that is nested deep brings no 5xx.",
        "a signed lead with 20,000 arrays in each other",
        Each(&[Recipe::of(body::deep)], Settled),
    ),
    case(
        Should,
        "C-11/signed",
        "A signed body of nothing brings no 5xx.",
        "an empty body, signed",
        Each(&[Recipe::of(body::nothing)], Settled),
    ),
    case(
        Must,
        "C-17/row",
        "Deliveries one after the other are each answered 2xx.",
        "50 leads, one after the other",
        Row(RowRule::Accepted),
    ),
    case(Must, "C-17/crowd", "Deliveries at once are each answered 2xx.", "8 leads, at once", Crowd),
    case(
        Should,
        "C-18/slow-upload",
        "A delivery that comes slowly is taken.",
        "a lead of 16 KiB in 16 pieces, over 3 s",
        SlowUpload,
    )
    .slow(),
    case(
        Must,
        "C-18/stalled",
        "While one body stalls, other deliveries are answered.",
        "half a lead, and two whole ones while it stalls",
        Stalled,
    )
    .slow(),
    case(
        Info,
        "C-18/given-up",
        "How long it waits for the rest of a body that stalls.",
        "half a lead, and up to 6 s of nothing",
        GivenUp,
    )
    .slow(),
    case(
        Must,
        "C-18/standing",
        "After all of that a delivery is still answered 2xx.",
        "a lead",
        Each(&[Recipe::of(body::plain)], Success),
    ),
];
