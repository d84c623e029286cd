"""Tickets of connections that a browser completes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, insert, update

from gateway.storage.database import Database, Transaction
from gateway.storage.rows import Keyset, OrderedRows
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


class ConnectTickets:
    def __init__(self, database: Database) -> None:
        order = (connect_tickets.c.created_at, connect_tickets.c.ticket_hash)
        self._list = OrderedRows(database, Keyset(connect_tickets, order), _model)

    async def create(self, transaction: Transaction, ticket: ConnectTicket) -> None:
        await transaction.execute(insert(connect_tickets), _row(ticket))

    async def find(self, ticket_hash: str, transaction: Transaction | None = None) -> ConnectTicket | None:
        found = await self._list.where(connect_tickets.c.ticket_hash == ticket_hash, transaction)
        return found[0] if found else None

    async def start(
        self, transaction: Transaction, ticket_hash: str, browser_nonce_hash: str, at: datetime
    ) -> ConnectTicket | None:
        """Bind a ticket to a browser; return None if it is unknown or already bound."""
        unbound = and_(connect_tickets.c.ticket_hash == ticket_hash, connect_tickets.c.started_at.is_(None))
        values = {"browser_nonce_hash": browser_nonce_hash, "started_at": to_microseconds(at)}
        bound = await transaction.execute(update(connect_tickets).where(unbound).values(values))
        return await self.find(ticket_hash, transaction) if bound.rowcount == 1 else None

    async def use(
        self, transaction: Transaction, ticket_hash: str, browser_nonce_hash: str, at: datetime
    ) -> ConnectTicket | None:
        """Mark a ticket as used; return None if it is bound to another browser or was used before."""
        unused = and_(
            connect_tickets.c.ticket_hash == ticket_hash,
            connect_tickets.c.browser_nonce_hash == browser_nonce_hash,
            connect_tickets.c.used_at.is_(None),
        )
        used = await transaction.execute(update(connect_tickets).where(unused).values(used_at=to_microseconds(at)))
        return await self.find(ticket_hash, transaction) if used.rowcount == 1 else None

    async def forget(self, transaction: Transaction, before: datetime) -> None:
        """Delete tickets that were created before a time."""
        await transaction.execute(delete(connect_tickets).where(connect_tickets.c.created_at < to_microseconds(before)))


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


def _model(row: Row[Any]) -> ConnectTicket:
    return ConnectTicket(
        ticket_hash=row.ticket_hash,
        account_key=row.account_key,
        browser_nonce_hash=row.browser_nonce_hash,
        return_url=row.return_url,
        created_at=from_microseconds(row.created_at),
        started_at=from_microseconds(row.started_at),
        used_at=from_microseconds(row.used_at),
    )
