"""The one way in which a database fails, in words that may be shown to anybody."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from providers.domain.errors import StoreUnavailable

BUSY = "The store is busy: others kept it locked for too long."
_FULL = "The store's disk is full."
_LOST = "The store can't be reached."

_SQLITE = {
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": "The store's file can't be read or written.",
    "SQLITE_CANTOPEN": "The store's file can't be opened.",
    "SQLITE_READONLY": "The store's file can't be written.",
    "SQLITE_PERM": "The store's file can't be read or written.",
    "SQLITE_CORRUPT": "The store's file is damaged.",
    "SQLITE_NOTADB": "The store's file is not an SQLite database.",
}
"""By the primary result code (https://www.sqlite.org/rescode.html)."""

_CROWDED = "The store is out of memory, disk or connections."
_TEMPORARY = {BUSY, _LOST, _CROWDED}

_POSTGRESQL = {
    "08": _LOST,
    "25": _LOST,
    "28": "The store refuses the user or the password.",
    "3D": "The store's database does not exist.",
    "40": BUSY,
    "53": _CROWDED,
    "55": BUSY,
    "57": _LOST,
    "58": "The store's server can't read or write its files.",
}
"""By the class of the SQLSTATE (PostgreSQL documentation, appendix A)."""


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns the database's failures into StoreUnavailable; an error that only a programmer can make stays as it is."""
    try:
        yield
    except DBAPIError as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        raise StoreUnavailable(sentence, is_temporary=sentence in _TEMPORARY) from None
    except PoolTimeoutError:
        raise StoreUnavailable(BUSY, is_temporary=True) from None


@contextmanager
def translate_connection_errors() -> Iterator[None]:
    """The same for getting a connection, where drivers also raise what the network raised."""
    try:
        with translate_errors():
            yield
    except OSError:
        raise StoreUnavailable(_LOST, is_temporary=True) from None


def _sentence(error: DBAPIError) -> str | None:
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return _POSTGRESQL.get(str(code)[:2])
    name = getattr(error.orig, "sqlite_errorname", None)
    if name is not None:
        return next((text for start, text in _SQLITE.items() if str(name).startswith(start)), None)
    lost = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return _LOST if lost else None
