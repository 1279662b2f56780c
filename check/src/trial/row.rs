//! Deliveries one after the other: sent once, looked at twice.

use std::time::Duration;

use super::Trial;
use super::each::all_taken;
use crate::body;
use crate::case::Case;
use crate::cause::Cause;
use crate::exchange::Exchange;
use crate::judged::Judged;
use crate::play::{ROW, RowRule};
use crate::recipe::Recipe;

/// How soon 19 of 20 answers are to come.
const SWIFT: Duration = Duration::from_secs(5);
/// So many slow answers in fifty decide; the rest of the row would only take its time.
const SLOW_ENOUGH: usize = 3;

/// The row, as far as it went.
pub(crate) struct Row(Vec<Exchange>);

impl Trial<'_> {
    pub(super) async fn row(&mut self, case: &'static Case, rule: RowRule) -> Judged {
        if self.row.is_none() {
            self.row = Some(self.send_row(case).await);
        }
        let exchanges = self.row.as_ref().map(|row| row.0.clone()).unwrap_or_default();
        match rule {
            RowRule::Accepted => all_taken(case, exchanges),
            RowRule::Swift => swift(exchanges),
        }
    }

    async fn send_row(&self, case: &'static Case) -> Row {
        let mut row = Vec::new();
        for number in 0..ROW {
            row.push(self.scene.send(case.id, number, &Recipe::of(body::plain)).await);
            if row.iter().filter(|exchange| exchange.duration > SWIFT).count() >= SLOW_ENOUGH {
                break;
            }
        }
        Row(row)
    }
}

fn swift(mut exchanges: Vec<Exchange>) -> Judged {
    exchanges.sort_by_key(|exchange| exchange.duration);
    let rank = (exchanges.len() * 95).div_ceil(100).saturating_sub(1);
    let percentile = exchanges.get(rank).map(|exchange| exchange.duration).unwrap_or_default();
    let seen = format!("19 of 20 within {:.0} ms, of {}", percentile.as_secs_f64() * 1e3, exchanges.len());
    if percentile <= SWIFT {
        return Judged::passed(seen, Vec::new());
    }
    exchanges.reverse();
    Judged::failed(seen, Some(Cause::WorksFirst), exchanges)
}
