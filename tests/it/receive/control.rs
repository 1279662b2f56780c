//! The control API on real sockets.

/// Who may ask, and in which disguises nobody may.
mod guard;

/// What arrived: listed, shown, forgotten.
mod requests;

/// Attempts that belong together, and what comes next.
mod deliveries;

/// Sent again, as it was or edited.
mod replay;

/// Requests as they come.
mod stream;

/// The page, and who may see it.
mod page;

/// The newest of them, for those who only look.
mod latest;

/// The plans: read, changed, thought through.
mod plan;

/// How it is done in other languages.
mod examples;

/// What the description says of it.
mod openapi;

/// The Webhooks screen: its form, its refusals.
mod settings;

/// A test event on its way.
mod send;
