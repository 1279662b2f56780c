//! Several plans, each for the requests of a condition.

use std::fmt;

use super::{Action, Condition, Facts, InvalidPlan, Per, Plan};
use crate::cursor::Cursor;

/// One rule as it is written in a file.
#[derive(Clone, Copy, Debug)]
pub struct RuleText<'a> {
    /// What stands inside `when(...)` of a plan.
    pub when: &'a str,
    /// The plan for the requests of which that holds.
    pub respond: &'a str,
    /// What shares a counter among them.
    pub per: Per,
}

/// Plans with conditions. The first rule that holds is taken; there is a plan for all the others.
///
/// A plan may itself have `when(...)`: a rule adds a counter of its own, [`Rules::choose`] says
/// under which key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    rules: Vec<Rule>,
    otherwise: Ruled,
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    when: Condition,
    then: Ruled,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Ruled {
    plan: Plan,
    per: Per,
}

/// What the rules have for one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chosen<'a> {
    /// Which rule holds, counted from 0; `None` where none does. For
    /// [`CounterKey::in_rule`](super::CounterKey::in_rule).
    pub rule: Option<usize>,
    /// The plan to play.
    pub plan: &'a Plan,
    /// What shares a counter.
    pub per: Per,
    /// The branch of the plan. For [`Plan::play`] and
    /// [`CounterKey::in_branch`](super::CounterKey::in_branch).
    pub branch: usize,
}

impl Rules {
    /// Parses the rules, in the order in which they are asked, and the plan for all the others.
    ///
    /// # Errors
    /// [`InvalidRule`] for the first text that does not parse, or that fixes another seed than a
    /// text before it: there is one seed for a run.
    pub fn parse(rules: &[RuleText<'_>], respond: &str, per: Per) -> Result<Self, InvalidRule> {
        let mut seed = None;
        let mut parsed = Vec::with_capacity(rules.len());
        for (index, rule) in rules.iter().enumerate() {
            let invalid = |part| move |error| InvalidRule { which: Some(index), part, error };
            let when = Condition::parse(rule.when).map_err(invalid(Part::When))?;
            let plan = agreeing(rule.respond, &mut seed).map_err(invalid(Part::Respond))?;
            parsed.push(Rule { when, then: Ruled { plan, per: rule.per } });
        }
        let plan =
            agreeing(respond, &mut seed).map_err(|error| InvalidRule { which: None, part: Part::Respond, error })?;
        Ok(Rules { rules: parsed, otherwise: Ruled { plan, per } })
    }

    /// One plan for all requests.
    pub fn of(plan: Plan, per: Per) -> Self {
        Rules { rules: Vec::new(), otherwise: Ruled { plan, per } }
    }

    /// The plan for a request, and where in its counters the request stands.
    pub fn choose(&self, facts: &Facts<'_>) -> Chosen<'_> {
        let held = self.rules.iter().enumerate().find(|(_, rule)| rule.when.holds(facts));
        let (rule, then) = match held {
            Some((index, rule)) => (Some(index), &rule.then),
            None => (None, &self.otherwise),
        };
        Chosen { rule, plan: &then.plan, per: then.per, branch: then.plan.branch(facts) }
    }

    /// The rules in the order in which they are asked: condition, plan, counter.
    pub fn rules(&self) -> impl Iterator<Item = (&Condition, &Plan, Per)> {
        self.rules.iter().map(|rule| (&rule.when, &rule.then.plan, rule.then.per))
    }

    /// The plan for all the others, and its counter.
    pub fn otherwise(&self) -> (&Plan, Per) {
        (&self.otherwise.plan, self.otherwise.per)
    }

    /// The seed that any of the plans fixes.
    pub fn seed(&self) -> Option<u64> {
        self.plans().find_map(Plan::seed)
    }

    /// Whether anything is left to chance in any of the plans.
    pub fn is_random(&self) -> bool {
        self.plans().any(Plan::is_random)
    }

    /// Every action that any of the plans can come to.
    pub fn actions(&self) -> Vec<&Action> {
        self.plans().flat_map(Plan::actions).collect()
    }

    fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.rules.iter().map(|rule| &rule.then.plan).chain([&self.otherwise.plan])
    }
}

/// A plan whose seed, if it has one, is the one that was fixed before.
fn agreeing(text: &str, seed: &mut Option<u64>) -> Result<Plan, InvalidPlan> {
    let plan = Plan::parse(text)?;
    match (plan.seed(), *seed) {
        (Some(own), Some(before)) if own != before => {
            let mut cursor = Cursor::new("plan", text);
            cursor.blanks();
            cursor.fail(cursor.at, &format!("a plan before this one fixes the seed {before}, and there is one for all"))
        }
        (own, before) => {
            *seed = own.or(before);
            Ok(plan)
        }
    }
}

/// Which text of a rule does not parse, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRule {
    /// Which rule, counted from 0; `None` for the plan of all the others.
    pub which: Option<usize>,
    /// Which of its texts.
    pub part: Part,
    /// What is wrong there.
    pub error: InvalidPlan,
}

/// The texts of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The condition.
    When,
    /// The plan.
    Respond,
}

impl Part {
    /// The word for it in a rules file.
    pub const fn name(self) -> &'static str {
        match self {
            Part::When => "when",
            Part::Respond => "respond",
        }
    }
}

impl fmt::Display for InvalidRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(which) = self.which {
            // People count from 1.
            write!(f, "rule {}, ", which.saturating_add(1))?;
        }
        write!(f, "{}: {}", self.part.name(), self.error)
    }
}

impl std::error::Error for InvalidRule {}
