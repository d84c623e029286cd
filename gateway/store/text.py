"""Text as the store holds and compares it."""

import re
from typing import Any
from unicodedata import normalize

import orjson

from providers.text import content

_ESCAPE = re.compile(r"\\(u0000|.)")
_SORTED_CHARACTERS = 100
"""As much of a name as is sorted by: PostgreSQL's index rows are limited to 2,704 bytes."""


def folded(*parts: str | None) -> str:
    """What is searched in, and for: the parts without regard to case or to how a character is composed."""
    return normalize("NFKC", content(" ".join(part for part in parts if part)).casefold())


def sort_key(name: str | None) -> str:
    """What a name is sorted by, the same on every database."""
    return folded(name)[:_SORTED_CHARACTERS]


def content_json(value: Any) -> str:
    """Content as JSON: its texts without NULs, as columns of content have them."""
    return _ESCAPE.sub(lambda escape: "" if escape[1] == "u0000" else escape[0], orjson.dumps(value).decode())
