"""Text from outside. Content is cleaned; text that identifies is refused if it contains unsafe characters.

Cleaning maps two texts to one. That is harmless for a message, but would let one user id stand for another.
"""

import re
from typing import Annotated

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
