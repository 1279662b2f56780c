//! `chatislav selftest`: is this build sound?

mod battery;
mod plans;

use std::time::Instant;

use chatislav_webhooks::Line;
use clap::Args;

use crate::exit::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::{Done, runtime};

/// Try this build: the sender against the receiver, through every action of a plan and every case of `check`.
#[derive(Args)]
#[command(
    after_help = "It needs no network: everything happens on 127.0.0.1, on free ports. Exits with 0 if all went as it must."
)]
pub(crate) struct Arguments {}

/// How much of a part went as it must.
pub(crate) struct Score {
    good: usize,
    all: usize,
}

impl Score {
    fn is_full(&self) -> bool {
        self.good == self.all
    }
}

pub(crate) fn run(_: &Arguments, output: Output) -> Done {
    let started = Instant::now();
    runtime::new()?.block_on(async {
        let interruption = runtime::interruption()?;
        // What is slow only waits, so it all goes on at once.
        let parts = async { tokio::try_join!(plans::try_all(output), battery::try_all(output)) };
        let (plans, cases) = tokio::select! {
            parts = parts => parts?,
            () = interruption => {
                return Err(Failure { exit: Exit::Interrupted, message: "interrupted before the end".to_owned() });
            }
        };
        let is_sound = plans.is_full() && cases.is_full();
        let (tone, verdict) =
            if is_sound { (Tone::Good, "✓ this build is sound") } else { (Tone::Bad, "✗ this build is not sound") };
        output.say(&format!(
            "{}: {} of {} plans and {} of {} cases went as they must, in {:.1} s",
            output.paint(tone, verdict),
            plans.good,
            plans.all,
            cases.good,
            cases.all,
            started.elapsed().as_secs_f64()
        ));
        output.line(
            Line::new("selftest")
                .number("sound", is_sound)
                .number("plans", plans.all)
                .number("plans_good", plans.good)
                .number("cases", cases.all)
                .number("cases_good", cases.good)
                .number("ms", started.elapsed().as_millis()),
        );
        Ok(if is_sound { Exit::Good } else { Exit::Failed })
    })
}
