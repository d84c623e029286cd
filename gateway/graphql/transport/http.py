"""GraphQL over HTTP: a response for each request, or an event stream."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import Generic, TypeVar

import orjson
from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import Engine, OperationFailed, single
from gateway.graphql.execution.operation import JsonObject
from gateway.graphql.transport.batch import run_batch
from gateway.graphql.transport.errors import RequestError, authentication_refusal
from gateway.graphql.transport.graphiql import switched_off_page
from gateway.graphql.transport.negotiation import GRAPHQL_RESPONSE, JSON, Accepted, negotiate
from gateway.graphql.transport.quotas import Quota, within_quota
from gateway.graphql.transport.request import (
    Origins,
    RequestHead,
    operation_from_payload,
    payload_from_body,
    payload_from_query_string,
)
from gateway.graphql.transport.session import Authenticate, Session
from gateway.graphql.transport.sse import EventStream
from providers.domain.errors import DomainError

C = TypeVar("C")

_COMMON = ((b"cache-control", b"no-store"), (b"vary", b"Accept"))
_RESPONSE_HEADERS = {
    media_type: ((b"content-type", f"{media_type}; charset=utf-8".encode()), *_COMMON)
    for media_type in (JSON, GRAPHQL_RESPONSE)
}
"""Built once: they are the same for nearly every response."""


class JsonResponse:
    """An ASGI response with a body of JSON. `media_type` is JSON or GRAPHQL_RESPONSE."""

    __slots__ = ("_body", "_headers", "_media_type", "_status")

    def __init__(
        self, body: bytes, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self._body = body
        self._media_type = media_type
        self._status = status
        self._headers = headers or {}

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [*_RESPONSE_HEADERS[self._media_type], (b"content-length", b"%d" % len(self._body))]
        headers += [(name.lower().encode(), value.encode()) for name, value in self._headers.items()]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


class HttpEndpoint(Generic[C]):
    """An ASGI app for `POST` and `GET` of one path.

    `page` is GraphiQL, None if it is off. `stopping` ends the open event streams.
    """

    def __init__(
        self,
        engine: Engine[C],
        authenticate: Authenticate[C],
        *,
        limits: GraphqlLimits,
        origins: Origins,
        page: ASGIApp | None,
        stopping: asyncio.Event,
        subscriptions: Quota,
    ) -> None:
        self._engine = engine
        self._authenticate = authenticate
        self._limits = limits
        self._origins = origins
        self._page = page
        self._stopping = stopping
        self._subscriptions = subscriptions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = RequestHead(scope)
        accepted = negotiate(head.get(b"accept"))
        if accepted.page and head.method == "GET":
            # Without GraphiQL a browser that opens the address still runs a query that the address has.
            page = self._page or (None if scope["query_string"] else switched_off_page)
            if page is not None:
                return await page(scope, receive, send)
        response = await self._respond(head, accepted, receive)
        return await response(scope, receive, send)

    async def _respond(self, head: RequestHead, accepted: Accepted, receive: Receive) -> ASGIApp:
        media_type = accepted.json or JSON
        try:
            return await self._run(head, accepted, receive)
        except RequestError as refusal:
            return JsonResponse(_errors(refusal.errors), media_type, refusal.status, refusal.headers)
        except OperationFailed as failed:
            return self._failure(failed, accepted)
        except Exception as error:
            return JsonResponse(_errors(self._engine.unexpected(error).errors), media_type, 500)

    async def _run(self, head: RequestHead, accepted: Accepted, receive: Receive) -> ASGIApp:
        self._check(head, accepted)
        session = await self._session(head)
        payload = await self._read(head, receive)
        if isinstance(payload, list):
            return JsonResponse(await run_batch(payload, self._limits.max_batch, self._engine, session), JSON)
        prepared = self._engine.prepare(operation_from_payload(payload))
        _check_type(prepared.type, head.method, accepted)
        if accepted.json is None or prepared.type is OperationType.SUBSCRIPTION:
            context = session.context()
            results = await self._engine.stream(prepared, context)
            if prepared.type is OperationType.SUBSCRIPTION:
                results = within_quota(results, self._subscriptions, session.viewer)
            return self._event_stream(results, session, context)
        return JsonResponse(await self._engine.execute(prepared, session.context()), accepted.json)

    async def _session(self, head: RequestHead) -> Session[C]:
        try:
            return await self._authenticate(head, None)
        except DomainError as error:
            raise authentication_refusal(error) from error

    def _failure(self, failed: OperationFailed, accepted: Accepted) -> ASGIApp:
        # A client that accepts event streams only gets its errors in one.
        errors = _errors(failed.errors)
        if accepted.json is None:
            return EventStream(single(errors), limits=self._limits, stopping=self._stopping)
        # GraphQL over HTTP, "Status Codes": errors of GraphQL have status 200 in application/json.
        return JsonResponse(errors, accepted.json, 200 if accepted.json == JSON else failed.status)

    def _check(self, head: RequestHead, accepted: Accepted) -> None:
        if head.method not in {"GET", "POST"}:
            raise RequestError(405, "The method must be POST, or GET for queries.", headers={"Allow": "GET, POST"})
        if accepted.json is None and not accepted.event_stream:
            raise RequestError(406, "Accept application/graphql-response+json, application/json or text/event-stream.")
        self._origins.check(head)

    async def _read(self, head: RequestHead, receive: Receive) -> object:
        if head.method == "GET":
            return payload_from_query_string(head.scope["query_string"])
        return await payload_from_body(head, receive, self._limits.body)

    def _event_stream(self, results: AsyncGenerator[bytes, None], session: Session[C], context: C) -> EventStream:
        return EventStream(
            results,
            limits=self._limits,
            stopping=self._stopping,
            seconds=session.seconds_left(),
            is_good=session.is_good,
            event_id=partial(session.cursor, context),
        )


def _check_type(type: OperationType, method: str, accepted: Accepted) -> None:
    if type is OperationType.MUTATION and method == "GET":
        raise RequestError(405, "Send mutations with POST.", headers={"Allow": "POST"})
    if type is OperationType.SUBSCRIPTION and not accepted.event_stream:
        raise RequestError(406, "Subscriptions require a WebSocket or Accept: text/event-stream.")


def _errors(errors: list[JsonObject]) -> bytes:
    return orjson.dumps({"errors": errors})
