//! The binary as a person runs it.

mod explain;
mod listen;
mod load;
mod outbox;
mod profile;
mod replay;
mod requests;
mod send;
mod settings;
mod tools;
mod wait;
