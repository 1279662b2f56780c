//! Reports in five formats: what each says, and what none of them holds.

mod files;
mod formats;
mod hostile;

use chatislav_check::Report;
use chatislav_check::report::{Place, github, html, json, junit, sarif};

/// Every report of a run, by name.
fn every(report: &Report) -> [(&'static str, String); 5] {
    let place: Place = "src/web hook.ts:12".parse().unwrap();
    [
        ("json", json(report)),
        ("junit", junit(report)),
        ("sarif", sarif(report, Some(&place))),
        ("github", github(report)),
        ("html", html(report)),
    ]
}
