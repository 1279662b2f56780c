//! How long refusals take. It is told, and nothing is judged by it.

use std::time::Duration;

use super::Trial;
use crate::alteration::digits;
use crate::body;
use crate::case::Case;
use crate::judged::Judged;
use crate::play::TIMED;
use crate::recipe::{Recipe, Signing};

const FIRST_WRONG: Recipe = Recipe::of(body::plain).signed(Signing::Written(digits::first_wrong));
const LAST_WRONG: Recipe = Recipe::of(body::plain).signed(Signing::Written(digits::last_wrong));
/// An answer that takes so long buries what a comparison takes.
const SLOW: Duration = Duration::from_millis(500);

impl Trial<'_> {
    pub(super) async fn timing(&mut self, case: &'static Case) -> Judged {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        for number in 0..TIMED {
            let mut pair = [(&FIRST_WRONG, &mut first), (&LAST_WRONG, &mut last)];
            // Whoever is second finds the caches warm.
            if number % 2 == 1 {
                pair.reverse();
            }
            for (recipe, durations) in pair {
                let exchange = self.scene.send(case.id, number, recipe).await;
                if !exchange.seen.is_rejection() {
                    return Judged::noted(format!("there is no refusal to time: {}", exchange.seen), vec![exchange]);
                }
                if exchange.duration > SLOW {
                    let seen = format!("a refusal takes {:.1} s: too long to compare", exchange.duration.as_secs_f64());
                    return Judged::noted(seen, vec![exchange]);
                }
                durations.push(exchange.duration);
            }
        }
        let [first, last] = [first, last].map(|durations| median(durations).as_secs_f64() * 1e3);
        let seen = format!("{first:.2} ms with the first digit wrong, {last:.2} ms with the last, medians of {TIMED}");
        Judged::noted(seen, Vec::new())
    }
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations.get(durations.len() / 2).copied().unwrap_or_default()
}
