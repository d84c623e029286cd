"""Text as the store holds and compares it."""

from unicodedata import normalize

from providers.domain.text import content

_SORTED_CHARACTERS = 100
"""As much of a name as is sorted by: PostgreSQL's index rows are limited to 2,704 bytes."""


def folded(*parts: str | None) -> str:
    """What is searched in, and for: the parts without regard to case or to how a character is composed."""
    return normalize("NFKC", content(" ".join(part for part in parts if part)).casefold())


def sort_key(name: str | None) -> str:
    """What a name is sorted by, the same on every database."""
    return folded(name)[:_SORTED_CHARACTERS]
