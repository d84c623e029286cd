"""The newest messages of conversations: they are refreshed, and then read what depends on them alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gateway.reads.fetch import FetchFailure
from gateway.reads.message_scope import Known, conversations_of_accounts, known_conversations
from gateway.reads.messages import newest_key
from gateway.reads.session import ReadSession
from gateway.storage import Store
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Message
from providers.domain.errors import ProviderError
from providers.domain.results import ReadState

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class NewestMessages:
    """The newest messages that a viewer may see, of conversations whose account is readable.

    An error stands in place of the result of a conversation that can't be fetched and of which nothing is stored.
    """

    session: ReadSession

    async def refresh(self, known: Known) -> dict[ObjectKey, FetchFailure]:
        """Fetch what arrived since the last fetch; return the failures of conversations of which none is stored."""
        fetches_of, lifetime = self.session.services.messages, self.session.services.freshness.messages
        # Most are fresh: a fetch of those would be made for nothing.
        old = {key: each for key, each in known.items() if not self.session.is_fresh(newest_key(*each), lifetime)}
        newest = {key: fetches_of.newest(*each) for key, each in old.items()}
        fetches = {key: fetch for key, fetch in newest.items() if fetch is not None}
        failures = await self.session.refresh(list(fetches.values()))
        return {key: failures[fetch.key] for key, fetch in fetches.items() if fetch.key in failures}

    async def last(self, keys: Sequence[ObjectKey]) -> list[Message | ProviderError | None]:
        """Return the newest message of each conversation, in the order of the keys."""
        failed = await self._refreshed(keys)
        newest = await self._store.messages.last_by_conversation(self.session.visibility, keys)
        return _with_failures(keys, newest, failed)

    async def last_activities(self, keys: Sequence[ObjectKey]) -> list[datetime | ProviderError | None]:
        """Return when each conversation was last active, in the order of the keys; None if that can't be known."""
        failed = await self._refreshed(keys)
        found = await self._store.conversations.last_activities(self.session.visibility, keys)
        return _with_failures(keys, found, failed)

    async def read_states(self, keys: Sequence[ObjectKey]) -> list[ReadState | ProviderError]:
        """Return what the viewer has read of each conversation, in the order of the keys."""
        failed = await self._refreshed(keys)
        reader = self.session.viewer.user_id
        found = await self._store.read_marks.states(self.session.visibility, reader, keys)
        return _with_failures(keys, found, failed)

    async def refresh_due(self, account_keys: Sequence[str] | None) -> None:
        """Fetch the newest messages of all conversations that are due, and note as stale those that fail.

        Those are of the accounts with the keys, or of all that the viewer sees.
        """
        scope = await conversations_of_accounts(self.session, account_keys)
        self.session.note_stale((await self.refresh(await scope.due())).values())

    async def _refreshed(self, keys: Sequence[ObjectKey]) -> dict[ObjectKey, FetchFailure]:
        return await self.refresh(await known_conversations(self.session, keys))

    @property
    def _store(self) -> Store:
        return self.session.services.store


def _with_failures(
    keys: Sequence[ObjectKey], results: Sequence[R], failed: Mapping[ObjectKey, FetchFailure]
) -> list[R | ProviderError]:
    return [failed[key].error if key in failed else each for key, each in zip(keys, results, strict=True)]
