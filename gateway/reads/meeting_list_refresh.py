"""Refreshing the lists of meetings that a list for the viewer is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.reads.fetch import Fetch
from gateway.reads.session import ReadSession
from gateway.storage.accounts import READABLE
from providers.api.capabilities import MeetingQuery, MeetingReader
from providers.domain.criteria import AccountCriteria, MeetingCriteria
from providers.domain.entities import Account
from providers.upstreams import Upstream


@dataclass(frozen=True, slots=True)
class MeetingListRefresh:
    """Makes the stored meetings within the criteria usable, of the accounts they name or of all that the viewer sees.

    For all, the store is asked for the accounts whose meetings are due: looking at each would cost as much as there
    are. Accounts of a provider that lists meetings by user are always due, for only then are their users known.
    """

    session: ReadSession
    criteria: MeetingCriteria

    async def refresh(self) -> None:
        """Raise ProviderError if nothing of the requested span of time is stored."""
        keys = self.criteria.account_keys
        if keys is not None:
            await self.session.refresh_any(self._fetches(await self.session.readable(keys)))
            return
        accounts = await self._due()
        self.session.note_accounts(accounts)
        fetches = self._fetches(accounts)
        failures = await self.session.refresh(fetches)
        requested = [each for each in fetches if not each.precedes]
        failed = [each for each in requested if each.key in failures]
        if failed and len(failed) == len(requested) and await self._are_all(failed):
            raise failures[failed[0].key].error
        self.session.note_stale(failures.values())

    async def _due(self) -> list[Account]:
        """Return the readable accounts whose meetings may have to be refreshed: with `force`, all."""
        services, visibility = self.session.services, self.session.visibility
        providers, users = self._providers, self.criteria.user_ids
        if self.session.force:
            every = AccountCriteria(providers=providers, user_ids=users, statuses=READABLE)
            return await services.store.accounts.all(visibility, every)
        now, span = services.now(), (self.criteria.start, self.criteria.end)
        return await services.store.accounts.due_meetings(visibility, providers, users, span, now - self._fresh(now))

    def _fresh(self, now: datetime) -> timedelta:
        freshness = self.session.services.freshness
        lifetime = freshness.past_meetings if self.criteria.end < now else freshness.meetings
        return timedelta(seconds=lifetime.fresh)

    async def _are_all(self, failed: Sequence[Fetch[Any]]) -> bool:
        """Return whether there are no other accounts than those of the fetches."""
        keys = {key for each in failed for key in each.account_keys}
        return await self.session.services.store.accounts.are_all_among(
            self.session.visibility, self._providers, keys, self.criteria.user_ids
        )

    @property
    def _providers(self) -> tuple[str, ...]:
        """The providers in the criteria that list meetings."""
        wanted, upstreams = self.criteria.providers, self.session.services.upstreams
        return tuple(
            name
            for name, upstream in upstreams.items()
            if upstream.can(MeetingReader) is not None and (wanted is None or name in wanted)
        )

    def _fetches(self, accounts: Sequence[Account]) -> list[Fetch[Any]]:
        upstreams = self.session.services.upstreams
        return [fetch for name in self._providers for fetch in self._fetches_from(upstreams[name], accounts)]

    def _fetches_from(self, upstream: Upstream, accounts: Sequence[Account]) -> Sequence[Fetch[Any]]:
        services, criteria = self.session.services, self.criteria
        own = tuple(each for each in accounts if each.provider == upstream.name)
        query = MeetingQuery(accounts=own, user_ids=self._users(own), start=criteria.start, end=criteria.end)
        return services.meetings.lists(upstream, query, services.now())

    def _users(self, accounts: Sequence[Account]) -> tuple[str, ...] | None:
        """Return whose meetings to fetch: the users of the accounts.

        An administrator who names no accounts sees meetings of any user, None, or of the users in the criteria.
        """
        if self.session.visibility.user_id is None and self.criteria.account_keys is None:
            return self.criteria.user_ids
        users = dict.fromkeys(account.user_id for account in accounts)
        return tuple(each for each in users if self.criteria.user_ids is None or each in self.criteria.user_ids)
