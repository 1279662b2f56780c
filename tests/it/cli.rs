//! The binary as a person runs it.

mod listen;
mod send;
mod tools;
