//! Text that Markdown takes for text.

use chatislav_webhooks::Printable;

/// In a line of text: no emphasis, no HTML, no link, no cell's end, nobody mentioned.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let text = Printable(text).to_string();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // GitHub would tell whoever has that name, and make a link of what looks like a URL.
            '@' => out.push_str("&#64;"),
            ':' if characters.peek() == Some(&'/') => out.push_str("&#58;"),
            _ => out.push(c),
        }
    }
    out
}

/// A block of code, whatever its lines hold: its fence is longer than any row of backticks in it
/// (CommonMark section 4.5).
pub(super) fn fenced(lines: &[String]) -> String {
    let longest = lines.iter().map(|line| backticks(line)).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", lines.join("\n"))
}

fn backticks(line: &str) -> usize {
    line.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(escaped("<b>|`*_[a](b)`"), "&lt;b&gt;\\|\\`\\*\\_\\[a\\](b)\\`");
        assert_eq!(escaped("@octocat http://x"), "&#64;octocat http&#58;//x");
        assert_eq!(escaped("\u{1b}[2J"), "\\\\u{1b}\\[2J");
    }

    #[test]
    fn no_line_ends_its_block() {
        assert_eq!(fenced(&["plain".to_owned()]), "```text\nplain\n```\n");
        assert_eq!(fenced(&["````".to_owned(), "a `b`".to_owned()]), "`````text\n````\na `b`\n`````\n");
    }
}
