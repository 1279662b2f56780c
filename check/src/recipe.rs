//! What a request is made of, before there is an endpoint, a secret and a moment.

use crate::body::Draw;

/// One request to be made. It is data, so the whole battery is a table.
#[derive(Clone, Copy)]
pub(crate) struct Recipe {
    pub(crate) verb: Verb,
    /// The body that is signed.
    pub(crate) body: fn(Draw) -> Vec<u8>,
    /// What becomes of it after it was signed.
    pub(crate) altered: Option<fn(Vec<u8>) -> Vec<u8>>,
    pub(crate) signing: Signing,
    pub(crate) framing: Framing,
    pub(crate) content_type: &'static str,
    /// How far its moment lies in the past, in seconds.
    pub(crate) age: u64,
}

/// The method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// The one that the user's Webhooks screen has.
    Chosen,
    Post,
    Put,
    Get,
    Head,
    Options,
}

/// What stands in the signature header.
#[derive(Clone, Copy)]
pub(crate) enum Signing {
    /// What Chatislav would send.
    Genuine,
    /// No header.
    Absent,
    /// A header with this in it.
    Text(&'static str),
    /// The genuine digits, written in another way; each is a header line of its own.
    Written(fn(&str) -> Vec<Vec<u8>>),
    /// By a secret that nobody knows.
    Other,
    /// By this key, which may be empty.
    Key(&'static str),
}

/// How the body is put on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// With its length in front.
    Length,
    /// In chunks.
    Chunked,
    /// With its length in front, in writes of [`PIECE`](crate::message::PIECE) bytes.
    Pieces,
    /// With its length, once the endpoint says `100 Continue` or has had a second for it.
    Expect,
    /// None at all, for methods that have none.
    Absent,
}

impl Recipe {
    /// A genuine delivery of this body.
    pub(crate) const fn of(body: fn(Draw) -> Vec<u8>) -> Self {
        Recipe {
            verb: Verb::Chosen,
            body,
            altered: None,
            signing: Signing::Genuine,
            framing: Framing::Length,
            content_type: "application/json",
            age: 0,
        }
    }

    pub(crate) const fn by(mut self, verb: Verb) -> Self {
        self.verb = verb;
        self
    }

    pub(crate) const fn signed(mut self, signing: Signing) -> Self {
        self.signing = signing;
        self
    }

    pub(crate) const fn altered(mut self, alteration: fn(Vec<u8>) -> Vec<u8>) -> Self {
        self.altered = Some(alteration);
        self
    }

    pub(crate) const fn framed(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    pub(crate) const fn typed(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    pub(crate) const fn aged(mut self, seconds: u64) -> Self {
        self.age = seconds;
        self
    }

    /// Another method without a body, as a browser or a crawler would send it.
    pub(crate) const fn bare(verb: Verb) -> Self {
        Recipe::of(crate::body::nothing).by(verb).signed(Signing::Absent).framed(Framing::Absent)
    }
}
