//! The receiver on real sockets.

mod answers;
mod clients;
mod control;
mod crash;
mod diff;
mod export;
mod faults;
mod forward;
mod hostile;
mod journal;
mod limits;
mod log;
mod pipeline;
mod redacted;
mod rules;
mod scripts;
mod secrets;
mod stop;
mod store;
mod tls;
