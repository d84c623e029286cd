"""Encryption at rest: AES-256-GCM, bound to a row, with rotation of keys."""

from collections.abc import Sequence
from hashlib import sha256
from os import urandom
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
KEY_ID_BYTES = 4
"""Bytes at the start of a ciphertext that identify its key."""

_NONCE_BYTES = 12
"""NIST SP 800-38D, 8.2.2: random nonces of 96 bits."""


class CipherError(Exception):
    """A value can't be decrypted. The message holds nothing of the value."""


class Cipher:
    """Encrypts with the first key and decrypts with each: put a new key before the old ones.

    A ciphertext consists of the key's id, a nonce and the encrypted text. It can be decrypted only for the `row` that
    it was encrypted for.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Raise ValueError unless there is at least one key, and each has 32 bytes."""
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError("Encryption needs at least one key, and every key has 32 bytes.")
        self._keys = {_key_id(key): key for key in keys}
        self._ciphers: dict[bytes, AESGCM] = {}
        self._first = _key_id(keys[0])

    @property
    def key_id(self) -> bytes:
        """The id of the first key, with which its ciphertexts start."""
        return self._first

    def knows(self, key_id: bytes) -> bool:
        """Return whether one of the keys has this id."""
        return key_id in self._keys

    def encrypt(self, text: bytes, *row: str) -> bytes:
        nonce = urandom(_NONCE_BYTES)
        return self._first + nonce + self._cipher(self._first).encrypt(nonce, text, _bound_to(row))

    def decrypt(self, sealed: bytes, *row: str) -> bytes:
        """Return the text. Raise CipherError if its key is missing, or if it was altered or moved."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (see _cipher)

        key_id = sealed[:KEY_ID_BYTES]
        if key_id not in self._keys:
            raise CipherError("The store holds what was encrypted with a key that is not among the configured ones.")
        nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + _NONCE_BYTES]
        try:
            return self._cipher(key_id).decrypt(nonce, sealed[KEY_ID_BYTES + _NONCE_BYTES :], _bound_to(row))
        except InvalidTag:
            raise CipherError("The store holds an encrypted value that was altered or moved.") from None

    def _cipher(self, key_id: bytes) -> "AESGCM":
        if key_id not in self._ciphers:
            # Imported with the first value: the library takes 6 MB, and a tenth of the time of a start.
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

            self._ciphers[key_id] = AESGCM(self._keys[key_id])
        return self._ciphers[key_id]


def _key_id(key: bytes) -> bytes:
    return sha256(b"switchboard key id" + key).digest()[:KEY_ID_BYTES]


def _bound_to(row: Sequence[str]) -> bytes:
    return "\x1f".join(row).encode()
