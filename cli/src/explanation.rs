//! Why a signature does not fit, told.

use chatislav_webhooks::Printable;
use serde::Deserialize;

use crate::exit::Failure;
use crate::output::{Output, Tone};

/// An explanation as a line of output has it.
#[derive(Deserialize)]
struct Explanation {
    change: Option<String>,
    message: String,
    fix: String,
    offset: Option<u64>,
    #[serde(default)]
    line: u64,
    #[serde(default)]
    column: u64,
    #[serde(default)]
    at_hand: String,
    #[serde(default)]
    signed: String,
    observations: Vec<String>,
}

/// Tells an explanation that was made here or by a receiver.
pub(crate) fn tell(line: &str, output: Output) -> Result<(), Failure> {
    output.json(line);
    let told: Explanation = serde_json::from_str(line).map_err(Failure::failed)?;
    let tone = if told.change.is_some() { Tone::Good } else { Tone::Middling };
    let change = told.change.as_deref().unwrap_or("nothing found");
    output.say(&format!("  {}", output.paint(tone, &format!("explained: {}", Printable(change)))));
    let mut lines = vec![told.message];
    if let Some(offset) = told.offset {
        lines.push(format!("they part at byte {offset}, line {} column {}", told.line, told.column));
        if !told.at_hand.is_empty() {
            lines.push(format!("  at hand  {}", told.at_hand));
            lines.push(format!("  signed   {}", told.signed));
        }
    }
    lines.extend(told.observations.iter().map(|seen| format!("note: {seen}")));
    lines.push(format!("fix: {}", told.fix));
    for line in lines {
        output.say(&format!("    {}", Printable(&line)));
    }
    Ok(())
}
