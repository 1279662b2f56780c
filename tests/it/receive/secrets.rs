//! The secrets, changed while the receiver runs.

use chatislav_receiver::{Config, Mode};
use chatislav_webhooks::{ErrorKind, Secret, Unsigned};

use crate::support::{LEAD, LEAD_SIGNATURE, Running, SECRET, exchange, start, verified};

async fn send(receiver: &Running, body: &[u8]) {
    exchange(receiver.address, "POST /", &format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\n"), body).await;
}

fn secrets(texts: &[&str]) -> Vec<Secret> {
    texts.iter().map(|text| Secret::new(text).unwrap()).collect()
}

#[tokio::test]
async fn other_secrets_are_in_force_from_the_next_request_on() {
    let receiver = start(verified("200")).await;
    send(&receiver, LEAD).await;
    receiver.handle.change_secrets(secrets(&["newer", SECRET])).unwrap();
    send(&receiver, LEAD).await;
    receiver.handle.change_secrets(secrets(&["newer"])).unwrap();
    send(&receiver, LEAD).await;
    let refused = receiver.handle.change_secrets(Vec::new()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::SecretMissing);
    send(&receiver, LEAD).await;
    let (journal, records) = (receiver.journal.clone(), receiver.stopped().await);
    let verdicts: Vec<_> = records.iter().map(|record| record.verdict.as_str()).collect();
    assert_eq!(verdicts, ["verified", "verified", "signature_mismatch", "signature_mismatch"]);
    let indices: Vec<_> = journal.after(0, 9).iter().map(|capture| capture.secret).collect();
    assert_eq!(indices, [Some(0), Some(1), None, None], "each as it was when the request came");
}

#[tokio::test]
async fn nothing_else_changes_with_them() {
    let small = Config { max_body: 1000, ..verified("200") };
    let Mode::Verified(webhook) = small.mode.clone() else { panic!("it is made so") };
    let receiver = start(Config { mode: Mode::Verified(webhook.with_max_body(LEAD.len() - 1)), ..small }).await;
    receiver.handle.change_secrets(secrets(&[SECRET])).unwrap();
    send(&receiver, LEAD).await;
    assert_eq!(receiver.stopped().await[0].verdict, "body_too_large");
    let receiver = start(Config::new(Mode::Unsigned(Unsigned::new()))).await;
    receiver.handle.change_secrets(secrets(&["newer"])).unwrap();
    send(&receiver, LEAD).await;
    assert_eq!(receiver.stopped().await[0].verdict, "unsigned");
}
