//! The app behind the receiver: `--forward`.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chatislav_dispatcher::{Attempt, CertificateDer, Dispatcher, Pooling, Request};
use chatislav_receiver::journal::Answer;
use chatislav_receiver::{Forward, ForwardError, Forwarded, Forwards, Route};
use chatislav_webhooks::target::{Guard, Network, Pass};
use chatislav_webhooks::{Outcome, Printable, Target, parse_duration};
use clap::Args;

use crate::exit::{Exit, Failure};
use crate::guard::{note_blocked, reason};
use crate::output::Output;
use crate::target::invalid;

#[derive(Args)]
#[command(next_help_heading = "Forwarding")]
pub(super) struct ForwardArguments {
    /// Hand good requests on to this app, and its answer back: a URL, or EVENT=URL for the events of
    /// one name. Only this machine, unless allowed by name.
    #[arg(long, value_name = "[EVENT=]URL")]
    forward: Vec<String>,
    /// How long the app may take; after that the sender gets 504.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    forward_timeout: Duration,
    /// Let --forward and replays go to a network, such as 10.0.0.0/8.
    #[arg(long, value_name = "CIDR", value_parser = Network::parse)]
    allow: Vec<Network>,
    /// Let --forward and replays go to a name, whatever it resolves to.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
}

impl ForwardArguments {
    pub(super) fn is_given(&self) -> bool {
        !self.forward.is_empty()
    }

    /// Who sends to this machine, and to what the flags allow.
    pub(super) fn sender(&self, authorities: Vec<CertificateDer<'static>>, output: Output) -> Arc<dyn Forward> {
        // Many a server for development serves one connection at a time, and an idle one would lock it.
        let dispatcher = Dispatcher::new(self.guard()).with_extra_roots(authorities).with_pooling(Pooling::NONE);
        Arc::new(Outward { dispatcher, output })
    }

    fn guard(&self) -> Guard {
        Guard {
            allow_local: true,
            allow_networks: self.allow.clone(),
            allow_hosts: self.allow_host.clone(),
            refuse_public: true,
            ..Guard::default()
        }
    }

    /// Where requests go. The guard judges each URL now, as far as it can without resolving a name,
    /// and each address before it is dialled.
    pub(super) fn forwards(&self, output: Output) -> Result<Forwards, Failure> {
        let guard = self.guard();
        let mut routes = Vec::new();
        for text in &self.forward {
            let route = route(text);
            let target = Target::parse(&route.url).map_err(|error| invalid(&route.url, error))?;
            guard.admit(&target).map_err(|rule| Failure {
                exit: Exit::Blocked,
                message: format!(
                    "--forward {}: {rule}. Requests go to this machine only, unless --allow CIDR or --allow-host NAME says otherwise",
                    Printable(text)
                ),
            })?;
            routes.push(route);
        }
        let sender = self.is_given().then(|| self.sender(Vec::new(), output));
        Ok(Forwards { sender, routes, timeout: self.forward_timeout })
    }
}

/// The URL that leads back to this receiver, if one does: a request would go round and round.
pub(super) fn loops(forwards: &Forwards, own: SocketAddr) -> Option<&str> {
    let is_own = |url: &&str| {
        let Ok(target) = Target::parse(url) else { return false };
        let is_here = match (target.address(), target.name()) {
            (Some(address), _) => address == own.ip() || (own.ip().is_unspecified() && address.is_loopback()),
            (None, Some(name)) => {
                let is_local = name == "localhost" || name.ends_with(".localhost");
                is_local && (own.ip().is_loopback() || own.ip().is_unspecified())
            }
            (None, None) => false,
        };
        is_here && target.port() == own.port()
    };
    forwards.routes.iter().map(|route| route.url.as_str()).find(is_own)
}

/// `EVENT=URL`, where what stands before the first `=` could not be the beginning of a URL.
fn route(text: &str) -> Route {
    match text.split_once('=') {
        Some((event, url)) if !event.is_empty() && !event.contains([':', '/', '?', '#']) => {
            Route { event: Some(event.to_owned()), url: url.to_owned() }
        }
        _ => Route { event: None, url: text.to_owned() },
    }
}

/// Who sends to this machine alone.
pub(crate) fn to_this_machine(output: Output) -> Arc<dyn Forward> {
    let guard = Guard { allow_local: true, refuse_public: true, ..Guard::default() };
    Arc::new(Outward { dispatcher: Dispatcher::new(guard).with_pooling(Pooling::NONE), output })
}

/// The dispatcher, for a receiver.
struct Outward {
    dispatcher: Dispatcher,
    output: Output,
}

impl Outward {
    /// What the operator is told beside the answer: each use of a way through, and what a name that was
    /// refused resolves to. This machine needs no way through here.
    fn tell(&self, target: &Target, attempt: &Attempt) {
        note_blocked(target, attempt.blocked_address, self.output);
        if let Some(pass @ (Pass::Network | Pass::Host)) = attempt.pass {
            self.output.note(&format!("note: {} was let through {}", target.host_header(), reason(pass)));
        }
    }
}

impl Forward for Outward {
    fn forward(&self, request: Forwarded) -> Pin<Box<dyn Future<Output = Result<Answer, ForwardError>> + Send + '_>> {
        Box::pin(async move {
            let down = |error: &dyn std::fmt::Display| ForwardError::Down(error.to_string());
            let target = Target::parse(&request.url).map_err(|error| down(&error))?;
            let prepared = Request::relayed(target, &request.method, request.headers, request.body)
                .map_err(|error| down(&error))?
                .with_timeout(request.timeout);
            let attempt = self.dispatcher.attempt(&prepared).await;
            self.tell(prepared.target(), &attempt);
            match (attempt.outcome, attempt.answer) {
                (outcome, Some(answer)) if outcome.status().is_some() => Ok(Answer {
                    status: outcome.status().unwrap_or_default(),
                    headers: answer
                        .headers
                        .iter()
                        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec().into()))
                        .collect(),
                    body: answer.body,
                }),
                (Outcome::Blocked(_), _) => Err(ForwardError::Blocked(attempt.error.unwrap_or_default())),
                (Outcome::Timeout(_), _) => Err(ForwardError::Late(attempt.error.unwrap_or_default())),
                (..) => Err(ForwardError::Down(attempt.error.unwrap_or_default())),
            }
        })
    }
}
