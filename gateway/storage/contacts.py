"""Contacts as last fetched."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select, true

from gateway.storage.database import Database, Transaction
from gateway.storage.matching import (
    among,
    among_named_pairs,
    digits,
    folded,
    holds,
    rows_text,
    same_number,
    sort_key,
)
from gateway.storage.rows import Change, Keyset, Listing, narrowed, upsert
from gateway.storage.tables import contacts
from gateway.storage.values import cleaned, from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ContactCriteria, ObjectKey
from providers.domain.entities import Contact
from providers.domain.pages import Page, PageRequest

_KEY = (contacts.c.account_key, contacts.c.external_id)
_KNOWN = select(contacts).where(among_named_pairs(_KEY, "keys"))
"""Those with these `keys`. It is built once: building it takes longer than running it."""

_ORDER = (contacts.c.sort_last, contacts.c.sort_first, contacts.c.external_id, contacts.c.account_key)


class Contacts:
    """In the order of last name, first name, external id."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._now = now
        self._list = Listing(database, Keyset(contacts, _ORDER), _model)

    async def put(self, transaction: Transaction, seen: Sequence[Contact]) -> list[Change[Contact]]:
        """Store contacts; return those that are new or changed."""
        known = {contact.key: contact for contact in await self._known(transaction, seen)}
        latest = {contact.key: cleaned(contact) for contact in seen}
        written_at = to_microseconds(self._now())
        await upsert(transaction, contacts, [{**_row(one), "written_at": written_at} for one in latest.values()])
        return [
            Change(contact, is_new=key not in known)
            for key, contact in latest.items()
            if key not in known or replace(known[key], synced_at=contact.synced_at) != contact
        ]

    async def replace_all(
        self, transaction: Transaction, account_key: str, seen: Sequence[Contact], seen_before: datetime | None = None
    ) -> list[Change[Contact]]:
        """Store all contacts of an account, and delete others that were written before `seen_before`."""
        gone = narrowed(
            contacts.c.account_key == account_key,
            None if seen_before is None else contacts.c.written_at < to_microseconds(seen_before),
            ~among(contacts.c.external_id, [contact.external_id for contact in seen]),
        )
        await transaction.execute(delete(contacts).where(gone))
        return await self.put(transaction, seen)

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Contact | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        return await self._list.by_pair(_KEY, keys, visibility.visible(contacts), transaction)

    async def page(self, visibility: Visibility, criteria: ContactCriteria, request: PageRequest) -> Page[Contact]:
        return await self._list.page(and_(visibility.visible(contacts), _matching(criteria)), request)

    async def _known(self, transaction: Transaction, seen: Sequence[Contact]) -> list[Contact]:
        return await self._list.sent(_KNOWN, {"keys": rows_text(each.key for each in seen)}, transaction)


def _matching(criteria: ContactCriteria) -> ColumnElement[bool]:
    keys, number, text = criteria.account_keys, criteria.number, criteria.text
    return narrowed(
        true(),
        None if keys is None else among(contacts.c.account_key, keys),
        None if number is None else same_number(contacts.c.e164, contacts.c.digits, number),
        None if text is None else holds(contacts.c.search, text),
    )


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


def _model(row: Row[Any]) -> Contact:
    return Contact(
        account_key=row.account_key,
        external_id=row.external_id,
        number=row.number,
        e164=row.e164,
        synced_at=from_microseconds(row.synced_at),
        first_name=row.first_name,
        last_name=row.last_name,
    )
