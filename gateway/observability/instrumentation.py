"""Who is told of operations, for whom it counts how they go."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

Outcome = Literal["ok", "errors", "refused", "too_late"]
"""`errors` are those beside or instead of data; what was `refused` was not run."""


class Instrumentation(Protocol):
    def ended(self, type: str, outcome: Outcome, seconds: float) -> None:
        """`type` is query, mutation or subscription; unknown where that can't be told."""
        ...

    def subscribed(self) -> AbstractContextManager[None]:
        """A subscription is open for as long as the block lasts."""
        ...


class NoInstrumentation:
    """Nobody is told."""

    def ended(self, type: str, outcome: Outcome, seconds: float) -> None:
        pass

    def subscribed(self) -> AbstractContextManager[None]:
        return nullcontext()
