//! Where the vendor sends to, and where it refuses to send.
//!
//! The vendor blocks localhost, private networks and internal host names before a request is
//! made. Which addresses and names those are is our reading: every block of the IANA
//! special-purpose registries (as of 2026-06, whatever their "globally reachable" flag), and
//! names that can only mean something inside a network.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// A URL that could be sent to: http or https, a host, a port that can be connected to.
///
/// `Display` leaves out a user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    host: TargetHost,
}

#[derive(Clone, PartialEq, Eq)]
enum TargetHost {
    /// Lower case, A-labels, without a trailing dot.
    Name(String),
    Address(IpAddr),
}

impl Target {
    /// Parses a URL as browsers do (WHATWG), so that every spelling of an address is judged as
    /// the address it means.
    ///
    /// # Errors
    /// [`InvalidTarget`] for what cannot be a target at all.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let mut url = Url::parse(text).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => InvalidTarget::NoScheme,
            url::ParseError::EmptyHost => InvalidTarget::NoHost,
            url::ParseError::InvalidPort => InvalidTarget::Port,
            _ => InvalidTarget::Host,
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidTarget::Scheme);
        }
        if url.port() == Some(0) {
            return Err(InvalidTarget::Port);
        }
        let host = match url.host() {
            None => return Err(InvalidTarget::NoHost),
            Some(Host::Ipv4(address)) => TargetHost::Address(address.into()),
            Some(Host::Ipv6(address)) => TargetHost::Address(address.into()),
            Some(Host::Domain(name)) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                // The URL standard leaves the limits of DNS (RFC 1035 section 2.3.4) to us.
                if name.len() > 253 || name.split('.').any(|label| label.is_empty() || label.len() > 63) {
                    return Err(InvalidTarget::Host);
                }
                TargetHost::Name(name.to_ascii_lowercase())
            }
        };
        url.set_fragment(None);
        Ok(Target { url, host })
    }

    /// Whether the connection is to be made with TLS.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host's name, or `None` where the URL holds an address.
    pub fn name(&self) -> Option<&str> {
        match &self.host {
            TargetHost::Name(name) => Some(name),
            TargetHost::Address(_) => None,
        }
    }

    /// The address that the URL holds, or `None` where it holds a name.
    pub fn address(&self) -> Option<IpAddr> {
        match self.host {
            TargetHost::Name(_) => None,
            TargetHost::Address(address) => Some(address),
        }
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.url.port().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// The value of the `Host` header: the host as parsed, with the port unless it is the default.
    pub fn host_header(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The request target: path and query.
    pub fn path_and_query(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }

    /// Whether the URL carries a user name or password, which are not sent.
    pub fn has_credentials(&self) -> bool {
        !self.url.username().is_empty() || self.url.password().is_some()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.url.scheme(), self.host_header(), self.path_and_query())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

/// Why a text cannot be a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidTarget {
    /// It does not begin with `http://` or `https://`.
    NoScheme,
    /// Its scheme is neither http nor https.
    Scheme,
    /// It has no host.
    NoHost,
    /// Its host is neither a name that DNS can hold nor an address.
    Host,
    /// Its port is 0, over 65535, or no number.
    Port,
}

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidTarget::NoScheme => "a URL begins with http:// or https://",
            InvalidTarget::Scheme => "the scheme of a webhook is http or https",
            InvalidTarget::NoHost => "the URL has no host",
            InvalidTarget::Host => "the host is neither a DNS name nor an address",
            InvalidTarget::Port => "the port is not a number from 1 to 65535",
        })
    }
}

impl std::error::Error for InvalidTarget {}

/// The rule by which a target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    name: &'static str,
    reason: &'static str,
}

impl Rule {
    const fn new(name: &'static str, reason: &'static str) -> Self {
        Rule { name, reason }
    }

    /// One word, the same in logs and messages: `loopback`, `private`, `internal-name`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What the rule says and where it comes from. It never holds a resolved address.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.reason)
    }
}

const LOOPBACK: Rule = Rule::new("loopback", "the machine itself, RFC 1122 and RFC 4291");
const PRIVATE: Rule = Rule::new("private", "a private network, RFC 1918");
const METADATA: Rule = Rule::new("metadata", "a cloud's metadata service");
const DOCUMENTATION: Rule = Rule::new("documentation", "addresses for examples, RFC 5737, 3849 and 9637");
const BENCHMARK: Rule = Rule::new("benchmark", "addresses for benchmarks, RFC 2544 and 5180");
const ANYCAST: Rule = Rule::new("anycast", "an anycast service of the network itself, RFC 7450, 7534 and 7535");
const SIX_TO_FOUR: Rule = Rule::new("6to4", "the deprecated 6to4 tunnel, RFC 7526");
const PROTOCOL: Rule = Rule::new("protocol", "IETF protocol assignments, RFC 6890");
const MULTICAST: Rule = Rule::new("multicast", "a group, not a host, RFC 5771 and RFC 4291");
const LINK_LOCAL: Rule = Rule::new("link-local", "reachable on one link only, RFC 3927 and RFC 4291");
const V4_EMBEDDED: Rule = Rule::new("ipv4-embedded", "a second spelling of an IPv4 address, RFC 4291 and 6052");
const NOT_GLOBAL: Rule = Rule::new("not-global-unicast", "outside 2000::/3, the only global unicast space, RFC 4291");

/// The first network that holds the address names the rule, so narrow ones stand first.
const IPV4: &[(Network, Rule)] = &[
    (v4([168, 63, 129, 16], 32), METADATA),
    (v4([169, 254, 169, 254], 32), METADATA),
    (v4([169, 254, 170, 2], 32), METADATA),
    (v4([100, 100, 100, 200], 32), METADATA),
    (v4([192, 0, 0, 192], 32), METADATA),
    (v4([0, 0, 0, 0], 8), Rule::new("this-network", "Linux connects these to the machine itself, RFC 1122")),
    (v4([10, 0, 0, 0], 8), PRIVATE),
    (v4([100, 64, 0, 0], 10), Rule::new("shared", "a carrier's shared address space, RFC 6598")),
    (v4([127, 0, 0, 0], 8), LOOPBACK),
    (v4([169, 254, 0, 0], 16), LINK_LOCAL),
    (v4([172, 16, 0, 0], 12), PRIVATE),
    (v4([192, 0, 0, 0], 24), PROTOCOL),
    (v4([192, 0, 2, 0], 24), DOCUMENTATION),
    (v4([192, 31, 196, 0], 24), ANYCAST),
    (v4([192, 52, 193, 0], 24), ANYCAST),
    (v4([192, 88, 99, 0], 24), SIX_TO_FOUR),
    (v4([192, 168, 0, 0], 16), PRIVATE),
    (v4([192, 175, 48, 0], 24), ANYCAST),
    (v4([198, 18, 0, 0], 15), BENCHMARK),
    (v4([198, 51, 100, 0], 24), DOCUMENTATION),
    (v4([203, 0, 113, 0], 24), DOCUMENTATION),
    (v4([224, 0, 0, 0], 4), MULTICAST),
    (v4([255, 255, 255, 255], 32), Rule::new("broadcast", "every host on the link, RFC 919")),
    (v4([240, 0, 0, 0], 4), Rule::new("reserved", "reserved for future use, RFC 1112")),
];

/// What is refused inside 2000::/3, and names for the best known parts of what lies outside.
const IPV6: &[(Network, Rule)] = &[
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), LOOPBACK),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), Rule::new("unspecified", "connects to the machine itself, RFC 4291")),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 64), V4_EMBEDDED),
    (v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 32), V4_EMBEDDED),
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128), METADATA),
    (v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128), METADATA),
    (v6([0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42], 128), METADATA),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Rule::new("unique-local", "a private network, RFC 4193")),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), LINK_LOCAL),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), MULTICAST),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), Rule::new("teredo", "a tunnel into another network, RFC 4380")),
    (v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48), BENCHMARK),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), PROTOCOL),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), DOCUMENTATION),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), SIX_TO_FOUR),
    (v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), ANYCAST),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), DOCUMENTATION),
];

const GLOBAL_UNICAST: Network = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
/// Networks with only IPv6 reach IPv4 through this prefix (RFC 6052), so it takes the verdict of
/// the IPv4 address inside.
const NAT64: Network = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

/// The rule that refuses an address, or `None` for a public one.
pub fn classify(address: IpAddr) -> Option<Rule> {
    let rule_in =
        |table: &[(Network, Rule)]| table.iter().find(|(network, _)| network.contains(address)).map(|(_, rule)| *rule);
    match address {
        IpAddr::V4(_) => rule_in(IPV4),
        IpAddr::V6(v6) if NAT64.contains(address) => {
            let [.., a, b, c, d] = v6.octets();
            classify(Ipv4Addr::new(a, b, c, d).into())
        }
        IpAddr::V6(_) => rule_in(IPV6).or_else(|| (!GLOBAL_UNICAST.contains(address)).then_some(NOT_GLOBAL)),
    }
}

const LOCALHOST: Rule = Rule::new("localhost", "always the machine itself, RFC 6761");
const SINGLE_LABEL: Rule = Rule::new("single-label-name", "a name without a dot only means something inside a network");
const INTERNAL_NAME: Rule = Rule::new("internal-name", "a suffix for names inside a network");
const SPECIAL_USE: Rule = Rule::new("special-use-name", "not a name of hosts on the public internet");

/// Suffixes of whole labels. `.test`, `.example` and `.invalid` are left to the resolver.
const NAMES: &[(&str, Rule)] = &[
    ("localhost", LOCALHOST),
    ("localdomain", LOCALHOST),
    ("metadata.google.internal", METADATA),
    ("metadata.goog", METADATA),
    ("local", INTERNAL_NAME),
    ("internal", INTERNAL_NAME),
    ("home.arpa", INTERNAL_NAME),
    ("lan", INTERNAL_NAME),
    ("corp", INTERNAL_NAME),
    ("home", INTERNAL_NAME),
    ("intranet", INTERNAL_NAME),
    ("private", INTERNAL_NAME),
    ("svc", INTERNAL_NAME),
    ("onion", SPECIAL_USE),
    ("in-addr.arpa", SPECIAL_USE),
    ("ip6.arpa", SPECIAL_USE),
];

fn classify_name(name: &str) -> Option<Rule> {
    let has_suffix =
        |suffix: &str| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    match NAMES.iter().find(|(suffix, _)| has_suffix(suffix)) {
        Some((_, rule)) => Some(*rule),
        None => (!name.contains('.')).then_some(SINGLE_LABEL),
    }
}

/// What may be sent to beyond the public internet. The default is nothing, as at the vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// 127.0.0.0/8, ::1, `localhost` and `*.localhost`.
    pub allow_local: bool,
    /// Addresses, wherever they come from.
    pub allow_networks: Vec<Network>,
    /// Names, whatever they resolve to.
    pub allow_hosts: Vec<String>,
}

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
        if self.allows_host(target) {
            return Ok(Pass::Host);
        }
        let mut pass = Pass::Public;
        for address in addresses {
            match self.judge_address(*address)? {
                Pass::Public => {}
                allowed => pass = allowed,
            }
        }
        Ok(pass)
    }

    fn judge_address(&self, address: IpAddr) -> Result<Pass, Rule> {
        let Some(rule) = classify(address) else { return Ok(Pass::Public) };
        if self.allow_local && is_local(address) {
            Ok(Pass::Local)
        } else if self.allow_networks.iter().any(|network| network.contains(address)) {
            Ok(Pass::Network)
        } else {
            Err(rule)
        }
    }

    fn allows_host(&self, target: &Target) -> bool {
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

/// A block of addresses in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads `10.0.0.0/8`, `fd00::/8` or a single address.
    ///
    /// # Errors
    /// [`InvalidNetwork`] for anything else, also for bits set behind the prefix.
    pub fn parse(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) if digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| InvalidNetwork)?
            }
            Some(_) => return Err(InvalidNetwork),
        };
        let network = Network { address, prefix };
        let (bits, _) = bits(address);
        if prefix > width || bits & !mask(prefix, width) != 0 {
            return Err(InvalidNetwork);
        }
        Ok(network)
    }

    /// Whether the address lies in the block. The families are apart.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (network, width) = bits(self.address);
        let (address, address_width) = bits(address);
        width == address_width && (network ^ address) & mask(self.prefix, width) == 0
    }
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    }
}

/// `prefix` ones at the upper end of `width` bits.
fn mask(prefix: u8, width: u8) -> u128 {
    let all = if width == 32 { u128::from(u32::MAX) } else { u128::MAX };
    let behind = width.saturating_sub(prefix);
    all & !1_u128.checked_shl(behind.into()).map_or(u128::MAX, |bit| bit - 1)
}

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Network {
    Network { address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], prefix: u8) -> Network {
    Network { address: IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)), prefix }
}

/// A text is not a network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidNetwork;

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a network such as 10.0.0.0/8 or fd00::/8, with no bits set behind the prefix")
    }
}

impl std::error::Error for InvalidNetwork {}
