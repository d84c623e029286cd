"""Requests: their heads, the check of the page that they come from, and their decoding into operations.

GraphQL over HTTP, "Request".
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

import orjson
from starlette.types import Receive, Scope

from gateway.graphql.execution.operation import JsonObject, Operation
from gateway.graphql.transport.errors import RequestError
from providers.domain.text import decode_json, with_scalar_values


class RequestHead:
    """The head of an HTTP request, or of the handshake of a WebSocket.

    Names of fields are bytes in lower case, as ASGI has them. Several lines of one name are one field, joined by commas
    (RFC 9110, 5.3).
    """

    __slots__ = ("_fields", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        lines = scope["headers"]
        fields: dict[bytes, bytes] = dict(lines)
        self._fields = fields if len(fields) == len(lines) else _joined(lines)

    def __contains__(self, name: bytes) -> bool:
        return name in self._fields

    @property
    def is_websocket(self) -> bool:
        return bool(self.scope["type"] == "websocket")

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    def get(self, name: bytes) -> str | None:
        """Return the value of a field; None if the request has no such field."""
        value = self._fields.get(name)
        return None if value is None else value.decode("latin-1")

    def forget_fields(self) -> None:
        """Drop the fields: a WebSocket lasts for hours after it has read them."""
        self._fields = {}
        self.scope["headers"] = []


class Origins:
    """Admits the endpoint's own pages, pages of `allowed` origins, and programs, which send no origin.

    CORS doesn't protect WebSockets and simple GETs: a browser sends them without a preflight and only states the origin
    of the page (`Origin`, and `Sec-Fetch-Site` of W3C Fetch Metadata).
    """

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(allowed)

    def admits(self, head: RequestHead) -> bool:
        site = head.get(b"sec-fetch-site")
        if site in {"same-origin", "none"}:
            return True
        origin = head.get(b"origin")
        if origin is None:
            # A browser that sends Sec-Fetch-Site omits Origin from a simple GET of another page.
            return site is None
        return origin in self._allowed or urlsplit(origin).netloc == head.get(b"host")

    def check(self, head: RequestHead) -> None:
        """Raise RequestError with status 403."""
        if not self.admits(head):
            raise RequestError(403, "Pages of this origin are not allowed to use the endpoint.", code="FORBIDDEN")


_DISCARD_SECONDS = 1.0


def operation_from_payload(payload: object) -> Operation:
    """Read decoded JSON, or the payload of graphql-transport-ws's `subscribe`. Raise RequestError with status 400."""
    if not isinstance(payload, dict):
        raise RequestError(400, "A GraphQL request must be a JSON object.")
    operation = Operation(
        query=_text(payload, "query"),
        document_id=_text(payload, "documentId"),
        sha256=_sha256(_object(payload, "extensions")),
        name=_text(payload, "operationName") or None,
        variables=_object(payload, "variables"),
    )
    if operation.query is None and operation.document_id is None and operation.sha256 is None:
        raise RequestError(400, '"query" must be a string.')
    return operation


def payload_from_query_string(query_string: bytes) -> JsonObject:
    """Read `?query=…&operationName=…&variables={…}&extensions={…}`. Raise RequestError with status 400."""
    try:
        parameters = parse_qsl(query_string.decode("ascii"), errors="surrogatepass", max_num_fields=20)
    except ValueError:
        raise RequestError(400, "The query string is malformed.") from None
    payload: JsonObject = {name: with_scalar_values(value) for name, value in parameters}
    for name in {"variables", "extensions"} & payload.keys():
        payload[name] = _json(str(payload[name]), f'"{name}"')
    return payload


async def payload_from_body(head: RequestHead, receive: Receive, limit: int) -> object:
    """Read a JSON body in UTF-8. Raise RequestError: 415 for other media types, 413 above `limit` bytes, else 400."""
    _check_content_type(head.get(b"content-type") or "")
    return _json(await _body(head, receive, limit), "The body")


def _text(payload: Mapping[str, object], name: str) -> str | None:
    value = payload.get(name)
    if isinstance(value, str | None):
        return value
    raise RequestError(400, f'"{name}" must be a string.')


def _object(payload: Mapping[str, object], name: str) -> JsonObject | None:
    value = payload.get(name)
    if isinstance(value, dict | None):
        return value
    raise RequestError(400, f'"{name}" must be an object.')


def _sha256(extensions: JsonObject | None) -> str | None:
    """Return the hash of an automatic persisted query, in the protocol of Apollo."""
    match (extensions or {}).get("persistedQuery"):
        case {"version": 1, "sha256Hash": str(digest)}:
            return digest
    return None


def _json(text: str | bytes, name: str) -> object:
    try:
        decoded: object = decode_json(text)
    except orjson.JSONDecodeError:
        raise RequestError(400, f"{name} must be JSON.") from None
    return decoded


def _check_content_type(header: str) -> None:
    media_type, *parameters = (part.strip().lower() for part in header.split(";"))
    charsets = [parameter[8:].strip('"') for parameter in parameters if parameter.startswith("charset=")]
    if media_type != "application/json" or any(charset not in {"utf-8", "utf8"} for charset in charsets):
        raise RequestError(415, "Send application/json in UTF-8.", headers={"Accept": "application/json"})


async def _body(head: RequestHead, receive: Receive, limit: int) -> bytes:
    if int(head.get(b"content-length") or 0) > limit:
        if b"expect" not in head:
            await _discard(receive)
        raise _too_large(limit)
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError(400, "The client disconnected before the end of the body.")
        body += message.get("body", b"")
        if len(body) > limit:
            await _discard(receive)
            raise _too_large(limit)
        more = message.get("more_body", False)
    return bytes(body)


async def _discard(receive: Receive) -> None:
    """Read the rest of a body for a second: a client that is disconnected while it sends never reads the response."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_DISCARD_SECONDS):
            while (await receive()).get("more_body", False):
                pass


def _too_large(limit: int) -> RequestError:
    return RequestError(413, f"A request must not exceed {limit} bytes.", headers={"Connection": "close"})


def _joined(lines: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for name, value in lines:
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields
