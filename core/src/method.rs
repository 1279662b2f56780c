//! The methods of a webhook.

use std::fmt;

/// The HTTP methods of Chatislav's Webhooks screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `POST`, the default.
    #[default]
    Post,
    /// `PUT`.
    Put,
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 2] = [Method::Post, Method::Put];

    /// The method as HTTP has it.
    pub const fn name(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
