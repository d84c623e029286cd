"""Conversations as last fetched."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.storage.accounts import AccountRows, readable_among
from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.matching import holds_name_or_number, same_number
from gateway.storage.page_sql import Join, Parents
from gateway.storage.prepared import Condition, Row, all_of, among, rows_text
from gateway.storage.read_marks import unread_by
from gateway.storage.rows import Change, Keyset, ordinals, upsert
from gateway.storage.tables import conversations
from gateway.storage.values import cleaned, from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ConversationCriteria, ObjectKey
from providers.domain.entities import Account, Conversation
from providers.domain.pages import Page, PageRequest, Position
from providers.domain.phone import HOME_REGION, digits, e164

_KEY = (conversations.c.account_key, conversations.c.external_id)
_CONTACT = (conversations.c.account_key, conversations.c.contact_external_id)


_COLUMNS = (
    conversations.c.account_key,
    conversations.c.external_id,
    conversations.c.contact_external_id,
    conversations.c.from_number,
    conversations.c.synced_at,
    conversations.c.ordinal,
    conversations.c.has_history,
    conversations.c.last_activity_at,
)
_KEPT = (
    *("has_history", "ordinal", "messages_read_at"),
    *("last_activity_at", "has_messages", "inbound_sorted_at", "inbound_external_id"),
)
_BY_ACTIVITY = (conversations.c.last_activity_at, conversations.c.ordinal)
_ACCOUNT = "accounts.key = conversations.account_key"
_OF_CONTACTS = """
    SELECT conversations.account_key, conversations.external_id, conversations.contact_external_id
    FROM rows(:contacts) AS given CROSS JOIN conversations
    WHERE conversations.account_key = item(given, 0) AND conversations.contact_external_id = item(given, 1)
    ORDER BY conversations.ordinal
"""

AccountAndConversation = tuple[Account, Conversation]


class Conversations:
    """The last ones that were stored for the first time come first. A conversation never moves in this order.

    In the order of activity one with a new message moves to the beginning. `Messages` store when that was.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        keyset = Keyset(conversations, (conversations.c.ordinal,), descending=True)
        self._table = EntityTable(database, keyset, _COLUMNS, _model)
        self._histories = EntityTable(database, keyset, _COLUMNS, _has_history)
        with_account = _WithAccount(AccountRows(database.cache, now))
        join = Join(AccountRows.columns, _ACCOUNT)
        self._with_account = EntityTable(database, keyset, _COLUMNS, with_account.model, join)
        by_activity = Keyset(conversations, _BY_ACTIVITY, descending=True)
        self._by_activity = EntityTable(database, by_activity, _COLUMNS, with_account.model, join)
        self._activities = EntityTable(database, keyset, _COLUMNS, _last_activity_at)

    async def put(
        self, transaction: Transaction, seen: Sequence[Conversation], *, has_history: bool = True
    ) -> list[Change[Conversation]]:
        """Store conversations; return those that are new or changed.

        Of several new ones, the first of `seen` comes first in the list. A contact that is missing now stays as it was.
        `has_history` is stored with new ones only: see `without_history`. One without history has just been begun.
        """
        known = await self._table.get_many(_KEY, [each.key for each in seen], transaction=transaction)
        latest = {one.key: _merged(known.get(one.key), cleaned(one)) for one in seen}
        # Known ones stay at their places.
        places = await ordinals(transaction, conversations, latest, known)
        rows = [
            {
                **_row(one),
                "has_history": has_history,
                "ordinal": ordinal,
                "last_activity_at": _begun_at(one, has_history),
            }
            for one, ordinal in zip(latest.values(), places, strict=True)
        ]
        await upsert(transaction, conversations, rows, keep=_KEPT)
        return [
            Change(one, is_new=key not in known)
            for key, one in latest.items()
            if key not in known or replace(known[key], synced_at=one.synced_at) != one
        ]

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Conversation | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        visible = all_of(visibility.check(conversations))
        found = await self._table.get_many(_KEY, keys, *visible, transaction=transaction)
        return [found.get(key) for key in keys]

    async def page_positions(self, visibility: Visibility, keys: Sequence[ObjectKey]) -> list[Position | None]:
        """Return the positions in pages, in the order of the keys; None if unknown or not visible."""
        found = await self._table.positions(_KEY, keys, *all_of(visibility.check(conversations)))
        return [found.get(key) for key in keys]

    async def of_contacts(
        self, transaction: Transaction, contacts: Collection[ObjectKey]
    ) -> list[tuple[ObjectKey, ObjectKey]]:
        """Return the keys of the contacts' conversations, each with that of its contact, the oldest first."""
        given = {"contacts": rows_text(contacts)}
        rows = await self._table.database.select(_OF_CONTACTS, given, transaction)
        return [((account_key, external_id), (account_key, contact)) for account_key, external_id, contact in rows]

    async def without_history(
        self, keys: Collection[ObjectKey], transaction: Transaction | None = None
    ) -> set[ObjectKey]:
        """Return those conversations that have no messages from before their account was connected.

        The provider's list did not have them yet when the gateway first fetched that list, or a mutation created them.
        This needs no clock: all of their messages arrived after the account was connected.
        """
        found = await self._histories.get_many(_KEY, [*keys], transaction=transaction)
        return {key for key, has_history in found.items() if not has_history}

    async def page(
        self, visibility: Visibility, criteria: ConversationCriteria, request: PageRequest
    ) -> Page[AccountAndConversation]:
        """Return a page of conversations, each with its account."""
        conditions = all_of(_visible(visibility, criteria), *_matching(criteria))
        table = self._by_activity if criteria.by_activity else self._with_account
        return await table.page(conditions, request, _parents(criteria))

    async def last_activities(self, visibility: Visibility, keys: Sequence[ObjectKey]) -> list[datetime | None]:
        """Return when the newest message of each came, or else when it was begun, in the order of the keys.

        None if neither is known, or the conversation is not visible.
        """
        found = await self._activities.get_many(_KEY, keys, *all_of(visibility.check(conversations)))
        return [found.get(key) for key in keys]

    async def all(self, visibility: Visibility, criteria: ConversationCriteria) -> list[Conversation]:
        """Return all conversations that match, however many."""
        conditions = all_of(_visible(visibility, criteria), *_matching(criteria))
        return await self._table.all(*conditions, parents=_parents(criteria))

    async def due(
        self, visibility: Visibility, account_keys: Sequence[str] | None, read_until: datetime
    ) -> Sequence[AccountAndConversation]:
        """Return conversations whose messages may not have been read since `read_until`: see `tables`.

        In no order; of the accounts with the keys, which are readable, or of all visible ones that are readable.
        """
        is_due = Condition("conversations.messages_read_at <= :until", {"until": to_microseconds(read_until)})
        of_accounts = _of_accounts(account_keys)
        visible = visibility.condition(conversations) if of_accounts is None else visibility.check(conversations)
        conditions = all_of(visible, is_due, readable_among(account_keys))
        return await self._with_account.unordered(*conditions, parents=of_accounts)

    async def are_all_among(
        self, visibility: Visibility, account_keys: Sequence[str] | None, keys: Collection[ObjectKey]
    ) -> bool:
        """Return whether the accounts (see `due`) have no other conversations than those with the keys."""
        of_accounts = _of_accounts(account_keys)
        visible = visibility.condition(conversations) if of_accounts is None else visibility.check(conversations)
        conditions = all_of(visible, readable_among(account_keys))
        page = await self._with_account.page(conditions, PageRequest(limit=len(keys)), of_accounts)
        return not page.has_next and all(each.key in keys for _, each in page.nodes)

    async def pages_by_contact(
        self, visibility: Visibility, contacts: Sequence[ObjectKey], request: PageRequest
    ) -> list[Page[Conversation]]:
        """Return a page for each contact, in the order of the keys, by one statement."""
        return await self._table.pages(all_of(visibility.check(conversations)), request, Parents(_CONTACT, contacts))


def _visible(visibility: Visibility, criteria: ConversationCriteria) -> Condition | None:
    by_user = criteria.account_keys is None and criteria.contacts is None
    return visibility.condition(conversations) if by_user else visibility.check(conversations)


def _matching(criteria: ConversationCriteria) -> tuple[Condition, ...]:
    """Return the conditions but for those that `_parents` states."""
    keys, number = criteria.account_keys, criteria.from_number
    return all_of(
        None if criteria.contacts is None or keys is None else among("conversations.account_key", "accounts", keys),
        None if number is None else same_number("conversations.from_e164", "conversations.from_digits", number),
        _of_contact(criteria.text) if criteria.text else None,
        None if criteria.unread is None else unread_by(criteria.reader, unread=criteria.unread),
    )


def _of_contact(text: str) -> Condition:
    """Return the condition for conversations whose contact's name or number contains a text."""
    holds = holds_name_or_number("contacts.search", "contacts.e164", "contacts.digits", text)
    return Condition(
        "EXISTS (SELECT 1 FROM contacts WHERE contacts.account_key = conversations.account_key"
        f" AND contacts.external_id = conversations.contact_external_id AND ({holds.sql}))",
        holds.values,
    )


def _parents(criteria: ConversationCriteria) -> Parents[Any] | None:
    """Return the contacts or the accounts that the conversations are of; None for all."""
    if criteria.contacts is not None:
        return Parents(_CONTACT, criteria.contacts)
    return _of_accounts(criteria.account_keys)


def _of_accounts(keys: Sequence[str] | None) -> Parents[Any] | None:
    return None if keys is None else Parents((conversations.c.account_key,), [(key,) for key in keys])


@dataclass(frozen=True, slots=True)
class _WithAccount:
    accounts: AccountRows

    def model(self, row: Row) -> AccountAndConversation:
        return self.accounts.model(row[len(_COLUMNS) :]), _model(row)


def _has_history(row: Row) -> bool:
    return bool(row[6])


def _begun_at(conversation: Conversation, has_history: bool) -> int:
    return 0 if has_history else to_microseconds(conversation.synced_at)


def _last_activity_at(row: Row) -> datetime | None:
    return from_microseconds(row[7]) if row[7] else None


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


def _model(row: Row) -> Conversation:
    account_key, external_id, contact_external_id, from_number, synced_at, *_ = row
    return Conversation(
        account_key=account_key,
        external_id=external_id,
        contact_external_id=contact_external_id,
        from_number=from_number,
        synced_at=from_microseconds(synced_at),
    )
