"""Texts as few bytes: a UUID and a hexadecimal id as the bytes that they spell, any other text in UTF-8.

Ids and cursors are made of them. The numbers of the forms never change: clients store ids and cursors.
"""

from binascii import unhexlify

TEXT, HEX, UUID = range(3)

_UUID_LENGTH = 36


def packed(text: str) -> tuple[int, bytes]:
    """Return the form of a text and its bytes. `unpacked` returns the same text, in the same case."""
    # Called for every id of a response: each branch has the fewest calls that tell its form apart from others.
    try:
        if len(text) == _UUID_LENGTH:
            digits = text.replace("-", "")
            raw = unhexlify(digits)
            if text[8:24:5] == "----" and raw.hex() == digits and len(raw) == 16:
                return 2, raw
        elif text and (raw := unhexlify(text)).hex() == text:
            return 1, raw
    except ValueError:
        pass
    return 0, text.encode()


def unpacked(form: int, raw: bytes) -> str | None:
    """Return the text of a form and bytes; None if they are no text.

    It need not be packed in the same form: "beef" is HEX, though it has a form as TEXT, too.
    """
    digits = raw.hex()
    match form:
        case 0:
            return _decoded(raw)
        case 1:
            return digits
        case 2:
            return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return None


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
