//! Every case there is, in the order in which they run.

mod accepts;
mod answers;
mod counts;
mod refuses;
mod survives;

use crate::case::{Case, Group, Level};
use crate::play::{Accept, Play};
use crate::recipe::{Recipe, Signing};

/// Every case, by group, in a fixed order.
pub fn battery() -> impl Iterator<Item = &'static Case> + Clone {
    [accepts::CASES, refuses::CASES, answers::CASES, survives::CASES, counts::CASES].into_iter().flatten()
}

/// The case of this id.
pub fn find(id: &str) -> Option<&'static Case> {
    battery().find(|case| case.id.eq_ignore_ascii_case(id))
}

/// Every forgery, and its number within its case: what audits look at.
pub(crate) fn forgeries() -> impl Iterator<Item = (&'static Case, usize, &'static Recipe)> {
    battery().flat_map(|case| {
        let recipes = match case.play {
            Play::Each(recipes, Accept::Refusal | Accept::Answered) => recipes,
            _ => &[],
        };
        recipes.iter().enumerate().map(move |(number, recipe)| (case, number, recipe))
    })
}

/// The forgeries that are sent once more while effects are counted.
pub(crate) const FORGERIES_WITH_EFFECT: &[Recipe] = &[
    Recipe::of(crate::body::plain).signed(Signing::Absent),
    Recipe::of(crate::body::plain).signed(Signing::Other),
    Recipe::of(crate::body::plain).altered(crate::alteration::middle),
];

impl Case {
    const fn new(
        (group, level): (Group, Level),
        id: &'static str,
        requirement: &'static str,
        sends: &'static str,
        play: Play,
    ) -> Self {
        Case { id, group, level, requirement, sends, is_slow: false, play }
    }

    const fn slow(mut self) -> Self {
        self.is_slow = true;
        self
    }
}
