//! The binary tries itself.

use crate::support::run;

#[test]
fn this_build_is_sound() {
    let (code, out, err) = run(&["selftest", "--output", "json"], b"");
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let bad = lines.iter().filter(|line| line["as_expected"] == false || line["outcome"] == "failed");
    assert_eq!((code, bad.collect::<Vec<_>>()), (0, vec![]), "{err}");
    let last = lines.last().unwrap();
    let cases = chatislav_check::battery().count();
    assert_eq!((&last["sound"], &last["cases"]), (&true.into(), &cases.into()));
    assert_eq!((&last["plans"], &last["cases"]), (&last["plans_good"], &last["cases_good"]));
}
