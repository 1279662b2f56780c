//! The binary as a person runs it.

mod demo;
mod explain;
mod listen;
mod load;
mod outbox;
mod profile;
mod replay;
mod requests;
mod screen;
mod selftest;
mod send;
mod settings;
mod tools;
mod wait;
