"""Cursors of the feed: a place to us, sealed to clients, so that nobody can tell how much happened to others."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from providers.domain.errors import BadUserInput

_PLACE_BYTES = 8
_SEALED_BYTES = _PLACE_BYTES + 16


class EventCursors:
    """Seals with the first key and opens with all, so that a cursor outlives a change of keys.

    The same place has the same cursor: clients can tell an event that they had (deterministic encryption, RFC 5297).
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [AESSIV(HKDF(SHA256(), 64, None, b"switchboard feed cursors").derive(key)) for key in keys]

    def write(self, place: int) -> str:
        return urlsafe_b64encode(self._keys[0].encrypt(place.to_bytes(_PLACE_BYTES), None)).decode()

    def read(self, cursor: str) -> int:
        """The place that a cursor stands for; BadUserInput where this gateway never gave it out."""
        try:
            sealed = urlsafe_b64decode(cursor)
        except (binascii.Error, ValueError):
            sealed = b""
        for key in self._keys if len(sealed) == _SEALED_BYTES else ():
            try:
                return int.from_bytes(key.decrypt(sealed, None))
            except InvalidTag:
                continue
        raise BadUserInput("after: this is no cursor of an event.", path=("after",))
