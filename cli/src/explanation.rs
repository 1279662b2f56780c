//! Why a signature does not fit, told.

use chatislav_webhooks::explain::Explanation;
use chatislav_webhooks::{Line, Printable};

use crate::output::{Output, Tone};

/// Tells an explanation with one of its two fixes.
pub(crate) fn tell(explanation: &Explanation, fix: &str, output: Output) {
    let tone = if explanation.is_found() { Tone::Good } else { Tone::Middling };
    let change = explanation.change().unwrap_or_else(|| "nothing found".to_owned());
    output.say(&format!("  {}", output.paint(tone, &format!("explained: {change}"))));
    for line in explanation.to_string().lines().chain([&*format!("fix: {fix}")]) {
        output.say(&format!("    {}", Printable(line)));
    }
    output.line(explanation.describe(Line::new("explanation"), fix));
}
