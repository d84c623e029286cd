"""Transitions of journal entries, as parts of a group commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.events.recorder import Record
from gateway.mutations.write import Done, Write
from gateway.storage import JournalEntry, JournalState, Store, Transaction
from gateway.storage.group_commit import Part
from gateway.storage.journal import Journal
from providers.domain.identity import Identity
from providers.http import MAX_SKEW

_TAKEN_WITHIN = 3 * MAX_SKEW
"""Age, before a write began, of other writes whose objects the provider's clock may show as new enough for it."""


class TakenError(Exception):
    """The object is the result of another write."""


@dataclass(frozen=True, slots=True)
class Begin(Part[Record, JournalEntry | None]):
    """A new entry. Returns the earlier one with its key, if there is one: then nothing is stored."""

    journal: Journal
    entry: JournalEntry

    async def write(self, record: Record) -> JournalEntry | None:
        return await self.journal.begin(record.transaction, self.entry)


@dataclass(frozen=True, slots=True)
class TakeOver(Part[Record, bool]):
    """The lease of an entry for `holder`. Returns False if the stored entry has changed."""

    journal: Journal
    entry: JournalEntry
    holder: str
    lease_until: datetime

    async def write(self, record: Record) -> bool:
        return await self.journal.take_over(record.transaction, self.entry, self.holder, self.lease_until)


@dataclass(frozen=True, slots=True)
class Outcome(Part[Record, Done]):
    """The outcome of an entry, with the result of its call and the events. Raises TakenError, and stores nothing then.

    Without regard to the lease: what was done was done.
    """

    store: Store
    entry: JournalEntry
    mutation: Write[Any]
    result: Any

    async def write(self, record: Record) -> Done:
        journal = self.store.journal
        done = await self.mutation.store(record, self.result)
        if done.entity is not None and not self.mutation.is_own:
            await self.store.read_versions.invalidate(record.transaction, self.mutation.provider, [done.entity])
        if self.mutation.creates and not done.is_new:
            of_others = await taken(journal, self.entry, record.transaction)
            if _external_id(done) in of_others:
                raise TakenError
        state = JournalState.DONE if done.error is None else JournalState.FAILED
        await journal.settle(record.transaction, self.entry.id, state, _outcome(done))
        return done


@dataclass(frozen=True, slots=True)
class Settlement(Part[Record, None]):
    """The final state of an entry whose write did nothing. Has no effect if another process holds it."""

    journal: Journal
    id: str
    holder: str
    state: JournalState

    async def write(self, record: Record) -> None:
        await self.journal.settle(record.transaction, self.id, self.state, None, self.holder)


@dataclass(frozen=True, slots=True)
class UnknownOutcome(Part[Record, None]):
    """The state UNKNOWN of an entry. Has no effect if it is settled, or another process holds it."""

    journal: Journal
    id: str
    holder: str
    provable_at: datetime
    look_at: datetime

    async def write(self, record: Record) -> None:
        await self.journal.mark_unknown(
            record.transaction, self.id, self.holder, provable_at=self.provable_at, look_at=self.look_at
        )


async def taken(journal: Journal, entry: JournalEntry, transaction: Transaction | None = None) -> frozenset[str]:
    """Return the external ids of the objects that other writes of the entry's mutation created."""
    since = entry.started_at - _TAKEN_WITHIN
    others = await journal.outcomes(entry.provider, entry.mutation, since, transaction)
    identities = (Identity.parse((each.outcome or {}).get("id", "")) for each in others if each.id != entry.id)
    return frozenset(identity.external_id for identity in identities if identity)


def _identity(done: Done) -> Identity | None:
    return Identity.parse(done.entity.id) if done.entity else None


def _external_id(done: Done) -> str | None:
    identity = _identity(done)
    return identity.external_id if identity else None


def _outcome(done: Done) -> Mapping[str, Any]:
    outcome: dict[str, Any] = {"created": done.created}
    if identity := _identity(done):
        outcome["id"] = identity.long_form  # processes of earlier versions on the same store read no other
    if done.authorization_url is not None:
        outcome["authorization_url"] = done.authorization_url
    return outcome
