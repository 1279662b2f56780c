//! The receiver on real sockets.

mod answers;
mod crash;
mod journal;
mod limits;
mod log;
mod stop;
mod store;
