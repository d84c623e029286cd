"""Faults of a configuration: a line each, which names a key and shows no value."""

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

_CONSEQUENCES = {"default_factory_not_called"}
"""Types of errors that follow from another error."""

_SENTENCES = {
    "extra_forbidden": "unknown key",
    "missing": "required, and missing",
    "tuple_type": "Input should be a valid list",
}


class ConfigurationError(Exception):
    """The configuration is invalid. `faults` are lines for the operator, each with a key and what is expected."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def fault_at(key: str, message: str) -> ValidationError:
    """Return the error that a validator raises for `key`, a key within what it validates."""
    error = PydanticCustomError("configuration", "{message}", {"message": message})
    return ValidationError.from_exception_data("configuration", [InitErrorDetails(type=error, loc=(key,), input=None)])


def faults_of(error: ValidationError) -> list[str]:
    """Return a line for each fault, such as `server.port: Input should be a valid integer`."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    keys = [detail["loc"] for detail in details]
    return [_line(detail) for detail in details if not _is_consequence(detail, keys)]


def _is_consequence(detail: ErrorDetails, keys: Sequence[tuple[int | str, ...]]) -> bool:
    key = detail["loc"]
    return detail["type"] in _CONSEQUENCES or any(other != key and other[: len(key)] == key for other in keys)


def _line(detail: ErrorDetails) -> str:
    key = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    message = _SENTENCES.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    return f"{key}: {' '.join(message.split())}"
