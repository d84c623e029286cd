"""The contents of the gateway's store, read from outside."""

import sqlite3
from contextlib import closing
from pathlib import Path

_LABELS = "SELECT title FROM meetings UNION SELECT text FROM messages UNION SELECT number FROM contacts"
_IN_DOUBT = "SELECT id FROM journal WHERE state IN ('PENDING', 'UNKNOWN')"


def writes_in_doubt(folder: Path) -> int:
    """The number of writes with an unknown outcome."""
    return len(_column(folder, _IN_DOUBT))


def stored_labels(folder: Path) -> set[str]:
    return _column(folder, _LABELS)


def _column(folder: Path, statement: str) -> set[str]:
    with closing(sqlite3.connect(f"file:{folder}/switchboard.db?mode=ro", uri=True)) as connection:
        return {value for (value,) in connection.execute(statement)}
