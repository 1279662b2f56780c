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
/// So many slow answers decide, if they are half of all so far: one may be slow by chance.
const SLOW_ENOUGH: usize = 3;

impl Trial<'_> {
    pub(super) async fn timing(&mut self, case: &'static Case) -> Judged {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        let (mut sent, mut slow) = (0, 0);
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
                durations.push(exchange.duration);
                sent += 1;
                slow += usize::from(exchange.duration > SLOW);
                if slow >= SLOW_ENOUGH && slow * 2 >= sent {
                    return Judged::noted(too_long(exchange.duration), vec![exchange]);
                }
            }
        }
        let [first, last] = [first, last].map(median);
        let slower = first.max(last);
        if slower > SLOW {
            return Judged::noted(too_long(slower), Vec::new());
        }
        let [first, last] = [first, last].map(|duration| duration.as_secs_f64() * 1e3);
        let seen = format!("{first:.2} ms with the first digit wrong, {last:.2} ms with the last, medians of {TIMED}");
        Judged::noted(seen, Vec::new())
    }
}

fn too_long(duration: Duration) -> String {
    format!("a refusal takes {:.1} s: too long to compare", duration.as_secs_f64())
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations.get(durations.len() / 2).copied().unwrap_or_default()
}
