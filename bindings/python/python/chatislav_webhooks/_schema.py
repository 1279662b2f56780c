"""The user's own models, validated by pydantic. The native module calls this."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ._native import error
from .errors import WebhookError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_AGAIN = "the answer 500 makes Chatislav send the event again"


def validate(model: Any, value: Any, path: str) -> Any:
    """The value as the model has it, or `schema_mismatch` with the path to what does not fit.

    Whatever the model's own code raises becomes that error too, and its text is left behind: it may
    quote the payload.
    """
    try:
        adapter = _adapter(model)
    except ImportError:
        problem = error("schema_mismatch", hint=f"pip install chatislav-webhooks[pydantic]: {_AGAIN}", path=path)
    except Exception as failure:
        problem = error("schema_mismatch", hint=_unusable(failure), path=path)
    else:
        try:
            return adapter.validate_python(value)
        except Exception as failure:
            problem = _mismatch(adapter, failure, path)
    # Outside of the except blocks, so that the failure is not kept as the context of ours.
    raise problem


def validate_items(model: Any, items: Any, path: str) -> Any:
    """As `validate`, for each item of a list."""
    return validate(list[model], items, path)


def _adapter(model: Any) -> "TypeAdapter[Any]":
    try:
        return _cached(model)
    except TypeError:
        # A type that cannot be hashed, such as Annotated[int, [...]].
        return _cached.__wrapped__(model)


@lru_cache(maxsize=256)
def _cached(model: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(model)


def _unusable(failure: Exception) -> str:
    from pydantic.errors import PydanticUserError

    # pydantic's own words are about the type alone: nothing of the payload has been looked at.
    why = str(failure).partition("\n")[0] if isinstance(failure, PydanticUserError) else _name(failure)
    return f"pydantic cannot use the type: {why}"


def _mismatch(adapter: "TypeAdapter[Any]", failure: Exception, path: str) -> WebhookError:
    from pydantic import ValidationError

    if not isinstance(failure, ValidationError):
        return error("schema_mismatch", hint=f"the model raised {_name(failure)}: {_AGAIN}", path=path)
    first = failure.errors(include_url=False, include_context=False, include_input=False)[0]
    declared = _declared(adapter.core_schema)
    # A name that the payload chose, such as a key of dict[str, int], is nothing for a log.
    steps = [str(step) if isinstance(step, int) or step in declared else "*" for step in first["loc"]]
    return error("schema_mismatch", hint=f"the model says {first['type']}: {_AGAIN}", path=".".join([path, *steps]))


def _declared(schema: Any) -> set[str]:
    """Every field name and alias in a pydantic schema."""
    names: set[str] = set()
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            fields = part.get("fields")
            if isinstance(fields, dict):
                names.update(fields)
            names.update(part[key] for key in ("name", "validation_alias") if isinstance(part.get(key), str))
            pending.extend(part.values())
        elif isinstance(part, list | tuple):
            pending.extend(part)
    return names


def _name(failure: Exception) -> str:
    return type(failure).__name__
