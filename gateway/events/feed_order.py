"""The order in which the subscriptions of one connection send their events: that of the feed.

A client that resumes all subscriptions of a connection after the last cursor that it has seen must have got what comes
before it of each of them. So an event waits until no other subscription of its connection has an earlier one.

Several subscriptions may have an event of the same entry. They send them in the order of their places, and a cursor has
the place, too: a client that was cut off in between gets the rest when it resumes. A place is derived from what is
subscribed to, so that it is the same when the client has connected again.
"""

import asyncio
from typing import Self
from zlib import crc32

from gateway.events.cursors import PLACES
from gateway.events.hub import Hub, Reached

SETTLING_SECONDS = 0.2
"""Seconds without a new subscription after which a connection begins to replay.

A client that resumes starts one subscription after the other: the first must not run ahead of those that the gateway
doesn't know of yet.
"""


class Turn(Reached):
    """The part of one subscription in the order, for the duration of a block."""

    __slots__ = ("_order", "place", "start", "woken")

    def __init__(self, order: "FeedOrder", place: int, start: int) -> None:
        super().__init__(start)
        self._order = order
        self.place = place
        self.start = start
        self.woken: asyncio.Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._order.leave(self)

    def move(self, position: int | None) -> None:
        super().move(position)
        self._order.proceed()

    async def come(self) -> None:
        """Wait until the event after the position may be sent. It counts as sent when the position moves."""
        while not self._order.is_next(self):
            self.woken = asyncio.get_running_loop().create_future()
            try:
                await self.woken
            finally:
                self.woken = None
        self._order.note_sent(self)


class FeedOrder:
    """The subscriptions of one connection. `after` is what its client sent to resume them all after.

    A connection without `settling_seconds` has only one subscription. In its blocks a subscription is being started,
    and the others wait for it: it may begin with earlier events.
    """

    __slots__ = ("_hub", "_sent", "_settling", "_settling_seconds", "_starting", "_turns", "after")

    def __init__(self, hub: Hub, after: object = None, settling_seconds: float = SETTLING_SECONDS) -> None:
        self._hub = hub
        self.after = after
        self._settling_seconds = settling_seconds
        self._settling: asyncio.TimerHandle | None = None
        self._starting = 0
        self._turns: list[Turn] = []
        self._sent = 0

    def __enter__(self) -> None:
        self._starting += 1

    def __exit__(self, *_: object) -> None:
        self._starting -= 1
        self.proceed()

    def place(self, subject: object) -> int:
        """Return the place of a subscription to what `subject` represents. No two of the connection have the same."""
        taken = {turn.place for turn in self._turns}
        place = crc32(repr(subject).encode()) % PLACES
        while place + 1 in taken:
            place = (place + 1) % PLACES
        return place + 1

    def join(self, place: int, position: int, *, replays: bool) -> Turn:
        """Add a subscription, from a position on. Without a replay it wants nothing from before now."""
        turn = Turn(self, place, position if replays else max(position, self._sent))
        self._turns.append(turn)
        if replays or self._settling is not None:
            self._settle()
        return turn

    def leave(self, turn: Turn) -> None:
        """Remove a subscription."""
        self._turns.remove(turn)
        self.proceed()

    def is_next(self, turn: Turn) -> bool:
        """Return whether no other subscription has anything to send before the event of `turn`."""
        is_settled = self._starting == 0 and self._settling is None
        return is_settled and all(
            (self._reached(other), other.place) > (self._reached(turn), turn.place)
            for other in self._turns
            if other is not turn
        )

    def note_sent(self, turn: Turn) -> None:
        """Note that the next event of a subscription is being sent."""
        self._sent = max(self._sent, self._reached(turn) + 1)

    def proceed(self) -> None:
        """Let the subscription go on whose turn it is, if it waits for it."""
        waiting = [turn for turn in self._turns if turn.woken is not None]
        if waiting:
            first = min(waiting, key=lambda turn: (self._reached(turn), turn.place))
            if first.woken is not None and not first.woken.done() and self.is_next(first):
                first.woken.set_result(None)

    def _reached(self, turn: Turn) -> int:
        return self._hub.position if turn.position is None else turn.position

    def _settle(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
        if self._settling_seconds:
            self._settling = asyncio.get_running_loop().call_later(self._settling_seconds, self._settled)

    def _settled(self) -> None:
        self._settling = None
        self.proceed()
