"""The URL of the store."""

import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

_EXPECTED = "sqlite:///path/to/file.db or postgresql://user:password@host/database"
_URL = re.compile(r"(\w+)(?:\+\w+)?://(.*)", re.DOTALL)
_USER = re.compile(r"([^:/@]*)(?::([^@]*))?@")
_SSL = re.compile(r"(?<=[?&])ssl=")


class StoreAddressError(ValueError):
    """The URL of the store is not supported. The message says what is expected, and contains no password."""


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """The kind of a store's database, and its place as the driver takes it: a path, or a URL with a password."""

    database: Literal["sqlite", "postgresql"]
    place: str = field(repr=False)


def store_address(url: str) -> StoreAddress:
    """Return the address in `sqlite:///file.db` or `postgresql://user:password@host/db`. Raise StoreAddressError."""
    found = _URL.fullmatch(url)
    if found is None:
        raise StoreAddressError(f"The store's URL can't be read; expected {_EXPECTED}.")
    scheme, rest = found.groups()
    if scheme == "sqlite":
        return _sqlite(rest)
    if scheme in {"postgresql", "postgres"}:
        return _postgresql(rest)
    raise StoreAddressError(f"The store can't be a {scheme} database; expected {_EXPECTED}.")


def _sqlite(rest: str) -> StoreAddress:
    host, _, path = rest.partition("?")[0].partition("/")
    if host or path in {"", ":memory:"}:
        raise StoreAddressError(f"The store has to be a file; expected {_EXPECTED}.")
    return StoreAddress("sqlite", unquote(path))


def _postgresql(rest: str) -> StoreAddress:
    if find_spec("asyncpg") is None:
        raise StoreAddressError("PostgreSQL needs the extra postgres: pip install 'switchboard[postgres]'.")
    # The driver demands that reserved characters of a password are escaped; operators need not know.
    escaped = _USER.sub(_escaped, rest, count=1) if _USER.match(rest) else rest
    place = _SSL.sub("sslmode=", f"postgresql://{escaped}")
    try:
        urlsplit(place).port  # noqa: B018 (fails if it is not a number)
    except ValueError:
        raise StoreAddressError(f"The store's URL can't be read; expected {_EXPECTED}.") from None
    return StoreAddress("postgresql", place)


def _escaped(found: re.Match[str]) -> str:
    user, password = (quote(unquote(each or ""), safe="") for each in found.groups())
    return f"{user}:{password}@" if found[2] is not None else f"{user}@"
