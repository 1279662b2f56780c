//! The three words that plans and filters have for verdicts.

/// How a request stands: what a condition asks with one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Verified,
    Unsigned,
    Refused,
}

impl Standing {
    const ALL: [Standing; 3] = [Standing::Verified, Standing::Unsigned, Standing::Refused];

    pub(crate) fn from_name(word: &str) -> Option<Self> {
        Standing::ALL.into_iter().find(|standing| standing.name() == word)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Standing::Verified => "verified",
            Standing::Unsigned => "unsigned",
            Standing::Refused => "refused",
        }
    }

    /// Whether a verdict, `verified`, `unsigned` or an error code, stands so. A request without a
    /// signature where one is demanded is both unsigned and refused.
    pub(crate) fn holds(self, verdict: &str) -> bool {
        match self {
            Standing::Verified => verdict == "verified",
            Standing::Unsigned => matches!(verdict, "unsigned" | "signature_missing"),
            Standing::Refused => !matches!(verdict, "verified" | "unsigned"),
        }
    }
}
