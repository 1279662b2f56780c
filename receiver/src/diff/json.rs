//! JSON against JSON: values that differ, and ways of writing that do.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chatislav_webhooks::conduct::content_key;
use chatislav_webhooks::{Json as Piece, Token};
use serde::Serialize;

/// How many paths are told of each kind; the rest is counted.
const MOST: usize = 1_000;
/// How many characters of a value are told.
const LONGEST: usize = 120;

/// How two JSON texts differ that are not the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Json {
    /// Whether they say the same, written in two ways: of a repeated name the last counts.
    pub equal: bool,
    /// Paths that only the second has, such as `data.form_data[0].value`.
    pub added: Vec<String>,
    /// Paths that only the first has.
    pub removed: Vec<String>,
    /// Paths whose values differ.
    pub changed: Vec<Changed>,
    /// How many more paths differ than are listed.
    pub more: usize,
    /// In what the writing differs where the values do not.
    pub spelling: BTreeSet<Spelling>,
}

/// A path whose values differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The path; empty for the whole.
    pub path: String,
    /// The value before, cut if it is long.
    pub before: String,
    /// The value after.
    pub after: String,
    /// Whether one is of another type than the other.
    pub other_type: bool,
}

/// A way in which the same value is written in other bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spelling {
    /// Blanks and line ends between the values, or around the whole.
    Whitespace,
    /// Characters that are escaped on one side, or in another way.
    Escapes,
    /// Numbers such as `1.0` and `1`.
    Numbers,
    /// Names of an object in another order.
    KeyOrder,
    /// A name that comes another number of times.
    RepeatedKeys,
}

impl Spelling {
    /// What it is called in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Spelling::Whitespace => "whitespace",
            Spelling::Escapes => "escapes",
            Spelling::Numbers => "number spelling",
            Spelling::KeyOrder => "key order",
            Spelling::RepeatedKeys => "repeated keys",
        }
    }
}

impl Json {
    /// `None` if one of them is no JSON.
    pub fn between(before: &[u8], after: &[u8]) -> Option<Self> {
        let texts = (str::from_utf8(before).ok()?, str::from_utf8(after).ok()?);
        let (old, new) = (Piece::check(texts.0).ok()?, Piece::check(texts.1).ok()?);
        let mut comparison = Comparison { json: Json::default(), path: Vec::new() };
        comparison.values(old, new);
        let mut json = comparison.json;
        json.equal = json.added.is_empty() && json.removed.is_empty() && json.changed.is_empty();
        if outer(texts.0, old) != outer(texts.1, new) || gaps_differ(&gaps(old), &gaps(new)) {
            json.spelling.insert(Spelling::Whitespace);
        }
        Some(json)
    }
}

/// One step of a path.
enum Step<'a> {
    Name(Cow<'a, str>),
    Index(usize),
}

struct Comparison<'a> {
    json: Json,
    path: Vec<Step<'a>>,
}

/// The last value of a name, and how often it comes.
type Fields<'a> = HashMap<Cow<'a, str>, (Piece<'a>, usize)>;

impl<'a> Comparison<'a> {
    /// The scanner has seen to it that this goes at most 128 levels deep.
    fn values(&mut self, old: Piece<'a>, new: Piece<'a>) {
        if old.as_str() == new.as_str() {
            return;
        }
        if old.is_object() && new.is_object() {
            self.objects(old, new);
        } else if old.is_array() && new.is_array() {
            self.arrays(old, new);
        } else if let (Some(a), Some(b)) = (old.as_string(), new.as_string()) {
            self.leaf(old, new, a == b, Spelling::Escapes);
        } else {
            let is_number = |piece: Piece<'_>| piece.as_str().starts_with(|c: char| c == '-' || c.is_ascii_digit());
            let is_same = is_number(old)
                && is_number(new)
                && content_key(old.as_str().as_bytes()) == content_key(new.as_str().as_bytes());
            self.leaf(old, new, is_same, Spelling::Numbers);
        }
    }

    fn leaf(&mut self, old: Piece<'_>, new: Piece<'_>, is_same: bool, spelling: Spelling) {
        if is_same {
            self.json.spelling.insert(spelling);
        } else if self.json.changed.len() < MOST {
            let other_type = kind(old) != kind(new);
            let path = self.path(None);
            self.json.changed.push(Changed { path, before: cut(old.as_str()), after: cut(new.as_str()), other_type });
        } else {
            self.json.more += 1;
        }
    }

    fn arrays(&mut self, old: Piece<'a>, new: Piece<'a>) {
        let (mut olds, mut news) = (old.items(), new.items());
        for index in 0.. {
            match (olds.next(), news.next()) {
                (Some(old), Some(new)) => {
                    self.path.push(Step::Index(index));
                    self.values(old, new);
                    self.path.pop();
                }
                (Some(_), None) => self.missing(Step::Index(index), true),
                (None, Some(_)) => self.missing(Step::Index(index), false),
                (None, None) => return,
            }
        }
    }

    fn objects(&mut self, old: Piece<'a>, new: Piece<'a>) {
        let (olds, news) = (fields(old), fields(new));
        let mut order = Vec::new();
        for (name, value) in in_order(old, &olds) {
            let Some((other, others)) = news.get(&name) else {
                self.missing(Step::Name(name), true);
                continue;
            };
            if olds.get(&name).is_some_and(|(_, times)| times != others) {
                self.json.spelling.insert(Spelling::RepeatedKeys);
            }
            self.path.push(Step::Name(name.clone()));
            self.values(value, *other);
            self.path.pop();
            order.push(name);
        }
        let mut order = order.into_iter();
        let mut is_in_order = true;
        for (name, _) in in_order(new, &news) {
            if olds.contains_key(&name) {
                is_in_order &= order.next().as_ref() == Some(&name);
            } else {
                self.missing(Step::Name(name), false);
            }
        }
        if !is_in_order {
            self.json.spelling.insert(Spelling::KeyOrder);
        }
    }

    fn missing(&mut self, step: Step<'a>, is_removed: bool) {
        let path = self.path(Some(step));
        let list = if is_removed { &mut self.json.removed } else { &mut self.json.added };
        if list.len() < MOST { list.push(path) } else { self.json.more += 1 }
    }

    fn path(&self, last: Option<Step<'a>>) -> String {
        let mut path = String::new();
        for step in self.path.iter().chain(&last) {
            match step {
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Name(name) => {
                    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
                    if !name.is_empty() && name.chars().all(is_plain) {
                        path.push_str(if path.is_empty() { "" } else { "." });
                        path.push_str(name);
                    } else {
                        path.push_str(&format!("[{name:?}]"));
                    }
                }
            }
        }
        path
    }
}

fn fields(object: Piece<'_>) -> Fields<'_> {
    let mut fields = Fields::new();
    for (name, value) in object.fields() {
        let field = fields.entry(name).or_insert((value, 0));
        *field = (value, field.1 + 1);
    }
    fields
}

/// Each name once, where it comes first, with its last value.
fn in_order<'a>(object: Piece<'a>, fields: &Fields<'a>) -> Vec<(Cow<'a, str>, Piece<'a>)> {
    let mut left: HashMap<&str, Piece<'a>> = fields.iter().map(|(name, (value, _))| (name.as_ref(), *value)).collect();
    object.fields().filter_map(|(name, _)| left.remove(name.as_ref()).map(|value| (name, value))).collect()
}

/// The first letter says it, but for numbers and the two truths.
fn kind(piece: Piece<'_>) -> u8 {
    match piece.as_str().as_bytes().first() {
        Some(b'-' | b'0'..=b'9') | None => b'0',
        Some(b'f') => b't',
        Some(other) => *other,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What stands before the value and after it.
fn outer<'a>(text: &'a str, piece: Piece<'_>) -> (&'a str, &'a str) {
    let (before, rest) = text.split_at(text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len());
    (before, rest.get(piece.as_str().len()..).unwrap_or_default())
}

/// What stands between the tokens, and how often: in an object of another order it is the same.
fn gaps(piece: Piece<'_>) -> (BTreeMap<&str, usize>, usize) {
    let text = piece.as_str();
    let (mut gaps, mut end, mut count) = (BTreeMap::new(), 0, 0);
    let mut tokens = piece.tokens();
    let mut last = None;
    while let Some((token, place)) = tokens.next_placed() {
        // Nothing is between the brackets of what is empty, whatever the style.
        let gap = text.get(end..place.start).unwrap_or_default();
        let is_empty = token == Token::End && matches!(last, Some(Token::Object | Token::Array));
        if !(is_empty && gap.is_empty()) {
            *gaps.entry(gap).or_default() += 1;
        }
        (end, count, last) = (place.end, count + 1, Some(token));
    }
    (gaps, count)
}

/// With another number of tokens the numbers of gaps differ too; then it counts which there are
/// around the commas, the colons and the rest, as far as both have them.
fn gaps_differ(old: &(BTreeMap<&str, usize>, usize), new: &(BTreeMap<&str, usize>, usize)) -> bool {
    if old.1 == new.1 {
        return old.0 != new.0;
    }
    let around = |gaps: &(BTreeMap<&str, usize>, usize), mark: &str| -> Vec<String> {
        let is_blank = [' ', '\t', '\n', '\r'];
        gaps.0.keys().filter(|gap| gap.trim_matches(is_blank) == mark).map(|gap| (*gap).to_owned()).collect()
    };
    [",", ":", ""].iter().any(|mark| {
        let (old, new) = (around(old, mark), around(new, mark));
        !old.is_empty() && !new.is_empty() && old != new
    })
}
