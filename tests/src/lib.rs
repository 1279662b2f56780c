//! The README's Rust code, compiled and run as it stands.
#![doc = include_str!("../../README.md")]
