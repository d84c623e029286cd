"""Cursors of the feed: opaque to clients, a place to us."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from resolvers.errors import BadUserInput

_PREFIX = "feed:"


def cursor_of(place: int) -> str:
    return urlsafe_b64encode(f"{_PREFIX}{place}".encode()).rstrip(b"=").decode()


def place_of(cursor: str) -> int:
    """The place that a cursor stands for; BadUserInput where this gateway never gave it out."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    digits = text.removeprefix(_PREFIX)
    if not text.startswith(_PREFIX) or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise BadUserInput("after: this is no cursor of an event.")
    return int(digits)
