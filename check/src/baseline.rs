//! Failures that are known: a text with one id a line.

use std::collections::HashSet;
use std::fmt;

use crate::battery::find;
use crate::report::{Finding, Outcome, Report};

/// Reads ids, one a line; what stands behind `#` is a remark.
///
/// # Errors
/// [`InvalidBaseline`] for a line that is no id of a case.
pub fn read_baseline(text: &str) -> Result<HashSet<String>, InvalidBaseline> {
    let mut known = HashSet::new();
    for (number, line) in text.lines().enumerate() {
        let id = line.split('#').next().unwrap_or_default().trim();
        if id.is_empty() {
            continue;
        }
        match find(id) {
            Some(case) => known.insert(case.id.to_owned()),
            None => return Err(InvalidBaseline { line: number + 1, id: id.to_owned() }),
        };
    }
    Ok(known)
}

impl Report {
    /// What has failed, to be accepted from now on: the text that [`read_baseline`] reads.
    pub fn to_baseline(&self) -> String {
        let is_failure = |finding: &&Finding| matches!(finding.outcome, Outcome::Failed | Outcome::Known);
        let line = |finding: &Finding| format!("{}  # {}\n", finding.case.id, finding.seen);
        let failures: String = self.findings.iter().filter(is_failure).map(line).collect();
        format!("# Known failures, one id a line: chatislav check --baseline accepts them.\n{failures}")
    }

    /// Cases that are known to fail and have passed.
    pub fn outgrown<'a>(&'a self, known: &'a HashSet<String>) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().filter(|finding| finding.outcome == Outcome::Passed && known.contains(finding.case.id))
    }
}

/// A line that is no id of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidBaseline {
    /// From 1.
    pub line: usize,
    id: String,
}

impl fmt::Display for InvalidBaseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: there is no case `{}`", self.line, self.id)
    }
}

impl std::error::Error for InvalidBaseline {}
