//! The receiver on real sockets.

mod answers;
mod control;
mod faults;
mod forward;
mod hostile;
mod limits;
mod log;
mod rules;
mod stop;
mod tls;
