//! The frameworks for which a failure comes with its fix.

use crate::cause::Cause;
use crate::fix;

/// What the endpoint may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framework {
    /// Express, on Node.
    Express,
    /// Fastify, on Node.
    Fastify,
    /// Next.js, route handlers and API routes.
    Next,
    /// FastAPI and Starlette, on Python.
    FastApi,
    /// Flask, on Python.
    Flask,
    /// Django, on Python.
    Django,
    /// axum, on Rust.
    Axum,
}

impl Framework {
    /// Every framework, in the order in which fixes are shown.
    pub const ALL: [Framework; 7] = [
        Framework::Express,
        Framework::Fastify,
        Framework::Next,
        Framework::FastApi,
        Framework::Flask,
        Framework::Django,
        Framework::Axum,
    ];

    /// The name, as its authors write it.
    pub const fn name(self) -> &'static str {
        match self {
            Framework::Express => "Express",
            Framework::Fastify => "Fastify",
            Framework::Next => "Next.js",
            Framework::FastApi => "FastAPI",
            Framework::Flask => "Flask",
            Framework::Django => "Django",
            Framework::Axum => "axum",
        }
    }

    /// What mends a cause here, if it can arise here.
    pub fn fix(self, cause: Cause) -> Option<&'static str> {
        match self {
            Framework::Express => fix::express(cause),
            Framework::Fastify => fix::fastify(cause),
            Framework::Next => fix::next(cause),
            Framework::FastApi => fix::fastapi(cause),
            Framework::Flask => fix::flask(cause),
            Framework::Django => fix::django(cause),
            Framework::Axum => fix::axum(cause),
        }
    }
}
