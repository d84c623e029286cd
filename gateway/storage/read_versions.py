"""Read versions: which response of a provider the stored entities of a fetch are from.

A version holds a digest of the response as long as the store has what that says. A fetch whose response has the same
digest changes nothing.

Before a fetch is made for the first time it has no entry in which a write could leave a trace. Such a write changes the
revision of its account instead, which has an entry of its own kind. Fetches of a span of time need none: their digest
is recorded only if the transaction has found that storing the response again would change nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any, TypeVar

from gateway.storage.database import Database, Transaction
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.messages import message_source, parts_of_source
from gateway.storage.prepared import Values, json_text
from gateway.storage.read_log import Span, date_reads, drop_parts, key_of
from gateway.storage.rows import upsert
from gateway.storage.tables import read_log
from gateway.storage.values import from_microseconds, to_microseconds
from providers.domain.entities import Account, Contact, Conversation, Entity, Meeting, Message
from providers.domain.meeting_source import ALL_USERS, source_of_user, sources_of, user_of_source
from providers.domain.text import is_storable

S = TypeVar("S", bound=Span)

_REVISION_BYTES = 8
_OF_ACCOUNT = "account"
"""The kind of the entry with an account's revision. Its time is that of the write."""

_UNWRITTEN = ""
"""The revision of an account without an entry."""

_VERSIONS = f"""
    SELECT given.key, read_log.read_at, read_log.digest, read_log.revision, of_account.revision
    FROM rows(:wanted) AS given
    LEFT JOIN read_log ON read_log.provider = item(given, 0) AND read_log.kind = item(given, 1)
    AND read_log.source = item(given, 2)
    AND read_log.start_time = CAST(item(given, 3) AS bigint) AND read_log.end_time = CAST(item(given, 4) AS bigint)
    LEFT JOIN read_log AS of_account ON of_account.provider = item(given, 0) AND of_account.kind = '{_OF_ACCOUNT}'
    AND of_account.source = item(given, 5) AND of_account.start_time = 0 AND of_account.end_time = 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVersion:
    """The entry of the read log for a fetch; `read_at` is None if that was never made.

    `digest` is that of the response that the stored entities are from; None if they differ from every response that is
    known. `revision` is another one after every write of them; None in entries of stores that had no revisions yet.
    """

    read_at: datetime | None
    digest: str | None
    revision: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRead:
    """A fetch whose result has just been stored: `before` is its version before the provider was called."""

    span: Span
    read_at: datetime
    digest: str | None
    before: ReadVersion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedRead:
    """A fetch whose response had the digest of `version`."""

    span: Span
    read_at: datetime
    version: ReadVersion


class ReadVersions:
    """The digests in the read log.

    A digest is deleted by every other write of the entities: `record` deletes it if anything was written since the
    provider was called, `invalidate` at writes that are no fetches. Those of meetings are deleted where the table is
    written (`invalidate_meetings`, `invalidate_adopted`). `now` dates the accounts' entries.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._versions = database.dialect.statement(_VERSIONS)

    async def get_many(self, spans: Sequence[S], transaction: Transaction | None = None) -> dict[S, ReadVersion]:
        """Return the version of each span, by one statement, without those whose source can't be stored."""
        storable = [span for span in spans if is_storable(span.source)]
        wanted = json_text([(*key_of(each).values(), _account(each.source)) for each in storable])
        rows = await self._database.fetch(self._versions, {"wanted": wanted}, transaction)
        first = self._database.dialect.first_place
        return {
            storable[place - first]: ReadVersion(
                read_at=from_microseconds(read_at),
                digest=digest,
                revision=(of_account or _UNWRITTEN) if read_at is None else revision,
            )
            for place, read_at, digest, revision, of_account in rows
        }

    async def record(self, transaction: Transaction, reads: Sequence[StoredRead]) -> None:
        """Record reads with their digests, those of a span of time instead of earlier entries for parts of it.

        A digest is recorded only if nothing has written since the version from before the call. Without one a mutation
        may have stored what the response lacks. That of a span of time is recorded as it is.

        A list that is found by when it is due gets the time in its own row, too (see `tables`).
        """
        current = await self.get_many([each.span for each in reads], transaction)
        rows = [
            {
                **key_of(each.span),
                "read_at": to_microseconds(each.read_at),
                "digest": each.digest if _is_bounded(each.span) or _is_same(each.before, current[each.span]) else None,
                "revision": _new_revision(),
            }
            for each in reads
        ]
        dated = [(each.span, each.read_at) for each in reads]
        await drop_parts(transaction, dated)
        await upsert(transaction, read_log, rows)
        await date_reads(transaction, dated)

    async def confirm(self, transaction: Transaction, reads: Sequence[UnchangedRead]) -> list[UnchangedRead]:
        """Record that what is stored was read again; return the reads whose entities were written meanwhile."""
        current = await self.get_many([each.span for each in reads], transaction)
        same = [each for each in reads if _is_same(each.version, current[each.span])]
        synced: dict[str, list[Values]] = {}
        for each in same:
            if (statement := _synced(each.span)) is not None:
                since, at = to_microseconds(current[each.span].read_at), to_microseconds(each.read_at)
                synced.setdefault(statement, []).append({**_synced_of(each.span), "since": since, "at": at})
        for statement, seen in synced.items():
            await transaction.change(statement, *seen)
        if same:
            again = [{**key_of(each.span), "at": to_microseconds(each.read_at)} for each in same]
            await transaction.change(_READ_AGAIN, *again)
            await date_reads(transaction, [(each.span, each.read_at) for each in same])
        return [each for each in reads if each not in same]

    async def invalidate(self, transaction: Transaction, provider: str, entities: Iterable[Entity]) -> None:
        """Delete the digests of the fetches that return the entities, which something else has written.

        Those of an account are all fetches from it.
        """
        fetches: set[tuple[FetchKind, str]] = set()
        for each in entities:
            if isinstance(each, Account):
                account = {"account": each.key, "low": f"{each.key}/", "high": f"{each.key}0"}
                await transaction.change(_REVISE_ACCOUNT, {"provider": provider, "revised": _new_revision(), **account})
                await self._revise_accounts(transaction, provider, {each.key})
            elif (fetch := _fetch_of(each)) is not None:
                fetches.add(fetch)
        await self.invalidate_fetches(transaction, provider, fetches)

    async def invalidate_fetches(
        self, transaction: Transaction, provider: str, fetches: Iterable[tuple[FetchKind, str]]
    ) -> None:
        """Delete the digests of the fetches of some kinds and sources."""
        rows = [
            {"provider": provider, "kind": kind.value, "source": source, "revised": _new_revision()}
            for kind, source in fetches
        ]
        if not rows:
            return
        changed = await transaction.change(_REVISE, *rows)
        if not changed or len(rows) > 1:  # of several rows, how many were changed is not known
            await self._revise_accounts(transaction, provider, {_account(row["source"]) for row in rows})

    async def _revise_accounts(self, transaction: Transaction, provider: str, accounts: Iterable[str]) -> None:
        """Leave a trace for fetches from the accounts that have no entry yet."""
        at, revision = to_microseconds(self._now()), _new_revision()
        entry = {"provider": provider, "kind": _OF_ACCOUNT, "start_time": 0, "end_time": 0, "read_at": at}
        rows = [{**entry, "source": account, "digest": None, "revision": revision} for account in accounts]
        await upsert(transaction, read_log, rows)


def _fetch_of(entity: Entity) -> tuple[FetchKind, str] | None:
    """Return kind and source of the one fetch that returns the entity; None if it has no digests, or is not one."""
    match entity:
        case Contact():
            return FetchKind.CONTACTS, entity.account_key
        case Conversation():
            return FetchKind.CONVERSATIONS, entity.account_key
        case Message():
            return FetchKind.MESSAGES, message_source(entity.account_key, entity.conversation_external_id)
    return None


async def invalidate_meetings(transaction: Transaction, written: Iterable[Meeting]) -> None:
    """Delete the digests of the lists that have the meetings, as they were before a write or as they are after it."""
    lists = {(each.provider, source, each.start_time) for each in written for source in sources_of(each)}
    rows = [
        {"provider": provider, "source": source, "at": to_microseconds(start), "revised": _new_revision()}
        for provider, source, start in lists
    ]
    if rows:
        await transaction.change(_REVISE_MEETINGS, *rows)


async def invalidate_adopted(transaction: Transaction, account: Account) -> None:
    """Delete the digests of all lists that may have meetings of the account's user, which are another account's now."""
    user = {"provider": account.provider, "user_id": account.user_id, "of_user": source_of_user(account.user_id)}
    await transaction.change(_REVISE_ADOPTED, {**user, "revised": _new_revision()})


def _account(source: str) -> str:
    """Return the key of the account that a fetch is from."""
    return parts_of_source(source)[0]


def _is_same(before: ReadVersion | None, current: ReadVersion) -> bool:
    """Return whether nothing was written between two readings of a version."""
    return before is not None and before.revision is not None and before.revision == current.revision


def _new_revision() -> str:
    return token_hex(_REVISION_BYTES)


def _is_bounded(span: Span) -> bool:
    return span.start is not None or span.end is not None


_ONE = "provider = :provider AND kind = :kind AND source = :source"
_REVISE = f"""
    UPDATE read_log SET digest = NULL, revision = :revised WHERE {_ONE} AND start_time = 0 AND end_time = 0
"""
_REVISE_MEETINGS = f"""
    UPDATE read_log SET digest = NULL, revision = :revised
    WHERE provider = :provider AND kind = '{FetchKind.MEETINGS.value}' AND source = :source
    AND start_time <= :at AND end_time > :at AND digest IS NOT NULL
"""
_REVISE_ADOPTED = f"""
    UPDATE read_log SET digest = NULL, revision = :revised
    WHERE provider = :provider AND kind = '{FetchKind.MEETINGS.value}' AND digest IS NOT NULL
    AND (
        source IN (:of_user, '{ALL_USERS}')
        OR source IN (SELECT key FROM accounts WHERE accounts.provider = :provider AND accounts.user_id = :user_id)
    )
"""
_READ_AGAIN = f"""
    UPDATE read_log SET read_at = :at
    WHERE {_ONE} AND start_time = :start_time AND end_time = :end_time AND read_at < :at
"""
_REVISE_ACCOUNT = f"""
    UPDATE read_log SET digest = NULL, revision = :revised
    WHERE provider = :provider AND kind IN ({", ".join(repr(kind.value) for kind in FetchKind)})
    AND (source = :account OR (source >= :low AND source < :high))
"""


_SYNCED = """
    UPDATE {table} SET synced_at = :at WHERE {returned} AND synced_at >= :since AND synced_at < :at
"""
"""Sets the time of reading of those that the last read returned. Another process may have read later."""

_OF_ACCOUNT_LIST = "account_key = :source"
_IN_SPAN = "provider = :provider AND start_time >= :start_time AND start_time < :end_time"


def _synced(span: Span) -> str | None:
    """Return the statement that dates the entities of a list again; None if they have no times of reading."""
    match span.kind:
        case FetchKind.CONTACTS:
            return _SYNCED.format(table="contacts", returned=_OF_ACCOUNT_LIST)
        case FetchKind.CONVERSATIONS:
            return _SYNCED.format(table="conversations", returned=_OF_ACCOUNT_LIST)
        case FetchKind.MEETINGS if span.source == ALL_USERS:
            return _SYNCED.format(table="meetings", returned=_IN_SPAN)
        case FetchKind.MEETINGS if user_of_source(span.source) is not None:
            return _SYNCED.format(table="meetings", returned=f"user_id = :user_id AND {_IN_SPAN}")
        case FetchKind.MEETINGS:
            return _SYNCED.format(table="meetings", returned=f"{_OF_ACCOUNT_LIST} AND {_IN_SPAN}")
    return None


def _synced_of(span: Span) -> dict[str, Any]:
    return {**key_of(span), "user_id": user_of_source(span.source)}
