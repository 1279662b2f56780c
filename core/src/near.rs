//! Words for a word that is not known: what it could have been, and what there is.

use crate::printable::Printable;

/// `no key is called ...; did you mean ...? There are ...`
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let guess = nearest(word, known).map_or(String::new(), |guess| format!("; did you mean `{guess}`?"));
    let (last, others) = known.split_last().unwrap_or((&"", &[]));
    let sep = if others.is_empty() { "" } else { " and " };
    format!("no {what} is called `{}`{guess} (there are {}{sep}{last})", Printable(word), others.join(", "))
}

/// A known word that begins alike, or is at most two slips away.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_ascii_lowercase().replace('_', "-");
    let begins_alike = |known: &&&str| word.len() > 2 && (known.starts_with(&word) || word.starts_with(**known));
    let closest = known.iter().map(|known| (slips(&word, known), known)).min_by_key(|(slips, _)| *slips);
    match (closest, known.iter().find(begins_alike)) {
        // Of a short word two letters are too much of it.
        (Some((slips, known)), _) if slips <= 2.min(known.len() / 3) => Some(known),
        (_, alike) => alike.copied(),
    }
}

/// How many characters to insert, drop or replace.
fn slips(word: &str, known: &str) -> usize {
    let mut row: Vec<usize> = (0..=known.len()).collect();
    // No known word is that long, so the rest of a longer one changes nothing.
    for (at, c) in word.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row, vec![at + 1]).into_iter().zip(1..).peekable();
        let mut known = known.chars();
        while let (Some((before, _)), Some(k)) = (diagonal.next(), known.next()) {
            let above = diagonal.peek().map_or(usize::MAX, |(above, _)| *above);
            let left = row.last().copied().unwrap_or(usize::MAX);
            let replaced = before + usize::from(c != k);
            row.push(replaced.min(above.saturating_add(1)).min(left.saturating_add(1)));
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}
