"""Group commit: parts that are queued while a transaction is being made durable share the next one.

Making a transaction durable takes longer than all the rest of it, and it takes as long for one part as for many.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import groupby
from typing import Any, Generic, Self, TypeVar

from providers.domain.errors import StoreUnavailable

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Part(ABC, Generic[T_contra, R_co]):
    """Writes that are committed together, in a transaction that other parts may share.

    `T` is the type of the open transaction, `R` what the part returns once it is durable.
    """

    @abstractmethod
    async def write(self, transaction: T_contra, /) -> R_co:
        """Write to the store, and do nothing else: if another part fails, this is called again in a new transaction."""

    @classmethod
    async def write_all(cls, transaction: T_contra, parts: "Sequence[Self]") -> list[R_co]:
        """Write parts of this class that follow one another, and return what each returns."""
        return [await each.write(transaction) for each in parts]


class _Queued(Generic[T]):
    """A part with the future of its outcome."""

    def __init__(self, part: Part[T, Any]) -> None:
        self.part = part
        self.outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.returned: Any = None

    def settle(self, error: Exception | None = None) -> None:
        """Set the outcome, unless the caller was cancelled while it waited for it."""
        if self.outcome.done():
            return
        if error is None:
            self.outcome.set_result(self.returned)
        else:
            self.outcome.set_exception(error)


class GroupCommit(Generic[T]):
    """A queue of parts, and one task that commits all that wait, in their order, until none waits.

    Cancelling a caller doesn't cancel its part. A part that fails does so alone. If the database fails, all parts of
    the transaction raise StoreUnavailable.
    """

    def __init__(self, begin: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        """`begin` begins a transaction, which is durable when its block has ended, and rolled back by an exception."""
        self._begin_transaction = begin
        self._waiting: list[_Queued[T]] = []
        self._committing: asyncio.Task[None] | None = None

    def queue(self, part: Part[T, R]) -> asyncio.Future[R]:
        """Queue a part for the next transaction, without beginning one. Its future is done when it is durable."""
        queued = _Queued(part)
        self._waiting.append(queued)
        return queued.outcome

    def submit(self, part: Part[T, R]) -> asyncio.Future[R]:
        """Queue a part, and begin to commit. It is durable no later than parts that are submitted after it."""
        outcome = self.queue(part)
        self.begin()
        return outcome

    def begin(self) -> None:
        """Begin to commit all that is queued, unless that is under way."""
        if self._waiting and (self._committing is None or self._committing.done()):
            self._committing = asyncio.create_task(self._commit_until_empty())

    async def drain(self) -> None:
        """Wait until nothing is queued."""
        self.begin()
        if self._committing is not None:
            await asyncio.shield(self._committing)

    async def _commit_until_empty(self) -> None:
        while self._waiting:
            await self._commit(None)

    async def _commit(self, group: Sequence[_Queued[T]] | None) -> StoreUnavailable | None:
        """Commit a group, or all that wait when the transaction has begun; settle its parts.

        Return the error if the database has failed.
        """
        try:
            async with self._begin_transaction() as transaction:
                group = self._taken() if group is None else group
                await _write(group, transaction)
        except StoreUnavailable as error:
            # Not each alone: a lost commit may have been durable, and waits would add up.
            _settle(self._taken() if group is None else group, error)
            return error
        except Exception as error:
            group = self._taken() if group is None else group
            if len(group) > 1:
                return await self._commit_each(group)
            _settle(group, error)
        else:
            _settle(group)
        return None

    async def _commit_each(self, group: Sequence[_Queued[T]]) -> StoreUnavailable | None:
        """Commit parts alone. When the database fails, the others fail with it: waits would add up, too."""
        for place, each in enumerate(group):
            if error := await self._commit([each]):
                _settle(group[place:], error)
                return error
        return None

    def _taken(self) -> Sequence[_Queued[T]]:
        taken, self._waiting = self._waiting, []
        return taken


async def _write(group: Sequence[_Queued[T]], transaction: T) -> None:
    for kind, following in groupby(group, key=lambda each: type(each.part)):
        same = [*following]
        returned = await kind.write_all(transaction, [each.part for each in same])
        for each, value in zip(same, returned, strict=True):
            each.returned = value


def _settle(group: Sequence[_Queued[Any]], error: Exception | None = None) -> None:
    for each in group:
        each.settle(error)
