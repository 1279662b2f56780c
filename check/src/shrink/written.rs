//! JSON as it is written: with its blanks, its escapes, its repeated keys and the spelling of its numbers.

use std::ops::Range;

use chatislav_webhooks::Json;

/// A whole body. Written out again, it is the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) before: String,
    pub(super) root: Node,
    pub(super) after: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A number, `true`, `false` or `null`.
    Word(String),
    /// What stands between the quotes.
    Text(String),
    /// An object or an array; of an empty one also the blanks inside.
    Container { is_object: bool, entries: Vec<Entry>, inside: String },
}

/// A member of an object or an element of an array, with the blanks around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) before: String,
    /// `None` in an array.
    pub(super) name: Option<Name>,
    pub(super) value: Node,
    pub(super) after: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// What stands between the quotes.
    pub(super) text: String,
    pub(super) before_colon: String,
    pub(super) behind_colon: String,
}

/// A piece of a body that can be rewritten in its place.
pub(super) enum Part<'a> {
    Text(&'a mut String),
    Word(&'a mut String),
    Blanks(Place, &'a mut String),
    Entries(&'a mut Vec<Entry>),
}

/// Where blanks stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    BehindColon,
    BehindComma,
    BehindAll,
    Elsewhere,
}

impl Written {
    /// Takes a body apart; `None` for what core does not take for JSON.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let text = str::from_utf8(body).ok()?;
        Json::check(text).ok()?;
        let mut reader = Reader { text, at: 0 };
        Some(Written { before: reader.blanks(), root: reader.node()?, after: reader.blanks() })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.before.clone();
        self.root.write(&mut out);
        out.push_str(&self.after);
        out.into_bytes()
    }

    /// The members at the top.
    pub(super) fn members(&self) -> &[Entry] {
        match &self.root {
            Node::Container { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The value of a member at the top; of a repeated one the last.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.members().iter().rev().find(|entry| entry.is_named(name)).map(|entry| &entry.value)
    }

    /// The way to each value, from the outside in.
    pub(super) fn paths(&self) -> Vec<Vec<usize>> {
        let mut paths = vec![Vec::new()];
        self.root.paths(&mut Vec::new(), &mut paths);
        paths
    }

    pub(super) fn at(&self, path: &[usize]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, index| node.entries().get(*index).map(|entry| &entry.value))
    }

    pub(super) fn at_mut(&mut self, path: &[usize]) -> Option<&mut Node> {
        path.iter().try_fold(&mut self.root, |node, index| match node {
            Node::Container { entries, .. } => entries.get_mut(*index).map(|entry| &mut entry.value),
            _ => None,
        })
    }

    /// Shows every piece, in their order but for names, which come after the blanks around them.
    pub(super) fn each(&mut self, see: &mut dyn FnMut(Part<'_>)) {
        see(Part::Blanks(Place::Elsewhere, &mut self.before));
        self.root.each(see);
        see(Part::Blanks(Place::BehindAll, &mut self.after));
    }
}

impl Node {
    pub(super) fn entries(&self) -> &[Entry] {
        match self {
            Node::Container { entries, .. } => entries,
            _ => &[],
        }
    }

    /// Takes entries out. The blanks behind the opening and before the closing stay where they are.
    pub(super) fn drain(&mut self, range: Range<usize>) {
        let Node::Container { entries, inside, .. } = self else { return };
        let first = entries.first().map(|entry| entry.before.clone()).unwrap_or_default();
        let last = entries.last().map(|entry| entry.after.clone()).unwrap_or_default();
        entries.drain(range.start..range.end.min(entries.len()));
        inside.clear();
        if let Some(entry) = entries.first_mut() {
            entry.before = first;
        }
        if let Some(entry) = entries.last_mut() {
            entry.after = last;
        }
    }

    fn paths(&self, here: &mut Vec<usize>, paths: &mut Vec<Vec<usize>>) {
        for (index, entry) in self.entries().iter().enumerate() {
            here.push(index);
            paths.push(here.clone());
            entry.value.paths(here, paths);
            here.pop();
        }
    }

    fn each(&mut self, see: &mut dyn FnMut(Part<'_>)) {
        match self {
            Node::Word(word) => see(Part::Word(word)),
            Node::Text(text) => see(Part::Text(text)),
            Node::Container { entries, inside, .. } => {
                see(Part::Blanks(Place::Elsewhere, inside));
                see(Part::Entries(entries));
                for (at, entry) in entries.iter_mut().enumerate() {
                    let place = if at == 0 { Place::Elsewhere } else { Place::BehindComma };
                    see(Part::Blanks(place, &mut entry.before));
                    if let Some(name) = &mut entry.name {
                        see(Part::Blanks(Place::Elsewhere, &mut name.before_colon));
                        see(Part::Blanks(Place::BehindColon, &mut name.behind_colon));
                        see(Part::Text(&mut name.text));
                    }
                    entry.value.each(see);
                    see(Part::Blanks(Place::Elsewhere, &mut entry.after));
                }
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Node::Word(word) => out.push_str(word),
            Node::Text(text) => quoted(text, out),
            Node::Container { is_object, entries, inside } => {
                out.push(if *is_object { '{' } else { '[' });
                out.push_str(inside);
                for (at, entry) in entries.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    out.push_str(&entry.before);
                    if let Some(name) = &entry.name {
                        quoted(&name.text, out);
                        out.push_str(&format!("{}:{}", name.before_colon, name.behind_colon));
                    }
                    entry.value.write(out);
                    out.push_str(&entry.after);
                }
                out.push(if *is_object { '}' } else { ']' });
            }
        }
    }
}

impl Entry {
    /// Whether it is a member of this name; a name with escapes is none that anybody looks for.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|own| own.text == name)
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// The characters of a text as they are written: as they are, or as an escape; of a surrogate pair both.
pub(super) fn characters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let length = match rest.as_bytes() {
            [] => return None,
            [b'\\', b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B', ..] => 12,
            [b'\\', b'u', ..] => 6,
            [b'\\', ..] => 2,
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        let (character, behind) = rest.split_at_checked(length)?;
        rest = behind;
        Some(character)
    })
}

/// Walks over a text that core has accepted, which is at most 128 levels deep.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes as many bytes as are of the kind.
    fn take(&mut self, is_one: impl Fn(u8) -> bool) -> String {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().position(|byte| !is_one(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default().to_owned()
    }

    fn blanks(&mut self) -> String {
        self.take(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
    }

    fn node(&mut self) -> Option<Node> {
        match self.peek()? {
            b'"' => self.quoted().map(Node::Text),
            opening @ (b'{' | b'[') => self.container(opening == b'{'),
            _ => Some(Node::Word(self.take(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')))),
        }
    }

    fn quoted(&mut self) -> Option<String> {
        let rest = self.text.get(self.at + 1..)?;
        let mut is_escaped = false;
        let length = rest.bytes().position(|byte| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        })?;
        self.at += length + 2;
        rest.get(..length).map(str::to_owned)
    }

    fn container(&mut self, is_object: bool) -> Option<Node> {
        self.at += 1;
        let mut before = self.blanks();
        let mut entries = Vec::new();
        if matches!(self.peek()?, b'}' | b']') {
            self.at += 1;
            return Some(Node::Container { is_object, entries, inside: before });
        }
        loop {
            let name = if is_object { Some(self.name()?) } else { None };
            let value = self.node()?;
            entries.push(Entry { before, name, value, after: self.blanks() });
            let is_end = self.peek()? != b',';
            self.at += 1;
            if is_end {
                return Some(Node::Container { is_object, entries, inside: String::new() });
            }
            before = self.blanks();
        }
    }

    fn name(&mut self) -> Option<Name> {
        let text = self.quoted()?;
        let before_colon = self.blanks();
        self.at += 1;
        Some(Name { text, before_colon, behind_colon: self.blanks() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_apart_goes_together_again() {
        for body in [
            "{}",
            " {\r\n\t\"event\" : \"a\\\"b\\\\\" ,\"x\":[ ],\"y\":[1.0 , -0.0,true,null, {} ] }\n",
            r#"{"event":"\ud83d\ude9a\/","event":"é東"}"#,
            "[[],[{}]]",
        ] {
            assert_eq!(Written::parse(body.as_bytes()).unwrap().to_bytes(), body.as_bytes(), "{body}");
        }
        assert!(Written::parse(b"{\"a\":}").is_none());
    }

    #[test]
    fn entries_go_without_their_blanks() {
        let body = "{ \"a\": 1, \"b\": 2, \"c\": 3 }";
        for (range, expected) in
            [(0..1, "{ \"b\": 2, \"c\": 3 }"), (1..2, "{ \"a\": 1, \"c\": 3 }"), (1..3, "{ \"a\": 1 }"), (0..3, "{}")]
        {
            let mut written = Written::parse(body.as_bytes()).unwrap();
            written.root.drain(range);
            assert_eq!(String::from_utf8(written.to_bytes()).unwrap(), expected);
        }
    }

    #[test]
    fn an_escape_is_one_character() {
        let seen: Vec<_> = characters(r"aé\n\u00e9\uD83D\uDE9A🚚").collect();
        assert_eq!(seen, ["a", "é", r"\n", r"\u00e9", r"\uD83D\uDE9A", "🚚"]);
    }
}
