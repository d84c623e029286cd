"""The way out to a client that may read slowly, or not at all."""

import asyncio

from starlette.types import Message, Send


class ClientGone(Exception):
    """The client is gone, or left what it was sent unread for too long."""


class BoundedSender:
    """Hands messages to the server one after the other, each when the one before has left.

    The server holds back when its buffer for the client is full (64 KiB with uvicorn), so what is unread never piles
    up: whoever produces it waits here, for `patience` seconds at most.
    """

    def __init__(self, send: Send, patience: float) -> None:
        self._send = send
        self._patience = patience
        self._turn = asyncio.Lock()

    async def put(self, message: Message) -> None:
        """Raises ClientGone."""
        try:
            async with asyncio.timeout(self._patience), self._turn:
                await self._send(message)
        except (TimeoutError, OSError):
            raise ClientGone from None
