//! What likely is wrong, by the case and by what was seen.

use crate::case::{Case, Group};
use crate::cause::Cause;
use crate::exchange::{Answer, Seen};

/// The likely cause why this answer fails this case.
pub(crate) fn diagnose(case: &Case, seen: &Seen) -> Option<Cause> {
    let (number, variant) = case.id.split_once('/').unwrap_or((case.id, ""));
    match case.group {
        Group::Refuses if seen.is_success() => Some(taken(number, variant)),
        Group::Refuses => Some(unwise(case.id, seen)),
        _ => match seen {
            // What never comes is waited for.
            Seen::Silence if case.id == "C-13/chunked" => Some(Cause::ChunksUnread),
            Seen::Silence => Some(Cause::WorksFirst),
            _ if seen.is_dropped() => Some(if number == "C-14" { Cause::BodyLimit } else { Cause::Dropped }),
            Seen::Answer(answer) => refused(number, variant, answer),
            _ => None,
        },
    }
}

/// A forgery was taken.
fn taken(number: &str, variant: &str) -> Cause {
    match (number, variant) {
        ("C-03" | "C-11", _) | ("C-04", "empty") => Cause::HeaderOptional,
        ("C-08", _) => Cause::ReSerialised,
        ("C-09", "prefix" | "base64" | "wrong-first" | "genuine-first") => Cause::LenientHeader,
        ("C-09", "63-digits" | "8-digits" | "65-digits" | "non-hex" | "non-ascii") => Cause::LooseComparison,
        ("C-12", "empty-secret") => Cause::EmptySecret,
        ("C-12", _) => Cause::CommonSecret,
        _ => Cause::NotVerified,
    }
}

/// A forgery, or a signature that may be refused, ended otherwise than with 2xx or 4xx.
fn unwise(id: &str, seen: &Seen) -> Cause {
    match seen.status() {
        None if id == "C-09/64KiB" => Cause::HeadLimit,
        None => Cause::Dropped,
        Some(300..400) => Cause::LoginInFront,
        Some(_) => Cause::RefusalCrashes,
    }
}

/// What is genuine, or may be rubbish, got an answer that it must not get.
fn refused(number: &str, variant: &str, answer: &Answer) -> Option<Cause> {
    Some(match (answer.status, number) {
        (413, _) => Cause::BodyLimit,
        (_, "C-23") => Cause::AnyMethod,
        (_, "C-10" | "C-11") => Cause::ParserCrashes,
        (300..400, _) => Cause::Redirected,
        (415, _) => Cause::ContentType,
        (429, _) => Cause::Overwhelmed,
        (403, _) if is_csrf(answer) => Cause::CsrfProtection,
        // The same by POST was taken before there were cases.
        (400..500, "C-02") => Cause::MethodMissing,
        (_, "C-13") if variant == "chunked" => Cause::ChunksUnread,
        (_, "C-13") if variant == "charset" => Cause::ContentType,
        (_, "C-14") => Cause::BodyLimit,
        (400..500, "C-15") => Cause::DuplicateRefused,
        (400..500, "C-16") => match variant {
            "unknown-event" => Cause::UnknownEvent,
            "out-of-order" => Cause::AgeLimit,
            _ => Cause::StrictModel,
        },
        (400..500, "C-24") => Cause::RotationIncomplete,
        (_, "C-17") => Cause::Overwhelmed,
        (500.., _) => Cause::HandlerFails,
        (405, _) => Cause::MethodMissing,
        (404 | 410, _) => Cause::WrongPath,
        (422, _) => Cause::StrictModel,
        (400..500, "C-07") if variant == "pieces" => Cause::Decoded,
        (400..500, "C-01" | "C-07") => Cause::ReSerialised,
        _ => return None,
    })
}

/// Whether the answer speaks of protection against cross-site forgery, as Django's and csurf's do.
pub(crate) fn is_csrf(answer: &Answer) -> bool {
    String::from_utf8_lossy(&answer.body).to_ascii_lowercase().contains("csrf")
}
