"""The URL of the store, for SQLAlchemy's asynchronous drivers."""

from importlib.util import find_spec

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_EXPECTED = "sqlite:///path/to/file.db or postgresql://user:password@host/database"


class StoreAddressError(ValueError):
    """The URL of the store is not supported. The message says what is expected, and contains no password."""


def engine_url(url: str) -> URL:
    """Return `sqlite:///file.db` or `postgresql://user:password@host/db` with its driver. Raise StoreAddressError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreAddressError(f"The store's URL can't be read; expected {_EXPECTED}.") from None
    scheme = parsed.drivername.partition("+")[0]
    if scheme == "sqlite":
        return _sqlite(parsed)
    if scheme in {"postgresql", "postgres"}:
        return _postgresql(parsed)
    raise StoreAddressError(f"The store can't be a {scheme} database; expected {_EXPECTED}.")


def _sqlite(url: URL) -> URL:
    if url.host or url.username or url.database in {None, "", ":memory:"}:
        raise StoreAddressError(f"The store has to be a file; expected {_EXPECTED}.")
    return url.set(drivername="sqlite+aiosqlite")


def _postgresql(url: URL) -> URL:
    if find_spec("asyncpg") is None:
        raise StoreAddressError("PostgreSQL needs the extra postgres: pip install 'switchboard[postgres]'.")
    driven = url.set(drivername="postgresql+asyncpg")
    ssl = driven.query.get("sslmode")
    return driven if ssl is None else driven.difference_update_query(["sslmode"]).update_query_dict({"ssl": ssl})
