//! Sends Chatislav webhooks as the vendor does.
//!
//! One attempt: the guard judges the target and *every* address it resolves to, a connection is
//! made to a judged address and to no other, the signed bytes are posted, and the status line
//! decides. One deadline spans all of it. Connections are kept for later attempts, and serve again
//! only to an address that was judged anew. Proxy variables are not read, redirects not followed,
//! nothing is inflated. A delivery repeats attempts by the vendor's rule, or by another sender's
//! profile.
//!
//! The rules are `chatislav_webhooks`'; this crate moves the bytes.

mod answer;
mod attempt;
mod deliver;
mod dial;
mod link;
mod pool;
mod profile_file;
mod progress;
mod request;
mod resolve;
mod timings;
mod tls;
mod wire;

pub use answer::{Answer, Cut, MAX_ANSWER};
pub use attempt::{Attempt, Dispatcher};
pub use deliver::Report;
pub use dial::{Dial, Stream, TcpDial};
pub use pool::Pooling;
pub use profile_file::read_profile;
pub use request::{InvalidRequest, Method, Request};
pub use resolve::{Resolve, ResolveError, SystemResolver};
pub use rustls::pki_types::CertificateDer;
pub use timings::Timings;
pub use tls::{InvalidCertificates, read_certificates};

/// A future in a box, for the traits that tests and embedders implement.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
