"""Errors of the database: clients get a message, the log gets the driver's own error without values."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from providers.domain.errors import StoreUnavailable

BUSY = "The store is busy: its lock was not released in time."
_FULL = "The store's disk is full."
LOST = "The store can't be reached."

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
_TEMPORARY = {BUSY, LOST, _CROWDED}

_POSTGRESQL = {
    "08": LOST,
    "25": LOST,
    "28": "The store refuses the user or the password.",
    "3D": "The store's database does not exist.",
    "40": BUSY,
    "53": _CROWDED,
    "55": BUSY,
    "57": LOST,
    "58": "The store's server can't read or write its files.",
}
"""By the class of the SQLSTATE (PostgreSQL documentation, appendix A)."""

_DATA_EXCEPTION = "22"
"""The SQLSTATE class of messages that quote values."""

_log = structlog.get_logger(__name__)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise StoreUnavailable for failures of the database, and log them as `database_error`.

    Errors of our own, such as a violated constraint, are raised as they are but without the values that PostgreSQL
    adds to them.
    """
    try:
        yield
    except DBAPIError as error:
        message = _client_message(error)
        if message is None:
            error.args = (_described(error.driver_exception),)
            raise error from None  # the driver's error in the chain would show the values
        raise unavailable(message, error.driver_exception) from None
    except PoolTimeoutError as error:
        raise unavailable(BUSY, error) from None


@contextmanager
def translate_connection_errors() -> Iterator[None]:
    """Translate the errors of connecting, where drivers raise OSError too."""
    try:
        with translate_errors():
            yield
    except OSError as error:
        raise unavailable(LOST, error) from None


def unavailable(message: str, error: BaseException) -> StoreUnavailable:
    """Log the driver's error; return the one for clients."""
    _log.warning("database_error", error=_described(error))
    return StoreUnavailable(message, is_temporary=message in _TEMPORARY)


def _described(error: BaseException) -> str:
    """Return the driver's class and message, without values: rows and arguments may contain secrets.

    SQLite's messages name tables and columns alone. PostgreSQL quotes values after the first line (DETAIL) and in data
    exceptions, and asyncpg quotes arguments in its own ValueErrors.
    """
    name = type(error).__name__
    quotes_values = isinstance(error, ValueError) or str(getattr(error, "sqlstate", "")).startswith(_DATA_EXCEPTION)
    primary = str(error).partition("\n")[0]
    return name if quotes_values or not primary else f"{name}: {primary}"


class StatementFailed(RuntimeError):
    """An error of a read that only our own code can cause. It shows no values."""


def driver_error(error: Exception) -> StoreUnavailable | StatementFailed:
    """Return what to raise, without a cause, for an error that a driver raised in a read."""
    message = _message_of_code(error)
    # asyncpg's ValueErrors are arguments of the wrong type.
    if message is None and (_has_code(error) or isinstance(error, ValueError)):
        return StatementFailed(_described(error))
    return unavailable(message or LOST, error)


def _client_message(error: DBAPIError) -> str | None:
    """Return the message for clients; None for an error that only our own code can cause."""
    driver: object = error.orig
    if _has_code(driver):
        return _message_of_code(driver)
    if isinstance(error.driver_exception, ValueError):  # asyncpg's DataError: an argument of the wrong type
        return None
    is_lost = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return LOST if is_lost else None


def _message_of_code(error: object) -> str | None:
    """Return the message for the code in a driver's error; None if it has none, or one that our own code causes."""
    code = getattr(error, "sqlstate", None)
    if code is not None:
        return _POSTGRESQL.get(str(code)[:2])
    name = getattr(error, "sqlite_errorname", None)
    return next((text for start, text in _SQLITE.items() if str(name).startswith(start)), None)


def _has_code(error: object) -> bool:
    return any(getattr(error, name, None) is not None for name in ("sqlstate", "sqlite_errorname"))
