//! The control API on real sockets.

/// Who may ask, and in which disguises nobody may.
mod guard;

/// What arrived: listed, shown, forgotten, sent again.
mod requests;

/// Requests as they come.
mod stream;

/// What the description says of it.
mod openapi;

/// The Webhooks screen: its form, its refusals.
mod settings;

/// A test event on its way.
mod send;
