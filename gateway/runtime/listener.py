"""Listening sockets, apart from `server` because commands report their errors that serve nothing."""

import os
import socket

_BACKLOG = 2048
_UNREAD_MILLISECONDS = 30_000
"""TCP_USER_TIMEOUT: a peer that acknowledges nothing for so long is disconnected. Accepted sockets inherit it."""


class CannotListen(Exception):
    """The address can't be listened on. The message names it, and the reason."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket: clients can connect, and wait for `serve_until_stopped`. Raise CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise CannotListen(f"Can't listen on {host} port {port}: {_reason(error)}") from None
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MILLISECONDS)
    return listener


def _reason(error: OSError) -> str:
    """Return the system's message without the address, which `create_server` adds."""
    return str(error.strerror) if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port
