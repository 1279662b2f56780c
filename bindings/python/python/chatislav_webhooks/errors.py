"""What can be wrong with a webhook: one base class, a closed list of codes."""

from typing import Final, Literal, TypeAlias, get_args

ErrorCode: TypeAlias = Literal[
    "secret_missing",
    "secret_blank",
    "signature_missing",
    "signature_malformed",
    "signature_ambiguous",
    "signature_mismatch",
    "body_not_raw",
    "body_too_large",
    "payload_not_json",
    "payload_too_deep",
    "payload_invalid",
    "schema_mismatch",
    "event_stale",
    "method_not_allowed",
]

CODES: Final[tuple[ErrorCode, ...]] = get_args(ErrorCode)
"""Every code, in the order in which the documentation lists them."""


class WebhookError(Exception):
    """Why a webhook was refused. It never holds a secret, an expected digest or bytes of the body.

    Only this package makes one.
    """

    code: ErrorCode
    """The stable code, the same in Rust, Python and Node."""
    http_status: int
    """The status to answer with: Chatislav sends again after 5xx and gives up after 4xx."""
    hint: str
    """What to do about it, in one line."""
    path: str | None
    """Where in the payload: names joined by dots, or `byte 17` counted from 0."""


class SignatureError(WebhookError):
    """`signature_missing`, `signature_malformed`, `signature_ambiguous`, `signature_mismatch`."""


class PayloadError(WebhookError):
    """`payload_not_json`, `payload_too_deep`, `payload_invalid`, `event_stale`."""


class SecretError(WebhookError, ValueError):
    """`secret_missing`, `secret_blank`: raised when the object is made."""


def _make(code: ErrorCode, http_status: int, message: str, hint: str, path: str | None) -> WebhookError:
    """The native module's way to an exception. What is set here also survives pickling."""
    error = _class_of(code)(message)
    error.code, error.http_status, error.hint, error.path = code, http_status, hint, path
    # So that a traceback, which is all that many people look at, says what to do.
    error.add_note(hint)
    return error


def _class_of(code: ErrorCode) -> type[WebhookError]:
    if code == "event_stale":
        return PayloadError
    families = {"signature": SignatureError, "payload": PayloadError, "secret": SecretError}
    return families.get(code.partition("_")[0], WebhookError)
