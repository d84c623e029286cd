"""HTTP client of one provider: deadline, safe retries, bulkhead, and a circuit breaker per host."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import stamina
import structlog

from providers.domain.errors import InvalidInput, OutcomeUnknown, Unavailable
from providers.http.answer import MAX_JSON_VALUES, Answer
from providers.http.breaker import Breaker, Circuit
from providers.http.clock import HostClock, clock_from
from providers.http.default_transport import default_transport
from providers.http.instrumentation import Watch, unwatched
from providers.http.limits import Bulkhead, Traffic
from providers.http.retry import (
    JITTER,
    Again,
    ConnectionLost,
    Unreachable,
    backoff,
    is_unreadable,
    may_retry_read,
    may_retry_write,
)
from providers.http.transport import NeverConnected, NoAnswer, Outgoing, Send, Silence, Transport, UnacceptableAnswer

MAX_READABLE = 10_000
"""Bodies that a client remembers as readable."""

_SERVER_ERROR = 500
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_ORIGIN = re.compile(r"[a-z]+://[^/?#@\s]+(?=[/?#]|$)")
"""The part of a URL before its path, without credentials."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Call:
    """A call and its retries. `is_out`: it was sent and not answered yet."""

    send: Send
    host: str
    breaker: Breaker
    write: bool
    expects_json: bool
    refuses_with_503: bool
    deadline: asyncio.Timeout
    is_out: bool = False

    async def receive(self) -> Answer:
        """Send the request. Raise NeverConnected or NoAnswer if no acceptable response is received."""
        self.is_out = True
        answer = await self.send()
        if self.expects_json and answer.has_too_many_values:
            raise UnacceptableAnswer(f"the JSON has more than {MAX_JSON_VALUES} values")
        self.is_out = False
        return answer

    def may_get_another(self, answer: Answer) -> bool:
        """Whether the call may be made again because of the response's status."""
        if self.write:
            return may_retry_write(answer, refuses_with_503=self.refuses_with_503)
        return may_retry_read(answer)

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline of the whole call."""
        end, now = self.deadline.when(), asyncio.get_running_loop().time()
        return 0.0 if end is None else max(0.0, end - now)


class ReadableBodies:
    """Digests of bodies that were parsed as JSON: the same bytes need not be parsed to know that they can be."""

    def __init__(self) -> None:
        self._digests: set[str] = set()

    def has(self, answer: Answer) -> bool:
        """Return whether a success has readable JSON, if it is known or found out now."""
        if not 200 <= answer.status < 300 or not answer.body:
            return False
        if answer.digest in self._digests:
            return True
        if not answer.is_json:
            return False
        if len(self._digests) >= MAX_READABLE:
            self._digests.clear()
        self._digests.add(answer.digest)
        return True


class HttpClient:
    """Calls of one provider's upstreams.

    A call that certainly did nothing raises Unavailable. A write (`write=True`) that was sent and not answered raises
    OutcomeUnknown; its `retry_after` is the time for which the host may still be processing it. Values that fit into no
    request raise InvalidInput. No redirect is followed, because headers and bodies have secrets. No cookie is stored,
    because accounts share the client. Every status is an Answer.

    A response that exceeds a limit (`Traffic.max_body_bytes`, MAX_HEADER_BYTES, MAX_JSON_VALUES) or can't be decoded is
    no Answer: it raises like a call without a response, and counts as a failure of the host.
    """

    def __init__(
        self,
        provider: str,
        traffic: Traffic | None = None,
        *,
        transport: Transport | None = None,
        watch: Watch = unwatched,
    ) -> None:
        self._provider = provider
        self._watch = watch
        self._traffic = traffic or Traffic()
        self._bulkhead = Bulkhead(self._traffic)
        self._breakers: dict[str, Breaker] = {}
        self._clocks: dict[str, HostClock] = {}
        self._readable = ReadableBodies()
        self._own_transport = transport

    def circuits(self) -> Mapping[str, Circuit]:
        """Return the state of each host's circuit."""
        return {host: breaker.circuit for host, breaker in self._breakers.items()}

    def clock(self, url: str) -> HostClock:
        """Return the clock of the URL's host, measured by its last response with a Date."""
        return self._clocks.get(_host(url), HostClock())

    @property
    def is_failing(self) -> bool:
        """Whether a host failed the last time it was called."""
        return any(breaker.is_failing for breaker in self._breakers.values())

    async def call(
        self,
        method: str,
        url: str,
        *,
        write: bool = False,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        expects_json: bool = True,
        refuses_with_503: bool = False,
    ) -> Answer:
        """Send a request and return the response.

        `params` are added to the query that `url` has. The body is `json` or `form`. With `expects_json` a success
        without readable JSON is a failure of the host; a read is then retried, and the last Answer returned. With
        `refuses_with_503` a write is retried after 503 with Retry-After; set it only if the upstream documents that it
        did not process such a request.
        """
        try:
            outgoing = Outgoing(
                method=method, url=_url(url, params), headers=_headers(headers, json, form), content=_body(json, form)
            )
            send, host = self._transport.prepare(outgoing), _host(url)
        except (ValueError, TypeError):
            raise InvalidInput("The input can't be sent to the provider.", provider=self._provider) from None
        call = _Call(
            send=send,
            host=host,
            breaker=self._breaker(host),
            write=write,
            expects_json=expects_json,
            refuses_with_503=refuses_with_503,
            deadline=asyncio.timeout(self._traffic.timeouts.total),
        )
        try:
            async with call.deadline:
                return await self._with_retries(call)
        except TimeoutError:
            raise self._unanswered(call.write and call.is_out) from None

    @property
    def traffic(self) -> Traffic:
        """The limits of the calls."""
        return self._traffic

    async def aclose(self) -> None:
        if self._own_transport is not None:
            await self._own_transport.aclose()

    @property
    def _transport(self) -> Transport:
        if self._own_transport is None:
            self._own_transport = default_transport(self._traffic)
        return self._own_transport

    async def _with_retries(self, call: _Call) -> Answer:
        try:
            return await self._attempt(call)
        except (Again, Unreachable, ConnectionLost) as failure:
            return await self._retried(call, failure)

    async def _retried(self, call: _Call, first: Again | Unreachable | ConnectionLost) -> Answer:
        """Retry after a first failure."""
        # stamina costs as much as a call, so it starts with the failed attempt: most calls never get here.
        attempts = stamina.retry_context(
            on=backoff(_utc_now), attempts=1 + self._traffic.retries, timeout=None, wait_initial=0.1, wait_jitter=JITTER
        )
        try:
            async for attempt in attempts:
                with attempt:
                    if attempt.num == 1:
                        raise first
                    return await self._attempt(call)
        except Again as last:
            return last.answer
        raise AssertionError("stamina makes at least one attempt")

    async def _attempt(self, call: _Call) -> Answer:
        async with self._bulkhead:
            admitted = call.breaker.admit()
            if admitted is None:
                self._watch(call.host, "rejected", 0.0)
                raise Unavailable(
                    "The provider is temporarily unavailable: its last calls failed.",
                    provider=self._provider,
                    retry_after=call.breaker.seconds_left(),
                )
            answer = await self._sent(call, admitted)
        if call.may_get_another(answer):
            raise Again(answer)
        return answer

    async def _sent(self, call: _Call, admitted: int) -> Answer:
        """Send once, and report the outcome to the breaker and the observer."""
        report, outcome, started = call.breaker.failed, "unanswered", monotonic()
        try:
            answer = await call.receive()
            self._clocks[call.host] = clock_from(answer, _utc_now()) or self._clocks.get(call.host, HostClock())
            outcome = f"{answer.status // 100}xx"
            unreadable = call.expects_json and not self._readable.has(answer) and is_unreadable(answer)
            if answer.status < _SERVER_ERROR and not unreadable:
                report = call.breaker.succeeded
            if unreadable and not call.write:
                raise Again(answer)
            return answer
        except NeverConnected:
            call.is_out = False
            outcome = "unreachable"
            raise Unreachable("The provider can't be reached.", provider=self._provider) from None
        except NoAnswer as error:
            if isinstance(error, UnacceptableAnswer):
                outcome = "unacceptable"
            raise self._failure(call, error) from None
        except asyncio.CancelledError:
            # A cancelled caller is no failure of the host, unless the deadline cancelled it.
            if not call.deadline.expired():
                report, outcome = call.breaker.withdrawn, "withdrawn"
            raise
        finally:
            report(admitted)
            self._watch(call.host, outcome, monotonic() - started)

    def _failure(self, call: _Call, error: NoAnswer) -> OutcomeUnknown | Unavailable:
        """Return the error of a call that was sent."""
        match error:
            case Silence():
                return self._unanswered(call.write, call.seconds_left)
            case UnacceptableAnswer():
                _log.warning("upstream_response_refused", provider=self._provider, host=call.host, reason=str(error))
                return self._unanswered(call.write)
            case _ if call.write:
                return self._unanswered(call.write)
        return ConnectionLost("The provider did not respond.", provider=self._provider)

    def _breaker(self, host: str) -> Breaker:
        return self._breakers.get(host) or self._breakers.setdefault(host, Breaker())

    def _unanswered(self, write: bool, retry_after: float | None = None) -> OutcomeUnknown | Unavailable:
        """`retry_after`: seconds for which the host may still be processing the call."""
        if write:
            return OutcomeUnknown(
                "The provider did not respond. The change may have been made: retry to find out.",
                provider=self._provider,
                retry_after=retry_after,
            )
        return Unavailable("The provider did not respond.", provider=self._provider)


def _host(url: str) -> str:
    """Return the host and port. Raise ValueError if the URL is not absolute, or not HTTP."""
    origin = _ORIGIN.match(url)
    return _parsed_host(url) if origin is None else _known_host(origin[0])


@lru_cache(maxsize=256)  # a provider has few hosts
def _known_host(origin: str) -> str:
    return _parsed_host(origin)


def _parsed_host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the URL is not absolute, or not HTTP")
    return parts.netloc.rpartition("@")[2]


def _url(url: str, params: Mapping[str, str] | None) -> str:
    if params is None:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}"


def _headers(headers: Mapping[str, str] | None, json: Any, form: Mapping[str, str] | None) -> dict[str, str]:
    """Raise ValueError, without the value, which may be a secret, if a value would not stay one header."""
    given = headers or {}
    if not all(value.isascii() and value.isprintable() for value in given.values()):
        raise ValueError("a header's value is not printable")
    content_type = _content_type(json, form)
    return {"accept": _JSON, **({"content-type": content_type} if content_type else {}), **given}


def _content_type(json: Any, form: Mapping[str, str] | None) -> str | None:
    if json is not None:
        return _JSON
    return None if form is None else _FORM


def _body(json: Any, form: Mapping[str, str] | None) -> bytes | None:
    if json is not None:
        return orjson.dumps(json)
    return None if form is None else urlencode(form).encode()


def _utc_now() -> datetime:
    return datetime.now(UTC)
