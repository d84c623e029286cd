"""The secrets that tests use, and a search for them in what a gateway wrote down."""

from collections.abc import Iterable, Mapping
from pathlib import Path

_FIELDS = ("idToken", "refreshToken", "password")
_SHORTEST = 12
"""What is shorter may be there by chance."""

_used: set[str] = set()


def used(*secrets: str) -> None:
    """From now on nobody may write these down."""
    _used.update(secret for secret in secrets if len(secret) >= _SHORTEST)


def used_in(fields: Mapping[str, object]) -> None:
    """The same of those fields of a mutation's input that are secrets."""
    used(*(value for name in _FIELDS if isinstance(value := fields.get(name), str)))


def assert_untold(folder: Path, *told: str) -> None:
    """That none of them is in `told`, or in a database in the folder."""
    files = [path for path in folder.rglob("*.db*") if path.is_file()]
    texts = [*(text.encode() for text in told), *(path.read_bytes() for path in files)]
    found = list(_found(texts))
    assert found == [], f"{len(found)} secrets are written down in {folder}"


def _found(texts: Iterable[bytes]) -> Iterable[str]:
    return {secret for text in texts for secret in _used if secret.encode() in text}
