//! URLs, names, addresses: where may be sent to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chatislav_webhooks::Target;
use chatislav_webhooks::target::{Admission, Guard, Network, classify};
use serde::Deserialize;

use super::vectors::read;

/// `allowed`, `blocked` or `invalid`, with the addresses that a resolver would give.
fn verdict(guard: &Guard, url: &str, resolves_to: &[IpAddr]) -> &'static str {
    let Ok(target) = Target::parse(url) else { return "invalid" };
    let judged = guard.admit(&target).and_then(|admission| match admission {
        Admission::Resolve { .. } => guard.judge(&target, resolves_to).map(drop),
        Admission::Address(_) | Admission::Local(_) => Ok(()),
    });
    if judged.is_ok() { "allowed" } else { "blocked" }
}

#[test]
fn the_whole_corpus() {
    #[derive(Deserialize)]
    struct Case {
        url: String,
        #[serde(default)]
        resolves_to: Vec<IpAddr>,
        expect: String,
        why: String,
    }
    let cases = read::<Case>("target.json");
    assert_eq!(cases.len(), 369);
    let wrong: Vec<_> = cases
        .iter()
        .filter(|case| verdict(&Guard::default(), &case.url, &case.resolves_to) != case.expect)
        .map(|case| format!("{:?} {:?}: {}", case.url, case.resolves_to, case.why))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const PUBLIC: [IpAddr; 1] = [IpAddr::V4(Ipv4Addr::new(93, 184, 215, 14))];

#[test]
fn allow_local_lets_this_machine_through_and_nothing_else() {
    let guard = Guard { allow_local: true, ..Guard::default() };
    for url in [
        "http://127.0.0.1/",
        "http://127.9.9.9/",
        "http://[::1]/",
        "http://localhost/",
        "http://a.localhost./",
        "http://0x7f.1/",
    ] {
        assert_eq!(verdict(&guard, url, &[]), "allowed", "{url}");
    }
    for url in [
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/",
        "http://localhost.localdomain/",
        "http://notlocalhost/",
        "http://db.local/",
    ] {
        assert_eq!(verdict(&guard, url, &PUBLIC), "blocked", "{url}");
    }
    // A name that resolves to this machine is this machine.
    assert_eq!(verdict(&guard, "http://localtest.me/", &["127.0.0.1".parse().unwrap()]), "allowed");
    // And localhost is answered without DNS, whatever DNS says.
    let admitted = guard.admit(&Target::parse("http://localhost/").unwrap()).unwrap();
    assert_eq!(admitted, Admission::Local(["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()]));
}

#[test]
fn networks_and_names_are_allowed_one_by_one() {
    let guard = Guard { allow_networks: vec![Network::parse("10.1.0.0/16").unwrap()], ..Guard::default() };
    assert_eq!(verdict(&guard, "http://10.1.255.255/", &[]), "allowed");
    assert_eq!(verdict(&guard, "http://10.2.0.0/", &[]), "blocked");
    assert_eq!(verdict(&guard, "http://x.example/", &["10.1.2.3".parse().unwrap()]), "allowed");
    assert_eq!(
        verdict(&guard, "http://x.example/", &["10.1.2.3".parse().unwrap(), "10.2.0.0".parse().unwrap()]),
        "blocked"
    );
    // An internal name stays one, whatever it resolves to.
    assert_eq!(verdict(&guard, "http://x.internal/", &["10.1.2.3".parse().unwrap()]), "blocked");

    let guard = Guard { allow_hosts: vec!["DB.internal.".into(), "[::1]".into()], ..Guard::default() };
    assert_eq!(verdict(&guard, "http://db.INTERNAL/", &["10.1.2.3".parse().unwrap()]), "allowed");
    assert_eq!(verdict(&guard, "http://a.db.internal/", &PUBLIC), "blocked");
    assert_eq!(verdict(&guard, "http://[::1]/", &[]), "allowed");
    let admitted = guard.admit(&Target::parse("http://db.internal/").unwrap()).unwrap();
    assert_eq!(admitted, Admission::Resolve { name: "db.internal".into(), hosts_file: true });
}

#[test]
fn networks_are_read_strictly() {
    for text in ["10.0.0.0/8", "10.0.0.1", "0.0.0.0/0", "fd00::/8", "::1/128", "::/0"] {
        assert!(Network::parse(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0/8",
        "fd00::1/8",
        "::/129",
        "localhost",
        "10.0.0.0/8 ",
    ] {
        assert!(Network::parse(text).is_err(), "{text}");
    }
    let all = Network::parse("0.0.0.0/0").unwrap();
    assert!(all.contains("255.255.255.255".parse().unwrap()) && !all.contains("::1".parse().unwrap()));
    let one = Network::parse("10.0.0.1").unwrap();
    assert!(one.contains("10.0.0.1".parse().unwrap()) && !one.contains("10.0.0.0".parse().unwrap()));
}

/// First and last address of each block in the IANA special-purpose registries for IPv4 and IPv6,
/// and of what is no global unicast; without the embedded IPv4 behind NAT64's prefix.
const SPECIAL: [(&str, &str); 29] = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("168.63.129.16", "168.63.129.16"), // a cloud's metadata service, public by the registries
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.31.196.0", "192.31.196.255"),
    ("192.52.193.0", "192.52.193.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("192.175.48.0", "192.175.48.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "239.255.255.255"),
    ("240.0.0.0", "255.255.255.255"),
    ("::", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("64:ff9b::1:0:0", "64:ff9b:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("64:ff9c::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("4000::", "bfff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("c000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

/// By comparing addresses, where the code under test masks bits.
pub(crate) fn is_special(address: IpAddr) -> bool {
    let of = |text: &str| text.parse::<IpAddr>().unwrap();
    SPECIAL
        .iter()
        .any(|(first, last)| of(first).is_ipv4() == address.is_ipv4() && (of(first)..=of(last)).contains(&address))
}

#[test]
fn each_block_ends_where_its_registry_says() {
    for edge in SPECIAL.iter().flat_map(|(first, last)| [first, last]) {
        let neighbours: [Option<IpAddr>; 2] = match edge.parse().unwrap() {
            IpAddr::V4(v4) => [v4.to_bits().checked_sub(1), v4.to_bits().checked_add(1)]
                .map(|bits| bits.map(|bits| Ipv4Addr::from_bits(bits).into())),
            IpAddr::V6(v6) => [v6.to_bits().checked_sub(1), v6.to_bits().checked_add(1)]
                .map(|bits| bits.map(|bits| Ipv6Addr::from_bits(bits).into())),
        };
        for address in neighbours.into_iter().flatten().chain([edge.parse().unwrap()]) {
            let within_nat64 = address.to_string().starts_with("64:ff9b::") && !is_special(address);
            if !within_nat64 {
                assert_eq!(classify(address).is_some(), is_special(address), "{address}");
            }
        }
    }
}

#[test]
fn the_rule_has_a_name() {
    for (address, name) in [
        ("0.1.2.3", "this-network"),
        ("10.0.0.1", "private"),
        ("100.64.0.1", "shared"),
        ("100.100.100.200", "metadata"),
        ("127.0.0.1", "loopback"),
        ("168.63.129.16", "metadata"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("169.254.170.2", "metadata"),
        ("172.31.0.1", "private"),
        ("192.0.0.1", "protocol"),
        ("192.0.0.192", "metadata"),
        ("192.0.2.1", "documentation"),
        ("192.31.196.1", "anycast"),
        ("192.88.99.1", "6to4"),
        ("198.19.0.1", "benchmark"),
        ("239.0.0.1", "multicast"),
        ("255.255.255.254", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::2", "ipv4-embedded"),
        ("::ffff:8.8.8.8", "ipv4-embedded"),
        ("64:ff9b::a00:1", "private"),
        ("64:ff9b:1::a00:1", "ipv4-embedded"),
        ("100::1", "not-global-unicast"),
        ("2001::1", "teredo"),
        ("2001:1::1", "protocol"),
        ("2001:2:0:ffff::", "benchmark"),
        ("2001:2:1::", "protocol"),
        ("2001:db8::1", "documentation"),
        ("2002::1", "6to4"),
        ("2620:4f:8000::1", "anycast"),
        ("3fff::1", "documentation"),
        ("4000::1", "not-global-unicast"),
        ("fd00::1", "unique-local"),
        ("fd00:42::42", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("fd20:ce::254", "metadata"),
        ("fe80::1", "link-local"),
        ("febf::1", "link-local"),
        ("fec0::1", "not-global-unicast"),
        ("ff02::1", "multicast"),
    ] {
        assert_eq!(classify(address.parse().unwrap()).unwrap().name(), name, "{address}");
    }
}

#[test]
fn a_target_shows_itself_without_credentials() {
    let target = Target::parse("https://user:hunter2@Hooks.Example.com:8443/a?b=c#d").unwrap();
    assert_eq!(target.to_string(), "https://hooks.example.com:8443/a?b=c");
    assert!(target.has_credentials() && !format!("{target:?}").contains("hunter2"));
    assert_eq!((target.host_header().as_str(), target.path_and_query()), ("hooks.example.com:8443", "/a?b=c"));
    let has_credentials = |url: &str| Target::parse(url).unwrap().has_credentials();
    assert!(has_credentials("https://user@x.example/") && has_credentials("https://:pass@x.example/"));
    assert!(!has_credentials("https://x.example/user@") && !has_credentials("https://@x.example/"));
    let target = Target::parse("http://[2606:4700:4700::1111]").unwrap();
    assert_eq!(
        (target.host_header().as_str(), target.path_and_query(), target.port()),
        ("[2606:4700:4700::1111]", "/", 80)
    );
}

#[test]
fn nat64_can_be_refused_whole() {
    let guard = Guard { refuse_nat64: true, ..Guard::default() };
    let target = Target::parse("http://[64:ff9b::808:808]/").unwrap();
    assert_eq!(guard.admit(&target).unwrap_err().name(), "nat64");
    assert_eq!(verdict(&Guard::default(), "http://[64:ff9b::808:808]/", &[]), "allowed");
    assert_eq!(verdict(&guard, "http://x.example/", &["64:ff9b::808:808".parse().unwrap()]), "blocked");
    for (url, expect) in [
        ("http://[64:ff9b::a00:1]/", "blocked"),
        ("http://[64:ff9b:0:0:0:1::]/", "blocked"),
        ("http://[2606:4700:4700::1111]/", "allowed"),
        ("http://8.8.8.8/", "allowed"),
    ] {
        assert_eq!(verdict(&guard, url, &[]), expect, "{url}");
    }
    let guard = Guard { allow_networks: vec![Network::parse("64:ff9b::/96").unwrap()], ..guard };
    assert_eq!(verdict(&guard, "http://[64:ff9b::808:808]/", &[]), "allowed");
}

#[test]
fn the_operator_learns_which_address_was_refused() {
    let target = Target::parse("http://x.example/").unwrap();
    let addresses = ["93.184.215.14", "10.0.0.1", "127.0.0.1"].map(|text| text.parse().unwrap());
    let refusal = Guard::default().examine(&target, &addresses).unwrap_err();
    assert_eq!((refusal.rule.name(), refusal.address), ("private", addresses[1]));
    assert_eq!(Guard::default().judge(&target, &addresses), Err(refusal.rule));
}
