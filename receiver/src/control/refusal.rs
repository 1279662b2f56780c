//! Why a request to the control API is refused.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chatislav_webhooks::plan::{InvalidPlan, InvalidRule};
use serde_json::{Map, Value};

/// The reasons. The list in `openapi.json` is this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// `Host` is not this machine's own name with this port.
    HostRefused,
    /// `Origin` is another site's.
    OriginRefused,
    /// The browser says that another site asks.
    CrossSiteRefused,
    TokenMissing,
    TokenWrong,
    NotFound,
    MethodNotAllowed,
    QueryInvalid,
    FilterInvalid,
    PlanInvalid,
    BodyInvalid,
    BodyTooLarge,
    BodyLate,
    MediaTypeUnsupported,
    /// What came of the request is not enough to send it again.
    NotReplayable,
    /// There is no secret to sign with.
    NothingToSignWith,
    /// There is no signature that could be wrong.
    NothingToExplain,
    /// The target of a replay cannot be reached.
    TargetDown,
    /// Nobody allowed replays to go there.
    TargetRefused,
    TargetLate,
    /// The journal cannot be read or changed.
    JournalFailed,
    /// The settings are others by now than those that were shown.
    SettingsChanged,
    /// A field of the settings says what cannot be saved.
    SettingsInvalid,
    /// The file of the settings cannot be read.
    SettingsUnreadable,
    /// The file of the settings cannot be written.
    SettingsNotSaved,
    /// The guard refuses the URL of the settings.
    TargetBlocked,
    TooManySends,
}

/// A refusal: a code for programs, a sentence for people.
#[derive(Debug)]
pub(super) struct Refusal {
    code: Code,
    message: String,
    /// Where in a text that was sent the error is, in bytes.
    at: Option<usize>,
    /// What else a program may want to know.
    more: Map<String, Value>,
}

impl Code {
    const fn name(self) -> &'static str {
        match self {
            Code::HostRefused => "host_refused",
            Code::OriginRefused => "origin_refused",
            Code::CrossSiteRefused => "cross_site_refused",
            Code::TokenMissing => "token_missing",
            Code::TokenWrong => "token_wrong",
            Code::NotFound => "not_found",
            Code::MethodNotAllowed => "method_not_allowed",
            Code::QueryInvalid => "query_invalid",
            Code::FilterInvalid => "filter_invalid",
            Code::PlanInvalid => "plan_invalid",
            Code::BodyInvalid => "body_invalid",
            Code::BodyTooLarge => "body_too_large",
            Code::BodyLate => "body_late",
            Code::MediaTypeUnsupported => "media_type_unsupported",
            Code::NotReplayable => "not_replayable",
            Code::NothingToSignWith => "nothing_to_sign_with",
            Code::NothingToExplain => "nothing_to_explain",
            Code::TargetDown => "target_down",
            Code::TargetRefused => "target_refused",
            Code::TargetLate => "target_late",
            Code::JournalFailed => "journal_failed",
            Code::SettingsChanged => "settings_changed",
            Code::SettingsInvalid => "settings_invalid",
            Code::SettingsUnreadable => "settings_unreadable",
            Code::SettingsNotSaved => "settings_not_saved",
            Code::TargetBlocked => "target_blocked",
            Code::TooManySends => "too_many_sends",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Code::HostRefused | Code::OriginRefused | Code::CrossSiteRefused | Code::TargetRefused => {
                StatusCode::FORBIDDEN
            }
            Code::TokenMissing | Code::TokenWrong => StatusCode::UNAUTHORIZED,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::QueryInvalid | Code::FilterInvalid | Code::PlanInvalid | Code::BodyInvalid => StatusCode::BAD_REQUEST,
            Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::BodyLate => StatusCode::REQUEST_TIMEOUT,
            Code::MediaTypeUnsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::NotReplayable | Code::NothingToSignWith | Code::NothingToExplain => StatusCode::CONFLICT,
            Code::TargetDown => StatusCode::BAD_GATEWAY,
            Code::TargetLate => StatusCode::GATEWAY_TIMEOUT,
            Code::JournalFailed => StatusCode::INTERNAL_SERVER_ERROR,
            Code::SettingsChanged | Code::TooManySends => StatusCode::CONFLICT,
            Code::SettingsInvalid => StatusCode::BAD_REQUEST,
            Code::SettingsUnreadable | Code::SettingsNotSaved => StatusCode::INTERNAL_SERVER_ERROR,
            Code::TargetBlocked => StatusCode::FORBIDDEN,
        }
    }
}

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Refusal { code, message: message.into(), at: None, more: Map::new() }
    }

    /// The same, with one thing more for programs.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn text(code: Code, error: &InvalidPlan) -> Self {
        Refusal { at: Some(error.at()), ..Refusal::new(code, error.message()) }
    }

    pub(super) fn rule(error: &InvalidRule) -> Self {
        let place = match error.which {
            // People count from 1.
            Some(which) => format!("rule {}, ", which.saturating_add(1)),
            None => String::new(),
        };
        let message = format!("{place}{}: {}", error.part.name(), error.error.message());
        Refusal { at: Some(error.error.at()), ..Refusal::new(Code::PlanInvalid, message) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = serde_json::json!({ "code": self.code.name(), "message": self.message });
        if let Some(error) = error.as_object_mut() {
            error.extend(self.at.map(|at| ("at".to_owned(), at.into())));
            error.extend(self.more);
        }
        let text = serde_json::json!({ "error": error }).to_string();
        let mut response = (self.code.status(), super::json(text)).into_response();
        if self.code.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
