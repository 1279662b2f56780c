//! A test event on its way: the real dispatcher, by the settings in force.

use std::future::ready;

use chatislav_dispatcher::outbox::Endpoint;
use chatislav_dispatcher::{CertificateDer, Dispatcher, Pooling};
use chatislav_receiver::screen::{NotSent, Sending, TestEvent, Told};
use chatislav_webhooks::target::{Guard, Pass};
use chatislav_webhooks::{DeliveryKey, Line, Profile, Schedule, Secret, Settings, Signature};
use tokio::sync::mpsc::unbounded_channel;

use crate::guard::{note_blocked, note_pass};
use crate::output::Output;
use crate::request::event_name;
use crate::runtime;
use crate::tell::{Course, Subject, line};

pub(super) fn begin(
    settings: Settings,
    guard: Guard,
    authorities: Vec<CertificateDer<'static>>,
    event: TestEvent,
    output: Output,
) -> Result<Sending, NotSent> {
    let TestEvent { body, time_scale } = event;
    let event = event_name(&body).map_err(NotSent::NoEvent)?;
    let key = DeliveryKey::of(&body).to_string();
    // As many as there are attempts, and two more: it need not be bounded.
    let (tell, told) = unbounded_channel();
    let say = move |event, line: Line| drop(tell.send(Told { event, line: line.end() }));
    if let Err(skip) = settings.fires(&event) {
        say("delivery", line::skipped(skip, &key));
        return Ok(Sending { delivery: Box::pin(ready(())), told });
    }
    let unfit = |error: &dyn std::fmt::Display| NotSent::Unreadable(error.to_string());
    let target = settings.target().map_err(|error| unfit(&error))?.ok_or_else(|| unfit(&"the settings have no URL"))?;
    let secret = settings.secrets.current();
    let signature = secret.map(|secret| Signature::sign(secret, &body).to_string());
    let fingerprint = secret.map(Secret::fingerprint);
    let profile = Profile::from(Schedule { time_scale, ..Schedule::default() });
    let Settings { method, headers, timeout, .. } = settings;
    let endpoint = Endpoint { target, method, headers, timeout };
    let request = endpoint.request(body, signature.as_deref(), &profile).map_err(|error| unfit(&error))?;
    let entropy = runtime::entropy().map_err(|failure| NotSent::Unreadable(failure.message))?;
    // One attempt, one connection, as `send` has it.
    let dispatcher = Dispatcher::new(guard).with_extra_roots(authorities).with_pooling(Pooling::NONE);
    say(
        "sending",
        Line::new("sending")
            .text("delivery", &key)
            .text("event", &event)
            .text("url", &request.target().to_string())
            .number("bytes", request.body().len())
            .text_or_null("secret", fingerprint.as_deref()),
    );
    let delivery = async move {
        let subject = Subject { id: None, key: &key, target: request.target(), is_resent: false };
        let mut course = Course::default();
        let mut noted = None;
        let watch = |report: &chatislav_dispatcher::Report<'_>| {
            if !course.takes(report) {
                note_blocked(request.target(), report.attempt.blocked_address, output);
                return;
            }
            if report.attempt.pass != noted {
                noted = report.attempt.pass;
                note_pass(request.target(), noted.unwrap_or(Pass::Public), output);
            }
            say("attempt", line::attempt(&subject, report));
        };
        let step = dispatcher.deliver(&request, profile, runtime::sequence(entropy), watch).await;
        say("delivery", line::end(&subject, step, course.attempts, &course.reason));
    };
    Ok(Sending { delivery: Box::pin(delivery), told })
}
