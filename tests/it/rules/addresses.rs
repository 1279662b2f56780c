//! All addresses there are, and every way to write one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

use chatislav_webhooks::Target;
use chatislav_webhooks::target::{Guard, classify};
use proptest::prelude::*;

use super::target::is_special;

/// What IANA's special-purpose registry for IPv4 lists, whatever its flags, with multicast and the
/// reserved space: in order, and kept apart from the table of the code under test. By the registry of
/// 2026-06; the one /32 is a cloud's metadata service.
const NOT_PUBLIC: [RangeInclusive<u32>; 19] = [
    0x0000_0000..=0x00ff_ffff, // 0.0.0.0/8
    0x0a00_0000..=0x0aff_ffff, // 10.0.0.0/8
    0x6440_0000..=0x647f_ffff, // 100.64.0.0/10
    0x7f00_0000..=0x7fff_ffff, // 127.0.0.0/8
    0xa83f_8110..=0xa83f_8110, // 168.63.129.16
    0xa9fe_0000..=0xa9fe_ffff, // 169.254.0.0/16
    0xac10_0000..=0xac1f_ffff, // 172.16.0.0/12
    0xc000_0000..=0xc000_00ff, // 192.0.0.0/24
    0xc000_0200..=0xc000_02ff, // 192.0.2.0/24
    0xc01f_c400..=0xc01f_c4ff, // 192.31.196.0/24
    0xc034_c100..=0xc034_c1ff, // 192.52.193.0/24
    0xc058_6300..=0xc058_63ff, // 192.88.99.0/24
    0xc0a8_0000..=0xc0a8_ffff, // 192.168.0.0/16
    0xc0af_3000..=0xc0af_30ff, // 192.175.48.0/24
    0xc612_0000..=0xc613_ffff, // 198.18.0.0/15
    0xc633_6400..=0xc633_64ff, // 198.51.100.0/24
    0xcb00_7100..=0xcb00_71ff, // 203.0.113.0/24
    0xe000_0000..=0xefff_ffff, // 224.0.0.0/4
    0xf000_0000..=0xffff_ffff, // 240.0.0.0/4, with the broadcast address
];

/// How many of these addresses (in rising order) are public; each of them is judged as the table says.
fn public(addresses: impl Iterator<Item = u32>) -> u64 {
    let mut blocks = NOT_PUBLIC.iter().peekable();
    let mut public = 0;
    for bits in addresses {
        while blocks.next_if(|block| *block.end() < bits).is_some() {}
        let is_listed = blocks.peek().is_some_and(|block| block.contains(&bits));
        assert_eq!(classify(IpAddr::V4(bits.into())).is_some(), is_listed, "{}", Ipv4Addr::from_bits(bits));
        public += u64::from(!is_listed);
    }
    public
}

/// Half of the addresses each, for two processors.
fn in_halves(addresses: impl Fn(RangeInclusive<u32>) -> u64 + Sync) -> u64 {
    std::thread::scope(|scope| {
        let upper = scope.spawn(|| addresses(0x8000_0000..=u32::MAX));
        addresses(0..=0x7fff_ffff) + upper.join().unwrap()
    })
}

/// No block but one is smaller than a /24: so one end of each /24, by turns the first address and the
/// last, and all around the edges.
#[test]
fn one_end_of_each_small_network_is_judged_by_the_registry() {
    let ends = |all: RangeInclusive<u32>| {
        public((*all.start() >> 8..=*all.end() >> 8).map(|network| (network << 8) | ((network & 1) * 0xff)))
    };
    // The one address of a cloud is at neither end.
    let listed: u64 = NOT_PUBLIC.iter().map(|block| (u64::from(block.end() - block.start()) + 1) / 256).sum();
    assert_eq!(in_halves(ends), (1 << 24) - listed);
    for block in NOT_PUBLIC {
        let around = [block.start().saturating_sub(2), block.end().saturating_sub(2)];
        for first in around {
            public(first..=first.saturating_add(4));
        }
    }
}

/// A minute on two processors, where it is optimised:
/// `cargo test --release -p chatislav-tests --test it -- --ignored all_of_ipv4`.
#[test]
#[ignore = "2^32 addresses: see above how to run it"]
fn all_of_ipv4() {
    let listed: u64 = NOT_PUBLIC.iter().map(|block| u64::from(block.end() - block.start()) + 1).sum();
    assert_eq!(in_halves(public), (1 << 32) - listed);
}

/// Every address that has this IPv4 address inside, by the ways there are to put one there.
fn embeddings(inner: Ipv4Addr, prefix: u64) -> Vec<(&'static str, Ipv6Addr)> {
    let bits = u128::from(inner.to_bits());
    let global = u128::from(prefix >> 3 | 1 << 61) << 64;
    [
        ("mapped", 0xffff << 32 | bits),
        ("compatible", bits),
        ("translated", 0xffff << 48 | bits),
        ("NAT64", 0x64_ff9b << 96 | bits),
        ("NAT64 of the network's own", 0x64_ff9b_0001 << 80 | bits),
        ("6to4", 0x2002 << 112 | bits << 80 | 1),
        ("Teredo server", 0x2001_0000 << 96 | bits << 64 | 0xffff_ffff),
        ("Teredo client", 0x2001_0000 << 96 | 0x0808_0808 << 64 | (bits ^ 0xffff_ffff)),
        ("ISATAP", global | 0x5efe << 32 | bits),
        ("ISATAP, unique", global | 0x0200_5efe << 32 | bits),
        ("ISATAP, link-local", 0xfe80 << 112 | 0x5efe << 32 | bits),
    ]
    .map(|(way, address)| (way, Ipv6Addr::from_bits(address)))
    .to_vec()
}

/// One number of an address, in one of the radixes of the WHATWG parser.
fn number(value: u32, radix: u8) -> String {
    match radix % 4 {
        0 => format!("{value}"),
        1 => format!("0{value:o}"),
        2 => format!("0x{value:x}"),
        _ => format!("0X{value:08X}"),
    }
}

/// An address as a browser would read it: in one to four parts, each in its own radix.
fn spelling(address: Ipv4Addr, parts: u8, radixes: [u8; 4]) -> String {
    let bits = address.to_bits();
    let [a, b, c, d] = address.octets().map(u32::from);
    let values = match parts % 4 {
        0 => vec![bits],
        1 => vec![a, bits & 0xff_ffff],
        2 => vec![a, b, bits & 0xffff],
        _ => vec![a, b, c, d],
    };
    let numbers: Vec<_> = values.into_iter().zip(radixes).map(|(value, radix)| number(value, radix)).collect();
    numbers.join(".")
}

/// The same, with characters that mean the same in a host.
fn disguised(text: &str, disguise: u8) -> String {
    let fullwidth = |character: char| char::from_u32(u32::from(character) - 0x21 + 0xff01).unwrap();
    match disguise % 6 {
        0 => text.to_owned(),
        1 => text.chars().map(fullwidth).collect(),
        2 => text.replace('.', "\u{3002}"),
        3 => text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        4 => text.chars().map(|character| format!("{character}\u{ad}")).collect(),
        _ => format!("{text}."),
    }
}

fn any_ipv4() -> impl Strategy<Value = Ipv4Addr> {
    // Half of them from the table, or hardly any would be in a small block.
    prop_oneof![any::<u32>(), prop::sample::select(NOT_PUBLIC.to_vec()).prop_flat_map(|block| block)]
        .prop_map(Ipv4Addr::from_bits)
}

proptest! {
    #[test]
    fn what_another_library_calls_local_is_refused(address in any_ipv4()) {
        let is_special = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_broadcast()
            || address.is_documentation() || address.is_unspecified() || address.is_multicast();
        prop_assert!(!is_special || classify(address.into()).is_some(), "{}", address);
    }

    #[test]
    fn an_address_is_public_unless_a_registry_lists_it(v4 in any_ipv4(), v6 in any::<u128>()) {
        // Three of the 128 bits are fixed, or hardly any would be global unicast.
        for address in [v4.into(), IpAddr::V6((v6 >> 3 | 1 << 125).into())] {
            prop_assert_eq!(classify(address).is_some(), is_special(address), "{}", address);
        }
    }

    #[test]
    fn only_global_unicast_and_nat64_are_public(bits in any::<u128>(), outside in 0_u128..7) {
        let outside = if outside == 0 { 0 } else { outside + 1 };
        let address = Ipv6Addr::from_bits(bits >> 3 | outside << 125);
        prop_assert!(classify(address.into()).is_some() || address.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0], "{}", address);
        if classify(Ipv6Addr::from_bits(bits).into()).is_none() {
            prop_assert!(bits >> 125 == 1 || bits >> 32 == 0x64_ff9b << 64);
        }
    }

    #[test]
    fn no_embedding_passes_what_its_inner_address_would_not(inner in any_ipv4(), prefix in any::<u64>()) {
        for (way, address) in embeddings(inner, prefix) {
            let (outer, inner) = (classify(address.into()), classify(inner.into()));
            prop_assert!(outer.is_some() || inner.is_none(), "{}: {}", way, address);
            if way == "NAT64" {
                prop_assert_eq!(outer, inner);
                let whole = Guard { refuse_nat64: true, ..Guard::default() };
                let target = Target::parse(&format!("http://[{address}]/")).unwrap();
                prop_assert_eq!(whole.admit(&target).unwrap_err().name(), "nat64");
            } else if !way.starts_with("ISATAP") {
                prop_assert!(outer.is_some(), "{}: {}", way, address);
            }
        }
    }

    #[test]
    fn every_spelling_of_an_address_is_judged_as_the_address(
        address in any_ipv4(), parts in any::<u8>(), radixes in any::<[u8; 4]>(), disguise in any::<u8>()
    ) {
        let plain = spelling(address, parts, radixes);
        for host in [disguised(&plain, disguise), disguised(&plain, 0)] {
            let target = Target::parse(&format!("http://{host}/")).unwrap();
            prop_assert_eq!(target.address(), Some(address.into()), "{}", host);
            prop_assert_eq!(Guard::default().admit(&target).err(), classify(address.into()), "{}", host);
        }
    }
}
