"""What a mutation is while it is being done."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.events.recorder import Record
from providers.api.capabilities import LostWrite
from providers.domain.entities import Entity
from providers.domain.errors import InvalidInput, ProviderError
from providers.domain.text import can_identify
from providers.domain.viewer import Viewer

_MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a mutation came to: the entity as it is stored, where there is one.

    `is_new` tells that the store knew nothing of the entity before. With an `error` it was kept, and failed all the
    same: a message that the provider took and could not send.
    """

    entity: Entity | None = None
    created: bool = True
    is_new: bool = True
    authorization_url: str | None = None
    error: ProviderError | None = None


Act = Callable[[str], Awaitable[Any]]
Find = Callable[[LostWrite], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A mutation that has been found sound, and can be done.

    `act` calls the provider, with the journal's attempt; `keep` stores what it answered. `find` looks whether an
    earlier try has been done after all, and answers what `act` would have; None where nothing is to be seen of it.
    `again` takes the place of `act` where an earlier try may have been done: to do it twice is to do it once. Where
    neither is known nobody can tell. With `makes_one` every such write comes to an object of its own.
    """

    provider: str | None = None
    account_key: str | None = None
    act: Act
    keep: Callable[[Record, Any], Awaitable[Done]]
    find: Find | None = None
    again: Act | None = None
    makes_one: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """What a viewer asked for."""

    user_id: str
    mutation: str
    key: str | None
    request: bytes

    @classmethod
    def of(cls, viewer: Viewer, mutation: str, input: Any) -> "Intent":
        request = asdict(input)
        key = request.pop("idempotency_key", None)
        if key is not None and not 1 <= len(key) <= _MAX_KEY_LENGTH:
            raise InvalidInput("idempotencyKey has 1 to 255 characters.", path=("input", "idempotencyKey"))
        if key is not None and not can_identify(key):
            raise InvalidInput("idempotencyKey holds a control character.", path=("input", "idempotencyKey"))
        return cls(viewer.user_id, mutation, key, orjson.dumps(request, option=orjson.OPT_SORT_KEYS))


Prepare = Callable[[datetime], Awaitable[Write]]
"""Finds a mutation sound, as of the time when it was first asked for."""
