//! `verify_signature` beside ring and beside the bare hash, as ratios in one run.
//!
//! Absolute times of a shared machine say little, so each size is measured in alternating rounds
//! and the table at the end gives medians of ratios. Criterion's own figures stand above it.

use std::hint::black_box;
use std::time::Instant;

use chatislav_webhooks::Webhook;
use criterion::{Criterion, Throughput};
use ring::hmac;
use sha2::{Digest, Sha256};

const SECRET: &[u8] = b"It's a Secret to Everybody";
const SIZES: [(&str, usize); 5] =
    [("256 B", 256), ("1 KiB", 1024), ("4 KiB", 4096), ("64 KiB", 64 * 1024), ("4 MiB", 4 * 1024 * 1024)];

struct Subject {
    webhook: Webhook,
    key: hmac::Key,
    body: Vec<u8>,
    signature: String,
}

impl Subject {
    fn new(size: usize) -> Self {
        let webhook = Webhook::new(SECRET).expect("the secret is not blank");
        let body: Vec<u8> =
            br#"{"event": "lead_collection", "data": {}} "#.iter().copied().cycle().take(size).collect();
        let signature = webhook.sign(&body).to_string();
        Subject { webhook, key: hmac::Key::new(hmac::HMAC_SHA256, SECRET), body, signature }
    }

    fn ours(&self) {
        self.webhook.verify_signature(black_box(&self.body), black_box(&self.signature)).expect("it is ours");
    }

    /// What a customer would write with ring: decode, verify with the prepared key.
    fn ring(&self) {
        let mut tag = [0; 32];
        hex::decode_to_slice(black_box(&self.signature), &mut tag).expect("it is hex");
        hmac::verify(&self.key, black_box(&self.body), &tag).expect("it is ours");
    }

    fn bare_hash(&self) {
        black_box(Sha256::digest(black_box(&self.body)));
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_millis(1_200))
        .configure_from_args();
    for (name, size) in SIZES {
        let subject = Subject::new(size);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function("verify_signature", |bencher| bencher.iter(|| subject.ours()));
        group.bench_function("ring::hmac", |bencher| bencher.iter(|| subject.ring()));
        group.bench_function("bare SHA-256", |bencher| bencher.iter(|| subject.bare_hash()));
        group.finish();
    }
    println!("\nverify_signature, ratios of alternating rounds (median; gates in brackets)");
    println!("{:>8}  {:>22}  {:>26}", "body", "to ring (≤ 1.05)", "to SHA-256 (256 B ≤ 1.75)");
    for (name, size) in SIZES {
        let subject = Subject::new(size);
        let (to_ring, to_hash) = ratios(&subject, size);
        println!("{name:>8}  {to_ring:>22.2}  {to_hash:>26.2}");
    }
}

fn ratios(subject: &Subject, size: usize) -> (f64, f64) {
    // About a millisecond each, so that a stray interrupt spoils one round of many.
    let times = (2_000_000 / (size + 600)).max(1);
    let timed = |work: &dyn Fn()| {
        let start = Instant::now();
        for _ in 0..times {
            work();
        }
        start.elapsed().as_secs_f64()
    };
    let mut to_ring = Vec::new();
    let mut to_hash = Vec::new();
    for _ in 0..201 {
        let ours = timed(&|| subject.ours());
        to_ring.push(ours / timed(&|| subject.ring()));
        to_hash.push(ours / timed(&|| subject.bare_hash()));
    }
    (median(to_ring), median(to_hash))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
