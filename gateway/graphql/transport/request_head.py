"""The head of a request: its method and its header fields."""

from collections.abc import Iterable

from starlette.types import Scope


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


def _joined(lines: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for name, value in lines:
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields
