"""Results of events, executed and encoded once for all subscribers that get the same bytes."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import orjson
from graphql import ExecutionResult, VariableValues

from gateway.aio.shared_results import SharedResults
from gateway.graphql.execution.operation import JsonObject
from gateway.graphql.execution.plan.operation import OperationPlan
from gateway.graphql.execution.plan.run import Run

C = TypeVar("C")

SHARED_SECONDS = 1.0
"""How long a result is shared: longer than a message takes to the last of many subscribers that read it at once."""

_MAX_SHARED = 500


class EventTimedOut(Exception):
    """The execution of an event took too long."""


class EventContexts(Protocol[C]):
    """The parts of subscribers' contexts that results of events depend on."""

    def audience(self, context: C) -> Hashable | None:
        """Return the viewer with its rights, and the event: all that a result depends on besides plan and variables.

        None if the event is executed for its subscriber alone.
        """
        ...

    def for_event(self, context: C) -> C:
        """Return a new context for the same viewer and event."""
        ...


class OwnContexts(Generic[C]):
    """Executes every event in its subscriber's own context."""

    def audience(self, context: C) -> None:  # noqa: ARG002
        return None

    def for_event(self, context: C) -> C:
        return context


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A running subscription. `selecting` are its variables below the root field, as canonical JSON."""

    plan: OperationPlan
    context: Any
    variables: VariableValues
    selecting: str

    @classmethod
    def to(cls, plan: OperationPlan, run: Run, variables: JsonObject) -> "Subscribed":
        selecting = {name: value for name, value in variables.items() if name in plan.selecting_variables}
        return cls(plan, run.context, run.variables, orjson.dumps(selecting, option=orjson.OPT_SORT_KEYS).decode())


@dataclass(frozen=True, slots=True)
class _Delivery:
    """An event for subscribers who get the same bytes: those of equal deliveries."""

    plan: OperationPlan
    selecting: str
    audience: Hashable
    event: object = field(compare=False)
    subscribed: Subscribed = field(compare=False)


class SharedEvents(Generic[C]):
    """Executes subscriptions' events.

    Subscribers share a result if they have one document, one viewer with the same rights, and the same values of those
    variables that the selection uses; arguments of the root field only choose events. Viewers never share a result.
    An execution takes at most `seconds`: other subscriptions of the connection wait for it.
    """

    def __init__(
        self, contexts: EventContexts[C], encode: Callable[[ExecutionResult, C], bytes], seconds: float
    ) -> None:
        self._contexts = contexts
        self._encode = encode
        self._seconds = seconds
        self._shared = SharedResults(self._deliver, seconds=SHARED_SECONDS, maximum=_MAX_SHARED)

    async def result(self, subscribed: Subscribed, event: object) -> bytes:
        """Return the response to an event. Raise EventTimedOut, and what its execution raises as a whole."""
        audience = self._contexts.audience(subscribed.context)
        delivery = _Delivery(subscribed.plan, subscribed.selecting, audience, event, subscribed)
        return await (self._deliver(delivery) if audience is None else self._shared.get(delivery))

    async def _deliver(self, delivery: _Delivery) -> bytes:
        run = Run(self._contexts.for_event(delivery.subscribed.context), delivery.subscribed.variables)
        try:
            async with asyncio.timeout(self._seconds) as timeout:
                result = await delivery.plan.execute_event(delivery.event, run)
        except TimeoutError:
            if timeout.expired():
                raise EventTimedOut from None
            raise
        return self._encode(result, run.context)
