"""Tickets: bind the connection of an account to the browser that began it.

A ticket is the secret in an authorizationUrl. The first browser that opens the URL is bound to it by a cookie. The
provider's callback carries no proof of its origin (no `state`), so the cookie identifies the account that it is for.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from gateway.storage import ConnectTicket, Store, Transaction
from providers.domain.entities import Account
from providers.domain.text import can_identify

LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class TicketIssuer:
    """Issues and checks tickets. The store has only hashes of their secrets."""

    store: Store
    public_url: str
    now: Callable[[], datetime]

    async def issue(self, transaction: Transaction, account: Account, return_url: str | None) -> str:
        """Return the authorizationUrl of a PENDING account: our own start page, with a new ticket."""
        ticket = secrets.token_urlsafe(32)
        await self.store.connect_tickets.create(
            transaction,
            ConnectTicket(
                ticket_hash=_hash(ticket),
                account_key=account.key,
                return_url=return_url,
                created_at=self.now(),
            ),
        )
        return f"{self.public_url}/connect/{account.provider}/start?{urlencode({'ticket': ticket})}"

    async def start(self, ticket: str, cookie: str = "") -> tuple[ConnectTicket, str] | None:
        """Bind the ticket to a browser; return it and the cookie, or None if it is unknown, used or too old.

        The browser that it is bound to, as `cookie` proves, may start again.
        """
        bound = await self.find(cookie)
        if bound is not None and bound.ticket_hash == _hash(ticket):
            return bound, cookie
        nonce = secrets.token_urlsafe(32)
        async with self.store.write() as transaction:
            started = await self.store.connect_tickets.start(transaction, _hash(ticket), _hash(nonce), self.now())
        if started is None or self._is_old(started):
            return None
        return started, f"{started.ticket_hash}.{nonce}"

    async def find(self, cookie: str) -> ConnectTicket | None:
        """Return the started, unused ticket of the browser that has the cookie."""
        ticket_hash, _, nonce = cookie.partition(".")
        if not can_identify(cookie):  # a quoted cookie may contain any byte (RFC 6265, section 5.4)
            return None
        ticket = await self.store.connect_tickets.find(ticket_hash)
        if ticket is None or ticket.browser_nonce_hash is None or ticket.used_at is not None or self._is_old(ticket):
            return None
        return ticket if secrets.compare_digest(ticket.browser_nonce_hash, _hash(nonce)) else None

    async def use(self, transaction: Transaction, ticket: ConnectTicket) -> bool:
        """Mark the ticket as used; return False if it was used before."""
        nonce_hash = ticket.browser_nonce_hash or ""
        used = await self.store.connect_tickets.use(transaction, ticket.ticket_hash, nonce_hash, self.now())
        return used is not None

    def _is_old(self, ticket: ConnectTicket) -> bool:
        return self.now() - ticket.created_at > LIFETIME


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
