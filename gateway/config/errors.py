"""What is wrong with a configuration, in lines that name a key each and show no value."""

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

_CONSEQUENCES = {"default_factory_not_called"}
"""Errors that only say that there is another one."""

_SENTENCES = {
    "extra_forbidden": "unknown key",
    "missing": "required, and missing",
    "tuple_type": "Input should be a valid list",
}


class ConfigurationError(Exception):
    """The configuration can't be used. `faults` are lines for the operator: a key and what is expected of it."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def fault_at(key: str, message: str) -> ValidationError:
    """What a validator raises to blame `key`, which lies below what it validates."""
    error = PydanticCustomError("configuration", "{message}", {"message": message})
    return ValidationError.from_exception_data("configuration", [InitErrorDetails(type=error, loc=(key,), input=None)])


def faults_of(error: ValidationError) -> list[str]:
    """A line for each fault, such as `server.port: Input should be a valid integer`."""
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
