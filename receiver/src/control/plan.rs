//! The plans in force, read and changed, and what others would answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use chatislav_webhooks::plan::{Per, Plan, Preset, RuleText, Rules};
use serde::{Deserialize, Serialize};

use super::refusal::{Code, Refusal};
use super::{Asked, Controlled, Nothing, json, replay};
use crate::plans::NowhereToForward;

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

/// How many outcomes are foretold.
const FORETOLD: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Thought {
    respond: String,
}

#[derive(Serialize)]
struct Preview {
    v: u8,
    r#type: &'static str,
    /// Of the branch that holds where no condition does.
    outcomes: Vec<String>,
    random: bool,
    /// All branches, in order.
    branches: Vec<Branch>,
}

#[derive(Serialize)]
struct Branch {
    when: Option<String>,
    outcomes: Vec<String>,
}

#[derive(Serialize)]
struct Presets {
    v: u8,
    r#type: &'static str,
    presets: Vec<PresetPlan>,
}

#[derive(Serialize)]
struct PresetPlan {
    name: &'static str,
    plan: &'static str,
    outcomes: Vec<String>,
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

/// What a plan would answer, which is not put in force.
pub(super) async fn preview(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
    request: Request,
) -> Result<Response, Refusal> {
    let (_, body) = replay::read(request, &control, &["application/json"]).await?;
    let Thought { respond } =
        serde_json::from_slice(&body).map_err(|error| Refusal::new(Code::BodyInvalid, error.to_string()))?;
    let plan = Plan::parse(&respond).map_err(|error| Refusal::text(Code::PlanInvalid, &error))?;
    let config = &control.shared.config;
    if !config.forwards.can_play(&plan.actions()) {
        return Err(Refusal::new(Code::PlanInvalid, NowhereToForward.to_string()));
    }
    let branches: Vec<_> = (0..)
        .zip(plan.conditions())
        .map(|(branch, when)| Branch { when, outcomes: outcomes(&plan, branch, config.seed) })
        .collect();
    let outcomes = branches.last().map(|branch| branch.outcomes.clone()).unwrap_or_default();
    let preview = Preview { v: 1, r#type: "preview", outcomes, random: plan.is_random(), branches };
    Ok(json(serde_json::to_string(&preview).unwrap_or_default()))
}

/// The plans with a name.
pub(super) async fn presets(State(control): State<Arc<Controlled>>, Asked(Nothing {}): Asked<Nothing>) -> Response {
    let seed = control.shared.config.seed;
    let presets = Preset::ALL.map(|preset| {
        let outcomes = Plan::parse(preset.plan()).map(|plan| outcomes(&plan, 0, seed)).unwrap_or_default();
        PresetPlan { name: preset.name(), plan: preset.plan(), outcomes }
    });
    let presets = Presets { v: 1, r#type: "presets", presets: presets.into() };
    json(serde_json::to_string(&presets).unwrap_or_default())
}

fn outcomes(plan: &Plan, branch: usize, seed: u64) -> Vec<String> {
    plan.preview(branch, seed).take(FORETOLD).map(|played| played.to_string()).collect()
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
