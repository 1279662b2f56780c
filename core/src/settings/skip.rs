//! Why an event is not sent.

use std::fmt;

/// Why settings do not send an event. It is no failure: the vendor would not send it either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// The webhook is off.
    Disabled,
    /// No event is selected, so none is sent.
    NoEvents,
    /// Other events are selected.
    NotSelected,
}

impl Skip {
    /// Every reason, in the order in which they are looked for.
    pub const ALL: [Skip; 3] = [Skip::Disabled, Skip::NoEvents, Skip::NotSelected];

    /// How such a delivery ends, for logs.
    pub const OUTCOME: &'static str = "skipped";

    /// The stable code, such as `event_not_selected`.
    pub const fn code(self) -> &'static str {
        match self {
            Skip::Disabled => "webhook_disabled",
            Skip::NoEvents => "no_event_selected",
            Skip::NotSelected => "event_not_selected",
        }
    }

    /// The reason in words.
    pub const fn reason(self) -> &'static str {
        match self {
            Skip::Disabled => "the webhook is disabled",
            Skip::NoEvents => "no event is selected",
            Skip::NotSelected => "this event is not selected",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}
