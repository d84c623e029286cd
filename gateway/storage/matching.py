"""Matching: how texts and telephone numbers are compared."""

from unicodedata import normalize

from gateway.storage.prepared import NEVER, Condition
from providers.domain.phone import HOME_REGION, digits, e164
from providers.domain.text import content

_SORTED_CHARACTERS = 100
"""Characters of a name that are sorted by: PostgreSQL's index rows are limited to 2,704 bytes."""


def holds(column: str, text: str) -> Condition:
    """Return the condition for a column of folded text that contains `text`, which has no wildcards."""
    wanted = folded(text)
    return Condition(f"contains({column}, :text)", {"text": wanted}) if wanted or not text else NEVER


def same_number(e164_column: str, digits_column: str, number: str) -> Condition:
    """Return the condition for rows with the telephone number, however it is written.

    Numbers are compared in E.164, and by their digits if one of them can't be parsed.
    """
    wanted = digits(number)
    if not wanted:
        return NEVER
    parsed = e164(number, HOME_REGION)
    if parsed is None:
        return Condition(f"{digits_column} = :digits", {"digits": wanted})
    return Condition(f"{e164_column} = :e164 OR {digits_column} = :digits", {"e164": parsed, "digits": wanted})


def folded(*parts: str | None) -> str:
    """Return the text that is searched in, and for: without regard to case and to how characters are composed."""
    return normalize("NFKC", content(" ".join(part for part in parts if part)).casefold())


def sort_key(name: str | None) -> str:
    """Return the text that a name is sorted by, the same on every database."""
    return folded(name)[:_SORTED_CHARACTERS]
