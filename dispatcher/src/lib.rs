//! Sends Chatislav webhooks as the vendor does.
//!
//! One attempt: the guard judges the target and *every* address it resolves to, a connection is
//! made to a judged address and to no other, the signed bytes are posted, and the status line
//! decides. One deadline spans all of it. Connections are kept for later attempts, and serve again
//! only to an address that was judged anew. A [`Proxy`] is used where one is given, and told the judged
//! address; proxy variables are not read, redirects not followed, nothing is inflated. A delivery repeats
//! attempts by the vendor's rule, or by another sender's profile. An [`outbox`] keeps deliveries, and an
//! [`engine`] empties it.
//!
//! The rules are `chatislav_webhooks`'; this crate moves the bytes.

mod answer;
mod attempt;
mod deliver;
mod dial;
pub mod engine;
mod link;
pub mod outbox;
mod pool;
mod profile_file;
mod progress;
mod proxy;
mod request;
mod resolve;
mod timings;
mod tls;
mod toml_file;
mod wire;

pub use answer::{Answer, Cut, MAX_ANSWER};
pub use attempt::{Attempt, Dispatcher, Failure};
pub use chatislav_webhooks::Method;
pub use deliver::Report;
pub use dial::{Dial, Stream, TcpDial};
pub use pool::Pooling;
pub use profile_file::read_profile;
pub use proxy::{InvalidProxy, Proxy};
pub use request::{InvalidRequest, Request};
pub use resolve::{Resolve, ResolveError, SystemResolver};
pub use rustls::pki_types::CertificateDer;
pub use timings::Timings;
pub use tls::{InvalidCertificates, read_certificates};
pub use toml_file::{MAX_TOML, read_toml};

/// A future in a box, for the traits that tests and embedders implement.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
