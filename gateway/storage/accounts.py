"""Accounts: connections of users to providers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, false, or_, select, true

from gateway.storage.database import Database, Transaction
from gateway.storage.matching import among, json_item, named_rows, rows_text
from gateway.storage.rows import Keyset, Listing, narrowed, next_ordinal, upsert
from gateway.storage.tables import accounts
from gateway.storage.values import from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import AccountCriteria
from providers.domain.entities import Account, AccountStatus, MeetingService
from providers.domain.pages import Page, PageRequest

_BY_KEY = select(accounts).where(accounts.c.key.in_(select(json_item(named_rows("keys"), 0))))
"""Those with these `keys`. It is built once: building it takes longer than running it."""

_BY_KEY_OF_USER = _BY_KEY.where(accounts.c.user_id == bindparam("of_user"))


class Accounts:
    """In the order of their creation. A CONNECTED account that is past its `expires_at` is read as EXPIRED."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._now = now
        self._list = Listing(database, Keyset(accounts, (accounts.c.ordinal,)), self._model)

    async def put(self, transaction: Transaction, account: Account) -> None:
        """Store an account. A user can't have two accounts with the same external id at one provider."""
        ordinal = await next_ordinal(transaction, accounts)
        await upsert(transaction, accounts, [{**_row(account), "ordinal": ordinal}], keep=("ordinal",))

    async def get_many(
        self, visibility: Visibility, keys: Sequence[str], transaction: Transaction | None = None
    ) -> list[Account | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        wanted = {"keys": rows_text((key,) for key in keys)}
        if visibility.user_id is None:
            models = await self._list.sent(_BY_KEY, wanted, transaction)
        else:
            models = await self._list.sent(_BY_KEY_OF_USER, {**wanted, "of_user": visibility.user_id}, transaction)
        found = {account.key: account for account in models}
        return [found.get(key) for key in keys]

    async def page(self, visibility: Visibility, criteria: AccountCriteria, request: PageRequest) -> Page[Account]:
        return await self._list.page(and_(visibility.visible(accounts), self._matching(criteria)), request)

    async def all(self, visibility: Visibility, criteria: AccountCriteria) -> list[Account]:
        """Return all accounts that match, however many."""
        return await self._list.all(and_(visibility.visible(accounts), self._matching(criteria)))

    async def all_connected(self, provider: str) -> list[Account]:
        """Return the connected accounts of every user at a provider."""
        return await self._list.where(and_(accounts.c.provider == provider, self._has_status(AccountStatus.CONNECTED)))

    async def all_expired(self, provider: str) -> list[Account]:
        """Return the expired accounts of every user at a provider."""
        return await self._list.where(and_(accounts.c.provider == provider, self._has_status(AccountStatus.EXPIRED)))

    async def find(
        self, provider: str, user_id: str, external_id: str, transaction: Transaction | None = None
    ) -> Account | None:
        """Return the user's account with this id at the provider."""
        of_user = and_(accounts.c.provider == provider, accounts.c.user_id == user_id)
        found = await self._list.where(and_(of_user, accounts.c.external_id == external_id), transaction)
        return found[0] if found else None

    async def with_external_id(
        self, provider: str, external_id: str, transaction: Transaction | None = None
    ) -> list[Account]:
        """Return the accounts of all users with this id at the provider."""
        known_as = and_(accounts.c.provider == provider, accounts.c.external_id == external_id)
        return await self._list.where(known_as, transaction)

    def _matching(self, criteria: AccountCriteria) -> ColumnElement[bool]:
        providers, users, services = criteria.providers, criteria.user_ids, criteria.services
        return narrowed(
            true(),
            None if providers is None else among(accounts.c.provider, providers),
            None if users is None else among(accounts.c.user_id, users),
            None if services is None else among(accounts.c.service, [service.value for service in services]),
            None if criteria.statuses is None else or_(false(), *map(self._has_status, criteria.statuses)),
        )

    def _has_status(self, status: AccountStatus) -> ColumnElement[bool]:
        """Return the predicate for a status, by the same rule as `_model`."""
        stored = accounts.c.status == status.value
        connected = accounts.c.status == AccountStatus.CONNECTED.value
        past = and_(accounts.c.expires_at.is_not(None), accounts.c.expires_at <= to_microseconds(self._now()))
        if status is AccountStatus.CONNECTED:
            return and_(stored, ~past)
        return or_(stored, and_(connected, past)) if status is AccountStatus.EXPIRED else stored

    def _model(self, row: Row[Any]) -> Account:
        status = AccountStatus(row.status)
        expires_at = from_microseconds(row.expires_at)
        is_past = expires_at is not None and expires_at <= self._now()
        return Account(
            key=row.key,
            provider=row.provider,
            user_id=row.user_id,
            external_id=row.external_id,
            service=None if row.service is None else MeetingService(row.service),
            status=AccountStatus.EXPIRED if is_past and status is AccountStatus.CONNECTED else status,
            connected_at=from_microseconds(row.connected_at),
            first_connected_at=from_microseconds(row.first_connected_at),
            expires_at=expires_at,
        )


def _row(account: Account) -> dict[str, Any]:
    return {
        "key": account.key,
        "provider": account.provider,
        "user_id": account.user_id,
        "external_id": account.external_id,
        "service": account.service and account.service.value,
        "status": account.status.value,
        "connected_at": to_microseconds(account.connected_at),
        "first_connected_at": to_microseconds(account.first_connected_at),
        "expires_at": to_microseconds(account.expires_at),
    }
