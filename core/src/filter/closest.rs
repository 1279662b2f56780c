//! What came closest to a filter that nothing matched.

use std::fmt;

use super::{Facts, Filter};

/// Finds, among requests that did not match, the one with the fewest terms that do not hold.
#[derive(Clone, Debug, Default)]
pub struct Closest(Option<NearMiss>);

/// The request that came closest, and in what it differed.
///
/// `Display` says it in a few words and quotes nothing of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    id: String,
    keys: Vec<&'static str>,
}

impl Closest {
    /// Takes a request into account. One that matches is no miss; of several that came equally
    /// close the last stays, as the one that somebody has just caused.
    pub fn consider(&mut self, filter: &Filter, facts: &Facts<'_>) {
        let keys: Vec<_> = filter.misses(facts).into_iter().map(|term| term.key()).collect();
        let is_closer = self.0.as_ref().is_none_or(|best| keys.len() <= best.keys.len());
        if !keys.is_empty() && is_closer {
            self.0 = Some(NearMiss { id: facts.id.to_owned(), keys });
        }
    }

    /// The closest of those that were considered.
    pub fn near_miss(&self) -> Option<&NearMiss> {
        self.0.as_ref()
    }
}

impl NearMiss {
    /// The name of the capture.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the terms asked about that do not hold, in the order of the filter.
    pub fn keys(&self) -> &[&'static str] {
        &self.keys
    }
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the closest differed in ")?;
        // Two terms may ask about the same; once is enough to say.
        let mut keys: Vec<&str> = Vec::new();
        for key in &self.keys {
            if !keys.contains(key) {
                keys.push(key);
            }
        }
        for (number, key) in keys.iter().enumerate() {
            let joint = match number {
                0 => "",
                _ if number + 1 == keys.len() => " and ",
                _ => ", ",
            };
            write!(f, "{joint}`{key}`")?;
        }
        Ok(())
    }
}
