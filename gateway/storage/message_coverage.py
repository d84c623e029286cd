"""Coverages: how much of each conversation is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.storage.accounts import readable_among
from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.message_position import MessagePosition
from gateway.storage.page_sql import Join, Parents
from gateway.storage.prepared import Condition, Row, all_of
from gateway.storage.rows import Keyset, upsert
from gateway.storage.tables import accounts, message_coverage
from gateway.storage.values import from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.pages import PageRequest

_COVERED = (message_coverage.c.account_key, message_coverage.c.conversation_external_id)
_TAIL = (message_coverage.c.tail_sorted_at, message_coverage.c.tail_external_id)
_COLUMNS = (*_COVERED, *_TAIL, message_coverage.c.complete)
_OPEN = Condition("NOT message_coverage.complete")
_ABOVE = "(message_coverage.tail_sorted_at, message_coverage.tail_external_id) > (:tail_sorted_at, :tail_external_id)"

COVERAGE_OF_PARENT = Join(
    _COLUMNS,
    "message_coverage.account_key = item(given, 0) AND message_coverage.conversation_external_id = item(given, 1)",
)
"""Joins the coverages of conversations to these as parents of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCoverage:
    """How much of a conversation is stored: every message that the provider lists from the top down to `tail`.

    `tail` is None if there is no message. `complete` is true if no message is below it. A message that is found below
    it later is sorted below it.
    """

    conversation: ObjectKey
    tail: MessagePosition | None = None
    complete: bool = False

    def extended(self, tail: MessagePosition | None, *, complete: bool) -> "MessageCoverage":
        """Return the coverage after a fetch without a gap to it: a tail only sinks, and complete stays true."""
        return MessageCoverage(
            conversation=self.conversation,
            tail=min((position for position in (self.tail, tail) if position is not None), default=None),
            complete=self.complete or complete,
        )


class MessageCoverages:
    def __init__(self, database: Database) -> None:
        self._table = EntityTable(database, Keyset(message_coverage, _COVERED), _COLUMNS, coverage_entity)
        self._open = EntityTable(
            database,
            Keyset(message_coverage, _TAIL, descending=True),
            _COLUMNS,
            coverage_entity,
            Join((accounts.c.status,), "accounts.key = message_coverage.account_key"),
        )

    async def get_many(
        self, visibility: Visibility, conversations: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[MessageCoverage | None]:
        """Return coverages in the order of the keys; None if nothing was fetched yet or it is not visible."""
        visible = all_of(visibility.check(message_coverage))
        found = await self._table.get_many(_COVERED, conversations, *visible, transaction=transaction)
        return [found.get(key) for key in conversations]

    async def open_above(
        self,
        visibility: Visibility,
        account_keys: Sequence[str] | None,
        position: MessagePosition | None,
        since: datetime | None,
    ) -> Sequence[MessageCoverage]:
        """Return coverages that aren't complete and end above the position, and not before `since`.

        Of the accounts with the keys, which are readable, or of all visible ones that are readable. A bound that is
        None bounds nothing.
        """
        place = None if position is None else (to_microseconds(position.sorted_at), position.external_id)
        return await self._open.unordered(
            *all_of(_visible(visibility, account_keys), _OPEN, readable_among(account_keys)),
            Condition("message_coverage.tail_sorted_at IS NOT NULL"),
            *all_of(
                None
                if place is None
                else Condition(_ABOVE, {"tail_sorted_at": place[0], "tail_external_id": place[1]}),
                None
                if since is None
                else Condition("message_coverage.tail_sorted_at >= :since", {"since": to_microseconds(since)}),
            ),
            parents=_of_accounts(account_keys),
        )

    async def has_open(self, visibility: Visibility, account_keys: Sequence[str] | None) -> bool:
        """Return whether a coverage of the accounts (see `open_above`) isn't complete."""
        conditions = all_of(_visible(visibility, account_keys), _OPEN, readable_among(account_keys))
        page = await self._open.page(conditions, PageRequest(limit=1), _of_accounts(account_keys))
        return bool(page.nodes)

    async def are_complete(self, visibility: Visibility, account_keys: Sequence[str] | None) -> bool:
        """Return whether all coverages are complete, of the accounts with the keys, or of all that are visible."""
        conditions = all_of(_visible(visibility, account_keys), _OPEN)
        page = await self._open.page(conditions, PageRequest(limit=0), _of_accounts(account_keys))
        return not page.has_next

    async def put(self, transaction: Transaction, coverages: Sequence[MessageCoverage]) -> None:
        """Store coverages, each instead of an earlier one."""
        await upsert(transaction, message_coverage, [_row(each) for each in coverages])


def _visible(visibility: Visibility, account_keys: Sequence[str] | None) -> Condition | None:
    return visibility.condition(message_coverage) if account_keys is None else visibility.check(message_coverage)


def _of_accounts(keys: Sequence[str] | None) -> Parents[Any] | None:
    return None if keys is None else Parents((message_coverage.c.account_key,), [(key,) for key in keys])


def _row(coverage: MessageCoverage) -> dict[str, Any]:
    tail_sorted_at, tail_external_id = coverage.tail or (None, None)
    account_key, conversation = coverage.conversation
    return {
        "account_key": account_key,
        "conversation_external_id": conversation,
        "tail_sorted_at": to_microseconds(tail_sorted_at),
        "tail_external_id": tail_external_id,
        "complete": coverage.complete,
    }


def coverage_entity(row: Row) -> MessageCoverage:
    """Return the coverage of a row that begins with its columns."""
    account_key, conversation, tail_sorted_at, tail_external_id, complete, *_ = row
    return MessageCoverage(
        conversation=(account_key, conversation),
        tail=None if tail_sorted_at is None else MessagePosition(from_microseconds(tail_sorted_at), tail_external_id),
        complete=bool(complete),
    )
