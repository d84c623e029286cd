"""Tickets of connections that a browser completes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.prepared import Row
from gateway.storage.rows import Keyset, insert
from gateway.storage.tables import connect_tickets
from gateway.storage.values import from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectTicket:
    """A ticket is started once, and is then bound to a browser by a nonce. Both are stored as hashes."""

    ticket_hash: str
    account_key: str
    created_at: datetime
    browser_nonce_hash: str | None = None
    return_url: str | None = None
    started_at: datetime | None = None
    used_at: datetime | None = None


_COLUMNS = (
    connect_tickets.c.ticket_hash,
    connect_tickets.c.account_key,
    connect_tickets.c.browser_nonce_hash,
    connect_tickets.c.return_url,
    connect_tickets.c.created_at,
    connect_tickets.c.started_at,
    connect_tickets.c.used_at,
)
_START = """
    UPDATE connect_tickets SET browser_nonce_hash = :browser_nonce_hash, started_at = :at
    WHERE ticket_hash = :ticket_hash AND started_at IS NULL
"""
_USE = """
    UPDATE connect_tickets SET used_at = :at
    WHERE ticket_hash = :ticket_hash AND browser_nonce_hash = :browser_nonce_hash AND used_at IS NULL
"""
_FORGET = "DELETE FROM connect_tickets WHERE created_at < :before"


class ConnectTickets:
    def __init__(self, database: Database) -> None:
        keyset = Keyset(connect_tickets, (connect_tickets.c.created_at, connect_tickets.c.ticket_hash))
        self._table = EntityTable(database, keyset, _COLUMNS, _model)

    async def create(self, transaction: Transaction, ticket: ConnectTicket) -> None:
        await insert(transaction, connect_tickets, [_row(ticket)])

    async def find(self, ticket_hash: str, transaction: Transaction | None = None) -> ConnectTicket | None:
        key = (ticket_hash,)
        found = await self._table.get_many((connect_tickets.c.ticket_hash,), [key], transaction=transaction)
        return found.get(key)

    async def start(
        self, transaction: Transaction, ticket_hash: str, browser_nonce_hash: str, at: datetime
    ) -> ConnectTicket | None:
        """Bind a ticket to a browser; return None if it is unknown or already bound."""
        return await self._change(_START, transaction, ticket_hash, browser_nonce_hash, at)

    async def use(
        self, transaction: Transaction, ticket_hash: str, browser_nonce_hash: str, at: datetime
    ) -> ConnectTicket | None:
        """Mark a ticket as used; return None if it is bound to another browser or was used before."""
        return await self._change(_USE, transaction, ticket_hash, browser_nonce_hash, at)

    async def forget(self, transaction: Transaction, before: datetime) -> None:
        """Delete tickets that were created before a time."""
        await transaction.change(_FORGET, {"before": to_microseconds(before)})

    async def _change(
        self, sql: str, transaction: Transaction, ticket_hash: str, browser_nonce_hash: str, at: datetime
    ) -> ConnectTicket | None:
        ticket = {"ticket_hash": ticket_hash, "browser_nonce_hash": browser_nonce_hash, "at": to_microseconds(at)}
        return await self.find(ticket_hash, transaction) if await transaction.change(sql, ticket) == 1 else None


def _row(ticket: ConnectTicket) -> dict[str, Any]:
    return {
        "ticket_hash": ticket.ticket_hash,
        "account_key": ticket.account_key,
        "browser_nonce_hash": ticket.browser_nonce_hash,
        "return_url": ticket.return_url,
        "created_at": to_microseconds(ticket.created_at),
        "started_at": to_microseconds(ticket.started_at),
        "used_at": to_microseconds(ticket.used_at),
    }


def _model(row: Row) -> ConnectTicket:
    ticket_hash, account_key, browser_nonce_hash, return_url, created_at, started_at, used_at, *_ = row
    return ConnectTicket(
        ticket_hash=ticket_hash,
        account_key=account_key,
        browser_nonce_hash=browser_nonce_hash,
        return_url=return_url,
        created_at=from_microseconds(created_at),
        started_at=from_microseconds(started_at),
        used_at=from_microseconds(used_at),
    )
