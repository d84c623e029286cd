"""Cursors: positions in lists as opaque texts, of at most 48 characters if the ids in them are UUIDs.

The bytes of a cursor are a digest of its list's name, the number of values and the form of each, four bits each, and
the values. Texts are packed as in ids; times have fewer bytes if they are whole minutes or seconds. A position that is
too long is shortened: the last value is cut (see `Beginning`) if there is a time before it, which few other rows have;
of names and the id of their object, the id remains.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import orjson

from providers.domain.packed import HEX, UUID, opaque, opaque_bytes, packed, unpacked
from providers.domain.pages import Beginning, Position

_MAX_BYTES = 36
"""Bytes that 48 characters hold."""

_MIN_BEGINNING = 8
"""Bytes that a cut value has at least: of ids of one moment, no two begin alike."""

_KEY, _INTEGER, _SECONDS, _MINUTES = range(3, 7)
"""Forms besides those of `packed`: 16 bytes in hexadecimal, such as an account's key; microseconds, and whole units."""

_KEY_VALUES = 2
"""Values at the end of a position that are the key of its row."""

_CUT = 8
"""Added to the form of a value that is cut."""

_TIMES = {_INTEGER, _SECONDS, _MINUTES}
_WIDTHS = {UUID: 16, _KEY: 16, _INTEGER: 8, _SECONDS: 5, _MINUTES: 4}
"""Bytes by form. Values of other forms have their length before them, in two bytes, unless they are the last."""

_Packed = tuple[int, bytes]

_SECOND, _MINUTE = 1_000_000, 60_000_000
_LENGTH_BYTES = 2
_TAG_BYTES = 2


def write_cursor(listing: str, position: Position) -> str:
    """Return the cursor of a row. `listing` names the list and its order; no other list accepts the cursor."""
    values = [_packed(value) for value in position]
    whole = _joined(listing, values)
    if len(whole) > _MAX_BYTES:
        whole = _joined(listing, _shortened(values, len(whole) - _MAX_BYTES))
    return opaque(whole)


def read_cursor(listing: str, cursor: str) -> Position | None:
    """Return the position in a cursor; None for a cursor of another list, and for text that is not a cursor."""
    raw = opaque_bytes(cursor)
    if raw is None:
        return None
    if raw[:_TAG_BYTES] != tag_of(listing):
        return _read_long_form(listing, cursor, raw)
    position = _unpacked(raw[_TAG_BYTES:])
    return position if position and write_cursor(listing, position) == cursor else None


def long_form(listing: str, position: Position) -> str:
    """Return the cursor of a row as earlier versions wrote it."""
    return opaque(orjson.dumps([listing, *position]))


@lru_cache
def tag_of(listing: str) -> bytes:
    """Return the bytes that a list's cursors begin with, which no other list's do."""
    return blake2b(listing.encode(), digest_size=_TAG_BYTES).digest()


def _joined(listing: str, values: Sequence[_Packed]) -> bytes:
    forms, parts = zip(*values, strict=True)
    *others, last = parts
    between = [
        raw if form in _WIDTHS else len(raw).to_bytes(_LENGTH_BYTES) + raw
        for form, raw in zip(forms, others, strict=False)
    ]
    return b"".join((_head(listing, forms), *between, last))


def _shortened(values: Sequence[_Packed], excess: int) -> Sequence[_Packed]:
    """Return fewer values, or a last one that has `excess` bytes less; all as they are if they can't be shortened."""
    *others, (form, raw) = values
    if _TIMES.isdisjoint(form for form, _ in others):
        return values[-_KEY_VALUES:]
    if form not in (HEX, UUID, _KEY) or len(raw) - excess < _MIN_BEGINNING:
        return values
    return *others, ((UUID if form == UUID else HEX) + _CUT, raw[:-excess])


@lru_cache
def _head(listing: str, forms: tuple[int, ...]) -> bytes:
    """Return the tag of the list, the number of values and their forms."""
    halves = [len(forms), *forms, 0]
    return tag_of(listing) + bytes(high << 4 | low for high, low in zip(halves[::2], halves[1::2], strict=False))


def _packed(value: str | int) -> _Packed:
    if isinstance(value, int):
        return _packed_integer(value)
    if isinstance(value, Beginning):
        digits = value.replace("-", "")
        return (HEX if digits == value else UUID) + _CUT, bytes.fromhex(digits)
    form, raw = packed(value)
    return (_KEY if form == HEX and len(raw) == _WIDTHS[_KEY] else form), raw


def _packed_integer(value: int) -> _Packed:
    if value % _SECOND or not 0 <= value < _MINUTE << 32:
        return _INTEGER, value.to_bytes(8, signed=True)
    if value % _MINUTE:
        return _SECONDS, (value // _SECOND).to_bytes(5)
    return _MINUTES, (value // _MINUTE).to_bytes(4)


class _MalformedError(Exception):
    pass


class _Reader:
    """Takes the bytes of a cursor one after the other. Raises _MalformedError if there are too few."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._raw[self._at : self._at + count]
        if len(taken) != count:
            raise _MalformedError
        self._at += count
        return taken

    def rest(self) -> bytes:
        return self._raw[self._at :]


def _unpacked(raw: bytes) -> Position | None:
    """Return the values after a cursor's tag; None if the bytes are of none."""
    reader = _Reader(raw)
    try:
        *forms, last = _forms(reader)
        values = [_value(form, reader.take(_width(form, reader))) for form in forms]
        return *values, _last_value(last, reader.rest())
    except (_MalformedError, ValueError, OverflowError):
        return None


def _forms(reader: _Reader) -> list[int]:
    (first,) = reader.take(1)
    count = first >> 4
    halves = [half for byte in reader.take(count // 2) for half in divmod(byte, 16)]
    return [first & 0xF, *halves][:count]


def _width(form: int, reader: _Reader) -> int:
    return _WIDTHS[form] if form in _WIDTHS else int.from_bytes(reader.take(_LENGTH_BYTES))


def _value(form: int, raw: bytes) -> str | int:
    if form == _INTEGER:
        return int.from_bytes(raw, signed=True)
    if form in (_SECONDS, _MINUTES):
        return int.from_bytes(raw) * (_SECOND if form == _SECONDS else _MINUTE)
    text = unpacked(HEX if form == _KEY else form, raw)
    if text is None:
        raise _MalformedError
    return text


def _last_value(form: int, raw: bytes) -> str | int:
    if form in (HEX + _CUT, UUID + _CUT):
        return Beginning(str(_value(form - _CUT, raw)).rstrip("-"))
    if form in _WIDTHS and len(raw) != _WIDTHS[form]:
        raise _MalformedError
    return _value(form, raw)


def _read_long_form(listing: str, cursor: str, raw: bytes) -> Position | None:
    """Return the position in a cursor of an earlier version: a list in JSON of the list's name and the values."""
    try:
        parts = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(parts, list) or len(parts) < 2 or parts[0] != listing:
        return None
    position = tuple(parts[1:])
    if any(type(part) not in (str, int) for part in position) or long_form(listing, position) != cursor:
        return None
    return position
