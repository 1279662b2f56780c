//! A place in a body where a text stands.

use super::written::{Node, Written};

/// A text in a body, by the way to it.
pub(super) enum Slot {
    Value(Vec<usize>),
    /// The name of the member whose value the way leads to.
    Name(Vec<usize>),
}

impl Slot {
    pub(super) fn of(&self, body: &Written) -> Option<String> {
        match self {
            Slot::Value(path) => match body.at(path)? {
                Node::Text(text) => Some(text.clone()),
                _ => None,
            },
            Slot::Name(path) => {
                let (last, above) = path.split_last()?;
                let entry = body.at(above)?.entries().get(*last)?;
                entry.name.as_ref().map(|name| name.text.clone())
            }
        }
    }

    pub(super) fn put(&self, body: &mut Written, text: String) {
        match self {
            Slot::Value(path) => {
                if let Some(node) = body.at_mut(path) {
                    *node = Node::Text(text);
                }
            }
            Slot::Name(path) => {
                let Some((last, above)) = path.split_last() else { return };
                if let Some(Node::Container { entries, .. }) = body.at_mut(above)
                    && let Some(name) = entries.get_mut(*last).and_then(|entry| entry.name.as_mut())
                {
                    name.text = text;
                }
            }
        }
    }
}
