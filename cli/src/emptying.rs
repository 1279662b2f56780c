//! An outbox is emptied, and what is done is told.

use std::collections::HashSet;

use chatislav_dispatcher::engine::{Carry, Kept, Notice, Rules, Summary, SystemClock, run};
use chatislav_dispatcher::outbox::Outbox;
use chatislav_dispatcher::{Attempt, Report};
use chatislav_webhooks::target::Pass;
use chatislav_webhooks::{Line, Outcome, Step};

use crate::exit::{Exit, Failure};
use crate::guard::{advice, note_blocked, note_pass, reason as way};
use crate::outbox::failed;
use crate::output::Output;
use crate::tell::{self, Subject};

/// Sends what the outbox holds until it is drained or `stop` ends, and gives back what was done and the worst
/// end of a delivery.
pub(crate) async fn empty(
    outbox: &dyn Outbox,
    carrier: &dyn Carry,
    rules: &Rules,
    entropy: &mut (dyn FnMut() -> u64 + Send),
    output: Output,
    stop: impl Future<Output = ()> + Send,
) -> Result<(Summary, Exit), Failure> {
    let (hash, told) = (rules.profile.hash(), HashSet::new());
    let mut telling = Telling { rules, hash, told, worst: Exit::Good, output };
    let summary = run(outbox, carrier, &SystemClock, rules, entropy, &mut |notice| telling.notice(&notice), stop).await;
    Ok((summary.map_err(failed)?, telling.worst))
}

/// What was done, in one line.
pub(crate) fn sum_up(summary: Summary, output: Output) {
    let Summary { attempts, delivered, failed, exhausted, blocked, unkept } = summary;
    output.line(
        Line::new("summary")
            .number("attempts", attempts)
            .number("delivered", delivered)
            .number("failed", failed)
            .number("exhausted", exhausted)
            .number("blocked", blocked),
    );
    output.say(&format!(
        "{attempts} attempt(s): {delivered} delivered, {failed} failed, {exhausted} exhausted, {blocked} blocked"
    ));
    if unkept > 0 {
        output.error(&format!("{unkept} attempt(s) could not be kept: the next run makes them again"));
    }
}

/// That the outbox cannot be written, among what was told.
const STUCK: &str = "stuck";

struct Telling<'a> {
    rules: &'a Rules,
    hash: String,
    /// What was told, once however many deliveries it is about.
    told: HashSet<(String, &'static str)>,
    worst: Exit,
    output: Output,
}

impl Telling<'_> {
    fn notice(&mut self, notice: &Notice<'_>) {
        match notice {
            Notice::Sending(_) | Notice::Sent(_) => {}
            Notice::Recovered(0) => {}
            Notice::Recovered(count) => self.output.note(&format!(
                "note: {count} were being sent when the last dispatcher ended; they may arrive twice, and each is marked"
            )),
            Notice::Kept(kept) => self.kept(kept),
            Notice::Fenced(delivery) => {
                self.output.error(&format!("delivery {} was taken over by another dispatcher", delivery.id));
            }
            Notice::Stuck(error) if self.told.insert((error.to_string(), STUCK)) => {
                self.output.error(&format!("{error}; nothing more is sent until it can be"));
            }
            Notice::Stuck(_) => {}
            Notice::Unreadable(what) => {
                self.output.error(what);
                self.worst = self.worst.max(Exit::Failed);
            }
            Notice::GoesOn => {
                self.told.retain(|(_, what)| *what != STUCK);
                self.output.note("note: the outbox can be written again");
            }
        }
    }

    fn kept(&mut self, kept: &Kept) {
        let Kept { delivery, number, attempt, step, .. } = kept;
        let (key, target) = (delivery.key.to_string(), &delivery.endpoint.target);
        let subject = Subject { id: Some(delivery.id), key: &key, target, is_resent: delivery.is_resent };
        let mut requests = *number;
        let reason = match attempt {
            Ok(attempt) => {
                if let Outcome::Blocked(rule) = attempt.outcome {
                    // No request was made, so there is no attempt to tell of.
                    requests = requests.saturating_sub(1);
                    if self.told.insert((target.host_header(), rule.name())) {
                        note_blocked(target, attempt.blocked_address, self.output);
                        self.output.note(&advice(target, rule));
                    }
                } else {
                    self.attempt(&subject, kept, attempt);
                }
                tell::reason(attempt, &self.rules.profile)
            }
            Err(error) => error.to_string(),
        };
        if !matches!(step, Step::Retry { .. }) {
            self.worst = self.worst.max(tell::end(&subject, *step, requests, &reason, self.output));
        }
    }

    fn attempt(&mut self, subject: &Subject<'_>, kept: &Kept, attempt: &Attempt) {
        let pass = attempt.pass.unwrap_or(Pass::Public);
        if pass != Pass::Public && self.told.insert((subject.target.host_header(), way(pass))) {
            note_pass(subject.target, pass, self.output);
        }
        let profile = &self.rules.profile;
        let report = Report {
            number: kept.number,
            of: profile.max_attempts(),
            attempt,
            step: kept.step,
            profile,
            profile_hash: &self.hash,
        };
        tell::attempt(subject, &report, self.output);
    }
}
