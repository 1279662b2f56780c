//! Several plans with conditions, and what a plan says of itself.

use std::time::Duration;

use chatislav_webhooks::plan::{
    Action, Condition, CounterKey, Counters, Facts, MAX_URL_WAIT, Part, Per, Plan, RuleText, Rules,
};

const FACTS: Facts<'_> = Facts { method: "POST", path: "/", event: "", verdict: "verified" };

fn rule<'a>(when: &'a str, respond: &'a str) -> RuleText<'a> {
    RuleText { when, respond, per: Per::Event }
}

#[test]
fn the_first_rule_that_holds_is_taken() {
    let rules = Rules::parse(
        &[
            rule("path=/slow*,!method=PUT", "wait(1s) 200"),
            rule(r#"event="a b""#, "when(method=PUT) 404; else 503"),
            rule("unsigned", "403"),
            rule("refused", "400"),
        ],
        "200,201",
        Per::Path,
    )
    .unwrap();
    for (facts, which, plan, per, branch) in [
        (FACTS, None, "200,201", Per::Path, 0),
        (Facts { path: "/slow/a", ..FACTS }, Some(0), "wait(1s) 200", Per::Event, 0),
        (Facts { path: "/slow", event: "a b", ..FACTS }, Some(0), "wait(1s) 200", Per::Event, 0),
        (
            Facts { path: "/slow", event: "a b", method: "PUT", ..FACTS },
            Some(1),
            "when(method=PUT) 404; else 503",
            Per::Event,
            0,
        ),
        (Facts { event: "a b", ..FACTS }, Some(1), "when(method=PUT) 404; else 503", Per::Event, 1),
        (Facts { verdict: "signature_missing", ..FACTS }, Some(2), "403", Per::Event, 0),
        (Facts { verdict: "signature_mismatch", ..FACTS }, Some(3), "400", Per::Event, 0),
    ] {
        let chosen = rules.choose(&facts);
        let found = (chosen.rule, chosen.plan.text(), chosen.per, chosen.branch);
        assert_eq!(found, (which, plan, per, branch), "{facts:?}");
    }
}

#[test]
fn the_error_names_the_rule_the_part_and_the_place() {
    let good = rule("verified", "seed=7; 200");
    for (rules, respond, which, part, at, message) in [
        (vec![good, rule("", "200")], "200", Some(1), Part::When, 0, "a condition is verified"),
        (vec![rule("path", "200")], "200", Some(0), Part::When, 4, "the condition ends where `=`"),
        (vec![rule("path=/a)", "200")], "200", Some(0), Part::When, 7, "the end of the condition"),
        (vec![rule("path=\"/a", "200")], "200", Some(0), Part::When, 5, "the quotes are not closed"),
        (vec![rule("when(verified)", "200")], "200", Some(0), Part::When, 0, "a condition is verified"),
        (vec![rule("header=x", "200")], "200", Some(0), Part::When, 0, "a condition is verified"),
        (vec![good, good, rule("refused", "503x")], "200", Some(2), Part::Respond, 4, "how often"),
        (vec![good, rule("refused", "")], "200", Some(1), Part::Respond, 0, "the plan ends"),
        (vec![good], "nonsense", None, Part::Respond, 0, "expected a status"),
        (vec![good, rule("refused", " seed=8; 200")], "200", Some(1), Part::Respond, 1, "fixes the seed 7"),
        (vec![good], "seed=8; 200", None, Part::Respond, 0, "fixes the seed 7"),
    ] {
        let error = Rules::parse(&rules, respond, Per::All).unwrap_err();
        assert_eq!((error.which, error.part, error.error.at()), (which, part, at), "{error}");
        assert!(error.error.message().contains(message), "{error}");
    }
    let error = Rules::parse(&[good, rule("nobody", "200")], "200", Per::All).unwrap_err().to_string();
    assert!(error.starts_with("rule 2, when: a condition is"), "{error}");
    assert!(error.ends_with("\n  nobody\n  ^"), "{error}");
    let error = Rules::parse(&[], "x", Per::All).unwrap_err().to_string();
    assert!(error.starts_with("respond: expected a status"), "{error}");
}

#[test]
fn rules_say_what_any_of_their_plans_says() {
    let rules =
        Rules::parse(&[rule("verified", "503,forward"), rule("refused", "seed=9; 201")], "200", Per::All).unwrap();
    assert_eq!((rules.seed(), rules.is_random()), (Some(9), false));
    assert!(rules.actions().contains(&&Action::Forward));
    let texts: Vec<_> = rules.rules().map(|(when, plan, per)| format!("{when} {plan} {per}")).collect();
    assert_eq!(texts, ["verified 503,forward event", "refused seed=9; 201 event"]);
    assert_eq!(rules.otherwise(), (&Plan::default(), Per::All));

    let rules = Rules::parse(&[rule("verified", "200")], "seed=9; flaky", Per::All).unwrap();
    assert_eq!((rules.seed(), rules.is_random()), (Some(9), true));
    assert_eq!(rules.actions().iter().map(ToString::to_string).collect::<Vec<_>>(), ["200", "200", "503"]);
    let same = [rule("verified", "seed=9; 200"), rule("refused", "seed=9; 201")];
    assert_eq!(Rules::parse(&same, "seed=9; 202", Per::All).unwrap().seed(), Some(9));

    let one = Rules::of(Plan::forward(), Per::Path);
    assert_eq!(one.choose(&FACTS).plan.text(), "forward");
    assert_eq!((one.rules().count(), one.seed(), one.is_random()), (0, None, false));
    assert_eq!(Rules::default(), Rules::of(Plan::default(), Per::Delivery));
}

#[test]
fn each_rule_counts_for_itself() {
    let key = CounterKey::of_name("x", true);
    let mut counters = Counters::new(9);
    let keys = [key, key.in_rule(Some(0)), key.in_rule(Some(1)), key.in_branch(1), key.in_branch(1).in_rule(Some(1))];
    assert_eq!(keys.map(|key| counters.next(key)), [0; 5]);
    assert_eq!(keys.map(|key| counters.next(key)), [1; 5]);
    assert_eq!(key.in_rule(Some(1)).in_rule(None), key);
    // By Python's hashlib and SplitMix64 as its authors published it; without a rule as ever.
    assert_eq!(key.in_rule(None).entropy(7, 0), 17585827754683393829);
    assert_eq!(key.in_rule(Some(0)).entropy(7, 0), 6526731889229727332);
    assert_eq!(key.in_branch(1).in_rule(Some(2)).entropy(7, 3), 11379060323782563352);
}

#[test]
fn what_shares_a_counter_has_a_word() {
    for (per, word) in [(Per::Delivery, "delivery"), (Per::Event, "event"), (Per::Path, "path"), (Per::All, "all")] {
        assert_eq!((per.name(), word.parse()), (word, Ok(per)));
    }
    for word in ["", "Delivery", "events", " all"] {
        assert_eq!(word.parse::<Per>().unwrap_err().to_string(), "expected delivery, event, path or all", "{word}");
    }
}

#[test]
fn a_condition_is_read_back_as_it_is_meant() {
    for (text, shown) in [
        ("verified", "verified"),
        (" !unsigned , path=/a* ", "!unsigned,path=/a*"),
        (r#"event="a, \"b\"",verdict=x"#, r#"event="a, \"b\"",verdict=x"#),
        ("method=\"\"", "method=\"\""),
    ] {
        let condition = Condition::parse(text).unwrap();
        assert_eq!(condition.to_string(), shown);
        assert_eq!(Condition::parse(shown).unwrap(), condition);
    }
}

#[test]
fn a_plan_is_read_back_as_it_was_given() {
    let text = " when(verified) 503x2 ; else  200 ";
    let plan = Plan::parse(text).unwrap();
    assert_eq!((plan.text(), plan.to_string().as_str()), (text, text));
    assert_eq!(Plan::default().text(), "200");
    assert_eq!(Plan::forward().text(), "forward");
    // Equal is what means the same.
    assert_eq!(Plan::parse(" 200 ").unwrap(), Plan::default());
    assert_eq!(Plan::parse("forward").unwrap(), Plan::forward());
    assert_ne!(Plan::default(), Plan::forward());
    assert_ne!(Plan::default().clamped(MAX_URL_WAIT), Plan::default());
}

#[test]
fn a_plan_in_a_url_waits_for_a_minute_at_most() {
    let plan = Plan::parse("wait(40s) wait(40s) 200,wait(10s) 201,slow,loop(drip(5,10m),drip(5,10s))").unwrap();
    let plan = plan.clamped(MAX_URL_WAIT).clamped(Duration::from_secs(3600));
    let played: Vec<_> = [0, 1, 3, 4].map(|count| plan.play(0, count, 0).unwrap()).into();
    let shown: Vec<_> = played.iter().map(|played| format!("{:?} {}", played.wait, played.action)).collect();
    assert_eq!(shown, ["60s 200", "10s 201", "0ns drip(5,60s)", "0ns drip(5,10s)"]);
    let hasty = Plan::parse("slow").unwrap().clamped(Duration::from_secs(1));
    assert_eq!(hasty.play(0, 0, 0).unwrap().wait, Duration::from_secs(1));
}
