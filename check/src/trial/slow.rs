//! What comes slowly, or stops.

use std::time::Duration;

use tokio::time::sleep;

use super::Trial;
use crate::body;
use crate::case::Case;
use crate::cause::Cause;
use crate::diagnosis::diagnose;
use crate::exchange::Seen;
use crate::judged::Judged;
use crate::play::BYSTANDERS;
use crate::recipe::Recipe;

const GENUINE: Recipe = Recipe::of(body::plain);
const PIECES: usize = 16;
const PAUSE: Duration = Duration::from_millis(200);
/// How long the half of a body has a server to itself before others come.
const HEAD_START: Duration = Duration::from_millis(300);
/// How long a server is watched that waits for the rest.
const WATCH: Duration = Duration::from_secs(6);

impl Trial<'_> {
    pub(super) async fn slow_upload(&mut self, case: &'static Case) -> Judged {
        let message = self.scene.message(case.id, 0, &Recipe::of(body::sixteen_kib)).slowly(PIECES, PAUSE);
        let upload = PAUSE * u32::try_from(PIECES).unwrap_or(u32::MAX);
        let exchange = self.scene.client.send_within(&message, self.scene.client.timeout() + upload).await;
        let seen = exchange.seen.to_string();
        if exchange.seen.is_success() {
            return Judged::passed(seen, vec![exchange]);
        }
        let cause = diagnose(case, &exchange.seen);
        Judged::failed(seen, cause, vec![exchange])
    }

    pub(super) async fn stalled(&mut self, case: &'static Case) -> Judged {
        let stalling = self.scene.message(case.id, 0, &GENUINE).stalling();
        // The stalled one lasts as long as the others, and ends with them.
        let patience = self.scene.client.timeout() * 4;
        let others = async {
            sleep(HEAD_START).await;
            let mut exchanges = Vec::new();
            for number in 1..=BYSTANDERS {
                exchanges.push(self.scene.send(case.id, number, &GENUINE).await);
                if exchanges.last().is_some_and(|exchange| !exchange.seen.is_success()) {
                    break;
                }
            }
            exchanges
        };
        let stall = async {
            self.scene.client.send_within(&stalling, patience).await;
            std::future::pending::<()>().await;
        };
        let exchanges = tokio::select! {
            exchanges = others => exchanges,
            () = stall => Vec::new(),
        };
        match exchanges.iter().find(|exchange| !exchange.seen.is_success()) {
            None => Judged::passed("the others were answered 2xx", exchanges),
            Some(failed) => {
                let seen = format!("{} while another body stalls", failed.seen);
                // An answer is no sign of waiting.
                let is_held_up = failed.seen.is_dropped();
                let cause = if is_held_up { Some(Cause::OneAtATime) } else { diagnose(case, &failed.seen) };
                let failed = failed.clone();
                Judged::failed(seen, cause, vec![failed])
            }
        }
    }

    pub(super) async fn given_up(&mut self, case: &'static Case) -> Judged {
        let message = self.scene.message(case.id, 0, &GENUINE).stalling();
        let exchange = self.scene.client.send_within(&message, WATCH).await;
        let seen = match &exchange.seen {
            Seen::Silence => format!("still waits after {WATCH:?}"),
            seen => format!("{seen} after {:.1} s", exchange.duration.as_secs_f64()),
        };
        Judged::noted(seen, vec![exchange])
    }
}
