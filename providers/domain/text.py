"""Text from outside. Text that identifies is refused where it could be taken for another's; content is cleaned.

Cleaning makes one text of two: what is a fair way to show a message is a way to become another user.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

_NOT_IDENTIFYING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def can_identify(text: str) -> bool:
    """Whether `text` may name a user, an account, an object or a request.

    It has no control character (Unicode Cc), no line or paragraph separator, no lone surrogate, and no U+FFFD: that
    stands for what could not be decoded, which differs between two texts that show it.
    """
    return _NOT_IDENTIFYING.search(text) is None


def is_storable(text: str) -> bool:
    """Whether every database stores `text` as it is: it has neither NUL nor a lone surrogate."""
    return "\x00" not in text and (text.isascii() or _SURROGATE.search(text) is None)


def content(text: str) -> str:
    """`text` without NULs, and with U+FFFD for each lone surrogate."""
    return text if is_storable(text) else with_scalar_values(text.replace("\x00", ""))


def with_scalar_values(text: str) -> str:
    """`text` with U+FFFD for each lone surrogate (Unicode 3.9, D76: they are no scalar values)."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _identifying(text: str) -> str:
    if not can_identify(text):
        raise ValueError("expected text without control characters")
    return text


IdentifyingText = Annotated[str, AfterValidator(_identifying)]
"""A field that names something: see `can_identify`."""
