//! URLs, names, addresses: where may be sent to.

use std::net::IpAddr;

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

const PUBLIC: [IpAddr; 1] = [IpAddr::V4(std::net::Ipv4Addr::new(93, 184, 215, 14))];

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

#[test]
fn the_rule_has_a_name() {
    for (address, name) in [
        ("127.0.0.1", "loopback"),
        ("10.0.0.1", "private"),
        ("169.254.169.254", "metadata"),
        ("169.254.1.1", "link-local"),
        ("::1", "loopback"),
        ("::ffff:8.8.8.8", "ipv4-embedded"),
        ("64:ff9b::a00:1", "private"),
        ("fd00::1", "unique-local"),
        ("fd00:ec2::254", "metadata"),
        ("4000::1", "not-global-unicast"),
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
    let target = Target::parse("http://[2606:4700:4700::1111]").unwrap();
    assert_eq!(
        (target.host_header().as_str(), target.path_and_query(), target.port()),
        ("[2606:4700:4700::1111]", "/", 80)
    );
}
