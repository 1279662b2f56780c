//! What the answers to forgeries have in common, and must not have.

use super::Trial;
use crate::battery::forgeries;
use crate::case::Case;
use crate::cause::Cause;
use crate::exchange::{Exchange, Leaks, Seen};
use crate::judged::Judged;
use crate::play::{Accept, Audit, Play};

/// How many cases are named in one line.
const NAMED: usize = 4;

impl Trial<'_> {
    pub(super) async fn audit(&mut self, audit: Audit) -> Judged {
        let mut exchanges = Vec::new();
        // A head over a server's limit has a case of its own for whether it is answered.
        let is_own = |case: &Case| audit == Audit::Dropped && matches!(case.play, Play::Each(_, Accept::Answered));
        for (case, number, recipe) in forgeries().filter(|(case, ..)| (self.is_audited)(case) && !is_own(case)) {
            let sent = self.forgeries.get(&(case.id, number)).cloned();
            let exchange = match sent {
                Some(exchange) => exchange,
                None => self.scene.send(case.id, number, recipe).await,
            };
            self.forgeries.insert((case.id, number), exchange.clone());
            exchanges.push(exchange);
        }
        let all = exchanges.len();
        let answers = exchanges.iter().filter(|exchange| !exchange.seen.is_dropped()).count();
        let found: Vec<_> = exchanges.into_iter().filter(|exchange| audit.finds(&exchange.seen)).collect();
        let Some(first) = found.first() else {
            return match answers {
                0 => Judged::skipped(format!("there was no answer to {all} forgeries")),
                _ if answers < all => {
                    Judged::passed(format!("in none of {answers} answers to {all} forgeries"), Vec::new())
                }
                _ => Judged::passed(format!("in none of the answers to {all} forgeries"), Vec::new()),
            };
        };
        let seen = format!("{} to {} of {all} forgeries: {}", audit.words(first), found.len(), named(&found));
        Judged::failed(seen, Some(audit.cause()), found)
    }
}

impl Audit {
    fn finds(self, seen: &Seen) -> bool {
        let leaks = match seen {
            Seen::Answer(answer) => answer.leaks,
            _ => Leaks::default(),
        };
        match self {
            Audit::Redirect => matches!(seen.status(), Some(300..400)),
            Audit::ServerError => matches!(seen.status(), Some(500..)),
            Audit::Dropped => seen.is_dropped(),
            Audit::Digest => leaks.digest,
            Audit::Secret => leaks.secret,
            Audit::Stack => leaks.stack,
        }
    }

    fn cause(self) -> Cause {
        match self {
            Audit::Redirect => Cause::LoginInFront,
            Audit::ServerError => Cause::RefusalCrashes,
            Audit::Dropped => Cause::Dropped,
            Audit::Digest => Cause::DigestTold,
            Audit::Secret => Cause::SecretTold,
            Audit::Stack => Cause::StackTold,
        }
    }

    fn words(self, first: &Exchange) -> String {
        match self {
            Audit::Redirect | Audit::ServerError | Audit::Dropped => first.seen.to_string(),
            Audit::Digest => "told the expected signature".to_owned(),
            Audit::Secret => "told the secret".to_owned(),
            Audit::Stack => "told a stack trace".to_owned(),
        }
    }
}

fn named(exchanges: &[Exchange]) -> String {
    let mut ids: Vec<_> = exchanges.iter().map(|exchange| exchange.case).collect();
    ids.dedup();
    let more = ids.len().saturating_sub(NAMED);
    ids.truncate(NAMED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    ids.join(", ") + &rest
}
