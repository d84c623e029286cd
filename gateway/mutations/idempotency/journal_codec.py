"""Commands in the journal: the request that an entry stores, written and read."""

from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from providers.domain.commands import Command
from providers.domain.errors import InvalidInput
from providers.domain.text import can_identify
from providers.domain.viewer import Viewer

C = TypeVar("C")

_MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Intent:
    """A request for a mutation. `request` is the command in JSON without its key; equal commands have equal bytes."""

    user_id: str
    mutation: str
    key: str | None
    request: bytes

    @classmethod
    def of(cls, viewer: Viewer, mutation: str, command: Command[Any]) -> "Intent":
        """Raise InvalidInput if the idempotency key is empty, too long or has a control character."""
        request = asdict(command)
        key = request.pop("idempotency_key", None)
        if key is not None and not 1 <= len(key) <= _MAX_KEY_LENGTH:
            raise InvalidInput("idempotencyKey must have 1 to 255 characters.", path=("input", "idempotencyKey"))
        if key is not None and not can_identify(key):
            raise InvalidInput("idempotencyKey contains a control character.", path=("input", "idempotencyKey"))
        # Sorted keys: entries of other releases compare as equal, whatever the order of a command's fields is there.
        return cls(viewer.user_id, mutation, key, orjson.dumps(request, option=orjson.OPT_SORT_KEYS))


def command_from_journal(kind: type[C], request: bytes) -> C:
    """Return the command that `Intent.request` was made of, without its key."""
    return TypeAdapter(kind).validate_python(orjson.loads(request))
