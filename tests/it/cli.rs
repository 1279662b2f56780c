//! The binary as a person runs it.

mod listen;
mod load;
mod outbox;
mod profile;
mod replay;
mod requests;
mod selftest;
mod send;
mod settings;
mod tools;
mod wait;
