"""The tables of the file.

Times are microseconds since 1970 in UTC, lists are JSON, `position` is the order of insertion.
"""

import sqlite3
import time

VERSION = 1

_RETRY_SECONDS = 0.01

SCHEMA = (
    """
    CREATE TABLE account (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        account_key TEXT NOT NULL UNIQUE,
        user_id TEXT NOT NULL,
        number TEXT NOT NULL UNIQUE,
        connected INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE meeting (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        account_position INTEGER NOT NULL REFERENCES account,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        description TEXT,
        start_time INTEGER NOT NULL,
        end_time INTEGER NOT NULL,
        time_zone TEXT NOT NULL,
        password TEXT,  -- encrypted: see providers.local.jitsi
        participants TEXT NOT NULL,
        room TEXT NOT NULL UNIQUE,
        cancelled INTEGER NOT NULL DEFAULT 0,
        sequence INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        icalendar TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    "CREATE INDEX meeting_by_end ON meeting (account_position, end_time)",
    """
    CREATE TABLE contact (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        account_position INTEGER NOT NULL REFERENCES account,
        first_name TEXT NOT NULL,
        last_name TEXT,
        number TEXT NOT NULL,
        e164 TEXT NOT NULL,
        UNIQUE (account_position, e164)
    ) STRICT
    """,
    """
    CREATE TABLE conversation (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        account_position INTEGER NOT NULL REFERENCES account,
        contact_position INTEGER NOT NULL UNIQUE REFERENCES contact
    ) STRICT
    """,
    "CREATE INDEX conversation_by_account ON conversation (account_position, position)",
    """
    CREATE TABLE message (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        conversation_position INTEGER NOT NULL REFERENCES conversation,
        direction TEXT NOT NULL,
        status TEXT NOT NULL,
        text TEXT NOT NULL,
        from_number TEXT NOT NULL,
        to_number TEXT NOT NULL,
        media_urls TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (conversation_position, created_at)
    ) STRICT
    """,
)


class NewerVersion(Exception):
    """The file was created by a later version of this program."""


def prepare(connection: sqlite3.Connection, *, timeout: float) -> None:
    """Create the tables if they don't exist. `connection` is in autocommit mode.

    Several processes may call this at once: each waits up to `timeout` seconds for the others. Raise NewerVersion, or
    sqlite3.OperationalError after the timeout.
    """
    _use_write_ahead_log(connection, time.monotonic() + timeout)
    connection.execute("BEGIN IMMEDIATE")
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise NewerVersion
    if version < VERSION:
        for statement in SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")


def _use_write_ahead_log(connection: sqlite3.Connection, deadline: float) -> None:
    # SQLite's own busy timeout does not apply to this statement.
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return
