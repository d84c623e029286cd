"""The bytes of ids and cursors, and these as opaque texts.

Texts are packed in few bytes: a UUID and a hexadecimal id as the bytes that they spell, any other text in UTF-8. The
numbers of the forms never change: clients store ids and cursors.
"""

from base64 import urlsafe_b64decode
from binascii import b2a_base64, unhexlify

TEXT, HEX, UUID = range(3)

_UUID_LENGTH = 36
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def opaque(raw: bytes) -> str:
    """Return bytes as a text in the URL-safe base64 alphabet, without padding."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()


def opaque_bytes(text: str) -> bytes | None:
    """Return the bytes of an opaque text; None for another. Several texts may have the same bytes."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None


def packed(text: str) -> tuple[int, bytes]:
    """Return the form of a text and its bytes. `unpacked` returns the same text, in the same case."""
    # Called for every id of a response: each branch has the fewest calls that tell its form apart from others.
    try:
        if len(text) == _UUID_LENGTH:
            digits = text.replace("-", "")
            raw = unhexlify(digits)
            if text[8:24:5] == "----" and raw.hex() == digits and len(raw) == 16:
                return UUID, raw
        elif text and (raw := unhexlify(text)).hex() == text:
            return HEX, raw
    except ValueError:
        pass
    return TEXT, text.encode()


def unpacked(form: int, raw: bytes) -> str | None:
    """Return the text of a form and bytes; None if they are no text.

    It need not be packed in the same form: "beef" is HEX, though it has a form as TEXT, too.
    """
    if form == TEXT:
        return _decoded(raw)
    digits = raw.hex()
    if form == UUID:
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return digits if form == HEX else None


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
