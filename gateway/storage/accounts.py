"""Accounts: connections of users to providers."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.page_sql import Columns, Parents
from gateway.storage.prepared import NEVER, Condition, Row, all_of, among, rows_text
from gateway.storage.read_cache import ReadCache
from gateway.storage.rows import Keyset, next_ordinal, upsert
from gateway.storage.tables import NEVER_DUE, accounts
from gateway.storage.values import from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import AccountCriteria
from providers.domain.entities import Account, AccountStatus, MeetingService
from providers.domain.pages import Page, PageRequest

READABLE = (AccountStatus.CONNECTED, AccountStatus.EXPIRED)
"""Statuses of accounts whose provider is called. If it refuses an expired one, stored results are served as stale."""

AccountList = Literal["phone_numbers", "contacts", "conversations"]
"""A list that is read for each account as a whole. Its last read is a column of the account."""

_KEPT = ("ordinal", *(column.name for column in accounts.c if "_read_" in column.name))
_IS_READABLE = Condition(f"accounts.status IN ({', '.join(repr(status.value) for status in READABLE)})")
_STATUSES = {each.value: each for each in AccountStatus}
_SERVICES: dict[str | None, MeetingService | None] = {None: None, **{each.value: each for each in MeetingService}}


def readable_among(account_keys: Sequence[str] | None) -> Condition | None:
    """Return the condition for rows of readable accounts; None for those of given accounts, which are readable."""
    return _IS_READABLE if account_keys is None else None


@dataclass(frozen=True, slots=True)
class AccountRows:
    """Conversion of rows to accounts. A CONNECTED account that is past its `expires_at` is read as EXPIRED.

    So what is cached ends with the first that expires.
    """

    columns: ClassVar[Columns] = (
        accounts.c.key,
        accounts.c.provider,
        accounts.c.user_id,
        accounts.c.external_id,
        accounts.c.service,
        accounts.c.status,
        accounts.c.connected_at,
        accounts.c.first_connected_at,
        accounts.c.expires_at,
        accounts.c.ordinal,
    )

    cache: ReadCache
    now: Callable[[], datetime]

    def model(self, row: Row) -> Account:
        key, provider, user_id, external_id, service, stored, connected_at, first_connected_at, expiry, *_ = row
        status, expires_at = _STATUSES[stored], from_microseconds(expiry)
        is_past = expires_at is not None and expires_at <= self.now()
        if expires_at is not None and not is_past:
            self.cache.end_at(expires_at)
        return Account(
            key=key,
            provider=provider,
            user_id=user_id,
            external_id=external_id,
            service=_SERVICES[service],
            status=AccountStatus.EXPIRED if is_past and status is AccountStatus.CONNECTED else status,
            connected_at=from_microseconds(connected_at),
            first_connected_at=from_microseconds(first_connected_at),
            expires_at=expires_at,
        )


class Accounts:
    """In the order of their creation."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._now = now
        self._database = database
        self._rows = AccountRows(database.cache, now)
        keyset = Keyset(accounts, (accounts.c.ordinal,))
        self._table = EntityTable(database, keyset, self._rows.columns, self._rows.model)
        of_all, of_user = _due_meetings(""), _due_meetings("accounts.user_id = :viewer AND")
        self._due_meetings = database.dialect.statement(of_all), database.dialect.statement(of_user)

    async def put(self, transaction: Transaction, account: Account) -> None:
        """Store an account. A user can't have two accounts with the same external id at one provider.

        Its conversations are due only while its provider can be called: otherwise every list would pass over them.
        """
        ordinal = await next_ordinal(transaction, accounts)
        await upsert(transaction, accounts, [{**_row(account), "ordinal": ordinal}], keep=_KEPT)
        dated = _DUE_AGAIN if account.status in READABLE else _NO_LONGER_DUE
        await transaction.change(dated, {"account_key": account.key})

    async def get_many(
        self, visibility: Visibility, keys: Sequence[str], transaction: Transaction | None = None
    ) -> list[Account | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        visible = all_of(visibility.check(accounts))
        unique = [(key,) for key in keys]
        found = await self._table.get_many((accounts.c.key,), unique, *visible, transaction=transaction)
        return [found.get(key) for key in unique]

    async def page(self, visibility: Visibility, criteria: AccountCriteria, request: PageRequest) -> Page[Account]:
        conditions = all_of(visibility.condition(accounts), *self._matching(criteria))
        return await self._table.page(conditions, request)

    async def all(self, visibility: Visibility, criteria: AccountCriteria) -> list[Account]:
        """Return all accounts that match, however many."""
        return await self._table.all(*all_of(visibility.condition(accounts), *self._matching(criteria)))

    async def due(
        self, visibility: Visibility, list_: AccountList, providers: Sequence[str], read_until: datetime
    ) -> Sequence[Account]:
        """Return readable accounts of providers whose list may not have been read since `read_until`: see `tables`.

        In no order.
        """
        is_due = Condition(f"accounts.{list_}_read_at <= :until", {"until": to_microseconds(read_until)})
        conditions = all_of(visibility.condition(accounts), _IS_READABLE, is_due)
        return await self._table.unordered(*conditions, parents=_of_providers(providers))

    async def due_meetings(
        self,
        visibility: Visibility,
        providers: Sequence[str],
        user_ids: Sequence[str] | None,
        span: tuple[datetime, datetime],
        read_until: datetime,
    ) -> list[Account]:
        """Return readable accounts of providers whose meetings in a span may not have been read since `read_until`.

        A row knows the last span that was read. In no order; of the users, or of all.
        """
        start, end = map(to_microseconds, span)
        of_all, of_user = self._due_meetings
        visible = visibility.condition(accounts)
        values = {
            "providers": rows_text((each,) for each in providers),
            "until": to_microseconds(read_until),
            "start": start,
            "end": end,
        }
        rows = await self._database.fetch(
            of_all if visible is None else of_user, values if visible is None else {**values, **visible.values}
        )
        found = map(self._rows.model, rows)
        return [each for each in found if user_ids is None or each.user_id in user_ids]

    async def are_all_among(
        self,
        visibility: Visibility,
        providers: Sequence[str],
        keys: Collection[str],
        user_ids: Sequence[str] | None = None,
    ) -> bool:
        """Return whether there are no other readable accounts of the providers and users than those with the keys."""
        of = _among_providers(providers), _among_users(user_ids)
        conditions = all_of(visibility.condition(accounts), _IS_READABLE, *of)
        page = await self._table.page(conditions, PageRequest(limit=len(keys)))
        return not page.has_next and all(each.key in keys for each in page.nodes)

    async def all_connected(self, provider: str) -> list[Account]:
        """Return the connected accounts of every user at a provider."""
        return await self._table.where(_at(provider), self._has_status((AccountStatus.CONNECTED,)))

    async def all_expired(self, provider: str) -> list[Account]:
        """Return the expired accounts of every user at a provider."""
        return await self._table.where(_at(provider), self._has_status((AccountStatus.EXPIRED,)))

    async def find(
        self, provider: str, user_id: str, external_id: str, transaction: Transaction | None = None
    ) -> Account | None:
        """Return the user's account with this id at the provider."""
        unique = (accounts.c.provider, accounts.c.user_id, accounts.c.external_id)
        key = (provider, user_id, external_id)
        return (await self._table.get_many(unique, [key], transaction=transaction)).get(key)

    async def with_external_id(
        self, provider: str, external_id: str, transaction: Transaction | None = None
    ) -> list[Account]:
        """Return the accounts of all users with this id at the provider."""
        known_as = among("accounts.external_id", "external_ids", [external_id])
        return await self._table.where(_at(provider), known_as, transaction=transaction)

    def _matching(self, criteria: AccountCriteria) -> tuple[Condition, ...]:
        providers, users, services = criteria.providers, criteria.user_ids, criteria.services
        return all_of(
            None if providers is None else _among_providers(providers),
            _among_users(users),
            None if services is None else among("accounts.service", "services", [each.value for each in services]),
            None if criteria.statuses is None else self._has_status(criteria.statuses),
        )

    def _has_status(self, statuses: Sequence[AccountStatus]) -> Condition:
        """Return the condition for statuses, by the same rule as `AccountRows`."""
        meaning = [_STATUS[each] for each in AccountStatus if each in statuses]
        if not meaning:
            return NEVER
        return Condition(" OR ".join(f"({each})" for each in meaning), {"now": to_microseconds(self._now())})


def _due_meetings(of_viewer: str) -> str:
    """Return the text of the read of accounts whose meetings are due, for each reason by an index of its own.

    As alternatives of one search, SQLite would take one of the indexes and go through all accounts by it.
    """
    reasons = ("meetings_read_at <= :until", "meetings_read_from > :start", "meetings_read_to < :end")
    due = " UNION ".join(
        "SELECT accounts.key FROM rows(:providers) AS given CROSS JOIN accounts"
        f" WHERE {of_viewer} accounts.provider = item(given, 0) AND {_IS_READABLE.sql} AND accounts.{reason}"
        for reason in reasons
    )
    columns = ", ".join(map(str, AccountRows.columns))
    return f"SELECT {columns} FROM ({due}) AS due CROSS JOIN accounts WHERE accounts.key = due.key"


_NO_LONGER_DUE = f"""
    UPDATE conversations SET messages_read_at = {NEVER_DUE}
    WHERE account_key = :account_key AND messages_read_at < {NEVER_DUE}
"""
_DUE_AGAIN = f"""
    UPDATE conversations SET messages_read_at = 0
    WHERE account_key = :account_key AND messages_read_at = {NEVER_DUE}
"""

_IS_PAST = "(accounts.expires_at IS NOT NULL AND accounts.expires_at <= :now)"
_STATUS = {
    AccountStatus.PENDING: "accounts.status = 'PENDING'",
    AccountStatus.CONNECTED: f"accounts.status = 'CONNECTED' AND NOT {_IS_PAST}",
    AccountStatus.EXPIRED: f"accounts.status = 'EXPIRED' OR (accounts.status = 'CONNECTED' AND {_IS_PAST})",
    AccountStatus.DISCONNECTED: "accounts.status = 'DISCONNECTED'",
}


def _at(provider: str) -> Condition:
    return Condition("accounts.provider = :provider", {"provider": provider})


def _among_providers(providers: Sequence[str]) -> Condition:
    return among("accounts.provider", "providers", providers)


def _among_users(user_ids: Sequence[str] | None) -> Condition | None:
    return None if user_ids is None else among("accounts.user_id", "users", user_ids)


def _of_providers(providers: Sequence[str]) -> Parents[Any]:
    return Parents((accounts.c.provider,), [(each,) for each in providers])


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
