"""The interfaces through which the GraphQL engine and its transports report to metrics."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

Outcome = Literal["ok", "errors", "refused", "timeout"]
"""How an operation ended; a label of its metric.

ok       response without errors
errors   response with errors, beside or instead of its data
refused  nothing was run: the document, its variables or its cost were not accepted
timeout  query or subscription that took longer than `limits.seconds`; a mutation goes on and is reported when it ends
"""


class Instrumentation(Protocol):
    def operation_ended(self, type: str, outcome: Outcome, seconds: float) -> None:
        """`type` is query, mutation or subscription; unknown for a document that is not valid."""
        ...

    def subscription_open(self) -> AbstractContextManager[None]:
        """Count a subscription as open for as long as the block lasts."""
        ...


class WebSocketInstrumentation(Protocol):
    def websocket_closed(self, code: int) -> None:
        """Count a WebSocket that the gateway closed, and not its client."""
        ...


class NoInstrumentation:
    """Reports nothing."""

    def operation_ended(self, type: str, outcome: Outcome, seconds: float) -> None:
        pass

    def subscription_open(self) -> AbstractContextManager[None]:
        return nullcontext()

    def websocket_closed(self, code: int) -> None:
        pass
