//! Which addresses and names mean something other than a host on the public internet.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::network::Network;

/// The rule by which a target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    name: &'static str,
    reason: &'static str,
}

impl Rule {
    pub(super) const fn new(name: &'static str, reason: &'static str) -> Self {
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
pub(super) const NAT64: Network = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
pub(super) const NAT64_REFUSED: Rule = Rule::new("nat64", "a gateway's translation of an IPv4 address, RFC 6052");

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
        IpAddr::V6(v6) => rule_in(IPV6)
            .or_else(|| (!GLOBAL_UNICAST.contains(address)).then_some(NOT_GLOBAL))
            .or_else(|| classify(isatap(v6)?.into())),
    }
}

/// The IPv4 address inside an ISATAP address, under whatever prefix (RFC 5214 section 6.1): a host with
/// such an interface sends straight to it.
fn isatap(address: Ipv6Addr) -> Option<Ipv4Addr> {
    // The identifier says by one bit whether the inner address is unique in the world; it need not be true.
    let [_, _, _, _, 0x0000 | 0x0200, 0x5efe, high, low] = address.segments() else { return None };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
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

pub(super) fn classify_name(name: &str) -> Option<Rule> {
    let has_suffix =
        |suffix: &str| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    match NAMES.iter().find(|(suffix, _)| has_suffix(suffix)) {
        Some((_, rule)) => Some(*rule),
        None => (!name.contains('.')).then_some(SINGLE_LABEL),
    }
}

const fn v4([a, b, c, d]: [u8; 4], prefix: u32) -> Network {
    Network::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix)
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], prefix: u32) -> Network {
    Network::new(IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)), prefix)
}
