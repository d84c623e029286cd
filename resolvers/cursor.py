"""Opaque cursors of connections: a list and a position in it."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

import orjson

from providers.domain.pages import Position


def write_cursor(listing: str, position: Position) -> str:
    """Return the cursor of a row. `listing` names the list and its order; no other list accepts the cursor."""
    return urlsafe_b64encode(orjson.dumps([listing, *position])).rstrip(b"=").decode()


def read_cursor(listing: str, cursor: str) -> Position | None:
    """Return the position in a cursor; None for a cursor of another list, and for text that is not a cursor."""
    try:
        parts = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(parts, list) or len(parts) < 2 or parts[0] != listing:
        return None
    position = tuple(parts[1:])
    if any(type(part) not in (str, int) for part in position) or write_cursor(listing, position) != cursor:
        return None
    return position
