//! The table of cases is whole, and its ids stay.

use std::collections::HashSet;

use chatislav_check::{Cause, Framework, Group, battery, find};

#[test]
fn ids_are_numbers_with_a_variant_and_stand_once() {
    let mut seen = HashSet::new();
    for case in battery() {
        let (number, variant) = case.id.split_once('/').unwrap_or((case.id, "-"));
        let digits = number.strip_prefix("C-").unwrap();
        assert!(digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{}", case.id);
        assert!(variant.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{}", case.id);
        assert!(seen.insert(case.id), "{} stands twice", case.id);
        assert!(case.requirement.ends_with('.') && !case.sends.ends_with('.') && case.requests() > 0, "{}", case.id);
    }
    assert_eq!(seen.len(), 88);
}

#[test]
fn cases_stand_by_group() {
    let groups: Vec<_> = battery().map(|case| case.group).collect();
    assert!(groups.is_sorted());
    assert_eq!(groups.iter().collect::<HashSet<_>>().len(), Group::ALL.len());
}

#[test]
fn a_pattern_is_an_id_a_number_or_a_group() {
    let case = find("c-09/PREFIX").unwrap();
    for pattern in ["C-09/prefix", "c-09", "C-09", "refuses"] {
        assert!(case.is_named(pattern), "{pattern}");
    }
    for pattern in ["C-0", "C-09/", "C-09/pre", "prefix", ""] {
        assert!(!case.is_named(pattern), "{pattern}");
    }
}

#[test]
fn every_cause_has_a_fix_unless_it_lies_outside_of_a_framework() {
    let without: Vec<_> = Cause::ALL.iter().filter(|cause| cause.fixes().next().is_none()).collect();
    assert_eq!(without, [&Cause::NoEffect, &Cause::WrongPath]);
    let named = |framework: Framework| Cause::ALL.iter().filter(move |cause| framework.fix(**cause).is_some()).count();
    assert!(Framework::ALL.into_iter().all(|framework| named(framework) > 25));
}
