"""The journal's requests, read back into commands: `gateway.mutations.idempotency.runner.Intent` writes them."""

from typing import TypeVar

import orjson
from pydantic import TypeAdapter

C = TypeVar("C")


def command_from_journal(kind: type[C], request: bytes) -> C:
    """Return the command that `Intent.request` was made of, without its key."""
    return TypeAdapter(kind).validate_python(orjson.loads(request))
