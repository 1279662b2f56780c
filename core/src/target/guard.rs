//! What may be sent to: the public internet, and what was allowed on purpose.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::classify::{NAT64, NAT64_REFUSED, Rule, classify, classify_name};
use super::network::Network;
use super::{Target, TargetHost};

/// What may be sent to beyond the public internet. The default is nothing, as at the vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// 127.0.0.0/8, ::1, `localhost` and `*.localhost`.
    pub allow_local: bool,
    /// Addresses, wherever they come from.
    pub allow_networks: Vec<Network>,
    /// Names, whatever they resolve to.
    pub allow_hosts: Vec<String>,
    /// Refuses the public internet too, so that only what was allowed is left: for a tool that
    /// hands on what strangers send.
    pub refuse_public: bool,
    /// Refuses 64:ff9b::/96 whatever IPv4 address is inside, as is right where no NAT64 gateway
    /// stands: without it the prefix takes the verdict of that address.
    pub refuse_nat64: bool,
}

const NOT_ALLOWED: Rule = Rule::new("not-allowed", "neither this machine nor allowed by name");

/// Where a target that was admitted gets its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The URL holds this address, and it was judged.
    Address(IpAddr),
    /// These addresses, without asking DNS: the target is `localhost`, and it is allowed.
    Local([IpAddr; 2]),
    /// The addresses of the name, each to be judged by [`Guard::judge`].
    Resolve {
        /// The name to ask for, without a trailing dot.
        name: String,
        /// Whether the hosts file counts: only for names that were allowed.
        hosts_file: bool,
    },
}

/// The address that refused a target, and why.
///
/// The address is for the operator's log. Told to whoever chose the name, it would answer what an
/// internal DNS knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The rule, which may be told to everybody.
    pub rule: Rule,
    /// The first unsafe address.
    pub address: IpAddr,
}

/// Why something may be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// It is public.
    Public,
    /// By [`Guard::allow_local`].
    Local,
    /// By [`Guard::allow_networks`].
    Network,
    /// By [`Guard::allow_hosts`].
    Host,
}

impl Guard {
    /// Judges what can be judged before a name is resolved. An address in the URL is judged
    /// here and nowhere else, since it never reaches a resolver.
    ///
    /// # Errors
    /// The [`Rule`] that refuses the target.
    pub fn admit(&self, target: &Target) -> Result<Admission, Rule> {
        match &target.host {
            TargetHost::Address(address) => self.judge(target, &[*address]).map(|_| Admission::Address(*address)),
            TargetHost::Name(name) => {
                let is_local = name == "localhost" || name.ends_with(".localhost");
                if self.allow_local && is_local {
                    return Ok(Admission::Local([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]));
                }
                let hosts_file = self.allows_host(target);
                match classify_name(name) {
                    Some(rule) if !hosts_file => Err(rule),
                    _ => Ok(Admission::Resolve { name: name.clone(), hosts_file }),
                }
            }
        }
    }

    /// Judges every address of a target: one that is unsafe refuses them all.
    ///
    /// # Errors
    /// The [`Rule`] that refuses the first unsafe address.
    pub fn judge(&self, target: &Target, addresses: &[IpAddr]) -> Result<Pass, Rule> {
        self.examine(target, addresses).map_err(|refusal| refusal.rule)
    }

    /// As [`Guard::judge`], and says which address it was.
    ///
    /// # Errors
    /// The [`Refusal`] of the first unsafe address.
    pub fn examine(&self, target: &Target, addresses: &[IpAddr]) -> Result<Pass, Refusal> {
        if self.allows_host(target) {
            return Ok(Pass::Host);
        }
        let mut pass = Pass::Public;
        for address in addresses {
            match self.judge_address(*address).map_err(|rule| Refusal { rule, address: *address })? {
                Pass::Public => {}
                allowed => pass = allowed,
            }
        }
        Ok(pass)
    }

    fn judge_address(&self, address: IpAddr) -> Result<Pass, Rule> {
        let rule = match classify(address) {
            _ if self.refuse_nat64 && NAT64.contains(address) => NAT64_REFUSED,
            Some(rule) => rule,
            None if self.refuse_public => NOT_ALLOWED,
            None => return Ok(Pass::Public),
        };
        if self.allow_local && is_local(address) {
            Ok(Pass::Local)
        } else if self.allow_networks.iter().any(|network| network.contains(address)) {
            Ok(Pass::Network)
        } else {
            Err(rule)
        }
    }

    fn allows_host(&self, target: &Target) -> bool {
        if self.allow_hosts.is_empty() {
            return false;
        }
        let host = match &target.host {
            TargetHost::Name(name) => name.clone(),
            TargetHost::Address(address) => address.to_string(),
        };
        self.allow_hosts.iter().any(|allowed| {
            let allowed = allowed.strip_suffix('.').unwrap_or(allowed);
            let allowed = allowed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(allowed);
            allowed.eq_ignore_ascii_case(&host)
        })
    }
}

/// 127.0.0.0/8 or ::1, and no other spelling of them.
fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback(),
        IpAddr::V6(v6) => v6 == Ipv6Addr::LOCALHOST,
    }
}
