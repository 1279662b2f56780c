//! The receiver on real sockets.

mod answers;
mod limits;
mod log;
mod stop;
