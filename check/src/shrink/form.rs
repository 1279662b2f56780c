//! What can be peculiar about how a body is written, and the same body without it.

use std::collections::HashSet;

use chatislav_webhooks::sample::JsonStyle;

use super::feature::Feature;
use super::written::{Entry, Node, Part, Place, Written, characters};
use crate::body::Shape;

/// Bodies up to here are not remarkable for their size.
const SMALL: usize = 512;
/// How much of a text is left where size is taken out.
const SHORT: usize = 16;

/// The features of how a body is written that the endpoint does not meet in the shape that it takes, what
/// is most telling first.
pub(super) fn of_form(body: &Written, shape: Shape) -> Vec<Feature> {
    let mut found: Vec<Feature> = Vec::new();
    let mut add = |feature: Feature| {
        if !found.iter().any(|known| known.name() == feature.name()) {
            found.push(feature);
        }
    };
    let spaced = shape.style == JsonStyle::Python;
    let mut copy = body.clone();
    copy.each(&mut |part| match part {
        Part::Text(text) => {
            if let Some(escape) = characters(text).find(|character| character.starts_with('\\')) {
                add(Feature::Escape(escape.to_owned()));
            }
            if let Some(character) = characters(text).find(|character| !character.is_ascii()) {
                add(Feature::NonAscii(character.to_owned()));
            }
        }
        Part::Word(word) => {
            if word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && word != "0" {
                add(Feature::Number(word.clone()));
            }
        }
        Part::Blanks(place, blanks) => match (place, blanks.as_str(), spaced) {
            (Place::BehindColon, " ", false) => add(Feature::SpaceAfterColon),
            (Place::BehindComma, " ", false) => add(Feature::SpaceAfterComma),
            (Place::BehindColon, "", true) => add(Feature::NoSpaceAfterColon),
            (Place::BehindComma, "", true) => add(Feature::NoSpaceAfterComma),
            (_, "", _) | (Place::BehindColon | Place::BehindComma, " ", true) => {}
            (Place::BehindAll, blanks, _) => add(Feature::BlanksBehind(blanks.to_owned())),
            (_, blanks, _) => add(Feature::Blanks(blanks.to_owned())),
        },
        Part::Entries(entries) => {
            if let Some(key) = repeated(entries) {
                add(Feature::RepeatedKey(key));
            }
            match misplaced(entries) {
                _ if shape.is_sorted && !entries.is_sorted_by_key(key) => add(Feature::KeyOrder),
                Some(key) if !shape.is_sorted => add(Feature::NumericKey(key)),
                _ => {}
            }
        }
    });
    let size = body.to_bytes().len();
    if size > SMALL {
        add(Feature::Size(size));
    }
    found.sort_by_key(Feature::rank);
    found
}

impl Feature {
    /// The body without it, and without what goes with it.
    pub(super) fn forgiven(&self, body: &Written) -> Written {
        let without = self.without(body);
        self.relative().map_or(without.clone(), |relative| relative.without(&without))
    }

    /// The body without it, where it is one of how a body is written.
    pub(super) fn without(&self, body: &Written) -> Written {
        let mut body = body.clone();
        body.each(&mut |part| match (self, part) {
            (Feature::NonAscii(_), Part::Text(text)) => replace(text, |character| !character.is_ascii()),
            (Feature::Escape(_), Part::Text(text)) => replace(text, |character| character.starts_with('\\')),
            (Feature::SpaceAfterColon, Part::Blanks(Place::BehindColon, blanks))
            | (Feature::SpaceAfterComma, Part::Blanks(Place::BehindComma, blanks))
                if blanks == " " =>
            {
                blanks.clear();
            }
            (Feature::NoSpaceAfterColon, Part::Blanks(Place::BehindColon, blanks))
            | (Feature::NoSpaceAfterComma, Part::Blanks(Place::BehindComma, blanks))
                if blanks.is_empty() =>
            {
                blanks.push(' ');
            }
            (Feature::Blanks(_), Part::Blanks(place, blanks)) if place != Place::BehindAll && blanks != " " => {
                blanks.clear();
            }
            (Feature::BlanksBehind(_), Part::Blanks(Place::BehindAll, blanks)) => blanks.clear(),
            (Feature::Number(_), Part::Word(word)) if !matches!(word.as_str(), "true" | "false" | "null") => {
                *word = "0".to_owned();
            }
            (Feature::RepeatedKey(_), Part::Entries(entries)) => keep_last(entries),
            (Feature::KeyOrder, Part::Entries(entries)) => sort(entries, |entry| key(entry).to_owned()),
            // All others stay in their order.
            (Feature::NumericKey(_), Part::Entries(entries)) => {
                sort(entries, |entry| number(entry).unwrap_or(u32::MAX));
            }
            (Feature::Size(_), Part::Text(text)) => cut(text),
            _ => {}
        });
        body
    }
}

/// The same event, written so that there is nothing to take offence at, in a shape that is taken.
pub(super) fn tamed(body: &Written, shape: Shape) -> Written {
    // Short first, for whatever comes then goes over all of it.
    let short = Feature::Size(0).without(body);
    let mut body = of_form(&short, shape).iter().fold(short, |body, feature| feature.without(&body));
    let gap = if shape.style == JsonStyle::Python { " " } else { "" };
    body.each(&mut |part| {
        if let Part::Blanks(place, blanks) = part {
            let is_gap = matches!(place, Place::BehindColon | Place::BehindComma);
            *blanks = if is_gap { gap } else { "" }.to_owned();
        }
    });
    body
}

fn replace(text: &mut String, is_one: impl Fn(&str) -> bool) {
    *text = characters(text).map(|character| if is_one(character) { "x" } else { character }).collect();
}

fn cut(text: &mut String) {
    *text = characters(text).take(SHORT).collect();
}

fn key(entry: &Entry) -> &str {
    entry.name.as_ref().map_or("", |name| name.text.as_str())
}

fn repeated(entries: &[Entry]) -> Option<String> {
    let mut seen = HashSet::new();
    entries.iter().filter(|entry| entry.name.is_some()).map(key).find(|key| !seen.insert(*key)).map(str::to_owned)
}

fn keep_last(entries: &mut Vec<Entry>) {
    let mut seen = HashSet::new();
    entries.reverse();
    entries.retain(|entry| entry.name.is_none() || seen.insert(key(entry).to_owned()));
    entries.reverse();
}

/// The blanks stay where they are, and the members change places.
fn sort<K: Ord>(entries: &mut [Entry], by: impl Fn(&Entry) -> K) {
    let blanks: Vec<_> = entries.iter().map(|entry| (entry.before.clone(), entry.after.clone())).collect();
    entries.sort_by_key(by);
    for (entry, (before, after)) in entries.iter_mut().zip(blanks) {
        entry.before = before;
        entry.after = after;
    }
}

/// The number that a key is, as JavaScript sees it in the order of an object's properties.
fn number(entry: &Entry) -> Option<u32> {
    let key = key(entry);
    key.parse().ok().filter(|number: &u32| number.to_string() == key && *number < u32::MAX)
}

/// A key that is a number, behind one that is not or that is larger.
fn misplaced(entries: &[Entry]) -> Option<String> {
    let mut largest = 0;
    entries.iter().find_map(|entry| {
        let number = number(entry).unwrap_or(u32::MAX);
        let is_misplaced = number < largest;
        largest = largest.max(number);
        is_misplaced.then(|| key(entry).to_owned())
    })
}

/// Whether a null stands in it.
pub(super) fn has_null(node: &Node) -> bool {
    match node {
        Node::Word(word) => word == "null",
        Node::Text(_) => false,
        Node::Container { entries, .. } => entries.iter().any(|entry| has_null(&entry.value)),
    }
}
