"""Decoding of JSON from upstreams and clients."""

import re
from typing import Any

import orjson

from providers.domain.text import with_scalar_values

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""An escape sequence; group 1 matches a lone surrogate."""


def decode_json(text: bytes | str) -> Any:
    """Return the value of a JSON text, with U+FFFD for each lone surrogate. Raises orjson.JSONDecodeError.

    RFC 8259 section 8.2 allows lone surrogates, and text that was cut by UTF-16 units has them.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        mended = _without_lone_surrogates(text)
        if mended is None:
            raise error from None
        return orjson.loads(mended)


def _without_lone_surrogates(text: bytes | str) -> str | None:
    """Replace lone surrogates; None for bytes that are not UTF-8 even with surrogates allowed."""
    try:
        decoded = text if isinstance(text, str) else text.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], with_scalar_values(decoded))
