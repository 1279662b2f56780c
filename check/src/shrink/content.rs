//! What can be peculiar about what an event says, beside how it is written.

use chatislav_webhooks::Timestamp;

use super::feature::Feature;
use super::written::{Entry, Node, Written};

/// The names of the vendor's page.
const KNOWN: [&str; 2] = ["lead_collection", "conversation_summary"];

/// A model of an event that is taken: what is known of its fields, and their values.
pub(super) struct Model(Written);

impl Model {
    pub(super) fn new(taken: Written) -> Self {
        Model(taken)
    }

    pub(super) fn body(&self) -> &Written {
        &self.0
    }

    /// The model without the fields that a body does not have: the same event with nothing in it that
    /// is new, null or old. What makes it an event stays.
    pub(super) fn like(&self, body: &Written) -> Written {
        self.keeping(|path| is_core(path) || find(&body.root, path).is_some())
    }

    /// The model without each of the fields that a body does not have, one at a time.
    pub(super) fn lacking(&self, body: &Written) -> Vec<(Feature, Written)> {
        let lacks = |path: &Vec<&str>| !is_core(path) && find(&body.root, path).is_none();
        let paths: Vec<_> = paths(&self.0).into_iter().filter(lacks).collect();
        let without = |gone: &Vec<&str>| self.keeping(|path| path != gone.as_slice());
        paths.iter().map(|path| (Feature::Missing(path.join(".")), without(path))).collect()
    }

    fn keeping(&self, keeps: impl Fn(&[&str]) -> bool) -> Written {
        let mut kept = self.0.clone();
        let gone: Vec<_> = paths(&self.0).into_iter().filter(|path| !keeps(path)).collect();
        for path in gone {
            remove(&mut kept.root, &path);
        }
        kept
    }

    /// What is peculiar about what a body says, each with the same body without it.
    pub(super) fn peculiar(&self, body: &Written) -> Vec<(Feature, Written)> {
        let mut found = Vec::new();
        if let Some(Node::Text(name)) = body.get("event")
            && !KNOWN.contains(&name.as_str())
        {
            let mut known = self.like(body);
            for entry in body.members().iter().filter(|entry| !entry.is_named("event")) {
                set(&mut known.root, entry);
            }
            found.push((Feature::EventName(name.clone()), known));
        }
        for path in paths(body).into_iter().filter(|path| !is_core(path)) {
            let feature = match find(&body.root, &path) {
                Some(Node::Word(word)) if word == "null" => Feature::Null(path.join(".")),
                Some(Node::Text(text)) if path == ["timestamp"] && Timestamp::parse(text).is_some() => {
                    Feature::Age(text.clone())
                }
                _ => Feature::Field(path.join(".")),
            };
            let mut without = body.clone();
            match (find(&self.0.root, &path), find_mut(&mut without.root, &path)) {
                (Some(value), Some(place)) => *place = value.clone(),
                _ => remove(&mut without.root, &path),
            }
            found.push((feature, without));
        }
        found
    }
}

/// What makes a body an event of its kind.
fn is_core(path: &[&str]) -> bool {
    matches!(path, ["event" | "data" | "summary"])
}

/// The names of the members at the top, and of those one level below.
fn paths(body: &Written) -> Vec<Vec<&str>> {
    let mut paths = Vec::new();
    for entry in body.members() {
        let Some(name) = &entry.name else { continue };
        paths.push(vec![name.text.as_str()]);
        if is_core(&[&name.text]) {
            let below = entry.value.entries().iter().filter_map(|entry| entry.name.as_ref());
            paths.extend(below.map(|below| vec![name.text.as_str(), below.text.as_str()]));
        }
    }
    paths
}

fn find<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, name| {
        node.entries().iter().rev().find(|entry| entry.is_named(name)).map(|entry| &entry.value)
    })
}

fn find_mut<'a>(node: &'a mut Node, path: &[&str]) -> Option<&'a mut Node> {
    path.iter().try_fold(node, |node, name| match node {
        Node::Container { entries, .. } => {
            entries.iter_mut().rev().find(|entry| entry.is_named(name)).map(|entry| &mut entry.value)
        }
        _ => None,
    })
}

fn remove(node: &mut Node, path: &[&str]) {
    let Some((name, above)) = path.split_last() else { return };
    let Some(node) = find_mut(node, above) else { return };
    while let Some(at) = node.entries().iter().position(|entry| entry.is_named(name)) {
        node.drain(at..at + 1);
    }
}

/// Puts a member in the place of the one of its name, or at the end.
fn set(node: &mut Node, new: &Entry) {
    let Node::Container { entries, .. } = node else { return };
    match entries.iter_mut().find(|entry| new.name.as_ref().is_some_and(|name| entry.is_named(&name.text))) {
        Some(entry) => entry.value = new.value.clone(),
        None => entries.push(new.clone()),
    }
}
