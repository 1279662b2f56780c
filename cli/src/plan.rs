//! `chatislav plan`: what a plan would answer.

use chatislav_webhooks::plan::Plan;
use chatislav_webhooks::{Line, Printable};
use clap::Args;

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::{Done, runtime};

/// How many outcomes are shown.
const SHOWN: usize = 10;

/// Show the first ten outcomes of a plan.
#[derive(Args)]
#[command(after_help = "Examples:
  503x2,200                     fail twice, then succeed for good
  loop(500,200)                 every other one fails
  200:8|500:2                   two in ten fail; seed=7;... repeats a run
  wait(2s) 200                  a slow success; never: no answer at all
  429(retry-after=1,body=slow)  a status with a header and a body
  503x2,forward                 fail twice, then ask the app behind `listen --forward`
  reset  reset(after=10B)  close  garbage  short(10B)  stall(headers)   break the answer
  early(401)  drip(5,1s)        answer before the body; 5 bytes of a body in one second
  when(path=/a) 404; else 200   by path=, event=, method=, verdict=, verified, unsigned, refused
  flaky down slow rate-limited recovering   plans with a name")]
pub(crate) struct Arguments {
    plan: String,
}

pub(crate) fn run(arguments: Arguments, output: Output) -> Done {
    let plan = parse(&arguments.plan)?;
    let seed = seed(plan.seed())?;
    if plan.is_random() {
        output.say(&format!("seed {seed}: put `seed={seed};` in front of the plan to see the same again"));
    }
    for (branch, condition) in plan.conditions().enumerate() {
        if let Some(condition) = &condition {
            output.say(&format!("when({})", Printable(condition)));
        } else if branch > 0 {
            output.say("else");
        }
        for (n, played) in (1_u64..).zip(plan.preview(branch, seed).take(SHOWN)) {
            let sticks = if played.sticks { "  and so on" } else { "" };
            output.say(&format!(
                "{n:>3}  {}  step {}/{}{sticks}",
                Printable(&played.to_string()),
                played.step,
                played.of
            ));
            output.line(
                Line::new("outcome")
                    .text_or_null("when", condition.as_deref())
                    .number("n", n)
                    .text("answer", &played.action.to_string())
                    .number("wait_ms", played.wait.as_millis())
                    .text("step", &format!("{}/{}", played.step, played.of))
                    .number("sticks", played.sticks)
                    .number("seed", seed),
            );
        }
    }
    Ok(Exit::Good)
}

pub(crate) fn parse(text: &str) -> Result<Plan, Failure> {
    Plan::parse(text).map_err(|error| Failure::usage(format!("the plan does not parse: {error}")))
}

/// The seed that is fixed, or a fresh one small enough to type.
pub(crate) fn seed(fixed: Option<u64>) -> Result<u64, Failure> {
    match fixed {
        Some(seed) => Ok(seed),
        None => Ok(runtime::entropy()? >> 32),
    }
}
