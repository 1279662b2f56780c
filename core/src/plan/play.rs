//! What a plan does with the n-th request of a key.

use std::time::Duration;

use super::{Action, Answer, Body, Plan, Step, Steps, Weighted};

/// What conditions may ask about a request.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// `POST` or `PUT`.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// The event's name; empty if there is none.
    pub event: &'a str,
    /// `verified`, `unsigned` or an error code.
    pub verdict: &'a str,
}

/// What is done with one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Played<'a> {
    /// How long to wait before the action.
    pub wait: Duration,
    /// What to do; never a preset.
    pub action: &'a Action,
    /// Which of the steps this is, counted from 1; within a loop, of its round.
    pub step: u64,
    /// How many steps there are; a loop without end counts one round.
    pub of: u64,
    /// Whether the plan is at its last step and stays there.
    pub sticks: bool,
}

impl Plan {
    /// The branch whose condition holds, as an index.
    pub fn branch(&self, facts: &Facts<'_>) -> usize {
        self.branches
            .iter()
            .position(|branch| branch.condition.holds(facts))
            .unwrap_or(self.branches.len().saturating_sub(1))
    }

    /// What the branch does with the `count`-th request of a key, counted from 0.
    ///
    /// `entropy` decides what is left to chance; see [`CounterKey::entropy`](super::CounterKey::entropy).
    pub fn play(&self, branch: usize, count: u64, entropy: u64) -> Option<Played<'_>> {
        let steps = &self.branches.get(branch)?.steps;
        let mut draw = Draw(entropy);
        let place = steps.at(count)?;
        let answer = place.choose(&mut draw)?;
        let mut wait = answer.wait(&mut draw);
        let action = match &answer.action {
            Action::Preset(preset) => {
                let inner = preset.steps().at(place.index)?.choose(&mut draw)?;
                wait = wait.saturating_add(inner.wait(&mut draw));
                &inner.action
            }
            action => action,
        };
        let (step, of) = steps.position(count);
        let sticks = steps.length().is_some_and(|length| count.saturating_add(1) >= length);
        Some(Played { wait: wait.min(self.max_wait), action, step, of, sticks })
    }
}

/// A place in the steps: one choice, and how often it was come to in a row before.
#[derive(Clone, Copy)]
struct Place<'a> {
    choice: &'a [Weighted],
    index: u64,
}

impl<'a> Place<'a> {
    /// One of the answers, by weight.
    fn choose(self, draw: &mut Draw) -> Option<&'a Answer> {
        let total: u64 = self.choice.iter().map(|weighted| u64::from(weighted.weight)).sum();
        let mut left = if self.choice.len() > 1 { draw.below(total) } else { 0 };
        let chosen = self.choice.iter().find(|weighted| match left.checked_sub(u64::from(weighted.weight)) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        });
        chosen.map(|weighted| &weighted.answer)
    }
}

impl Steps {
    /// How many requests until the last step sticks; `None` if a loop never ends.
    pub(super) fn length(&self) -> Option<u64> {
        self.0.iter().try_fold(0_u64, |sum, step| Some(sum.saturating_add(step.length()?)))
    }

    fn at(&self, count: u64) -> Option<Place<'_>> {
        let mut left = count;
        for (number, step) in self.0.iter().enumerate() {
            match step.length() {
                Some(length) if left >= length => {
                    if number + 1 == self.0.len() {
                        // The last step sticks.
                        return step.at(length.saturating_sub(1));
                    }
                    left -= length;
                }
                _ => return step.at(left),
            }
        }
        None
    }

    /// Which step the count comes to, from 1, and how many there are.
    fn position(&self, count: u64) -> (u64, u64) {
        let mut before = 0_u64;
        let mut step = None;
        for each in &self.0 {
            let round = each.round();
            let length = each.length();
            if step.is_none() && length.is_none_or(|length| count - before < length) {
                let inside = count - before;
                step = Some(before + 1 + if length.is_none() { inside % round.max(1) } else { inside });
            }
            before = before.saturating_add(length.unwrap_or(round));
        }
        (step.unwrap_or(before), before)
    }
}

impl Step {
    fn length(&self) -> Option<u64> {
        Some(self.body.length()?.saturating_mul(self.times?))
    }

    /// The length of one time through.
    fn round(&self) -> u64 {
        self.body.length().unwrap_or(1)
    }

    fn at(&self, count: u64) -> Option<Place<'_>> {
        let index = match self.body.length() {
            Some(length) => count % length.max(1),
            None => count,
        };
        match &self.body {
            Body::Loop(steps) => steps.at(index),
            Body::Choice(choice) => Some(Place { choice, index }),
        }
    }
}

impl Body {
    fn length(&self) -> Option<u64> {
        match self {
            Body::Loop(steps) => steps.length(),
            Body::Choice(choice) => match choice.as_slice() {
                // A preset that stands alone plays all of its own steps.
                [Weighted { answer: Answer { action: Action::Preset(preset), .. }, .. }] => preset.steps().length(),
                _ => Some(1),
            },
        }
    }
}

impl Answer {
    fn wait(&self, draw: &mut Draw) -> Duration {
        self.waits.iter().fold(Duration::ZERO, |sum, wait| {
            let spread = u64::try_from(wait.to.saturating_sub(wait.from).as_micros()).unwrap_or(u64::MAX);
            let extra = if spread == 0 { 0 } else { draw.below(spread.saturating_add(1)) };
            sum.saturating_add(wait.from).saturating_add(Duration::from_micros(extra))
        })
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a whole generator in one number.
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from 0 to below `limit`, by the upper half of a long product.
    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }
}
