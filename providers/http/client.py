"""The client: calls with a deadline, made again where that is safe, and kept from a host that fails again and again."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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

_SERVER_ERROR = 500
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Call:
    """`is_out`: whether it was sent, and nothing came back yet."""

    send: Send
    host: str
    breaker: Breaker
    write: bool
    expects_json: bool
    refuses_with_503: bool
    deadline: asyncio.Timeout
    is_out: bool = False

    async def receive(self) -> Answer:
        """Send the request. NeverConnected or NoAnswer if no whole and acceptable response comes."""
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
        """Of the time that a whole call may take."""
        end, now = self.deadline.when(), asyncio.get_running_loop().time()
        return 0.0 if end is None else max(0.0, end - now)


class HttpClient:
    """Calls one provider's upstreams.

    A call that surely did nothing raises Unavailable. A write (`write=True`) that was sent and not answered raises
    OutcomeUnknown; its `retry_after` tells for how much longer a host that was silent may be at it. What can't be put
    into a request at all raises InvalidInput. No redirect is followed: secrets travel in headers and bodies. No cookie
    is kept: calls for one account tell nothing of another. Every status is an Answer.

    A response that exceeds a limit (`Traffic.max_body_bytes`, MAX_HEADER_BYTES, MAX_JSON_VALUES) or can't be decoded is
    no Answer: it raises as a call that was not answered, and counts as a failure of the host.
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
        self._lane = Bulkhead(self._traffic)
        self._breakers: dict[str, Breaker] = {}
        self._clocks: dict[str, HostClock] = {}
        self._transport = transport or default_transport(self._traffic)

    def circuits(self) -> Mapping[str, Circuit]:
        """The state of each host's circuit."""
        return {host: breaker.circuit for host, breaker in self._breakers.items()}

    def clock(self, url: str) -> HostClock:
        """The clock of the URL's host, as its last answer with a Date tells it."""
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

        `params` are added to the query that `url` has. The body is `json` or `form`. `expects_json`: a success without
        readable JSON is a failure of the host; a read is retried then, and the last Answer returned. With
        `refuses_with_503` a write is retried after 503 with Retry-After: only for an upstream whose documents say that
        it did not process it.
        """
        try:
            outgoing = Outgoing(
                method=method, url=_url(url, params), headers=_headers(headers, json, form), content=_body(json, form)
            )
            send, host = self._transport.prepare(outgoing), _host(url)
        except (ValueError, TypeError):
            raise InvalidInput("This can't be sent to the provider.", provider=self._provider) from None
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

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _with_retries(self, call: _Call) -> Answer:
        try:
            return await self._attempt(call)
        except (Again, Unreachable, ConnectionLost) as failure:
            return await self._retried(call, failure)

    async def _retried(self, call: _Call, first: Again | Unreachable | ConnectionLost) -> Answer:
        """Begins with the failure that there was: stamina costs as much as a call, and most calls don't fail."""
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
        async with self._lane.turn():
            admitted = call.breaker.admit()
            if admitted is None:
                self._watch(call.host, "kept_back", 0.0)
                raise Unavailable(
                    "The provider has failed again and again, and is left alone for a while.",
                    provider=self._provider,
                    retry_after=call.breaker.seconds_left(),
                )
            answer = await self._sent(call, admitted)
        if call.may_get_another(answer):
            raise Again(answer)
        return answer

    async def _sent(self, call: _Call, admitted: int) -> Answer:
        """Whoever stops waiting says nothing about the host, unless it took too long."""
        tell, outcome, begun = call.breaker.failed, "unanswered", monotonic()
        try:
            answer = await call.receive()
            self._clocks[call.host] = clock_from(answer, _utc_now()) or self._clocks.get(call.host, HostClock())
            outcome = f"{answer.status // 100}xx"
            unreadable = call.expects_json and is_unreadable(answer)
            if answer.status < _SERVER_ERROR and not unreadable:
                tell = call.breaker.succeeded
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
            if not call.deadline.expired():
                tell, outcome = call.breaker.withdrawn, "withdrawn"
            raise
        finally:
            tell(admitted)
            self._watch(call.host, outcome, monotonic() - begun)

    def _failure(self, call: _Call, error: NoAnswer) -> OutcomeUnknown | Unavailable:
        """The error of a call that was sent."""
        match error:
            case Silence():
                return self._unanswered(call.write, call.seconds_left)
            case UnacceptableAnswer():
                _log.warning("upstream_answer_refused", provider=self._provider, host=call.host, reason=str(error))
                return self._unanswered(call.write)
            case _ if call.write:
                return self._unanswered(call.write)
        return ConnectionLost("The provider did not answer.", provider=self._provider)

    def _breaker(self, host: str) -> Breaker:
        return self._breakers.get(host) or self._breakers.setdefault(host, Breaker())

    def _unanswered(self, write: bool, retry_after: float | None = None) -> OutcomeUnknown | Unavailable:
        """`retry_after`: for how much longer the host may be at it."""
        if write:
            return OutcomeUnknown(
                "The provider did not answer: it may have been done. Ask again to find out.",
                provider=self._provider,
                retry_after=retry_after,
            )
        return Unavailable("The provider did not answer.", provider=self._provider)


def _host(url: str) -> str:
    """ValueError if the URL is not absolute, or not HTTP."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the URL is not absolute, or not HTTP")
    return parts.netloc.rpartition("@")[2]


def _url(url: str, params: Mapping[str, str] | None) -> str:
    if params is None:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}"


def _headers(headers: Mapping[str, str] | None, json: Any, form: Mapping[str, str] | None) -> dict[str, str]:
    """ValueError where a value would not stay one header; it may be a secret, so the error does not repeat it."""
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
