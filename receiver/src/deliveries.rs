//! Deliveries: the attempts that belong together, and whether the sender kept the rules.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chatislav_webhooks::conduct::{Answered, Conduct, Tried, content_key, gaps};
use chatislav_webhooks::filter::Filter;
use chatislav_webhooks::{DeliveryKey, SIGNATURE_HEADER, Timestamp};
use serde_json::json;

use crate::journal::{Capture, End, Journal, each_after, matches};

/// What of a capture tells of its sender.
struct Attempt {
    id: String,
    at: SystemTime,
    took: Duration,
    status: Option<u16>,
    end: End,
    delivery: DeliveryKey,
    signature: Option<Bytes>,
    secret: Option<usize>,
}

struct Delivery {
    event: String,
    verdict: String,
    attempts: Vec<Attempt>,
}

/// What attempts have in common. A forger who knows a body is not its sender.
type Key = (bool, [u8; 32]);

/// The contents of how many bodies are remembered, which takes some 3 MiB.
const REMEMBERED: usize = 32_768;

/// What bodies say, remembered from one question after deliveries to the next.
#[derive(Default)]
pub(crate) struct Contents(HashMap<DeliveryKey, [u8; 32]>);

impl Contents {
    /// The key of what a body says. A delivery's key is the digest of its body, and so stands for it.
    fn of(&mut self, delivery: DeliveryKey, body: &[u8]) -> [u8; 32] {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        *self.0.entry(delivery).or_insert_with(|| content_key(body).unwrap_or(*delivery.as_bytes()))
    }
}

/// The newest deliveries of which a filter lets an attempt through, newest first: a JSON object
/// each, of type `conduct`. It may read a file, and blocks meanwhile.
pub fn deliveries(journal: &Journal, filter: &Filter, limit: usize) -> Vec<String> {
    deliveries_by(&mut Contents::default(), journal, filter, limit)
}

/// The same, for whoever asks again.
pub(crate) fn deliveries_by(contents: &mut Contents, journal: &Journal, filter: &Filter, limit: usize) -> Vec<String> {
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut deliveries: Vec<(Delivery, bool)> = Vec::new();
    each_after(journal, 0, |capture| {
        let Some(delivery) = capture.delivery else { return };
        let content = contents.of(delivery, &capture.body);
        let place = *places.entry((capture.is_good(), content)).or_insert_with(|| {
            let (event, verdict) = (capture.event.to_string(), capture.verdict.to_string());
            deliveries.push((Delivery { event, verdict, attempts: Vec::new() }, false));
            deliveries.len() - 1
        });
        if let Some((of_it, is_wanted)) = deliveries.get_mut(place) {
            of_it.attempts.push(Attempt::of(capture, delivery));
            *is_wanted = *is_wanted || matches(filter, capture);
        }
    });
    deliveries
        .iter()
        .rev()
        .filter(|(_, is_wanted)| *is_wanted)
        .take(limit)
        .map(|(delivery, _)| line(delivery))
        .collect()
}

impl Attempt {
    fn of(capture: &Capture, delivery: DeliveryKey) -> Self {
        let mut signatures =
            capture.headers().filter(|(name, _)| name.eq_ignore_ascii_case(SIGNATURE_HEADER)).map(|(_, value)| value);
        Attempt {
            id: capture.id(),
            at: capture.time,
            took: capture.duration,
            status: capture.status(),
            end: capture.end,
            delivery,
            signature: signatures.next().map(Bytes::copy_from_slice),
            secret: capture.secret,
        }
    }

    /// There is a status once its line has gone out, and the line decides: what broke off after it was
    /// an answer.
    fn answered(&self) -> Answered {
        self.status.map_or(Answered::Nothing, Answered::Status)
    }

    fn tried(&self) -> Tried<'_> {
        Tried {
            at: self.at,
            took: self.took,
            answered: self.answered(),
            delivery: self.delivery,
            signature: self.signature.as_deref(),
            secret: self.secret,
        }
    }
}

fn line(delivery: &Delivery) -> String {
    let tries: Vec<Tried<'_>> = delivery.attempts.iter().map(Attempt::tried).collect();
    let conduct = Conduct::of(&tries);
    let gaps = std::iter::once(None).chain(gaps(&tries).map(Some));
    let attempts = delivery.attempts.iter().zip(gaps).map(|(attempt, gap)| {
        json!({
            "id": attempt.id,
            "time": Timestamp::from(attempt.at).rfc3339(),
            "status": attempt.status,
            "end": attempt.end.name(),
            "gap_ms": gap.map(|gap| gap.as_secs_f64() * 1e3),
            "consequence": attempt.answered().consequence(),
        })
    });
    let faults = conduct
        .faults
        .iter()
        .map(|fault| json!({ "rule": fault.rule.name(), "attempt": fault.attempt, "message": fault.to_string() }));
    json!({
        "v": 1,
        "type": "conduct",
        "delivery": delivery.attempts.first().map(|attempt| attempt.delivery.to_string()),
        "event": delivery.event,
        "verdict": delivery.verdict,
        "state": conduct.state.name(),
        "next": conduct.next.to_string(),
        "kept": conduct.faults.is_empty(),
        "attempts": attempts.collect::<Vec<_>>(),
        "faults": faults.collect::<Vec<_>>(),
    })
    .to_string()
}
