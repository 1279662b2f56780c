//! The cases, without sending anything.

use chatislav_check::{Group, Selection, battery};
use chatislav_webhooks::Line;

use crate::Done;
use crate::exit::Exit;
use crate::output::Output;

pub(super) fn tell(selection: &Selection, output: Output) -> Done {
    for group in Group::ALL {
        let cases: Vec<_> = battery().filter(|case| case.group == group && selection.wants(case)).collect();
        if !cases.is_empty() {
            output.say(&format!("{} ({})", group.title(), group.name()));
        }
        for case in cases {
            let slow = if case.is_slow { "  (slow)" } else { "" };
            output.say(&format!("  {:<18} {:<6}  {}{slow}", case.id, case.level.name(), case.requirement));
            output.line(
                Line::new("listed")
                    .text("id", case.id)
                    .word("group", group.name())
                    .word("level", case.level.name())
                    .text("requirement", case.requirement)
                    .text("sends", case.sends)
                    .text("accepted", case.accepted())
                    .number("requests", case.requests())
                    .number("slow", case.is_slow),
            );
        }
    }
    Ok(Exit::Good)
}
