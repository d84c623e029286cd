"""Cursors of the feed: encrypted positions, so that clients can't notice the events of other users."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import cached_property, lru_cache
from secrets import token_bytes
from typing import TYPE_CHECKING, NamedTuple

from providers.domain.errors import BadUserInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

PLACES = 2**16 - 1
"""Subscriptions that one entry of the feed may be sent to on a connection, each with a place from 1 on."""

WHOLE = 0
"""The place of a cursor after all events of its entry. Cursors of earlier versions have it."""

_PLACE_BYTES = 2
_NUMBER_BYTES = 6
_POSITION_BYTES = _PLACE_BYTES + _NUMBER_BYTES
_NONCE_BYTES = 4
_TAG_BYTES = 16
_MAX_CACHED = 256


class FeedPosition(NamedTuple):
    """The entry of an event, and the place among the subscriptions of a connection that it was sent to."""

    number: int
    place: int

    def start(self, place: int) -> int:
        """Return the number that the subscription with a place has got everything up to."""
        return self.number if self.place == WHOLE or place <= self.place else self.number - 1


class EventCursors:
    """Encrypts with the first key and decrypts with each, so that a cursor survives a rotation of keys.

    A position always has the same cursor (deterministic encryption, RFC 5297): clients recognise an event by it.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = keys
        # Many subscribers send one event.
        self.write = lru_cache(_MAX_CACHED)(self._written)

    @cached_property
    def _ciphers(self) -> "Sequence[AESSIV]":
        # Imported with the first cursor: the library takes 6 MB, and a tenth of the time of a start.
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

        return [AESSIV(HKDF(SHA256(), 64, None, b"switchboard feed cursors").derive(key)) for key in self._keys]

    def write_now(self, number: int) -> str:
        """Return a cursor after all events up to a number, another one each time.

        Equal ones would show a viewer whether other users had events in between.
        """
        return self._sealed(number.to_bytes(_POSITION_BYTES) + token_bytes(_NONCE_BYTES))

    def _written(self, number: int, place: int = WHOLE) -> str:
        """Return the cursor of an event."""
        return self._sealed(place.to_bytes(_PLACE_BYTES) + number.to_bytes(_NUMBER_BYTES))

    def _sealed(self, position: bytes) -> str:
        return urlsafe_b64encode(self._ciphers[0].encrypt(position, None)).decode()

    def read(self, cursor: str) -> FeedPosition:
        """Return the position of a cursor. Raise BadUserInput unless this gateway created it."""
        try:
            sealed = urlsafe_b64decode(cursor)
        except (binascii.Error, ValueError):
            sealed = b""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (see _ciphers)

        is_whole = len(sealed) - _TAG_BYTES in (_POSITION_BYTES, _POSITION_BYTES + _NONCE_BYTES)
        for cipher in self._ciphers if is_whole else ():
            try:
                position = cipher.decrypt(sealed, None)
            except InvalidTag:
                continue
            place, number = position[:_PLACE_BYTES], position[_PLACE_BYTES:_POSITION_BYTES]
            return FeedPosition(int.from_bytes(number), int.from_bytes(place))
        raise BadUserInput("after: is no cursor of an event.", path=("after",))
