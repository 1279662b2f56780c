//! Header lines against header lines.

use std::collections::BTreeMap;

use serde::Serialize;

/// How two lists of header lines differ. Names are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Headers {
    /// Names that only the second has, with their values.
    pub added: Vec<(String, Vec<String>)>,
    /// Names that only the first has, with their values.
    pub removed: Vec<(String, Vec<String>)>,
    /// Names that both have, and the values of both.
    pub changed: Vec<(String, Vec<String>, Vec<String>)>,
    /// Names that are written in another case, as both have them.
    pub recased: Vec<(String, String)>,
    /// Whether the names that both have stand in the same order.
    pub order: Order,
}

/// Whether what both have stands in the same order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// It does.
    #[default]
    Same,
    /// It does not.
    Different,
}

type Lines = [(String, Vec<u8>)];

struct Named<'a> {
    names: Vec<&'a str>,
    values: Vec<&'a [u8]>,
}

impl Headers {
    /// `None` if they are equal, in order and case too.
    pub fn between(before: &Lines, after: &Lines) -> Option<Self> {
        if before == after {
            return None;
        }
        let (old, new) = (by_name(before), by_name(after));
        let mut headers = Headers::default();
        for (name, named) in &old {
            let Some(other) = new.get(name) else {
                headers.removed.push((name.clone(), shown(&named.values)));
                continue;
            };
            if named.values != other.values {
                headers.changed.push((name.clone(), shown(&named.values), shown(&other.values)));
            }
            let recased = named.names.iter().zip(&other.names).find(|(old, new)| old != new);
            headers.recased.extend(recased.map(|(old, new)| ((*old).to_owned(), (*new).to_owned())));
        }
        let added = new.iter().filter(|(name, _)| !old.contains_key(*name));
        headers.added.extend(added.map(|(name, named)| (name.clone(), shown(&named.values))));
        if order(before, &new, &old) != order(after, &old, &new) {
            headers.order = Order::Different;
        }
        Some(headers)
    }
}

fn by_name(lines: &Lines) -> BTreeMap<String, Named<'_>> {
    let mut map: BTreeMap<String, Named<'_>> = BTreeMap::new();
    for (name, value) in lines {
        let named = map.entry(name.to_ascii_lowercase()).or_insert(Named { names: Vec::new(), values: Vec::new() });
        named.names.push(name);
        named.values.push(value);
    }
    map
}

/// The names in their order, of each as many as both have.
fn order(lines: &Lines, others: &BTreeMap<String, Named<'_>>, own: &BTreeMap<String, Named<'_>>) -> Vec<String> {
    let count = |map: &BTreeMap<String, Named<'_>>, name: &String| map.get(name).map_or(0, |named| named.names.len());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let names = lines.iter().map(|(name, _)| name.to_ascii_lowercase());
    names
        .filter(|name| {
            let seen = seen.entry(name.clone()).or_default();
            *seen += 1;
            *seen <= count(others, name).min(count(own, name))
        })
        .collect()
}

fn shown(values: &[&[u8]]) -> Vec<String> {
    values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
}
