//! Plans with a name and a fixed meaning.

use std::sync::OnceLock;

use super::{Steps, parse};

/// A plan with a name; [`Preset::plan`] is what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Three answers in ten are 503.
    Flaky,
    /// Always 503.
    Down,
    /// 200 after two to five seconds.
    Slow,
    /// Twice 429 with `Retry-After`, then 200. Chatislav does not retry a 429.
    RateLimited,
    /// Three times 503, then 200.
    Recovering,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 5] = [Preset::Flaky, Preset::Down, Preset::Slow, Preset::RateLimited, Preset::Recovering];

    /// The name in the plan language.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Flaky => "flaky",
            Preset::Down => "down",
            Preset::Slow => "slow",
            Preset::RateLimited => "rate-limited",
            Preset::Recovering => "recovering",
        }
    }

    /// The plan it stands for.
    pub const fn plan(self) -> &'static str {
        match self {
            Preset::Flaky => "200:7|503:3",
            Preset::Down => "503",
            Preset::Slow => "wait(2s..5s) 200",
            Preset::RateLimited => "429(retry-after=1)x2,200",
            Preset::Recovering => "503x3,200",
        }
    }

    pub(super) fn steps(self) -> &'static Steps {
        static STEPS: OnceLock<[Steps; 5]> = OnceLock::new();
        let [flaky, down, slow, rate_limited, recovering] = STEPS.get_or_init(|| Preset::ALL.map(parse::preset));
        match self {
            Preset::Flaky => flaky,
            Preset::Down => down,
            Preset::Slow => slow,
            Preset::RateLimited => rate_limited,
            Preset::Recovering => recovering,
        }
    }
}
