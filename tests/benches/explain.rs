//! `explain` at its dearest: nothing reproduces the signature, so everything is tried that the limit
//! of work allows.
//!
//! The gates are 50 ms for 64 KiB and 1 s for 8 MiB. Times are the processor's, where the system tells
//! them, so that a busy machine does not count.

use std::hint::black_box;
use std::time::Instant;

use chatislav_webhooks::Secret;
use chatislav_webhooks::explain::{Explanation, Limits, explain};

const SIZES: [(&str, usize, &str); 4] = [
    ("1 KiB", 1024, ""),
    ("64 KiB", 64 * 1024, "50 ms"),
    ("1 MiB", 1024 * 1024, ""),
    ("8 MiB", 8 * 1024 * 1024, "1 s"),
];

/// A transcript in the sender's style: escapes, slashes, blanks and names out of order.
fn body(size: usize) -> Vec<u8> {
    let message = r#"{"role": "user", "content": "Ile kosztuje przeprowadzka z Krakowa do \u0141odzi? </p> \ud83d\ude9a", "at": 1.0, "n": 17}, "#;
    let mut body = r#"{"event": "conversation_summary", "summary": {}, "messages": ["#.to_owned();
    while body.len() + message.len() < size {
        body.push_str(message);
    }
    body.push_str(r#"{"role": "user", "content": "ok"}]}"#);
    body.into_bytes()
}

fn explained(body: &[u8], secrets: &[Secret]) -> Explanation {
    explain(black_box(body), [("x-chatislav-signature", "00".repeat(32))], secrets, Limits::of(body.len()))
}

fn main() {
    println!("explain, nothing found (median of rounds; gates in brackets)");
    println!("{:>8}  {:>8}  {:>12}  {:>8}  {:>12}", "body", "secrets", "time", "tried", "everything?");
    for (name, size, gate) in SIZES {
        for count in [1, 2] {
            let secrets: Vec<_> = (0..count)
                .filter_map(|number| Secret::new(format!("8f14e45fceea167a5a36dedd4bea254{number}")).ok())
                .collect();
            let body = body(size);
            let mut times = Vec::new();
            let rounds = if size < 1 << 20 { 15 } else { 5 };
            let mut last = explained(&body, &secrets);
            for _ in 0..rounds {
                let start = (Instant::now(), on_processor());
                last = explained(&body, &secrets);
                let busy = on_processor().zip(start.1).map(|(end, start)| (end - start) as f64 / 1e6);
                times.push(busy.unwrap_or(start.0.elapsed().as_secs_f64() * 1e3));
            }
            assert!(!last.is_found());
            times.sort_by(f64::total_cmp);
            let median = times.get(times.len() / 2).copied().unwrap_or_default();
            let gate = if gate.is_empty() { String::new() } else { format!(" (≤ {gate})") };
            println!("{name:>8}  {count:>8}  {median:>9.1} ms  {:>8}  {:>12}{gate}", last.tried(), last.is_complete());
        }
    }
}

/// How long this thread has had a processor, in nanoseconds (Linux).
fn on_processor() -> Option<u64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}
