//! The binary as a person runs it.

mod listen;
mod replay;
mod requests;
mod send;
mod tools;
mod wait;
