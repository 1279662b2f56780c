//! The plans in force, read and changed.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use chatislav_webhooks::plan::{Per, RuleText, Rules};
use serde::{Deserialize, Serialize};

use super::refusal::{Code, Refusal};
use super::{Asked, Controlled, Nothing, json, replay};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plans {
    /// So that what was read can be written back.
    #[serde(default = "one")]
    v: u8,
    respond: String,
    per: Option<String>,
    seed: Option<u64>,
    #[serde(default)]
    rules: Vec<RulePlan>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulePlan {
    when: String,
    respond: String,
    per: Option<String>,
}

const fn one() -> u8 {
    1
}

pub(super) async fn show(State(control): State<Arc<Controlled>>, Asked(Nothing {}): Asked<Nothing>) -> Response {
    shown(&control)
}

/// Other plans, in force from the next request on; counters begin anew. A plan alone, as text, is
/// for all requests and keeps what shares a counter.
pub(super) async fn change(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
    request: Request,
) -> Result<Response, Refusal> {
    let (kind, body) = replay::read(request, &control, &["application/json", "text/plain"]).await?;
    let invalid = |message: String| Refusal::new(Code::BodyInvalid, message);
    let plans = if kind == "text/plain" {
        let text = str::from_utf8(&body).map_err(|_| invalid("the plan is not UTF-8".to_owned()))?;
        Plans { v: 1, respond: text.trim().to_owned(), per: None, seed: None, rules: Vec::new() }
    } else {
        serde_json::from_slice(&body).map_err(|error| invalid(error.to_string()))?
    };
    if plans.v != one() {
        return Err(invalid("v: only 1 is known here".to_owned()));
    }
    let now = control.shared.plans.now();
    if plans.seed.is_some_and(|seed| seed != now.seed) {
        return Err(invalid("seed: it is fixed in the plan itself, as `seed=7;200:8|500:2`".to_owned()));
    }
    let (_, before) = now.rules.otherwise();
    let per = |text: Option<&str>, default: Per| match text {
        Some(text) => text.parse().map_err(|error| invalid(format!("per: {error}"))),
        None => Ok(default),
    };
    let otherwise = per(plans.per.as_deref(), before)?;
    let rules = plans.rules.iter().map(|rule| {
        Ok(RuleText { when: &rule.when, respond: &rule.respond, per: per(rule.per.as_deref(), otherwise)? })
    });
    let rules = rules.collect::<Result<Vec<_>, Refusal>>()?;
    let rules = Rules::parse(&rules, &plans.respond, otherwise).map_err(|error| Refusal::rule(&error))?;
    control.shared.change_rules(rules).map_err(|error| Refusal::new(Code::PlanInvalid, error.to_string()))?;
    control.shared.sink.notice("another plan is in force, by the control API");
    Ok(shown(&control))
}

fn shown(control: &Controlled) -> Response {
    let plans = control.shared.plans.now();
    let (plan, per) = plans.rules.otherwise();
    let rules = plans.rules.rules().map(|(when, plan, per)| RulePlan {
        when: when.to_string(),
        respond: plan.text().to_owned(),
        per: Some(per.to_string()),
    });
    let plans = Plans {
        v: 1,
        respond: plan.text().to_owned(),
        per: Some(per.to_string()),
        seed: Some(plans.seed),
        rules: rules.collect(),
    };
    json(serde_json::to_string(&plans).unwrap_or_default())
}
