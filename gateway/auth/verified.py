"""Cache of credentials that were verified: a signature or a key's row is not checked again for every request."""

from collections import OrderedDict
from hashlib import sha256
from typing import Generic, TypeVar

MAX_VERIFIED = 4_096

V = TypeVar("V")


class VerifiedCredentials(Generic[V]):
    """The results of the credentials that were used last, at most `maximum`.

    It finds them by their SHA-256, so that no credential stays in memory. When a result ends is up to its user.
    """

    def __init__(self, maximum: int = MAX_VERIFIED) -> None:
        self._maximum = maximum
        self._results: OrderedDict[bytes, V] = OrderedDict()

    def get(self, credentials: str) -> V | None:
        digest = _digest(credentials)
        result = self._results.get(digest)
        if result is not None:
            self._results.move_to_end(digest)
        return result

    def put(self, credentials: str, result: V) -> None:
        digest = _digest(credentials)
        self._results[digest] = result
        self._results.move_to_end(digest)
        if len(self._results) > self._maximum:
            self._results.popitem(last=False)

    def drop(self, credentials: str) -> None:
        self._results.pop(_digest(credentials), None)


def _digest(credentials: str) -> bytes:
    return sha256(credentials.encode()).digest()
