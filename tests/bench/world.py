"""Stores with any amount of data, written into the tables directly: by way of mutations a million texts take hours.

Every account of the embedded provider has a phone number; contacts, each with a conversation, and meetings are spread
over the accounts. The read log says that everything has just been fetched, so that a gateway which is configured with
`FRESH` calls no provider.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg
import orjson

from gateway.storage.database import Database
from gateway.storage.migrate import migrate
from gateway.storage.values import to_microseconds
from providers.domain.identity import Identity

FRESH = """
[fresh_seconds]
messages = 86400
meetings = 86400
meeting_details = 86400
past_meetings = 86400
conversations = 86400
contacts = 86400
phone_numbers = 86400
"""

_PROVIDER = "local"
_FOR_EVER = 2**62
_HOUR = 3_600_000_000


class Rows(NamedTuple):
    """Rows of a table, with the names of their columns."""

    table: str
    columns: tuple[str, ...]
    rows: Iterable[tuple[object, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The objects of one user.

    The conversation number 0 has `long_messages`, every other one `messages`. Times are around `made_at`.
    """

    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    user_id: str = "local"
    accounts: int = 1
    conversations: int = 20
    messages: int = 5
    long_messages: int = 5
    meetings: int = 100

    @property
    def contact_id(self) -> str:
        """Return the global id of a contact."""
        return str(Identity("Contact", self.account_of(0), _name("contact", 0)))

    @property
    def long_conversation_id(self) -> str:
        return str(Identity("Conversation", self.account_of(0), _name("conversation", 0)))

    @property
    def account_id(self) -> str:
        return str(Identity("Account", self.account_of(0)))

    def account_of(self, number: int) -> str:
        """Return the key of the account that has the contact, the conversation or the meeting of this number."""
        return _name("account", number % self.accounts)

    def rows(self) -> Iterator[Rows]:
        """Yield the rows of each table, in an order that foreign keys allow."""
        now = to_microseconds(self.made_at)
        yield self._accounts(now)
        yield self._phone_numbers()
        yield self._contacts(now)
        yield self._conversations(now)
        yield self._messages(now)
        yield self._coverage()
        yield self._read_marks(now)
        yield self._meetings(now)
        yield self._read_log(now)

    def _accounts(self, now: int) -> Rows:
        columns = ("key", "provider", "user_id", "service", "status", "connected_at", "first_connected_at", "ordinal")
        read_at = ("phone_numbers_read_at", "contacts_read_at", "conversations_read_at", "meetings_read_at")
        rows = (
            (
                *(self.account_of(number), _PROVIDER, self.user_id, "JITSI", "CONNECTED", now, now, number + 1),
                *(now, now, now, now, 0, _FOR_EVER),
            )
            for number in range(self.accounts)
        )
        return Rows("accounts", (*columns, *read_at, "meetings_read_from", "meetings_read_to"), rows)

    def _phone_numbers(self) -> Rows:
        columns = ("account_key", "user_id", "external_id", "number", "e164", "owners", "ordinal")
        rows = (
            (self.account_of(number), self.user_id, _name("number", number), _number(number), _number(number), "[]", 0)
            for number in range(self.accounts)
        )
        return Rows("phone_numbers", columns, rows)

    def _contacts(self, now: int) -> Rows:
        columns = ("account_key", "user_id", "external_id", "number", "e164", "digits", "first_name", "last_name")
        derived = ("sort_last", "sort_first", "search", "synced_at", "written_at", "ordinal")
        rows = (
            (
                *(self.account_of(number), self.user_id, _name("contact", number), _number(number), _number(number)),
                *(_number(number)[1:], "Contact", f"Moor {number}"),
                *(f"moor {number}", "contact", f"contact moor {number}", now, now, number + 1),
            )
            for number in range(self.conversations)
        )
        return Rows("contacts", (*columns, *derived), rows)

    def _conversations(self, now: int) -> Rows:
        columns = ("account_key", "user_id", "external_id", "contact_external_id", "from_number", "from_e164")
        more = ("from_digits", "has_history", "ordinal", "synced_at", "messages_read_at")
        activity = ("last_activity_at", "has_messages", "inbound_sorted_at", "inbound_external_id")
        rows = (
            (
                *(self.account_of(number), self.user_id, _name("conversation", number), _name("contact", number)),
                *(_number(0), _number(0), _number(0)[1:], False, number + 1, now, now),
                *(self._time(now, number, last), True),
                *(self._time(now, number, last - last % 2), f"message-{number}-{last - last % 2}"),
            )
            for number in range(self.conversations)
            for last in (self._messages_of(number) - 1,)
        )
        return Rows("conversations", (*columns, *more, *activity), rows)

    def _time(self, now: int, number: int, place: int) -> int:
        """Return the time of a message."""
        return now - _HOUR + place * self.conversations + number

    def _messages(self, now: int) -> Rows:
        columns = ("account_key", "user_id", "conversation_external_id", "external_id", "direction", "status", "text")
        more = ("search", "from_number", "to_number", "created_at", "sorted_at", "listed")
        rows = (
            (
                *(self.account_of(number), self.user_id, _name("conversation", number), f"message-{number}-{place}"),
                *(("OUTBOUND", "SENT") if place % 2 else ("INBOUND", "RECEIVED")),
                *(f"Message {place}", f"message {place}"),
                *(_number(0), _number(number), time, time, True),
            )
            for number in range(self.conversations)
            for place in range(self._messages_of(number))
            for time in (self._time(now, number, place),)
        )
        return Rows("messages", (*columns, *more), rows)

    def _messages_of(self, number: int) -> int:
        return self.long_messages if number == 0 else self.messages

    def _coverage(self) -> Rows:
        columns = ("account_key", "user_id", "conversation_external_id", "complete")
        rows = (
            (self.account_of(number), self.user_id, _name("conversation", number), True)
            for number in range(self.conversations)
        )
        return Rows("message_coverage", columns, rows)

    def _read_marks(self, now: int) -> Rows:
        """The user has read all but the last message of every conversation."""
        columns = ("user_id", "account_key", "conversation_external_id", "sorted_at", "external_id")
        rows = (
            (
                *(self.user_id, self.account_of(number), _name("conversation", number)),
                *(self._time(now, number, place), f"message-{number}-{place}"),
            )
            for number in range(self.conversations)
            for place in (self._messages_of(number) - 2,)
        )
        return Rows("read_marks", columns, rows)

    def _meetings(self, now: int) -> Rows:
        columns = ("scope", "external_id", "provider", "user_id", "account_key", "service", "kind", "start_time")
        more = ("duration", "join_url", "cancelled", "called_off", "revision", "title", "is_private", "participants")
        participants = orjson.dumps([_participant(number) for number in range(3)]).decode()
        month = timedelta(days=30) // timedelta(microseconds=1)
        rows = (
            (
                self.account_of(number),
                _name("meeting", number),
                *(_PROVIDER, self.user_id, self.account_of(number), "JITSI", "SCHEDULED"),
                *(now + _HOUR + number * (month // self.meetings), _HOUR // 2, f"https://meet.example.com/{number}"),
                *(False, False, 0, f"Meeting {number}", False, participants, True, f"meeting {number}", now, now, now),
            )
            for number in range(self.meetings)
        )
        return Rows(
            "meetings", (*columns, *more, "detailed", "search", "details_read_at", "synced_at", "written_at"), rows
        )

    def _read_log(self, now: int) -> Rows:
        columns = ("provider", "kind", "source", "start_time", "end_time", "read_at")
        spans = {"phone_numbers": 0, "contacts": 0, "conversations": 0, "meetings": _FOR_EVER}
        of_accounts = (
            (_PROVIDER, kind, self.account_of(number), 0, end, now)
            for number in range(self.accounts)
            for kind, end in spans.items()
        )
        of_conversations = (
            (_PROVIDER, "messages", f"{self.account_of(number)}/{_name('conversation', number)}", 0, 0, now)
            for number in range(self.conversations)
        )
        return Rows("read_log", columns, (*of_accounts, *of_conversations))


async def build(world: World, url: str) -> None:
    """Make a store at a URL that has no tables yet, SQLite or PostgreSQL."""
    database = Database(url)
    await migrate(database)
    await database.aclose()
    if url.startswith("sqlite"):
        _fill_sqlite(world, Path(url.removeprefix("sqlite:///")))
    else:
        await _fill_postgresql(world, url)


def _fill_sqlite(world: World, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        for table, columns, rows in world.rows():
            places = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)


async def _fill_postgresql(world: World, url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for table, columns, rows in world.rows():
            await connection.copy_records_to_table(table, columns=columns, records=rows)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def postgresql_server() -> str | None:
    """Return the URL of the server that benchmarks may create databases on; None if no variable names one."""
    return os.environ.get("SWITCHBOARD_TEST_POSTGRES")


def _name(kind: str, number: int) -> str:
    return f"{kind}-{number}"


def _number(number: int) -> str:
    return f"+1202555{number % 10_000:04}"


def _participant(number: int) -> dict[str, str | None]:
    return {
        "email": f"person{number}@example.com",
        "first_name": "Person",
        "last_name": None,
        "user_id": None,
        "response": "ACCEPTED",
    }
