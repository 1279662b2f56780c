//! Each delivery has one effect, and nothing else has any. A probe counts them.

use crate::case::Level::{Must, Should};
use crate::case::{Case, Group, Level};
use crate::play::Effect;
use crate::play::Play;

const fn case(level: Level, id: &'static str, requirement: &'static str, sends: &'static str, effect: Effect) -> Case {
    Case::new((Group::Counts, level), id, requirement, sends, Play::Effect(effect))
}

pub(super) const CASES: &[Case] = &[
    case(Must, "C-27/genuine", "A delivery has one effect.", "a lead, between two looks at the probe", Effect::Genuine),
    case(
        Must,
        "C-27/again",
        "A delivery that comes again has no second effect.",
        "the same lead twice, one after the other, between two looks at the probe",
        Effect::Again,
    ),
    case(
        Must,
        "C-27/at-once",
        "A delivery that comes twice at once has one effect.",
        "the same lead twice, at once, between two looks at the probe",
        Effect::AtOnce,
    ),
    case(
        Must,
        "C-27/forgery",
        "A forgery has no effect.",
        "a lead unsigned, signed by another secret, and changed, between two looks at the probe",
        Effect::Forgery,
    ),
    case(Should, "C-27/get", "A GET has no effect.", "a GET, between two looks at the probe", Effect::Get),
];
