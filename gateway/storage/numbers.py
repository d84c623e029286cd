"""Telephone numbers that are the same number however they are written."""

from sqlalchemy import ColumnElement, false, or_

from providers.domain.phone import HOME_REGION, e164


def digits(number: str) -> str:
    """The decimal digits of a number, as ASCII."""
    return "".join(str(int(character)) for character in number if character.isdecimal())


def same_number(
    e164_column: ColumnElement[str | None], digits_column: ColumnElement[str], number: str
) -> ColumnElement[bool]:
    """Rows whose number is `number`: by meaning, or by digits where one of them can't be read."""
    wanted = digits(number)
    if not wanted:
        return false()
    meant = e164(number, HOME_REGION)
    by_digits = digits_column == wanted
    return by_digits if meant is None else or_(e164_column == meant, by_digits)
