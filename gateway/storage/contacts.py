"""Contacts as last fetched."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.storage.accounts import AccountRows
from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.matching import folded, holds, sort_key
from gateway.storage.page_sql import Join, Parents
from gateway.storage.prepared import Row, all_of, rows_text
from gateway.storage.rows import Change, Keyset, ordinals, upsert
from gateway.storage.tables import contacts
from gateway.storage.values import cleaned, from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ContactCriteria, ObjectKey
from providers.domain.entities import Account, Contact
from providers.domain.errors import BadUserInput
from providers.domain.pages import Page, PageRequest, Position
from providers.domain.phone import HOME_REGION, digits, e164

_KEY = (contacts.c.account_key, contacts.c.external_id)
_BY_NAME = (contacts.c.sort_last, contacts.c.sort_first, contacts.c.external_id, contacts.c.account_key)
_COLUMNS = (
    contacts.c.account_key,
    contacts.c.external_id,
    contacts.c.number,
    contacts.c.e164,
    contacts.c.first_name,
    contacts.c.last_name,
    contacts.c.synced_at,
    contacts.c.sort_last,
    contacts.c.sort_first,
    contacts.c.ordinal,
)

_DELETE_OTHERS = f"""
    DELETE FROM contacts
    WHERE account_key = :account_key AND written_at < :seen_before
    AND external_id NOT IN (SELECT item(given, 0) FROM rows(:seen) AS given)
    RETURNING {", ".join(column.name for column in _COLUMNS)}
"""
_COUNT = "SELECT count(*) FROM contacts WHERE account_key = :account_key"
_END_OF_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Replacement:
    """The effect of storing all contacts of an account: those that are new or changed, and those that were deleted."""

    changes: list[Change[Contact]]
    removed: list[Contact]


class Contacts:
    """The last ones that were stored for the first time come first; or by last name, first name, external id.

    A position by name may be shortened to its last two values: names are long. Then it is valid while the contact
    exists, and follows a contact that is renamed.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._now = now
        keyset = Keyset(contacts, (contacts.c.ordinal,), descending=True)
        self._table = EntityTable(database, keyset, _COLUMNS, _model)
        by_name = Keyset(contacts, _BY_NAME)
        self._by_name = EntityTable(database, by_name, _COLUMNS, _model)
        self._places_by_name = EntityTable(database, by_name, _COLUMNS, _place_by_name)
        with_account = _WithAccount(AccountRows(database.cache, now))
        join = Join(AccountRows.columns, "accounts.key = contacts.account_key")
        self._with_account = EntityTable(database, keyset, _COLUMNS, with_account.model, join)

    async def put(self, transaction: Transaction, seen: Sequence[Contact]) -> list[Change[Contact]]:
        """Store contacts; return those that are new or changed.

        Of several new ones, the first of `seen` comes first in the list. Known ones stay at their places.
        """
        known = await self._table.get_many(_KEY, [each.key for each in seen], transaction=transaction)
        latest = {contact.key: cleaned(contact) for contact in seen}
        written_at = to_microseconds(self._now())
        places = await ordinals(transaction, contacts, latest, known)
        rows = [
            {**_row(one), "written_at": written_at, "ordinal": ordinal}
            for one, ordinal in zip(latest.values(), places, strict=True)
        ]
        await upsert(transaction, contacts, rows, keep=("ordinal",))
        return [
            Change(contact, is_new=key not in known)
            for key, contact in latest.items()
            if key not in known or replace(known[key], synced_at=contact.synced_at) != contact
        ]

    async def replace_all(
        self, transaction: Transaction, account_key: str, seen: Sequence[Contact], seen_before: datetime | None = None
    ) -> Replacement:
        """Store all contacts of an account, and delete others that were written before `seen_before`."""
        gone = {
            "account_key": account_key,
            "seen_before": _END_OF_TIME if seen_before is None else to_microseconds(seen_before),
            "seen": rows_text((contact.external_id,) for contact in seen),
        }
        removed = await self._table.database.select(_DELETE_OTHERS, gone, transaction)
        return Replacement(await self.put(transaction, seen), [*map(_model, removed)])

    async def count_of_account(self, transaction: Transaction, account_key: str) -> int:
        """Return the number of an account's contacts."""
        ((count,),) = await self._table.database.select(_COUNT, {"account_key": account_key}, transaction)
        return int(count)

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Contact | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        visible = all_of(visibility.check(contacts))
        found = await self._table.get_many(_KEY, keys, *visible, transaction=transaction)
        return [found.get(key) for key in keys]

    async def page_positions(self, visibility: Visibility, keys: Sequence[ObjectKey]) -> list[Position | None]:
        """Return the positions in pages, in the order of the keys; None if unknown or not visible."""
        found = await self._table.positions(_KEY, keys, *all_of(visibility.check(contacts)))
        return [found.get(key) for key in keys]

    async def with_accounts(
        self, visibility: Visibility, keys: Sequence[ObjectKey]
    ) -> Mapping[ObjectKey, tuple[Account, Contact]]:
        """Return contacts by key, each with its account, without those that are unknown or not visible."""
        return await self._with_account.get_many(_KEY, keys, *all_of(visibility.check(contacts)))

    async def page(self, visibility: Visibility, criteria: ContactCriteria, request: PageRequest) -> Page[Contact]:
        parents: Parents[Any] | None
        if criteria.number is not None:
            parents = await self._with_number(visibility, criteria.number, criteria.account_keys)
        else:
            keys = criteria.account_keys
            parents = None if keys is None else Parents((contacts.c.account_key,), [(key,) for key in keys])
        visible = visibility.condition(contacts) if parents is None else visibility.check(contacts)
        text = None if criteria.text is None else holds("contacts.search", criteria.text)
        if not criteria.by_name:
            return await self._table.page(all_of(visible, text), request, parents)
        in_order = await self._in_order(visibility, request)
        return await self._by_name.page(all_of(visible, text), in_order, parents)

    async def _in_order(self, visibility: Visibility, request: PageRequest) -> PageRequest:
        """Return the request with whole positions. Raise BadUserInput if one is shortened and its contact is gone."""
        keys = [key for key in map(_key_in, (request.after, request.before)) if key is not None]
        if not keys:
            return request
        places = await self._places_by_name.get_many(_KEY, keys, *all_of(visibility.check(contacts)))
        after = _place_in_order("after", request.after, places)
        return request._replace(after=after, before=_place_in_order("before", request.before, places))

    async def _with_number(
        self, visibility: Visibility, number: str, account_keys: Sequence[str] | None
    ) -> Parents[ObjectKey]:
        """Return the contacts with a number, each as the parent of itself (see `same_number`).

        They are few. In one statement with their order, the database would look for them through the whole list.
        """
        visible = all_of(visibility.check(contacts))
        found: dict[ObjectKey, Contact] = {}
        for column, value in ((contacts.c.e164, e164(number, HOME_REGION)), (contacts.c.digits, digits(number))):
            if value and digits(number):
                same = Parents((column,), [(value,)])
                found |= {each.key: each for each in await self._table.unordered(*visible, parents=same)}
        return Parents(_KEY, [key for key in found if account_keys is None or key[0] in account_keys])


def _key_in(position: Position | None) -> ObjectKey | None:
    """Return the key of the contact of a shortened position; None for a whole one."""
    if position is None or len(position) != len(_KEY):
        return None
    external_id, account_key = map(str, position)
    return account_key, external_id


def _place_in_order(name: str, position: Position | None, places: Mapping[ObjectKey, Position]) -> Position | None:
    key = _key_in(position)
    if key is None:
        return position
    if key not in places:
        raise BadUserInput(f"{name}: the contact of this cursor no longer exists.", path=(name,))
    return places[key]


def _place_by_name(row: Row) -> Position:
    account_key, external_id, *_, sort_last, sort_first, _ordinal = row[: len(_COLUMNS)]
    return sort_last, sort_first, external_id, account_key


def _row(contact: Contact) -> dict[str, Any]:
    return {
        "account_key": contact.account_key,
        "external_id": contact.external_id,
        "number": contact.number,
        "e164": contact.e164,
        "digits": digits(contact.number),
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "sort_last": sort_key(contact.last_name),
        "sort_first": sort_key(contact.first_name),
        "search": folded(contact.first_name, contact.last_name, contact.number, contact.e164),
        "synced_at": to_microseconds(contact.synced_at),
    }


@dataclass(frozen=True, slots=True)
class _WithAccount:
    accounts: AccountRows

    def model(self, row: Row) -> tuple[Account, Contact]:
        return self.accounts.model(row[len(_COLUMNS) :]), _model(row)


def _model(row: Row) -> Contact:
    account_key, external_id, number, e164, first_name, last_name, synced_at, *_ = row
    return Contact(
        account_key=account_key,
        external_id=external_id,
        number=number,
        e164=e164,
        synced_at=from_microseconds(synced_at),
        first_name=first_name,
        last_name=last_name,
    )
