//! The flags that let the guard pass what Chatislav would refuse.

use std::fmt;
use std::net::IpAddr;

use chatislav_webhooks::Target;
use chatislav_webhooks::target::{Guard, Network, Pass, Rule};
use clap::Args;

use crate::output::Output;

#[derive(Args)]
#[command(next_help_heading = "Target guard")]
pub(crate) struct GuardArguments {
    /// Let through this machine: 127.0.0.0/8, ::1, localhost and *.localhost.
    #[arg(long)]
    allow_local: bool,
    /// Let through a network, such as 10.0.0.0/8.
    #[arg(long, value_name = "CIDR", value_parser = Network::parse)]
    allow: Vec<Network>,
    /// Let through a name, whatever it resolves to; the hosts file counts for it.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Refuse 64:ff9b::/96 (NAT64) whatever IPv4 address is inside, instead of judging that address.
    #[arg(long)]
    refuse_nat64: bool,
}

impl GuardArguments {
    pub(crate) fn guard(&self) -> Guard {
        Guard {
            allow_local: self.allow_local,
            allow_networks: self.allow.clone(),
            allow_hosts: self.allow_host.clone(),
            refuse_nat64: self.refuse_nat64,
            ..Guard::default()
        }
    }
}

/// The flag by which a target was let through, or that it needed none.
pub(crate) fn reason(pass: Pass) -> &'static str {
    match pass {
        Pass::Public => "public",
        Pass::Local => "by --allow-local",
        Pass::Network => "by --allow",
        Pass::Host => "by --allow-host",
    }
}

/// Tells the operator, on stderr, for which address a name was refused. Stdout, which may go further,
/// never has it.
pub(crate) fn note_blocked(target: &Target, address: Option<IpAddr>, output: Output) {
    if let (Some(name), Some(address)) = (target.name(), address) {
        output.note(&format!("note: {name} resolves to {address}"));
    }
}

/// Tells that a way through was used: Chatislav itself has none.
pub(crate) fn note_pass(target: &Target, pass: Pass, output: Output) {
    let what = match pass {
        Pass::Public => return,
        Pass::Local | Pass::Network => "Chatislav would refuse this address",
        Pass::Host => "its addresses were not judged",
    };
    output.note(&format!("note: {} was let through {}; {what}", target.host_header(), reason(pass)));
}

/// The way through for a target that the guard refuses.
pub(crate) enum Way {
    Local,
    Network(IpAddr),
    /// Whatever it resolves to.
    Host(String),
}

impl Way {
    pub(crate) fn past(target: &Target, rule: Rule) -> Self {
        match (rule.name(), target.address(), target.name()) {
            ("loopback" | "localhost", ..) => Way::Local,
            (_, Some(address), _) => Way::Network(address),
            (_, None, name) => Way::Host(name.unwrap_or("NAME").to_owned()),
        }
    }
}

/// As the flag that opens it.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Way::Local => f.write_str("--allow-local"),
            Way::Network(address) => write!(f, "--allow {address}"),
            Way::Host(name) => write!(f, "--allow-host {name}"),
        }
    }
}

/// What the refusal means, and the way through on this machine.
pub(crate) fn advice(target: &Target, rule: Rule) -> String {
    let way = Way::past(target, rule);
    format!("Chatislav would refuse this address: {rule}. To send to it from here, add {way}")
}
