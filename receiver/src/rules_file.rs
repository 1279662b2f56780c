//! A file of rules, read again when it changes.
//!
//! ```toml
//! respond = "503x2,200"
//! per = "delivery"
//!
//! [[rule]]
//! when = "path=/slow"
//! respond = "wait(3s) 200"
//! ```

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use chatislav_webhooks::plan::{Per, RuleText, Rules};
use serde::Deserialize;

use crate::server::Handle;
use crate::watched::Watched;

/// Rules are written by hand.
const MAX_BYTES: u64 = 1024 * 1024;

/// A file of rules, and what is in force for requests of which it says nothing.
#[derive(Clone, Debug)]
pub struct RulesFile {
    path: PathBuf,
    respond: String,
    per: Per,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    respond: Option<String>,
    per: Option<String>,
    #[serde(default)]
    rule: Vec<RuleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    when: String,
    respond: String,
    per: Option<String>,
}

impl RulesFile {
    /// `respond` and `per` hold where the file says nothing else.
    pub fn new(path: PathBuf, respond: String, per: Per) -> Self {
        RulesFile { path, respond, per }
    }

    /// Reads the rules.
    ///
    /// # Errors
    /// A sentence that names the file and the place: it cannot be read, is not TOML, has a key that
    /// is not known, or a plan or condition that does not parse.
    pub fn read(&self) -> Result<Rules, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", self.path.display());
        // A pipe would be waited for, and a device never ends.
        if !fs::metadata(&self.path).map_err(|error| wrong(&error))?.is_file() {
            return Err(wrong(&"not a file"));
        }
        let mut text = String::new();
        let file = fs::File::open(&self.path).map_err(|error| wrong(&error))?;
        let length = file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|error| wrong(&error))?;
        if length as u64 > MAX_BYTES {
            return Err(wrong(&"a file of rules has at most 1 MiB"));
        }
        let text: Text = toml::from_str(&text).map_err(|error| wrong(&error))?;
        let per = |text: Option<&str>| match text {
            Some(text) => text.parse().map_err(|error| wrong(&format!("per: {error}"))),
            None => Ok(self.per),
        };
        let rules = text
            .rule
            .iter()
            .map(|rule| Ok(RuleText { when: &rule.when, respond: &rule.respond, per: per(rule.per.as_deref())? }));
        let rules = rules.collect::<Result<Vec<_>, String>>()?;
        let respond = text.respond.as_deref().unwrap_or(&self.respond);
        Rules::parse(&rules, respond, per(text.per.as_deref())?).map_err(|error| wrong(&error))
    }

    /// Puts the rules in force whenever the file changes, until the receiver stops. What does not
    /// parse is said in the log, and the rules before it stay.
    pub async fn follow(self, receiver: Handle) {
        let mut file = Watched::new(&self.path);
        loop {
            tokio::select! {
                is_new = file.look() => if !is_new { continue },
                () = receiver.stopping() => return,
            }
            let changed = self.read().and_then(|rules| receiver.change_rules(rules).map_err(|error| error.to_string()));
            receiver.notice(&match changed {
                Ok(()) => format!("{}: new rules are in force", self.path.display()),
                Err(error) => format!("{error}\nthe rules before stay in force"),
            });
        }
    }
}
