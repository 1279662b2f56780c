//! Whether a term holds for a request.

use super::{Facts, Field, Quantity, Term, Test};

impl Term {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        self.alternatives.iter().any(|test| test.holds(facts)) != self.negated
    }

    pub(super) fn reads_bodies(&self) -> bool {
        self.alternatives.iter().any(|test| matches!(test, Test::Text(Field::Body | Field::Anywhere, _)))
    }
}

impl Test {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Test::Standing(standing) => standing.holds(facts.verdict),
            Test::Text(field, pattern) => {
                let whole = match field {
                    Field::Id => facts.id,
                    // The pattern was made of capitals; HTTP has no two methods that differ in case.
                    Field::Method => return pattern.matches(facts.method.to_ascii_uppercase().as_bytes()),
                    Field::Path => facts.target.split_once('?').map_or(facts.target, |(path, _)| path),
                    Field::Target => facts.target,
                    Field::Event => facts.event,
                    Field::Verdict => facts.verdict,
                    Field::End => facts.end,
                    Field::Body => return pattern.matches(facts.body),
                    Field::Anywhere => {
                        let texts = [facts.target, facts.event, facts.verdict].map(str::as_bytes);
                        return texts.into_iter().chain([facts.body]).any(|text| pattern.matches(text));
                    }
                };
                pattern.matches(whole.as_bytes())
            }
            Test::Header(name, pattern) => facts
                .headers
                .iter()
                .filter(|(found, _)| found.eq_ignore_ascii_case(name))
                .any(|(_, value)| pattern.as_ref().is_none_or(|pattern| pattern.matches(value))),
            Test::Number(quantity, wanted) => match (quantity.of(facts), wanted) {
                (Some(number), Some(range)) => range.contains(&number),
                (number, wanted) => number.is_none() && wanted.is_none(),
            },
            Test::Delivery(wanted) => match (facts.delivery, wanted) {
                (Some(key), Some(start)) => key.to_string().starts_with(start.as_str()),
                (key, wanted) => key.is_none() && wanted.is_none(),
            },
            Test::Step(wanted) => facts.step == *wanted,
        }
    }
}

impl Quantity {
    fn of(self, facts: &Facts<'_>) -> Option<u64> {
        match self {
            Quantity::Status => facts.status.map(u64::from),
            Quantity::Attempt => Some(facts.attempt),
            Quantity::Secret => Some(u64::try_from(facts.secret?).unwrap_or(u64::MAX)),
            Quantity::Size => Some(u64::try_from(facts.body.len()).unwrap_or(u64::MAX)),
            Quantity::Milliseconds => Some(u64::try_from(facts.duration.as_nanos()).unwrap_or(u64::MAX)),
        }
    }

    /// How much a 1 in a filter is of what [`Quantity::of`] counts: answers take nanoseconds.
    pub(super) const fn unit(self) -> u64 {
        match self {
            Quantity::Milliseconds => 1_000_000,
            _ => 1,
        }
    }
}
