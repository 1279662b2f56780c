from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import GenericAlias
from typing import Any, Final, Generic, NoReturn, Protocol, TypeAlias, final

from _typeshed import ReadableBuffer
from typing_extensions import Self, TypeVar, disjoint_base

from .errors import ErrorCode, WebhookError

__all__ = [
    "ALLOW",
    "DEFAULT_MAX_BODY",
    "ERROR_CODES",
    "SIGNATURE_HEADER",
    "ConversationSummary",
    "Event",
    "Explanation",
    "LeadCollection",
    "UnknownEvent",
    "Unsigned",
    "UnverifiedEvent",
    "Webhook",
    "accepts_method",
    "error",
    "sample",
]

ALLOW: Final[str]
DEFAULT_MAX_BODY: Final[int]
ERROR_CODES: Final[list[str]]
SIGNATURE_HEADER: Final[str]

_Summary = TypeVar("_Summary", default=dict[str, Any], covariant=True)
_Data = TypeVar("_Data", default=dict[str, Any], covariant=True)
_Form = TypeVar("_Form", default=dict[str, Any], covariant=True)
_Message = TypeVar("_Message", default=Any, covariant=True)

# The same for functions, whose type variables have no variance.
_S = TypeVar("_S", default=dict[str, Any])
_D = TypeVar("_D", default=dict[str, Any])
_F = TypeVar("_F", default=dict[str, Any])
_M = TypeVar("_M", default=Any)

class _HasItems(Protocol):
    """Multidicts, `email` messages and Starlette's headers: each repeat is an item."""

    def items(self) -> Iterable[tuple[Any, Any]]: ...

_Headers: TypeAlias = (
    Mapping[str, Any]
    | Mapping[bytes, Any]
    | _HasItems
    | Iterable[tuple[str, Any]]
    | Iterable[tuple[bytes, Any]]
)
_Secret: TypeAlias = str | bytes

@disjoint_base
class Event(Generic[_Message]):
    @property
    def event(self) -> str: ...
    @property
    def timestamp(self) -> str | None: ...
    @property
    def sent_at(self) -> datetime | None: ...
    @property
    def messages(self) -> list[_Message] | None: ...
    @property
    def payload(self) -> dict[str, Any]: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def delivery_key(self) -> str: ...
    @property
    def secret_index(self) -> int: ...
    @classmethod
    def __class_getitem__(cls, item: Any) -> GenericAlias: ...

@final
class ConversationSummary(Event[_Message], Generic[_Summary, _Message]):
    @property
    def summary(self) -> _Summary: ...

@final
class LeadCollection(Event[_Message], Generic[_Form, _Data, _Message]):
    @property
    def data(self) -> _Data: ...
    @property
    def form(self) -> _Form: ...

@final
class UnknownEvent(Event[_Message], Generic[_Message]): ...

@final
class Webhook:
    def __new__(
        cls,
        secret: _Secret | Sequence[_Secret],
        *,
        max_body: int | None = None,
        max_age: float | timedelta | None = None,
    ) -> Self: ...
    @classmethod
    def from_env(cls, *, max_body: int | None = None, max_age: float | timedelta | None = None) -> Self: ...
    def verify(
        self,
        body: ReadableBuffer,
        headers: _Headers,
        *,
        now: datetime | float | None = None,
        summary_type: type[_S] | None = None,
        data_type: type[_D] | None = None,
        form_type: type[_F] | None = None,
        message_type: type[_M] | None = None,
    ) -> ConversationSummary[_S, _M] | LeadCollection[_F, _D, _M] | UnknownEvent[_M]: ...
    def verify_signature(self, body: ReadableBuffer, signature: str | bytes | Sequence[str | bytes]) -> None: ...
    def explain(self, body: ReadableBuffer | str, headers: _Headers) -> Explanation: ...
    def sign(self, body: ReadableBuffer) -> str: ...
    @property
    def max_body(self) -> int: ...
    @property
    def fingerprints(self) -> list[str]: ...
    def __reduce__(self) -> NoReturn: ...

@final
class Explanation:
    @property
    def found(self) -> bool: ...
    @property
    def change(self) -> str | None: ...
    @property
    def changes(self) -> list[str]: ...
    @property
    def secret_index(self) -> int | None: ...
    @property
    def message(self) -> str: ...
    @property
    def fix(self) -> str: ...
    @property
    def offset(self) -> int | None: ...
    @property
    def line(self) -> int | None: ...
    @property
    def column(self) -> int | None: ...
    @property
    def at_hand(self) -> str | None: ...
    @property
    def signed(self) -> str | None: ...
    @property
    def observations(self) -> list[str]: ...
    @property
    def tried(self) -> int: ...
    @property
    def complete(self) -> bool: ...

@final
class UnverifiedEvent:
    @property
    def event(self) -> str: ...
    @property
    def timestamp(self) -> str | None: ...
    @property
    def sent_at(self) -> datetime | None: ...
    @property
    def messages(self) -> list[Any] | None: ...
    @property
    def payload(self) -> dict[str, Any]: ...
    @property
    def summary(self) -> dict[str, Any] | None: ...
    @property
    def data(self) -> dict[str, Any] | None: ...
    @property
    def form(self) -> dict[str, Any]: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def delivery_key(self) -> str: ...

@final
class Unsigned:
    def __new__(cls, max_body: int | None = None, required_header: tuple[str, str | bytes] | None = None) -> Self: ...
    def read(self, body: ReadableBuffer, headers: _Headers) -> UnverifiedEvent: ...
    @property
    def max_body(self) -> int: ...
    def __reduce__(self) -> NoReturn: ...

def accepts_method(method: str) -> bool: ...
def error(code: ErrorCode, *, hint: str | None = None, path: str | None = None) -> WebhookError: ...
def sample(event: str, *, now: datetime | float, entropy: int) -> bytes | None: ...
