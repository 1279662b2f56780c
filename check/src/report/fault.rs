//! Failures that have one cause, told as one.

use super::{Finding, Outcome, Report};
use crate::cause::Cause;

/// One fault of the endpoint, as far as it can be told from outside.
#[derive(Clone, Debug)]
pub struct Fault<'a> {
    /// What likely is wrong; `None` for one finding whose cause is not known.
    pub cause: Option<Cause>,
    /// The findings that show it, at least one.
    pub findings: Vec<&'a Finding>,
}

impl Report {
    /// The failures by their causes, in the order in which they were found. Known ones are left out.
    pub fn faults(&self) -> Vec<Fault<'_>> {
        let mut faults: Vec<Fault<'_>> = Vec::new();
        for finding in self.findings.iter().filter(|finding| finding.outcome == Outcome::Failed) {
            let same = faults.iter_mut().find(|fault| fault.cause.is_some() && fault.cause == finding.cause);
            match same {
                Some(fault) => fault.findings.push(finding),
                None => faults.push(Fault { cause: finding.cause, findings: vec![finding] }),
            }
        }
        faults
    }
}
