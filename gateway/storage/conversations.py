"""Conversations as last fetched."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select, true

from gateway.storage.database import Database, Transaction
from gateway.storage.matching import among, among_named_pairs, among_pairs, digits, rows_text, same_number
from gateway.storage.rows import Change, Keyset, Listing, narrowed, next_ordinal, upsert
from gateway.storage.tables import conversations
from gateway.storage.values import cleaned, from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ConversationCriteria, ObjectKey
from providers.domain.entities import Conversation
from providers.domain.pages import Page, PageRequest
from providers.domain.phone import HOME_REGION, e164

_KEY = (conversations.c.account_key, conversations.c.external_id)
_KNOWN = select(conversations).where(among_named_pairs(_KEY, "keys"))
"""Those with these `keys`. It is built once: building it takes longer than running it."""

_CONTACT = (conversations.c.account_key, conversations.c.contact_external_id)


class Conversations:
    """The last ones that were stored for the first time come first. A conversation never moves in this order."""

    def __init__(self, database: Database) -> None:
        keyset = Keyset(conversations, (conversations.c.ordinal,), descending=True)
        self._list = Listing(database, keyset, _model)

    async def put(
        self, transaction: Transaction, seen: Sequence[Conversation], *, has_history: bool = True
    ) -> list[Change[Conversation]]:
        """Store conversations; return those that are new or changed.

        Of several new ones, the first of `seen` comes first in the list. A contact that is missing now stays as it was.
        `has_history` is stored with new ones only: see the method of that name.
        """
        keys = {"keys": rows_text(each.key for each in seen)}
        known = {each.key: each for each in await self._list.sent(_KNOWN, keys, transaction)}
        latest = {one.key: _merged(known.get(one.key), cleaned(one)) for one in seen}
        # Known ones stay at their places.
        following = 0 if latest.keys() <= known.keys() else await next_ordinal(transaction, conversations)
        ordinals = range(following, following + len(latest))[::-1]
        rows = [
            {**_row(one), "has_history": has_history, "ordinal": ordinal}
            for one, ordinal in zip(latest.values(), ordinals, strict=True)
        ]
        await upsert(transaction, conversations, rows, keep=("has_history", "ordinal"))
        return [
            Change(one, is_new=key not in known)
            for key, one in latest.items()
            if key not in known or replace(known[key], synced_at=one.synced_at) != one
        ]

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Conversation | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        return await self._list.by_pair(_KEY, keys, visibility.visible(conversations), transaction)

    async def has_history(self, key: ObjectKey, transaction: Transaction | None = None) -> bool:
        """Return whether a conversation may have messages from before its account was connected; True if unknown.

        False if the provider's list did not have it yet when the gateway first fetched that list, or if it was created
        by a mutation. This needs no clock: all of its messages arrived after the account was connected.
        """
        statement = select(conversations.c.has_history).where(among_pairs(_KEY, [key]))
        async with self._list.database.read(transaction) as connection:
            return (await connection.execute(statement)).scalar_one_or_none() is not False

    async def page(
        self, visibility: Visibility, criteria: ConversationCriteria, request: PageRequest
    ) -> Page[Conversation]:
        return await self._list.page(and_(visibility.visible(conversations), _matching(criteria)), request)

    async def all(self, visibility: Visibility, criteria: ConversationCriteria) -> list[Conversation]:
        """Return all conversations that match, however many."""
        return await self._list.all(and_(visibility.visible(conversations), _matching(criteria)))

    async def pages_by_contact(
        self, visibility: Visibility, contacts: Sequence[ObjectKey], request: PageRequest
    ) -> list[Page[Conversation]]:
        """Return a page for each contact, in the order of the keys, by one statement."""
        return await self._list.pages(visibility.visible(conversations), _CONTACT, contacts, request)


def _matching(criteria: ConversationCriteria) -> ColumnElement[bool]:
    keys, contacts, number = criteria.account_keys, criteria.contacts, criteria.from_number
    same = None if number is None else same_number(conversations.c.from_e164, conversations.c.from_digits, number)
    return narrowed(
        true(),
        None if keys is None else among(conversations.c.account_key, keys),
        None if contacts is None else among_pairs(_CONTACT, contacts),
        same,
    )


def _merged(known: Conversation | None, seen: Conversation) -> Conversation:
    if known is None or seen.contact_external_id is not None:
        return seen
    return replace(seen, contact_external_id=known.contact_external_id)


def _row(conversation: Conversation) -> dict[str, Any]:
    return {
        "account_key": conversation.account_key,
        "external_id": conversation.external_id,
        "contact_external_id": conversation.contact_external_id,
        "from_number": conversation.from_number,
        "from_e164": e164(conversation.from_number, HOME_REGION),
        "from_digits": digits(conversation.from_number),
        "synced_at": to_microseconds(conversation.synced_at),
    }


def _model(row: Row[Any]) -> Conversation:
    return Conversation(
        account_key=row.account_key,
        external_id=row.external_id,
        contact_external_id=row.contact_external_id,
        from_number=row.from_number,
        synced_at=from_microseconds(row.synced_at),
    )
