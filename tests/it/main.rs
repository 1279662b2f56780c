//! Behaviours, each seen from outside.

/// The rules of core: vectors, properties, and what core must never contain.
mod rules;

/// The receiver on real sockets: what it answers, logs, refuses and survives.
mod receive;

/// The dispatcher against scripted servers, resolvers and certificates.
mod dispatch;

/// The battery against endpoints with one known fault each, and against our own receiver.
mod check;

/// The outbox, in memory and in a file, and the engine that empties it.
mod outbox;

/// The binary as a person runs it: output, exit codes, signals.
mod cli;

/// The README's commands, held against the binary.
mod readme;

/// What the modules above share: scripted peers, raw sockets, the binary.
mod support;
