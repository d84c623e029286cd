"""Text and JSON from outside. Content is cleaned; text that identifies is refused if it contains unsafe characters.

Cleaning maps two texts to one. That is harmless for a message, but would let one user id stand for another.
"""

import re
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator

_NOT_IDENTIFYING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def can_identify(text: str) -> bool:
    """Whether `text` may name a user, an account, an object or a request.

    It must not contain a control character (Unicode Cc), a line or paragraph separator, a lone surrogate, or U+FFFD,
    which replaces undecodable text, so that two different texts contain it.
    """
    return _NOT_IDENTIFYING.search(text) is None


def is_storable(text: str) -> bool:
    """Whether every database stores `text` unchanged: it contains neither NUL nor a lone surrogate."""
    return "\x00" not in text and (text.isascii() or _SURROGATE.search(text) is None)


def content(text: str) -> str:
    """Return `text` without NULs, and with U+FFFD for each lone surrogate."""
    return text if is_storable(text) else with_scalar_values(text.replace("\x00", ""))


def with_scalar_values(text: str) -> str:
    """Return `text` with U+FFFD for each lone surrogate, which is not a Unicode scalar value (Unicode 3.9, D76)."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _identifying(text: str) -> str:
    if not can_identify(text):
        raise ValueError("expected text without control characters")
    return text


IdentifyingText = Annotated[str, AfterValidator(_identifying)]
"""A field that identifies something: see `can_identify`."""


_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""An escape sequence; group 1 matches a lone surrogate."""


def decode_json(text: bytes | str) -> Any:
    """Return the value of a JSON text, with U+FFFD for each lone surrogate. Raise orjson.JSONDecodeError.

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
