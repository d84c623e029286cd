"""Admission of connections: limits in all, per address and by free descriptors, with a count of what was refused."""

import resource
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from time import monotonic
from typing import Literal, TypeAlias

import orjson
import structlog

Network: TypeAlias = IPv4Network | IPv6Network
Reason = Literal[
    "total",
    "per_address",
    "descriptors",
    "header_seconds",
    "header_bytes",
    "body_seconds",
    "handshake_seconds",
    "malformed",
]
"""The setting whose limit was reached. `descriptors` is the limit of the operating system; `malformed` stands for a
request or WebSocket frame that can't be parsed."""

BURST_SECONDS = 10.0
MAX_RESERVED_DESCRIPTORS = 64
RETRY_AFTER_SECONDS = 5
IPV6_PREFIX = 64
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """Limits on clients' connections to one process. `gateway.config.connections` has the defaults.

    total               connections at once
    per_address         connections at once from one address; behind a trusted proxy, requests and WebSockets at once
    header_seconds      for a request's header to arrive, from the connection or from its first byte
    header_bytes        after which an unfinished header is refused
    body_seconds        for a request's body to arrive, from the end of its header
    handshake_seconds   for a WebSocket to be accepted
    keep_alive_seconds  for which a connection may be idle between two requests
    """

    total: int
    per_address: int
    header_seconds: float
    header_bytes: int
    body_seconds: float
    handshake_seconds: float
    keep_alive_seconds: int


class Refused(Exception):
    """A limit is reached. `status`, `headers` and `body` are the answer for the client."""

    headers: Mapping[str, str] = {"content-type": "application/json", "retry-after": str(RETRY_AFTER_SECONDS)}

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
        if reason == "per_address":
            self.status = HTTPStatus.TOO_MANY_REQUESTS
            self.body = _error("RATE_LIMITED", "Too many connections are open from this address.")
        else:
            self.status = HTTPStatus.SERVICE_UNAVAILABLE
            self.body = _error("UNAVAILABLE", "Too many connections are open.")


class Admission:
    """The connections that are open, and how many were refused for which reason since the process started.

    One address gets at most half of the connections that descriptors allow, so that it can't shut out the others. An
    IPv6 address counts as its /64 network, which is what a single client usually has.
    """

    def __init__(
        self,
        limits: ConnectionLimits,
        proxies: Collection[Network] = (),
        *,
        max_descriptors: int | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.limits = limits
        self.open = 0
        self.refused: Counter[Reason] = Counter()
        self._max_descriptors = _usable_descriptors(max_descriptors or _descriptor_limit())
        self._per_address = min(self.limits.per_address, max(1, min(self.limits.total, self._max_descriptors) // 2))
        self._proxies = tuple(proxies)
        self._by_address: Counter[str] = Counter()
        self._clock = clock
        self._last_refusals: dict[Reason, float] = {}

    def enter(self, host: str, descriptor: int) -> "Place":
        """Admit a connection from `host` with this socket; raise Refused, which is counted.

        The system gives the lowest free number to a socket: a high one means that few are left for the store and for
        the providers.
        """
        if descriptor >= self._max_descriptors:
            raise self._refusal("descriptors", host)
        if self.open >= self.limits.total:
            raise self._refusal("total", host)
        address = None if self._is_proxy(host) else client_address(host)
        if address is not None:
            self._occupy(address, host)
        self.open += 1
        return Place(self, host, address)

    @contextmanager
    def forwarded(self, host: str) -> Iterator[None]:
        """Count a request that a proxy forwards for `host` for as long as the block lasts; raise Refused."""
        address = client_address(host)
        self._occupy(address, host)
        try:
            yield
        finally:
            self._vacate(address)

    def count(self, reason: Reason, host: str) -> None:
        """Count a refusal; log the first of a burst. A burst ends with ten seconds without a refusal."""
        self.refused[reason] += 1
        now, last = self._clock(), self._last_refusals.get(reason)
        self._last_refusals[reason] = now
        if last is None or now - last > BURST_SECONDS:
            _log.warning("connections_refused", reason=reason, address=host, open=self.open)

    def leave(self, address: str | None) -> None:
        self.open -= 1
        if address is not None:
            self._vacate(address)

    def _refusal(self, reason: Reason, host: str) -> Refused:
        self.count(reason, host)
        return Refused(reason)

    def _occupy(self, address: str, host: str) -> None:
        if self._by_address[address] >= self._per_address:
            raise self._refusal("per_address", host)
        self._by_address[address] += 1

    def _vacate(self, address: str) -> None:
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def _is_proxy(self, host: str) -> bool:
        return bool(self._proxies) and any(ip_address(host) in network for network in self._proxies)


class Place:
    """An admitted connection. `leave` gives its place to another, once."""

    def __init__(self, admission: Admission, host: str, address: str | None) -> None:
        self.limits = admission.limits
        self._admission = admission
        self._host = host
        self._address = address
        self._left = False

    def cut_off(self, reason: Reason) -> None:
        """Count a connection that is closed because its client exceeded a limit or sent what can't be parsed."""
        self._admission.count(reason, self._host)

    def leave(self) -> None:
        if not self._left:
            self._left = True
            self._admission.leave(self._address)


def client_address(host: str) -> str:
    """Return what identifies a client by its address: an IPv4 address, the /64 of an IPv6 address, else the text."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((int(address), IPV6_PREFIX), strict=False))


def _error(code: str, message: str) -> bytes:
    extensions = {"code": code, "retryable": True, "retryAfterSeconds": RETRY_AFTER_SECONDS}
    return orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})


def _descriptor_limit() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2**31 if soft == resource.RLIM_INFINITY else soft


def _usable_descriptors(limit: int) -> int:
    """Return how many descriptors clients may use; the rest is for the store, the providers and files."""
    return limit - min(MAX_RESERVED_DESCRIPTORS, limit // 4)
