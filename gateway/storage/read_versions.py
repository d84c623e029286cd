"""Read versions: which response of a provider the stored entities of a fetch are from.

A version holds a digest of the response as long as the store has what that says. A fetch whose response has the same
digest changes nothing. Versions are for fetches that are not bounded in time, which have one entry in the read log.

Before a fetch is made for the first time it has no entry in which a write could leave a trace. Such a write changes the
revision of its account instead, which has an entry of its own kind.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import TypeVar

from gateway.storage.database import Database, Transaction
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.messages import message_source, parts_of_source
from gateway.storage.prepared import json_text
from gateway.storage.read_log import Span, date_reads
from gateway.storage.rows import upsert
from gateway.storage.tables import read_log
from gateway.storage.values import from_microseconds, to_microseconds
from providers.domain.entities import Account, Contact, Conversation, Entity, Message

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
    AND read_log.source = item(given, 2) AND read_log.start_time = 0 AND read_log.end_time = 0
    LEFT JOIN read_log AS of_account ON of_account.provider = item(given, 0) AND of_account.kind = '{_OF_ACCOUNT}'
    AND of_account.source = item(given, 3) AND of_account.start_time = 0 AND of_account.end_time = 0
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
    provider was called, and `invalidate` at writes that are no fetches. `now` dates the accounts' entries.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._versions = database.dialect.statement(_VERSIONS)

    async def get_many(self, spans: Sequence[S], transaction: Transaction | None = None) -> dict[S, ReadVersion]:
        """Return the version of each span, by one statement. Their sources are stored."""
        wanted = json_text([(*_key(each).values(), _account(each.source)) for each in spans])
        rows = await self._database.fetch(self._versions, {"wanted": wanted}, transaction)
        first = self._database.dialect.first_place
        return {
            spans[place - first]: ReadVersion(
                read_at=from_microseconds(read_at),
                digest=digest,
                revision=(of_account or _UNWRITTEN) if read_at is None else revision,
            )
            for place, read_at, digest, revision, of_account in rows
        }

    async def record(self, transaction: Transaction, reads: Sequence[StoredRead]) -> None:
        """Record reads with their digests.

        A digest is recorded only if nothing has written since the version from before the call. Without one a mutation
        may have stored what the response lacks.
        """
        current = await self.get_many([each.span for each in reads], transaction)
        rows = [
            {
                **_key(each.span),
                "start_time": 0,
                "end_time": 0,
                "read_at": to_microseconds(each.read_at),
                "digest": each.digest if _is_same(each.before, current[each.span]) else None,
                "revision": _new_revision(),
            }
            for each in reads
        ]
        await upsert(transaction, read_log, rows)
        await date_reads(transaction, [(each.span, each.read_at) for each in reads])

    async def confirm(self, transaction: Transaction, reads: Sequence[UnchangedRead]) -> list[UnchangedRead]:
        """Record that what is stored was read again; return the reads whose entities were written meanwhile."""
        current = await self.get_many([each.span for each in reads], transaction)
        same = [each for each in reads if _is_same(each.version, current[each.span])]
        for kind, synced in _SYNCED.items():
            seen = [
                {
                    "account": each.span.source,
                    "since": to_microseconds(current[each.span].read_at),
                    "at": to_microseconds(each.read_at),
                }
                for each in same
                if each.span.kind is kind
            ]
            if seen:
                await transaction.change(synced, *seen)
        if same:
            again = [{**_key(each.span), "at": to_microseconds(each.read_at)} for each in same]
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
    """Return kind and source of the fetch that returns the entity; None if that has no digests."""
    match entity:
        case Contact():
            return FetchKind.CONTACTS, entity.account_key
        case Conversation():
            return FetchKind.CONVERSATIONS, entity.account_key
        case Message():
            return FetchKind.MESSAGES, message_source(entity.account_key, entity.conversation_external_id)
    return None


def _account(source: str) -> str:
    """Return the key of the account that a fetch is from."""
    return parts_of_source(source)[0]


def _is_same(before: ReadVersion | None, current: ReadVersion) -> bool:
    """Return whether nothing was written between two readings of a version."""
    return before is not None and before.revision is not None and before.revision == current.revision


def _new_revision() -> str:
    return token_hex(_REVISION_BYTES)


def _key(span: Span) -> dict[str, str]:
    return {"provider": span.provider, "kind": str(span.kind.value), "source": span.source}


_ONE = "provider = :provider AND kind = :kind AND source = :source AND start_time = 0 AND end_time = 0"
_REVISE = f"UPDATE read_log SET digest = NULL, revision = :revised WHERE {_ONE}"
_READ_AGAIN = f"UPDATE read_log SET read_at = :at WHERE {_ONE} AND read_at < :at"
_REVISE_ACCOUNT = f"""
    UPDATE read_log SET digest = NULL, revision = :revised
    WHERE provider = :provider AND kind IN ({", ".join(repr(kind.value) for kind in FetchKind)})
    AND (source = :account OR (source >= :low AND source < :high))
"""


def _synced(table: str) -> str:
    """Return the statement that sets the time of reading of those of an account that its last read returned.

    Another process may have read later.
    """
    return (
        f"UPDATE {table} SET synced_at = :at WHERE account_key = :account AND synced_at >= :since AND synced_at < :at"
    )


_SYNCED = {FetchKind.CONTACTS: _synced("contacts"), FetchKind.CONVERSATIONS: _synced("conversations")}
