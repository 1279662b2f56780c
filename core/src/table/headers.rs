//! A table of header names and values.

use serde::de::MapAccess;

use super::{Hidden, Table};
use crate::headers::CustomHeader;

/// Custom headers, each name once, and how a name is kept or why it is refused.
pub(crate) struct Headers<'a, F>(pub(crate) &'a mut Vec<CustomHeader>, pub(crate) F);

impl<'de, F: Fn(&str) -> Result<String, String>> Table<'de> for Headers<'_, F> {
    type Key = String;
    const WHAT: &'static str = "a table of header names and values";

    fn key(&self, text: &str) -> Result<String, String> {
        CustomHeader::new(text, "").map_err(|error| error.to_string())?;
        let name = self.1(text)?;
        if self.0.iter().any(|header| header.name().eq_ignore_ascii_case(&name)) {
            return Err(format!("{name} is set twice"));
        }
        Ok(name)
    }

    fn value<A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error> {
        let header = |value: &str| CustomHeader::new(&name, value).map_err(|error| error.to_string());
        let header = map.next_value_seed(Hidden("the value of a header", header))?;
        self.0.push(header);
        Ok(())
    }
}
