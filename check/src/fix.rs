//! What mends a cause, a file for each framework.

mod axum;
mod django;
mod express;
mod fastapi;
mod fastify;
mod flask;
mod next;

pub(crate) use axum::fix as axum;
pub(crate) use django::fix as django;
pub(crate) use express::fix as express;
pub(crate) use fastapi::fix as fastapi;
pub(crate) use fastify::fix as fastify;
pub(crate) use flask::fix as flask;
pub(crate) use next::fix as next;
