"""What an answer owes to the store because a provider failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.reads.fetch import Fetch, FetchFailure
from providers.domain.entities import Meeting
from providers.domain.errors import ProviderError
from providers.domain.ids import Identity

Entry = Mapping[str, Any]


@dataclass(slots=True)
class StaleReport:
    """Collects, for one operation, which accounts' parts of the answer are old: `extensions.stale`."""

    _entries: dict[tuple[str, str | None], Entry] = field(default_factory=dict)

    def note(self, failures: Sequence[FetchFailure]) -> None:
        """Parts that could not be read."""
        for failure in failures:
            for account_key in failure.part.account_keys or (None,):
                self._note(failure.part.key.provider, account_key, failure.since, failure.error)

    def note_meetings(self, failures: Sequence[tuple[Meeting, ProviderError]]) -> None:
        """Meetings, each with why it could not be read."""
        for known, error in failures:
            self._note(known.provider, known.account_key, known.oldest_read_at, error)

    def forget(self) -> None:
        """The answer is told: what comes next is another one."""
        self._entries.clear()

    def entries(self) -> list[Entry]:
        """One for each provider and account: `[{"provider", "account", "since", "code"}]`."""
        return list(self._entries.values())

    def _note(self, provider: str, account_key: str | None, at: datetime | None, error: ProviderError) -> None:
        since = None if at is None else at.isoformat()
        known = self._entries.get((provider, account_key))
        if known is not None and (known["since"] is None or (since is not None and known["since"] <= since)):
            return
        self._entries[(provider, account_key)] = {
            "provider": provider,
            "account": None if account_key is None else str(Identity("Account", account_key)),
            "since": since,
            "code": error.code.value,
        }


def raise_if_nothing_is_known(parts: Sequence[Fetch], failures: Sequence[FetchFailure]) -> None:
    """Raise the first failure if every part of the time asked for failed and nothing was ever read of any."""
    asked = [part for part in parts if not part.precedes]
    failed = [failure for failure in failures if not failure.part.precedes]
    if asked and len(failed) == len(asked) and all(failure.since is None for failure in failed):
        raise failed[0].error
