//! The receiver on real sockets.

mod answers;
mod control;
mod limits;
mod log;
mod stop;
