"""Matching: how texts and telephone numbers are compared."""

import re
from unicodedata import normalize

from gateway.storage.prepared import NEVER, Condition
from providers.domain.phone import HOME_REGION, digits, e164
from providers.domain.text import content

_NUMBER_TEXT = re.compile(r"[\d\s+()./-]+")

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


def holds_name_or_number(search_column: str, e164_column: str, digits_column: str, text: str) -> Condition:
    """Return the condition for a folded text that contains `text`, or a telephone number that contains its digits.

    A text with other characters than those of a number is no part of one. A whole number may be written in any way.
    """
    name = holds(search_column, text)
    wanted = digits(text)
    if not wanted or not _NUMBER_TEXT.fullmatch(text):
        return name
    number = Condition(f"{name.sql} OR contains({digits_column}, :part)", {**name.values, "part": wanted})
    whole = e164(text, HOME_REGION)
    if whole is None:
        return number
    return Condition(f"{number.sql} OR {e164_column} = :whole", {**number.values, "whole": whole})


def folded(*parts: str | None) -> str:
    """Return the text that is searched in, and for: without regard to case and to how characters are composed."""
    return normalize("NFKC", content(" ".join(part for part in parts if part)).casefold())


def sort_key(name: str | None) -> str:
    """Return the text that a name is sorted by, the same on every database."""
    return folded(name)[:_SORTED_CHARACTERS]
